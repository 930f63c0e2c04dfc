import Glibc
import KafkaProtocol
import NIOCore
import Synchronization

/// A disk in memory that loses what was not synced when it crashes, tears writes, fails and fills up, all from a seed.
///
/// Content is durable after `StorageFile.sync`, names after `syncDirectory`. A crash keeps any subset of the sectors that were
/// written but not synced, and any prefix of the name changes, as a journalling file system does.
package final class MemoryFileSystem: FileSystem {
    /// What a fault plan decides for one operation.
    package enum Verdict: Sendable, Equatable {
        case proceed
        case fail(errno: Int32)
        /// The operation takes so long, then proceeds.
        case slow(millis: UInt32)
        /// The same, and others go on meanwhile: for what holds no lock.
        case wait(millis: UInt32)
        /// The machine stops before this operation; all later ones fail.
        case crash
        /// Half of the bytes are written, then it fails.
        case partial(errno: Int32)
        /// Bytes are written so far before their place.
        case misdirect(bytes: Int)
        /// A sync succeeds, and nothing has become durable.
        case lie
    }

    /// Decides an operation by its number, name and path.
    package typealias Plan = @Sendable (Int, String, String) -> Verdict

    package static let sectorSize = MemoryContent.sectorSize

    final class Node: Sendable {
        let content = Mutex(MemoryContent())
        let isDirectory: Bool
        init(isDirectory: Bool) { self.isDirectory = isDirectory }
    }

    enum NameChange: Sendable {
        case link(String, Node)
        case unlink(String)
        case rename(String, String)
    }

    struct State: Sendable {
        var names: [String: Node] = [:]
        var durableNames: [String: Node] = [:]
        /// Changes of names since they were last made durable, in order.
        var journal: [NameChange] = []
        var locked: Set<String> = []
        var openFiles: [ObjectIdentifier: (path: String, node: Node)] = [:]
        var openFileLimit = Int.max
        var operations = 0
        var isStopped = false
        var plan: Plan = { _, _, _ in .proceed }
        var capacity = Int.max
        var misdirected: [MisdirectedWrite] = []
        var hasDescriptors = false
    }

    let state = Mutex(State())
    package let segmentFiles = OpenSegmentFiles()

    private let time: WorldTime

    package init() { time = .real }

    package init(time: WorldTime) { self.time = time }

    /// What files that are changed now bear as their time.
    var wallMillis: Int64 { time.wall.milliseconds }

    package func pause(milliseconds: Int64) { time.pause(milliseconds: milliseconds) }

    /// Whether files have numbers for `MemoryDescriptors`, as if they could be given to `sendfile`.
    var hasDescriptors: Bool { state.withLock { $0.hasDescriptors } }
    package func setDescriptors(_ exist: Bool) { state.withLock { $0.hasDescriptors = exist } }

    /// How many files may be open at once.
    package func setOpenFileLimit(_ limit: Int) { state.withLock { $0.openFileLimit = limit } }

    /// The paths under which the open files were opened, sorted.
    package var openPaths: [String] { state.withLock { $0.openFiles.values.map(\.path).sorted() } }

    /// Decides each operation by its number, name and path.
    package func setPlan(_ plan: @escaping Plan) {
        state.withLock { $0.plan = plan }
    }

    /// Bytes that all files may hold.
    package func setCapacity(_ bytes: Int) { state.withLock { $0.capacity = bytes } }

    /// Operations so far.
    package var operationCount: Int { state.withLock { $0.operations } }

    /// Power fails: a prefix of the unsynced name changes and a subset of the unsynced sectors survive. The disk works again.
    package func crash(using generator: inout some RandomNumberGenerator) {
        let kept = state.withLock { state -> [Node] in
            var names = state.durableNames
            let count = state.journal.isEmpty ? 0 : Int(generator.next() % UInt64(state.journal.count + 1))
            for change in state.journal.prefix(count) { apply(change, to: &names) }
            state.names = names
            state.durableNames = names
            state.journal = []
            state.locked = []
            state.isStopped = false
            state.plan = { _, _, _ in .proceed }
            // Sorted, so that the same seed makes the same disk.
            return names.sorted { $0.key < $1.key }.map(\.value)
        }
        for node in kept { node.content.withLock { $0.crash(using: &generator) } }
    }

    /// The process dies, the machine lives: all that was written stays.
    package func restartProcess() {
        state.withLock { state in
            state.locked = []
            state.isStopped = false
            state.plan = { _, _, _ in .proceed }
        }
    }

    /// The disk as another process finds it: what was synced and what was not is as before, but that what a sync could not write is gone, and
    /// whoever had files open reaches nothing of it any more.
    package func forNextProcess() -> MemoryFileSystem {
        let next = MemoryFileSystem(time: time)
        let (names, durable, journal, capacity, misdirected) = state.withLock {
            ($0.names, $0.durableNames, $0.journal, $0.capacity, $0.misdirected)
        }
        let hasDescriptors = hasDescriptors
        var copies: [ObjectIdentifier: Node] = [:]
        func copy(_ node: Node) -> Node {
            if let known = copies[ObjectIdentifier(node)] { return known }
            let new = Node(isDirectory: node.isDirectory)
            var content = node.content.withLock { $0 }
            content.dropAbandoned()
            new.content.withLock { $0 = content }
            copies[ObjectIdentifier(node)] = new
            return new
        }
        let copied = journal.map { change -> NameChange in
            if case .link(let path, let node) = change { return .link(path, copy(node)) }
            return change
        }
        let (newNames, newDurable) = (names.mapValues(copy), durable.mapValues(copy))
        next.state.withLock { state in
            (state.names, state.durableNames, state.journal) = (newNames, newDurable, copied)
            state.capacity = capacity
            state.misdirected = misdirected
            state.hasDescriptors = hasDescriptors
        }
        return next
    }

    private func apply(_ change: NameChange, to names: inout [String: Node]) {
        switch change {
        case .link(let path, let node): names[path] = node
        case .unlink(let path): names[path] = nil
        case .rename(let path, let newPath):
            guard let node = names.removeValue(forKey: path) else { return }
            names[newPath] = node
            guard node.isDirectory else { return }
            for (name, node) in names where name.hasPrefix(path + "/") {
                names[name] = nil
                names[newPath + name.dropFirst(path.count)] = node
            }
        }
    }

    /// Lets an operation begin, or not; what it has to do differently is the result.
    @discardableResult
    func admit(_ operation: String, _ path: String) throws(StorageError) -> Verdict {
        // The plan may look at the disk.
        let (number, plan) = state.withLock { state in
            state.operations += 1
            return (state.operations, state.isStopped ? nil : state.plan)
        }
        let verdict = plan?(number, operation, path) ?? .crash
        if verdict == .crash { state.withLock { $0.isStopped = true } }
        switch verdict {
        case .proceed, .partial, .misdirect, .lie: break
        case .slow(let millis): time.pause(milliseconds: Int64(millis))
        case .wait(let millis): _ = time.rest(milliseconds: Int64(millis))
        case .fail(let code): throw StorageError(operation, path, errno: code)
        case .crash: throw StorageError(operation, path, errno: 5)
        }
        return verdict
    }

    func admitGrowth(_ bytes: Int, _ path: String) throws(StorageError) {
        let isFull = state.withLock { state in
            var used = 0
            for node in state.names.values { used += node.content.withLock { $0.size } }
            return used + bytes > state.capacity
        }
        if isFull { throw StorageError("write", path, errno: 28) }
    }

    package func space(at path: String) -> DiskSpace? {
        state.withLock { state in
            let used = state.names.values.reduce(0) { sum, node in sum + node.content.withLock { $0.size } }
            let usable = state.capacity == .max ? Int.max : max(0, state.capacity - used)
            return DiskSpace(totalBytes: Int64(state.capacity), usableBytes: Int64(usable))
        }
    }

    func hasCapacityLimit() -> Bool { state.withLock { $0.capacity != Int.max } }

    func release(_ path: String) { state.withLock { _ = $0.locked.remove(path) } }

    func closed(_ file: MemoryFile) { state.withLock { $0.openFiles[ObjectIdentifier(file)] = nil } }

    // MARK: FileSystem

    package func open(_ path: String, _ mode: OpenMode) throws(StorageError) -> any StorageFile {
        try admit("open", path)
        let node = state.withLock { state -> Node? in
            if let node = state.names[path] { return node.isDirectory ? nil : node }
            switch mode {
            case .read, .readWrite: return nil
            case .create, .replace:
                guard state.names[Path.parent(path)]?.isDirectory == true else { return nil }
                let node = Node(isDirectory: false)
                state.names[path] = node
                state.journal.append(.link(path, node))
                return node
            }
        }
        guard let node else { throw StorageError("open", path, errno: 2) }
        let isFull = { self.state.withLock { $0.openFiles.count >= $0.openFileLimit } }
        if isFull(), !segmentFiles.makeRoomOnRefusal() || isFull() { throw StorageError("open", path, errno: EMFILE) }
        let file = MemoryFile(path: path, node: node, disk: self)
        state.withLock { $0.openFiles[ObjectIdentifier(file)] = (path, node) }
        if case .replace = mode { try file.truncate(to: 0) }
        return file
    }

    package func exists(_ path: String) -> Bool { state.withLock { $0.names[path] != nil } }

    private func node(_ path: String, _ operation: String) throws(StorageError) -> Node {
        guard let node = state.withLock({ $0.names[path] }) else { throw StorageError(operation, path, errno: 2) }
        return node
    }

    package func size(_ path: String) throws(StorageError) -> Int64 {
        Int64(try node(path, "look at").content.withLock { $0.size })
    }

    package func modificationMillis(_ path: String) throws(StorageError) -> Int64 {
        try node(path, "look at").content.withLock { $0.modified }
    }

    package func list(_ directory: String) throws(StorageError) -> [String] {
        try admit("list", directory)
        guard exists(directory) else { throw StorageError("list", directory, errno: 2) }
        let prefix = directory + "/"
        return state.withLock { state in
            state.names.keys.filter { $0.hasPrefix(prefix) && !$0.dropFirst(prefix.count).contains("/") }
                .map { String($0.dropFirst(prefix.count)) }.sorted()
        }
    }

    package func createDirectory(_ path: String) throws(StorageError) {
        try admit("create", path)
        state.withLock { state in
            var missing: [String] = []
            var current = path
            while state.names[current] == nil, current != "/", current != "." {
                missing.append(current)
                current = Path.parent(current)
            }
            for name in missing.reversed() {
                let node = Node(isDirectory: true)
                state.names[name] = node
                state.journal.append(.link(name, node))
            }
        }
    }

    package func rename(_ path: String, to newPath: String) throws(StorageError) {
        try admit("rename", path)
        _ = try node(path, "rename")
        state.withLock { state in
            apply(.rename(path, newPath), to: &state.names)
            state.journal.append(.rename(path, newPath))
        }
    }

    package func remove(_ path: String) throws(StorageError) {
        try admit("remove", path)
        _ = try node(path, "remove")
        state.withLock { state in
            state.names[path] = nil
            state.journal.append(.unlink(path))
        }
    }

    package func removeTree(_ path: String) throws(StorageError) {
        for name in try list(path) { try remove(Path.join(path, name)) }
        try remove(path)
    }

    package func syncDirectory(_ path: String) throws(StorageError) {
        try admit("sync", path)
        if path != "/", path != "." { _ = try node(path, "sync") }
        state.withLock { state in
            // A journal commits as a whole.
            state.durableNames = state.names
            state.journal = []
        }
    }

    package func syncAll(_ path: String) throws(StorageError) {
        try syncDirectory(path)
        for node in state.withLock({ Array($0.names.values) }) {
            node.content.withLock { $0.sync() }
        }
    }

    package func lock(_ path: String) throws(StorageError) -> any StorageFile {
        let file = try open(path, .create)
        let isFree = state.withLock { $0.locked.insert(path).inserted }
        guard isFree else { throw StorageError("lock", path, errno: 11) }
        (file as? MemoryFile)?.holdsLock.withLock { $0 = true }
        return file
    }
}

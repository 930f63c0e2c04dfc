import Synchronization
import World

/// A segment's log file: opened when it is used, closed when nothing needs it or when it has to give way to others.
///
/// It may give way while its bytes are not durable: the system keeps an error of writing them back for the one who syncs the file next.
final class SegmentFile: OpenLogFile {
    private struct State {
        var path: String
        var file: (any StorageFile)?
        /// The segment is no longer part of a log.
        var isOver = false
    }

    private let fileSystem: any FileSystem
    private let givesWay: Bool
    private let state: Mutex<State>
    /// Since `OpenSegmentFiles` looked last.
    private let wasUsed = Atomic<Bool>(false)
    private let place = Atomic<Int>(0)

    init(_ fileSystem: any FileSystem, path: String, givesWay: Bool) {
        self.fileSystem = fileSystem
        state = Mutex(State(path: path))
        self.givesWay = givesWay
    }

    var path: String { state.withLock { $0.path } }

    /// The file has another name; it stays open.
    func relocate(to path: String) { state.withLock { $0.path = path } }

    var slot: Int {
        get { place.load(ordering: .relaxed) }
        set { place.store(newValue, ordering: .relaxed) }
    }

    /// The open file. Whoever holds it keeps it open, also when it gives way.
    func opened(_ mode: OpenMode = .readWrite) throws(StorageError) -> any StorageFile {
        try state.withLock { state throws(StorageError) -> any StorageFile in
            if let file = state.file {
                if !wasUsed.load(ordering: .relaxed) { wasUsed.store(true, ordering: .relaxed) }
                return file
            }
            if state.isOver { throw StorageError(kind: .notFound, operation: "open", path: state.path, errno: 2) }
            if givesWay { fileSystem.segmentFiles.makeRoomForOne() }
            let file = try fileSystem.open(state.path, mode)
            state.file = file
            wasUsed.store(true, ordering: .relaxed)
            if givesWay { fileSystem.segmentFiles.add(self) }
            return file
        }
    }

    var isOpen: Bool { state.withLock { $0.file != nil } }

    /// Makes the content durable, unless the segment is over: then nobody will ask for it again.
    func sync() throws(StorageError) {
        do { try opened().sync() } catch {
            if state.withLock({ $0.isOver }) { return }
            throw error
        }
    }

    func close() { state.withLock { close(&$0) } }

    /// Closes the file for good.
    func end() {
        state.withLock { state in
            close(&state)
            state.isOver = true
        }
    }

    private func close(_ state: inout State) {
        if state.file == nil { return }
        state.file = nil
        if givesWay { fileSystem.segmentFiles.remove(self) }
    }

    func giveWay() -> (any StorageFile)? {
        if wasUsed.exchange(false, ordering: .relaxed) { return nil }
        return state.withLockIfAvailable { state -> (any StorageFile)? in
            defer { state.file = nil }
            return state.file
        } ?? nil
    }
}

import Synchronization

/// An open file of a `MemoryFileSystem`.
final class MemoryFile: StorageFile {
    let path: String
    let node: MemoryFileSystem.Node
    let disk: MemoryFileSystem
    let holdsLock = Mutex(false)
    private let number = Mutex<Int32?>(nil)

    init(path: String, node: MemoryFileSystem.Node, disk: MemoryFileSystem) {
        self.path = path
        self.node = node
        self.disk = disk
    }

    deinit {
        disk.closed(self)
        if let number = number.withLock({ $0 }) { MemoryDescriptors.remove(number) }
        if holdsLock.withLock({ $0 }) { disk.release(path) }
    }

    var descriptor: Int32? {
        disk.hasDescriptors
            ? number.withLock { known in
                if let known { return known }
                let made = MemoryDescriptors.add(self)
                known = made
                return made
            } : nil
    }

    func size() throws(StorageError) -> Int64 { Int64(node.content.withLock { $0.size }) }

    func read(into bytes: UnsafeMutableRawBufferPointer, at position: Int64) throws(StorageError) -> Int {
        try disk.admit("read", path)
        return node.content.withLock { content in
            guard position < content.size else { return 0 }
            let count = min(bytes.count, content.size - Int(position))
            content.bytes.withUnsafeBytes {
                bytes.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[Int(position)..<Int(position) + count]))
            }
            return count
        }
    }

    /// A plan that fails `read cached` says that the device would have to be waited for.
    func readCached(into bytes: UnsafeMutableRawBufferPointer, at position: Int64) throws(StorageError) -> Int? {
        do { try disk.admit("read cached", path) } catch { return nil }
        return try read(into: bytes, at: position)
    }

    func write(_ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer, at position: Int64)
        throws(StorageError)
    {
        let verdict = try disk.admit("write", path)
        var start = Int(position)
        if case .misdirect(let bytes) = verdict {
            let place = max(0, start - bytes)
            disk.note(MisdirectedWrite(path, Array(first) + Array(second), at: place, meant: start, node))
            start = place
        }
        if case .partial(let code) = verdict {
            let none = UnsafeRawBufferPointer(start: nil, count: 0)
            node.content.withLock {
                $0.write(UnsafeRawBufferPointer(rebasing: first[..<(first.count / 2)]), none, at: start)
            }
            throw StorageError("write", path, errno: code)
        }
        if disk.hasCapacityLimit() {
            let growth = node.content.withLock { start + first.count + second.count - $0.size }
            if growth > 0 { try disk.admitGrowth(growth, path) }
        }
        let now = disk.wallMillis
        node.content.withLock { content in
            content.write(first, second, at: start)
            content.modified = now
        }
    }

    func truncate(to size: Int64) throws(StorageError) {
        try disk.admit("truncate", path)
        let now = disk.wallMillis
        node.content.withLock { content in
            content.truncate(to: Int(size))
            content.modified = now
        }
    }

    func sync() throws(StorageError) {
        do {
            if try disk.admit("sync", path) == .lie { return }
        } catch {
            if error.kind == .io { node.content.withLock { $0.syncFailed() } }
            throw error
        }
        node.content.withLock { $0.sync() }
    }

    func isCached(at position: Int64, count: Int) -> Bool { true }
}

import LogStorage
import NIOCore
import World

/// A file system of one file that can only be read: every path has the same content.
struct OneFile: FileSystem {
    let content: ByteBuffer
    let segmentFiles = OpenSegmentFiles()

    private func refused(_ operation: String, _ path: String) -> StorageError {
        StorageError(kind: .io, operation: operation, path: path, errno: 30)
    }

    func open(_ path: String, _ mode: OpenMode) throws(StorageError) -> any StorageFile {
        guard mode == .read else { throw refused("open", path) }
        return BytesFile(path: path, content: content)
    }
    func exists(_ path: String) -> Bool { true }
    func size(_ path: String) throws(StorageError) -> Int64 { Int64(content.readableBytes) }
    func modificationMillis(_ path: String) throws(StorageError) -> Int64 { 0 }
    func list(_ directory: String) throws(StorageError) -> [String] { throw refused("list", directory) }
    func createDirectory(_ path: String) throws(StorageError) { throw refused("create", path) }
    func rename(_ path: String, to newPath: String) throws(StorageError) { throw refused("rename", path) }
    func remove(_ path: String) throws(StorageError) { throw refused("remove", path) }
    func removeTree(_ path: String) throws(StorageError) { throw refused("remove", path) }
    func syncDirectory(_ path: String) throws(StorageError) { throw refused("sync", path) }
    func pause(milliseconds: Int64) {}
    func syncAll(_ path: String) throws(StorageError) { throw refused("sync", path) }
    func lock(_ path: String) throws(StorageError) -> any StorageFile { throw refused("lock", path) }
}

/// Bytes in memory as a file.
final class BytesFile: StorageFile {
    let path: String
    let content: ByteBuffer

    init(path: String, content: ByteBuffer) {
        self.path = path
        self.content = content
    }

    var descriptor: Int32? { nil }

    func size() throws(StorageError) -> Int64 { Int64(content.readableBytes) }

    func read(into bytes: UnsafeMutableRawBufferPointer, at position: Int64) throws(StorageError) -> Int {
        precondition(position >= 0, "a read before the beginning of a file")
        guard position < Int64(content.readableBytes) else { return 0 }
        return content.withUnsafeReadableBytes { all in
            let count = min(bytes.count, all.count - Int(position))
            bytes.copyMemory(from: UnsafeRawBufferPointer(rebasing: all[Int(position)..<Int(position) + count]))
            return count
        }
    }

    func write(_ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer, at position: Int64)
        throws(StorageError)
    {
        throw StorageError(kind: .io, operation: "write", path: path, errno: 30)
    }
    func truncate(to size: Int64) throws(StorageError) {
        throw StorageError(kind: .io, operation: "truncate", path: path, errno: 30)
    }
    func sync() throws(StorageError) {}
    func isCached(at position: Int64, count: Int) -> Bool { true }
}

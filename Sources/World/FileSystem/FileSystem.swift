import NIOCore

/// How a file is opened.
package enum OpenMode: Sendable {
    case read
    case readWrite
    /// Read and write; made when it doesn't exist.
    case create
    /// Read and write; made, or emptied.
    case replace
}

/// The files of a world. Implementations: `LinuxFileSystem`, and `MemoryFileSystem`, which fails on demand.
///
/// Paths are absolute or relative to the process; all calls block.
package protocol FileSystem: Sendable {
    func open(_ path: String, _ mode: OpenMode) throws(StorageError) -> any StorageFile
    func exists(_ path: String) -> Bool
    /// Bytes of a file.
    func size(_ path: String) throws(StorageError) -> Int64
    /// Milliseconds since 1970 of the last change.
    func modificationMillis(_ path: String) throws(StorageError) -> Int64
    /// The names in a directory, sorted.
    func list(_ directory: String) throws(StorageError) -> [String]
    /// Makes a directory and its parents.
    func createDirectory(_ path: String) throws(StorageError)
    /// Replaces what has the new name.
    func rename(_ path: String, to newPath: String) throws(StorageError)
    func remove(_ path: String) throws(StorageError)
    /// Removes a directory and what is in it.
    func removeTree(_ path: String) throws(StorageError)
    /// Makes creations, renames and removals in a directory durable.
    func syncDirectory(_ path: String) throws(StorageError)
    /// Makes everything on the file system that holds `path` durable, whoever wrote it.
    func syncAll(_ path: String) throws(StorageError)
    /// Locks a file for this process until the result is released; `.locked` when another has it.
    func lock(_ path: String) throws(StorageError) -> any StorageFile
    /// Waits until another try may succeed.
    func pause(milliseconds: Int64)
    /// How much the file system that holds `path` has room for; nil where that is not known.
    func space(at path: String) -> DiskSpace?
    /// The same place, named from the root, without links; `path` where it cannot be found.
    func absolutePath(_ path: String) -> String
    /// The log files that are open, and how many may be.
    var segmentFiles: OpenSegmentFiles { get }
}

extension FileSystem {
    package func space(at path: String) -> DiskSpace? { nil }
    package func absolutePath(_ path: String) -> String { path }
}

/// An open file. Reads and writes at given positions may run on several threads at once. Closed when released.
package protocol StorageFile: AnyObject, Sendable {
    var path: String { get }
    func size() throws(StorageError) -> Int64
    /// Fills `bytes` from `position`; fewer only at the end of the file.
    func read(into bytes: UnsafeMutableRawBufferPointer, at position: Int64) throws(StorageError) -> Int
    /// The same without waiting for the device; nil when it would.
    func readCached(into bytes: UnsafeMutableRawBufferPointer, at position: Int64) throws(StorageError) -> Int?
    /// Writes both parts one after another, completely.
    func write(_ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer, at position: Int64)
        throws(StorageError)
    func truncate(to size: Int64) throws(StorageError)
    /// Makes the content and size durable.
    func sync() throws(StorageError)
    /// Whether a range can be read without waiting for the device.
    func isCached(at position: Int64, count: Int) -> Bool
    /// The system's descriptor, for `sendfile`; nil where there is none.
    var descriptor: Int32? { get }
}

extension StorageFile {
    package func write(_ buffer: ByteBuffer, at position: Int64) throws(StorageError) {
        var failure: StorageError?
        buffer.withUnsafeReadableBytes { bytes in
            do throws(StorageError) {
                try write(bytes, UnsafeRawBufferPointer(start: nil, count: 0), at: position)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }

    /// Up to `count` bytes from `position`; fewer only at the end of the file.
    package func read(at position: Int64, count: Int) throws(StorageError) -> ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: count)
        try read(into: &buffer, at: position, count: count)
        return buffer
    }

    package func readCached(into bytes: UnsafeMutableRawBufferPointer, at position: Int64) throws(StorageError) -> Int?
    {
        isCached(at: position, count: bytes.count) ? try read(into: bytes, at: position) : nil
    }

    /// Up to `count` bytes from `position`, without waiting for the device.
    ///
    /// - Throws: `.notCached` when it would have to.
    package func readCached(at position: Int64, count: Int) throws(StorageError) -> ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: count)
        if count <= 0 { return buffer }
        var failure: StorageError?
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { space in
            let target = UnsafeMutableRawBufferPointer(rebasing: space[..<count])
            do throws(StorageError) {
                if let read = try readCached(into: target, at: position) { return read }
                failure = .notCached(path)
            } catch {
                failure = error
            }
            return 0
        }
        if let failure { throw failure }
        return buffer
    }

    /// Appends up to `count` bytes from `position` to `buffer`.
    package func read(into buffer: inout ByteBuffer, at position: Int64, count: Int) throws(StorageError) {
        if count <= 0 { return }
        var failure: StorageError?
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { space in
            do throws(StorageError) {
                return try read(into: UnsafeMutableRawBufferPointer(rebasing: space[..<count]), at: position)
            } catch {
                failure = error
                return 0
            }
        }
        if let failure { throw failure }
    }
}

extension FileSystem {
    /// The whole content of a small file.
    package func contents(_ path: String, limit: Int = 64 << 20) throws(StorageError) -> ByteBuffer {
        let file = try open(path, .read)
        let size = try file.size()
        guard size <= Int64(limit) else {
            throw StorageError(kind: .io, operation: "read (too large)", path: path, errno: 27)
        }
        return try file.read(at: 0, count: Int(size))
    }

    /// Replaces a small file so that after a crash either the old or the new content is there, whole.
    package func writeAtomically(_ content: ByteBuffer, to path: String) throws(StorageError) {
        let temporary = path + ".tmp"
        let file = try open(temporary, .replace)
        try file.write(content, at: 0)
        try file.sync()
        try rename(temporary, to: path)
        try syncDirectory(Path.parent(path))
    }
}

/// Text operations on paths.
package enum Path {
    package static func join(_ directory: String, _ name: String) -> String {
        directory.hasSuffix("/") ? directory + name : directory + "/" + name
    }

    package static func parent(_ path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    package static func name(_ path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return path }
        return String(path[path.index(after: slash)...])
    }
}

import CPlatform
import Glibc

/// Files of the operating system.
package struct LinuxFileSystem: FileSystem {
    package let segmentFiles = OpenSegmentFiles()

    package init() {}

    package func open(_ path: String, _ mode: OpenMode) throws(StorageError) -> any StorageFile {
        let flags =
            switch mode {
            case .read: O_RDONLY
            case .readWrite: O_RDWR
            case .create: O_RDWR | O_CREAT
            case .replace: O_RDWR | O_CREAT | O_TRUNC
            }
        return LinuxFile(path: path, descriptor: try descriptor("open", path, flags))
    }

    /// Opens; log files give way when there can be no more.
    private func descriptor(_ operation: String, _ path: String, _ flags: Int32) throws(StorageError) -> Int32 {
        let first = Glibc.open(path, flags | O_CLOEXEC, 0o644)
        if first >= 0 { return first }
        let failure = StorageError(operation, path, errno: errno)
        guard failure.kind == .tooManyOpenFiles, segmentFiles.makeRoomOnRefusal() else { throw failure }
        let second = Glibc.open(path, flags | O_CLOEXEC, 0o644)
        if second < 0 { throw StorageError(operation, path, errno: errno) }
        return second
    }

    package func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    package func size(_ path: String) throws(StorageError) -> Int64 { Int64(try status(path).st_size) }

    package func modificationMillis(_ path: String) throws(StorageError) -> Int64 {
        let time = try status(path).st_mtim
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }

    private func status(_ path: String) throws(StorageError) -> stat {
        var result = stat()
        if stat(path, &result) != 0 { throw StorageError("look at", path, errno: errno) }
        return result
    }

    package func list(_ directory: String) throws(StorageError) -> [String] {
        let descriptor = try descriptor("list", directory, O_RDONLY | O_DIRECTORY)
        guard let stream = fdopendir(descriptor) else {
            let failure = StorageError("list", directory, errno: errno)
            close(descriptor)
            throw failure
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    package func createDirectory(_ path: String) throws(StorageError) {
        if mkdir(path, 0o755) == 0 { return }
        let code = errno
        if code == EEXIST { return }
        guard code == ENOENT, Path.parent(path) != path else { throw StorageError("create", path, errno: code) }
        try createDirectory(Path.parent(path))
        if mkdir(path, 0o755) != 0, errno != EEXIST { throw StorageError("create", path, errno: errno) }
    }

    package func rename(_ path: String, to newPath: String) throws(StorageError) {
        if Glibc.rename(path, newPath) != 0 { throw StorageError("rename", path, errno: errno) }
    }

    package func remove(_ path: String) throws(StorageError) {
        if Glibc.remove(path) != 0 { throw StorageError("remove", path, errno: errno) }
    }

    package func removeTree(_ path: String) throws(StorageError) {
        // Directories of logs are one level deep; anything deeper is not ours, and `remove` refuses it.
        for name in try list(path) { try remove(Path.join(path, name)) }
        try remove(path)
    }

    package func syncDirectory(_ path: String) throws(StorageError) {
        let descriptor = try descriptor("open", path, O_RDONLY | O_DIRECTORY)
        defer { close(descriptor) }
        if fsync(descriptor) != 0 { throw StorageError("sync", path, errno: errno) }
    }

    package func syncAll(_ path: String) throws(StorageError) {
        let descriptor = try descriptor("open", path, O_RDONLY | O_DIRECTORY)
        defer { close(descriptor) }
        let result = ottla_sync_filesystem(descriptor)
        if result != 0 { throw StorageError("sync", path, errno: -result) }
    }

    package func space(at path: String) -> DiskSpace? {
        var facts = statvfs()
        guard statvfs(path, &facts) == 0 else { return nil }
        return DiskSpace(
            blocks: UInt64(facts.f_blocks),
            usableBlocks: UInt64(facts.f_bavail),
            blockSize: UInt64(facts.f_frsize)
        )
    }

    package func absolutePath(_ path: String) -> String {
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    package func pause(milliseconds: Int64) { WorldTime.real.pause(milliseconds: milliseconds) }

    package func lock(_ path: String) throws(StorageError) -> any StorageFile {
        while true {
            let file = try open(path, .create)
            let result = ottla_lock_exclusive(file.descriptor ?? -1)
            if result != 0 { throw StorageError("lock", path, errno: -result) }
            // The one who held it may have taken the file away meanwhile; then others would lock another.
            var (locked, named) = (stat(), stat())
            if fstat(file.descriptor ?? -1, &locked) == 0, stat(path, &named) == 0, locked.st_ino == named.st_ino {
                return file
            }
        }
    }
}

/// An open descriptor; closed when the last reference goes, so that a slice on its way to a socket stays readable.
final class LinuxFile: StorageFile {
    let path: String
    private let number: Int32

    init(path: String, descriptor: Int32) {
        self.path = path
        self.number = descriptor
    }

    deinit { close(number) }

    var descriptor: Int32? { number }

    func size() throws(StorageError) -> Int64 {
        var status = stat()
        if fstat(number, &status) != 0 { throw StorageError("look at", path, errno: errno) }
        return Int64(status.st_size)
    }

    func read(into bytes: UnsafeMutableRawBufferPointer, at position: Int64) throws(StorageError) -> Int {
        var done = 0
        while done < bytes.count, let base = bytes.baseAddress {
            let count = pread(number, base + done, bytes.count - done, off_t(position) + off_t(done))
            if count == 0 { break }
            if count < 0 {
                if errno == EINTR { continue }
                throw StorageError("read", path, errno: errno)
            }
            done += count
        }
        return done
    }

    func write(_ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer, at position: Int64)
        throws(StorageError)
    {
        let total = first.count + second.count
        var done = 0
        while done < total {
            let head =
                done < first.count
                ? UnsafeRawBufferPointer(rebasing: first[done...]) : UnsafeRawBufferPointer(start: nil, count: 0)
            let tail = done < first.count ? second : UnsafeRawBufferPointer(rebasing: second[(done - first.count)...])
            let count =
                head.isEmpty
                ? ottla_pwrite2(number, tail.baseAddress, tail.count, nil, 0, position + Int64(done))
                : ottla_pwrite2(
                    number,
                    head.baseAddress,
                    head.count,
                    tail.baseAddress,
                    tail.count,
                    position + Int64(done)
                )
            if count < 0 { throw StorageError("write", path, errno: Int32(-count)) }
            if count == 0 { throw StorageError("write", path, errno: EIO) }
            done += count
        }
    }

    func truncate(to size: Int64) throws(StorageError) {
        if ftruncate(number, off_t(size)) != 0 { throw StorageError("truncate", path, errno: errno) }
    }

    func sync() throws(StorageError) {
        if fdatasync(number) != 0 { throw StorageError("sync", path, errno: errno) }
    }

    func readCached(into bytes: UnsafeMutableRawBufferPointer, at position: Int64) throws(StorageError) -> Int? {
        let count = ottla_pread_cached(number, bytes.baseAddress, bytes.count, position)
        if count >= 0 { return count }
        if Int32(-count) == EAGAIN { return nil }
        throw StorageError("read", path, errno: Int32(-count))
    }

    func isCached(at position: Int64, count: Int) -> Bool {
        count <= 0 || ottla_is_cached(number, position, Int64(count)) != 0
    }
}

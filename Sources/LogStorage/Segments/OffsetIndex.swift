import NIOCore

/// The `.index` and `.timeindex` files of a segment: sorted fixed-size entries, searched in place.
///
/// New entries gather in memory and reach the file in groups; they can always be made again from the log, so a crash loses nothing.
final class IndexFile {
    static let pendingLimit = 512

    let entrySize: Int
    private let fileSystem: any FileSystem
    private(set) var path: String
    private var pending: ByteBuffer
    /// Entries in the file.
    private var stored: Int

    /// - Parameter stored: entries in the file, `nil` to take them from its size.
    init(_ fileSystem: any FileSystem, path: String, entrySize: Int) throws(StorageError) {
        self.fileSystem = fileSystem
        self.path = path
        self.entrySize = entrySize
        pending = ByteBuffer()
        stored = fileSystem.exists(path) ? Int(try fileSystem.size(path)) / entrySize : 0
    }

    var count: Int { stored + pending.readableBytes / entrySize }
    var bytes: Int { count * entrySize }

    /// Adds one entry, which `write` must make exactly `entrySize` bytes long.
    func append(_ write: (inout ByteBuffer) -> Void) throws(StorageError) {
        write(&pending)
        if pending.readableBytes >= Self.pendingLimit * entrySize { try store() }
    }

    /// Writes what is pending to the file, without making it durable.
    func store() throws(StorageError) {
        if pending.readableBytes == 0 { return }
        try opened(.create).write(pending, at: Int64(stored * entrySize))
        stored += pending.readableBytes / entrySize
        pending = ByteBuffer()
    }

    func sync() throws(StorageError) {
        try store()
        if fileSystem.exists(path) { try opened(.readWrite).sync() }
    }

    /// Removes the entries from `count` on.
    func truncate(to count: Int) throws(StorageError) {
        if count >= self.count { return }
        if count >= stored {
            pending.moveWriterIndex(to: pending.readerIndex + (count - stored) * entrySize)
            return
        }
        pending = ByteBuffer()
        try opened(.create).truncate(to: Int64(count * entrySize))
        stored = count
    }

    /// Makes sure that the file is there and holds nothing but whole entries.
    func create() throws(StorageError) { _ = try opened(.create) }

    /// The bytes of entry `index`.
    func entry(_ index: Int) throws(StorageError) -> ByteBuffer? {
        var file: (any StorageFile)?
        return try entry(index, in: &file)
    }

    private func entry(_ index: Int, in file: inout (any StorageFile)?) throws(StorageError) -> ByteBuffer? {
        if index < 0 || index >= count { return nil }
        if index >= stored {
            return pending.getSlice(at: pending.readerIndex + (index - stored) * entrySize, length: entrySize)
        }
        if file == nil { file = try opened(.read) }
        guard let bytes = try file?.read(at: Int64(index * entrySize), count: entrySize) else { return nil }
        return bytes.readableBytes == entrySize ? bytes : nil
    }

    /// The last entry for which `isAtMost` holds, given that it holds for a prefix of all entries; nil when for none.
    func last(where isAtMost: (ByteBuffer) -> Bool) throws(StorageError) -> (index: Int, entry: ByteBuffer)? {
        var low = 0
        var high = count
        var found: (Int, ByteBuffer)?
        var file: (any StorageFile)?
        if high > stored, stored > 0, let first = try entry(stored), isAtMost(first) {
            low = stored  // the tail is in memory, and most readers are there
        }
        while low < high {
            let middle = (low + high) / 2
            guard let entry = try entry(middle, in: &file) else { break }
            if isAtMost(entry) {
                found = (middle, entry)
                low = middle + 1
            } else {
                high = middle
            }
        }
        return found
    }

    /// Opened for each use: thousands of partitions must not hold two open files each for their indexes.
    private func opened(_ mode: OpenMode) throws(StorageError) -> any StorageFile { try fileSystem.open(path, mode) }
}

extension IndexFile {
    /// An entry of `.index`: offset relative to the segment's base, position in the log.
    static func offsetEntry(_ entry: ByteBuffer) -> (relativeOffset: Int32, position: Int32) {
        entry.getMultipleIntegers(at: entry.readerIndex, as: (Int32, Int32).self) ?? (0, 0)
    }

    /// An entry of `.timeindex`: largest timestamp so far, and the relative offset of its record.
    static func timeEntry(_ entry: ByteBuffer) -> (timestamp: Int64, relativeOffset: Int32) {
        entry.getMultipleIntegers(at: entry.readerIndex, as: (Int64, Int32).self) ?? (0, 0)
    }
}

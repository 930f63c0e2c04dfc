import NIOCore
import World

/// The `.index` and `.timeindex` files of a segment: sorted fixed-size entries, searched in place.
///
/// New entries gather in memory and reach the file in groups; they can always be made again from the log, so a crash loses nothing.
final class IndexFile {
    static let pendingLimit = 512

    let entrySize: Int
    private let fileSystem: any FileSystem
    private let mode: ReadMode
    private(set) var path: String
    private var pending: ByteBuffer
    /// Entries in the file.
    private var stored: Int

    /// - Parameter stored: entries in the file, `nil` to take them from its size.
    init(_ fileSystem: any FileSystem, path: String, entrySize: Int, mode: ReadMode = ReadMode()) throws(StorageError) {
        self.mode = mode
        self.fileSystem = fileSystem
        self.path = path
        self.entrySize = entrySize
        pending = ByteBuffer()
        stored = fileSystem.exists(path) ? Int(try fileSystem.size(path)) / entrySize : 0
    }

    /// The file has another name.
    func relocate(to path: String) { self.path = path }

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
        if index < 0 || index >= count { return nil }
        if index >= stored { return pending.slice(entry: index - stored, of: entrySize) }
        var file: (any StorageFile)?
        return try block(at: index, count: 1, in: &file)
    }

    /// The last entry whose key is at most `key`, given that keys never fall from entry to entry; nil when there is none.
    ///
    /// Where keys grow evenly, as offsets do, a few blocks are read whatever the size of the file: each probe is where the key
    /// should be by the keys at both ends.
    func last(atMost key: Int64, by keyOf: (ByteBuffer) -> Int64) throws(StorageError) -> (
        index: Int, entry: ByteBuffer
    )? {
        // The tail is in memory, and most readers are there.
        if let (index, entry) = pending.last(atMost: key, by: keyOf, entrySize) { return (stored + index, entry) }
        var file: (any StorageFile)?
        var found: (Int, ByteBuffer)?
        var low = (index: 0, key: Int64?.none)
        var high = (index: stored, key: Int64?.none)
        var probes = 0
        while low.index < high.index {
            let start = max(low.index, min(probe(key, low, high, probes), high.index - Self.blockEntries))
            probes += 1
            let size = min(Self.blockEntries, high.index - start)
            guard let block = try block(at: start, count: size, in: &file) else { break }
            guard let (index, entry) = block.last(atMost: key, by: keyOf, entrySize) else {
                high = (start, keyOf(block))
                continue
            }
            found = (start + index, entry)
            if index < size - 1 { break }
            low = (start + size, keyOf(entry))
        }
        return found
    }

    private static let blockEntries = 64

    /// Where to look next: at the ends, then where the key should be between them, then, if that does not lead there, in the middle.
    private func probe(
        _ key: Int64,
        _ low: (index: Int, key: Int64?),
        _ high: (index: Int, key: Int64?),
        _ probes: Int
    ) -> Int {
        guard let last = high.key else { return high.index - Self.blockEntries }
        guard let first = low.key else { return low.index }
        let middle = low.index + (high.index - low.index) / 2
        if probes > 6 || last <= first { return middle - Self.blockEntries / 2 }
        let share = (Double(key) - Double(first)) / (Double(last) - Double(first))
        return low.index + Int(Double(high.index - low.index) * min(max(share, 0), 1)) - Self.blockEntries / 2
    }

    private func block(at index: Int, count: Int, in file: inout (any StorageFile)?) throws(StorageError) -> ByteBuffer?
    {
        if file == nil { file = try opened(.read) }
        let position = Int64(index * entrySize)
        let read = count * entrySize
        let bytes =
            mode.isCachedOnly
            ? try file?.readCached(at: position, count: read) : try file?.read(at: position, count: read)
        guard let bytes else { return nil }
        return bytes.readableBytes == count * entrySize ? bytes : nil
    }

    /// Opened for each use: thousands of partitions must not hold two open files each for their indexes.
    private func opened(_ mode: OpenMode) throws(StorageError) -> any StorageFile { try fileSystem.open(path, mode) }
}

extension ByteBuffer {
    fileprivate func slice(entry index: Int, of size: Int) -> ByteBuffer? {
        getSlice(at: readerIndex + index * size, length: size)
    }

    /// The last of sorted entries whose key is at most `key`.
    fileprivate func last(atMost key: Int64, by keyOf: (ByteBuffer) -> Int64, _ size: Int) -> (
        index: Int, entry: ByteBuffer
    )? {
        var low = 0
        var high = readableBytes / size
        var found: (Int, ByteBuffer)?
        while low < high {
            let middle = (low + high) / 2
            guard let entry = slice(entry: middle, of: size) else { break }
            if keyOf(entry) <= key {
                found = (middle, entry)
                low = middle + 1
            } else {
                high = middle
            }
        }
        return found
    }
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

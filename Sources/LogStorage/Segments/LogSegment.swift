import KafkaRecords
import NIOCore
import World

/// Where bytes of a log lie: kept readable while someone holds the slice, even when the segment is deleted meanwhile.
package struct LogSlice: Sendable {
    package let file: any StorageFile
    package let position: Int64
    package let count: Int
    /// Its bytes, where they were read while it was looked for; otherwise they are read when they are needed.
    package let held: ByteBuffer?

    package init(file: any StorageFile, position: Int64, count: Int, held: ByteBuffer? = nil) {
        self.file = file
        self.position = position
        self.count = count
        self.held = held
    }

    /// Fewer than `count` where the file ends before. Blocks on the disk unless they are held.
    package func bytes() throws(StorageError) -> ByteBuffer {
        if let held { return held }
        return try file.read(at: position, count: count)
    }

    /// Whether `bytes` does not wait for the disk.
    package var isInMemory: Bool { held != nil || file.isCached(at: position, count: count) }
}

/// A record found by its time.
package struct TimestampedOffset: Equatable, Sendable {
    package var timestamp: Int64
    package var offset: Int64
    package var leaderEpoch: Int32

    package init(timestamp: Int64, offset: Int64, leaderEpoch: Int32) {
        self.timestamp = timestamp
        self.offset = offset
        self.leaderEpoch = leaderEpoch
    }
}

/// Runs what can only fail at the disk.
func storage<T>(_ body: () throws(StorageError) -> T) throws(LogError) -> T {
    do { return try body() } catch { throw .storage(error) }
}

/// The names of a segment's files: the base offset in 20 digits and a suffix.
package enum SegmentName {
    package static func text(_ offset: Int64) -> String {
        let digits = String(offset)
        return String(repeating: "0", count: max(0, 20 - digits.count)) + digits
    }

    package static func file(_ offset: Int64, _ suffix: String) -> String { text(offset) + suffix }

    /// The base offset of a file name with this suffix; nil for other names.
    package static func offset(_ name: String, _ suffix: String) -> Int64? {
        guard name.hasSuffix(suffix) else { return nil }
        let digits = name.dropLast(suffix.count)
        guard digits.count == 20, digits.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return Int64(digits)
    }
}

/// A stretch of a partition's log: one `.log` file and its indexes.
final class LogSegment {
    static let suffixes = [".log", ".index", ".timeindex", ".txnindex", ".txnindex" + TransactionIndex.checksumSuffix]

    let baseOffset: Int64
    private(set) var directory: String
    /// What follows the usual names of the files: `.cleaned` or `.swap` on the way through compaction.
    private let nameSuffix: String
    private let fileSystem: any FileSystem
    private(set) var path: String
    let mode: ReadMode
    /// Open while the segment takes appends, is not durable, or was read last, unless it has to give way.
    private let log: SegmentFile
    let offsetIndex: IndexFile
    let timeIndex: IndexFile
    let transactions: TransactionIndex
    /// Bytes of the log file that hold batches.
    private(set) var size: Int64
    private var bytesSinceIndexEntry = 0
    /// Bytes between index entries, from the last configuration seen: for indexes that are made again later.
    private var indexInterval = 4096
    /// Positions between which the batches are known to follow one another: appended, recovered or looked at since the start.
    var ordered: Range<Int64>
    /// The last time index entry was compared with the batch that it names.
    var areTimesTrusted = false
    /// Largest timestamp in the segment and the last offset of the first batch that has it; -1 while there is none.
    private(set) var maxTimestamp: Int64 = -1
    private(set) var maxTimestampOffset: Int64 = -1
    /// The first batch's largest timestamp: age-based rolling counts from it.
    private(set) var rollTimestamp: Int64?
    let createdMillis: Int64
    /// Something was appended since it was opened.
    private(set) var hasGrown = false
    private var needsSync = false

    static func path(_ directory: String, _ baseOffset: Int64, _ suffix: String) -> String {
        Path.join(directory, SegmentName.file(baseOffset, suffix))
    }

    /// Opens the files of a segment, making what is missing, unless its log has no files yet.
    init(
        _ fileSystem: any FileSystem,
        directory: String,
        baseOffset: Int64,
        now: Int64,
        isActive: Bool = true,
        isMade: Bool = true,
        suffix: String = "",
        givesWay: Bool,
        mode: ReadMode
    ) throws(StorageError) {
        self.mode = mode
        self.fileSystem = fileSystem
        self.directory = directory
        self.baseOffset = baseOffset
        createdMillis = now
        nameSuffix = suffix
        path = Self.path(directory, baseOffset, ".log" + suffix)
        log = SegmentFile(fileSystem, path: path, givesWay: givesWay)
        size = 0
        ordered = 0..<0
        offsetIndex = try IndexFile(
            fileSystem,
            path: Self.path(directory, baseOffset, ".index" + suffix),
            entrySize: 8,
            mode: mode
        )
        timeIndex = try IndexFile(
            fileSystem,
            path: Self.path(directory, baseOffset, ".timeindex" + suffix),
            entrySize: 12,
            mode: mode
        )
        transactions = TransactionIndex(
            fileSystem,
            path: Self.path(directory, baseOffset, ".txnindex"),
            nameSuffix: suffix,
            mode: mode
        )
        // From here on `deinit` closes what was opened.
        if !isMade {
            areTimesTrusted = true
            return
        }
        // Where another log looks after the files, what is missing was taken out meanwhile.
        let isToOpen = isActive || !mode.isForeign && !fileSystem.exists(path)
        size = isToOpen ? try log.opened(.create).size() : try fileSystem.size(path)
        ordered = size..<size
        areTimesTrusted = size == 0
    }

    deinit { log.end() }

    /// The exchange that compaction began is not over.
    var isSwapped: Bool { !nameSuffix.isEmpty }

    /// Where one of its files is.
    func filePath(_ suffix: String) -> String { Self.path(directory, baseOffset, suffix + nameSuffix) }

    /// The log file, opened when it is not.
    func file(_ openMode: OpenMode = .readWrite) throws(StorageError) -> any StorageFile {
        // Opening reads what the directory and the file itself say.
        if mode.isCachedOnly, !log.isOpen { throw .notCached(path) }
        return try log.opened(openMode)
    }

    /// Closes the file when nothing needs it open; those who hold a slice of it keep it.
    func releaseFile() {
        if !needsSync { log.close() }
    }

    /// Closes the file for good: the log is gone.
    func abandonFile() { log.end() }

    /// Takes the largest timestamp from the index, for a segment that was closed in order.
    func loadTimestamps() throws(StorageError) {
        guard let entry = try timeIndex.entry(timeIndex.count - 1) else { return }
        let (timestamp, relative) = IndexFile.timeEntry(entry)
        maxTimestamp = timestamp
        maxTimestampOffset = baseOffset &+ Int64(relative)
    }

    /// Whether the index files can be what an orderly close left: whole entries, and the last ones inside the segment.
    func hasPlausibleIndexes() throws(StorageError) -> Bool {
        for suffix in [".index", ".timeindex"] {
            let path = filePath(suffix)
            guard fileSystem.exists(path) else { return size == 0 }
            guard try fileSystem.size(path) % (suffix == ".index" ? 8 : 12) == 0 else { return false }
        }
        guard let last = try offsetIndex.entry(offsetIndex.count - 1) else {
            // An index may only be empty while the log is short.
            return true
        }
        let (relative, position) = IndexFile.offsetEntry(last)
        guard relative >= 0, position >= 0, Int64(position) < size else { return false }
        if offsetIndex.count > 1, relative == 0 { return false }  // a preallocated tail of zeros
        if let entry = try timeIndex.entry(timeIndex.count - 1), timeIndex.count > 1 {
            return IndexFile.timeEntry(entry).timestamp > 0
        }
        return true
    }

    // MARK: Append

    /// Its directory has another name, or lies elsewhere; what is open stays open.
    func relocate(to directory: String) {
        self.directory = directory
        path = filePath(".log")
        log.relocate(to: path)
        offsetIndex.relocate(to: filePath(".index"))
        timeIndex.relocate(to: filePath(".timeindex"))
        transactions.relocate(to: Self.path(directory, baseOffset, ".txnindex"), nameSuffix: nameSuffix)
    }

    /// Whether an offset can be written relative to the base.
    func canHold(_ offset: Int64) -> Bool {
        // The base is never negative, so the difference of a larger offset cannot overflow; the offset behind it has to exist.
        offset >= baseOffset && offset < Int64.max && offset - baseOffset <= Int64(Int32.max)
    }

    /// The time index keeps a place for the entry that ends it.
    func isIndexFull(_ maxBytes: Int) -> Bool {
        offsetIndex.bytes + 8 > maxBytes || timeIndex.bytes + 24 > maxBytes
    }

    /// Appends a batch whose fields after the length are `header`'s and whose records are those of `bytes`.
    func append(header: RecordBatchHeader, bytes: ByteBuffer, config: LogConfig) throws(StorageError) {
        let position = size
        let file = try file()
        var failure: StorageError?
        withUnsafeTemporaryAllocation(byteCount: RecordBatchHeader.size, alignment: 8) { front in
            header.store(into: front)
            bytes.withUnsafeReadableBytes { all in
                do throws(StorageError) {
                    try file.write(
                        UnsafeRawBufferPointer(front),
                        UnsafeRawBufferPointer(rebasing: all[RecordBatchHeader.size...]),
                        at: position
                    )
                } catch {
                    failure = error
                }
            }
        }
        if let failure {
            // Whatever part arrived must not be found by a later start.
            try? file.truncate(to: position)
            throw failure
        }
        size += Int64(bytes.readableBytes)
        (needsSync, hasGrown) = (true, true)
        if ordered.upperBound == position { ordered = ordered.lowerBound..<size }
        do throws(StorageError) {
            try note(header, position: position, config: config)
        } catch {
            // The batch is in the log, and its offsets are taken: refused now, the next batch would get them too. The entries
            // stay in memory until there is space, or a file, again. What else goes wrong ends the directory.
            guard error.kind == .noSpace || error.kind == .tooManyOpenFiles else { throw error }
        }
    }

    /// Keeps indexes and timestamps up with a batch at `position`. Entries name the last offset of a batch, as Kafka's do.
    private func note(_ header: RecordBatchHeader, position: Int64, config: LogConfig) throws(StorageError) {
        noteTime(of: header)
        if rollTimestamp == nil, header.maxTimestamp >= 0 { rollTimestamp = header.maxTimestamp }
        if bytesSinceIndexEntry > config.indexIntervalBytes {
            let relative = Int32(truncatingIfNeeded: header.lastOffset &- baseOffset)
            try offsetIndex.append { $0.writeMultipleIntegers(relative, Int32(truncatingIfNeeded: position)) }
            try addTimeEntry()
            bytesSinceIndexEntry = 0
        }
        bytesSinceIndexEntry += header.totalSize
        indexInterval = config.indexIntervalBytes
    }

    private func noteTime(of header: RecordBatchHeader) {
        guard header.maxTimestamp > maxTimestamp else { return }
        maxTimestamp = header.maxTimestamp
        maxTimestampOffset = header.lastOffset
    }

    /// Writes the largest timestamp into the time index, unless it is there.
    func addTimeEntry() throws(StorageError) {
        guard maxTimestamp >= 0 else { return }
        if let last = try timeIndex.entry(timeIndex.count - 1), IndexFile.timeEntry(last).timestamp >= maxTimestamp {
            return
        }
        let (timestamp, relative) = (maxTimestamp, Int32(truncatingIfNeeded: maxTimestampOffset &- baseOffset))
        try timeIndex.append { $0.writeMultipleIntegers(timestamp, relative) }
    }

    // MARK: Change

    /// Cuts the log file at `position`. The indexes follow.
    func truncate(to position: Int64, nextOffset: Int64) throws(LogError) {
        try storage { () throws(StorageError) in
            try file().truncate(to: position)
            size = position
            ordered = ordered.clamped(to: 0..<position)
            needsSync = true
            let relative = nextOffset - baseOffset
            let below = try offsetIndex.last(atMost: relative - 1) { Int64(IndexFile.offsetEntry($0).relativeOffset) }
            let inside = try offsetIndex.last(atMost: position - 1) { Int64(IndexFile.offsetEntry($0).position) }
            try offsetIndex.truncate(to: min(below?.index ?? -1, inside?.index ?? -1) + 1)
            let times = try timeIndex.last(atMost: relative - 1) { Int64(IndexFile.timeEntry($0).relativeOffset) }
            try timeIndex.truncate(to: (times?.index ?? -1) + 1)
            bytesSinceIndexEntry = 0
            if position == 0 { rollTimestamp = nil }
        }
        try reloadTimestamps()
        try transactions.truncate(to: nextOffset)
    }

    /// The largest timestamp of what is left: the time index may end long before the log does.
    private func reloadTimestamps() throws(LogError) {
        maxTimestamp = -1
        maxTimestampOffset = -1
        try storage { () throws(StorageError) in try loadTimestamps() }
        var scanner = try scanner(before: max(maxTimestampOffset, baseOffset))
        while true {
            switch try scanner.nextHeader() {
            case .batch(let header, _): noteTime(of: header)
            case .legacy: continue
            case .end: return
            case .damaged(let position, let reason): throw .corrupt(path: path, position: position, reason: reason)
            }
        }
    }

    /// Empties the indexes, before `note(recovered:)` fills them again.
    func resetIndexes(keepingTransactions: Bool = false) throws(StorageError) {
        try offsetIndex.truncate(to: 0)
        try timeIndex.truncate(to: 0)
        // A preallocated or torn file may hold a part of an entry behind the whole ones.
        for suffix in [".index", ".timeindex"] {
            try fileSystem.open(filePath(suffix), .create).truncate(to: 0)
        }
        if !keepingTransactions { try transactions.reset() }
        maxTimestamp = -1
        maxTimestampOffset = -1
        rollTimestamp = nil
        bytesSinceIndexEntry = 0
    }

    func note(recovered header: RecordBatchHeader, position: Int64, config: LogConfig) throws(StorageError) {
        try note(header, position: position, config: config)
        areTimesTrusted = true
    }

    /// Makes both indexes again from the headers of the log.
    func rebuildIndexes() throws(LogError) {
        if !mode.mayRepair { throw .storage(.notCached(path)) }
        var config = LogConfig()
        config.indexIntervalBytes = indexInterval
        try storage { () throws(StorageError) in try resetIndexes(keepingTransactions: true) }
        var scanner = try storage { () throws(StorageError) in BatchScanner(try file(), from: 0, to: size) }
        while true {
            switch try scanner.nextHeader() {
            case .batch(let header, let position):
                try storage { () throws(StorageError) in try note(recovered: header, position: position, config: config)
                }
            case .legacy: continue
            case .end:
                areTimesTrusted = true
                return try storage { () throws(StorageError) in
                    try addTimeEntry()
                    try offsetIndex.store()
                    try timeIndex.store()
                }
            case .damaged(let position, let reason): throw .corrupt(path: path, position: position, reason: reason)
            }
        }
    }

    // MARK: Durability and end

    /// What a flush has to sync, taken under the partition's lock so that the syncing itself can happen outside.
    func takeDirtyFile() -> SegmentFile? {
        guard needsSync else { return nil }
        needsSync = false
        return log
    }

    func markDirty() { needsSync = true }

    /// Writes the indexes out; `syncing` makes them and the log durable.
    func seal(syncing: Bool) throws(StorageError) {
        try addTimeEntry()
        try offsetIndex.create()
        try timeIndex.create()
        if syncing {
            if needsSync { try file().sync() }
            needsSync = false
            try offsetIndex.sync()
            try timeIndex.sync()
        } else {
            try offsetIndex.store()
            try timeIndex.store()
        }
        try transactions.seal(syncing: syncing)
    }

    /// Renames the files to `.deleted`; readers of the open file are not disturbed.
    func markDeleted() throws(StorageError) {
        for suffix in Self.suffixes {
            let path = filePath(suffix)
            guard fileSystem.exists(path) else { continue }
            try fileSystem.rename(path, to: Self.path(directory, baseOffset, suffix) + ".deleted")
        }
    }
}

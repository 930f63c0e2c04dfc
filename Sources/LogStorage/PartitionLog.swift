@_spi(Sabotage) import KafkaProtocol
import KafkaRecords
import NIOCore
import World

/// One partition's log on disk: segments, indexes, producer state and leader epochs, in Kafka's files.
///
/// Not thread-safe: the owner's lock covers every call. Calls that only the device can delay (`FlushWork.run`, opening,
/// removing files) are made outside of it.
package final class PartitionLog {
    /// The result of an append.
    package struct Appended: Equatable, Sendable {
        package var firstOffset: Int64
        package var lastOffset: Int64
        /// Milliseconds since 1970 for LogAppendTime, else -1.
        package var appendTime: Int64
        /// The batch was there already; nothing was written.
        package var isDuplicate: Bool
    }

    package internal(set) var directory: String
    package internal(set) var config: LogConfig
    let fileSystem: any FileSystem
    /// Of all its segments.
    let mode: ReadMode
    /// Ascending by base offset; never empty.
    var segments: [LogSegment]
    package internal(set) var logStartOffset: Int64
    package internal(set) var logEndOffset: Int64
    /// What lies below survives a power cut.
    package internal(set) var flushedOffset: Int64
    package internal(set) var producers = ProducerState()
    package internal(set) var epochs = LeaderEpochs()
    /// What the checkpoint of the epochs held when the log was opened; recovery compares the batches with it.
    var notedEpochs = LeaderEpochs()
    /// Of the flushes that write the epochs; nil before the first.
    private var gate: FlushGate?
    /// Names of files or of the directory itself are not durable yet.
    var hasUnsyncedNames: Bool
    /// Below it the log is compacted: `cleaner-offset-checkpoint`.
    package internal(set) var cleanedOffset: Int64 = 0
    /// Compaction is exchanging segments for what it made of them.
    var isSwapping = false
    /// The log is deleted: its directory may already be another's.
    private(set) var isOver = false
    /// The log is or was compacted: offsets may be missing between its batches.
    var allowsGaps: Bool
    /// No batch can have a later leader epoch.
    var maxLeaderEpoch = Int32.max
    /// The base offset of the segment that was read last. Not the segment: one that is taken out must not stay open for it.
    private var lastRead: Int64?
    /// The leader epoch file does not hold what is known. It is written with the next flush; the batches carry the same.
    var hasUnsavedEpochs = false
    /// Whether there are files. A log that nothing was written to has none, nor a directory.
    package internal(set) var isMade = true
    /// For `partition.metadata`, when the files are made.
    var topicId: KafkaUUID?
    /// Offsets of producer snapshots on disk, ascending.
    var snapshots: [Int64] = []

    init(
        directory: String,
        config: LogConfig,
        fileSystem: any FileSystem,
        mode: ReadMode,
        segments: [LogSegment],
        logStartOffset: Int64,
        logEndOffset: Int64,
        flushedOffset: Int64,
        hasUnsyncedNames: Bool
    ) {
        self.directory = directory
        self.config = config
        allowsGaps = config.isCompacted
        self.fileSystem = fileSystem
        self.mode = mode
        self.segments = segments
        self.logStartOffset = logStartOffset
        self.logEndOffset = logEndOffset
        self.flushedOffset = flushedOffset
        self.hasUnsyncedNames = hasUnsyncedNames
    }

    /// The segment that takes appends.
    var active: LogSegment { segments[segments.count - 1] }  // never empty: see `segments`

    /// Bytes of all segments.
    package var sizeBytes: Int64 { segments.reduce(0) { $0 + $1.size } }
    package var segmentCount: Int { segments.count }
    package var segmentBaseOffsets: [Int64] { segments.map(\.baseOffset) }

    package func reconfigure(_ config: LogConfig) {
        self.config = config
        allowsGaps = allowsGaps || config.isCompacted
    }

    // MARK: Append

    /// Appends a producer's batch as the leader: offsets, leader epoch and append time are set here.
    ///
    /// - Parameters:
    ///   - leaderEpoch: of this replica's leadership.
    ///   - now: milliseconds since 1970.
    ///   - isFromClient: producer ids, epochs and sequences are checked; not for the broker's own batches.
    ///   - gap: of `ProducerState.check`.
    /// - Throws: `.refused` with the code for the producer; `.storage` when nothing was appended.
    package func append(
        _ batch: ValidatedBatch,
        leaderEpoch: Int32,
        now: Int64,
        isFromClient: Bool,
        gap: ErrorCode? = nil,
        highWatermark: Int64 = 0
    ) throws(LogError) -> Appended {
        var header = batch.header
        let appendTime = header.isLogAppendTime ? header.maxTimestamp : -1
        if isFromClient {
            let check: ProducerState.Check
            do { check = try producers.check(header, gap: gap) } catch { throw .refused(error) }
            if case .duplicate(let known) = check {
                return Appended(
                    firstOffset: Sabotage.duplicateAnsweredByLastOffset.isOn ? known.lastOffset : known.firstOffset,
                    lastOffset: known.lastOffset,
                    appendTime: known.timestamp,
                    isDuplicate: true
                )
            }
        }
        guard Int64(batch.bytes.readableBytes) <= config.segmentBytes else {
            throw .refused(
                RecordError(
                    .recordListTooLarge,
                    "\(batch.bytes.readableBytes) bytes exceed segment.bytes of \(config.segmentBytes)"
                )
            )
        }
        guard logEndOffset <= Self.largestBase else {
            throw .refused(RecordError(.invalidRecord, "the log ends at \(logEndOffset): there are no more offsets"))
        }
        header.baseOffset = logEndOffset
        header.partitionLeaderEpoch = leaderEpoch
        try write(header, batch.bytes, now: now, highWatermark: highWatermark)
        return Appended(
            firstOffset: header.baseOffset,
            lastOffset: header.lastOffset,
            appendTime: appendTime,
            isDuplicate: false
        )
    }

    func write(
        _ header: RecordBatchHeader,
        _ bytes: ByteBuffer,
        now: Int64,
        highWatermark: Int64
    ) throws(LogError) {
        if !isMade { try makeFiles() }
        if shouldRoll(before: header, size: bytes.readableBytes, now: now) {
            // A segment names offsets relative to its first one: behind a long gap it has to begin where the batch does.
            let isFar = header.lastOffset - logEndOffset > Int64(Int32.max)
            try roll(now: now, at: isFar ? header.baseOffset : nil)
        }
        let segment = active
        try storage { () throws(StorageError) in
            try segment.append(header: header, bytes: bytes, config: config)
        }
        logEndOffset = header.nextOffset
        try apply(header, bytes: bytes, segment: segment, highWatermark: highWatermark)
    }

    /// What a batch of the log means for producers and epochs: the same after an append and on recovery.
    func apply(
        _ header: RecordBatchHeader,
        bytes: ByteBuffer,
        segment: LogSegment,
        highWatermark: Int64
    ) throws(LogError) {
        // An epoch that began with a leadership, in memory, has its first record here.
        if epochs.assign(header.partitionLeaderEpoch, startOffset: header.baseOffset)
            || epochs.entries.last?.startOffset == header.baseOffset
        {
            hasUnsavedEpochs = true
        }
        if header.isControl {
            guard header.isTransactional, let batch = try? RecordBatch(bytes), let marker = EndTransactionMarker(batch)
            else { return }
            if let aborted = producers.end(marker, header, highWatermark: highWatermark) {
                _ = try transactions(of: segment)
                try segment.transactions.append(aborted)
            }
        } else {
            producers.append(header)
        }
    }

    /// The offsets of any batch that begins here exist. No log gets there by appending; a file may say so.
    private static let largestBase = Int64.max - Int64(Int32.max) - 1

    private func shouldRoll(before header: RecordBatchHeader, size: Int, now: Int64) -> Bool {
        let segment = active
        if segment.size == 0 { return !segment.canHold(header.lastOffset) }
        if segment.size + Int64(size) > config.segmentBytes { return true }
        if segment.isIndexFull(config.indexMaxBytes) { return true }
        if !segment.canHold(header.lastOffset) { return true }
        if segment.size + Int64(size) > Int64(Int32.max) { return true }
        if let first = segment.rollTimestamp, header.maxTimestamp >= 0 {
            return header.maxTimestamp - first > config.segmentMillis - jitter(of: segment)
        }
        return now - segment.createdMillis > config.segmentMillis - jitter(of: segment)
    }

    /// Differs from log to log and from segment to segment, but not from time to time.
    private func jitter(of segment: LogSegment) -> Int64 {
        if config.segmentJitterMillis <= 0 { return 0 }
        let most = min(config.segmentJitterMillis, config.segmentMillis)
        let share = Double(CRC32C.of(ByteBuffer(string: segment.path))) / 4_294_967_296
        return Int64(Double(most) * share)
    }

    /// Ends the active segment and begins a new one at the log's end, or at a later offset where what comes next begins.
    package func roll(now: Int64, at offset: Int64? = nil) throws(LogError) {
        if !isMade { try makeFiles() }
        try storage { () throws(StorageError) in
            try active.seal(syncing: false)
            segments.append(
                try LogSegment(
                    fileSystem,
                    directory: directory,
                    baseOffset: offset ?? logEndOffset,
                    now: now,
                    givesWay: config.filesGiveWay,
                    mode: mode
                )
            )
            hasUnsyncedNames = true
            try saveProducers(syncing: false)
        }
    }

    // MARK: Read

    /// Bytes of whole batches from the one that holds `offset`, up to `maxBytes`; the last batch may be cut off.
    ///
    /// - Parameters:
    ///   - upTo: the first offset that may not be read.
    ///   - isFirstBatchWhole: the first batch is returned whole even beyond `maxBytes`, so that a reader always advances.
    /// - Returns: nil when there is nothing below `upTo`.
    /// - Throws: `.outOfRange`.
    package func read(
        from offset: Int64,
        maxBytes: Int,
        upTo: Int64,
        isFirstBatchWhole: Bool
    ) throws(LogError) -> LogSlice? {
        guard offset >= logStartOffset, offset <= logEndOffset else {
            throw .outOfRange(offset: offset, start: logStartOffset, end: logEndOffset)
        }
        if offset >= upTo || maxBytes <= 0 && !isFirstBatchWhole { return nil }
        var index = segmentIndex(for: offset)
        while index < segments.count {
            let segment = segments[index]
            if let found = try segment.locate(offset) {
                try checkGap(offset, found.baseOffset, segment)
                if found.baseOffset >= upTo { return nil }
                let end = try endPosition(in: index, upTo: upTo)
                let available = Int(min(end - found.position, Int64(Int32.max)))
                let wanted = isFirstBatchWhole ? max(maxBytes, found.size) : maxBytes
                if available <= 0 { return nil }
                let count = max(0, min(available, wanted))
                try segment.ensureOrder(
                    found.position..<found.position + Int64(count),
                    nextBase: nextBase(index),
                    allowsGaps: allowsGaps,
                    epochs: epochs
                )
                let file = try storage { () throws(StorageError) in try segment.file() }
                noteRead(segment)
                let held = found.held.flatMap { $0.getSlice(at: $0.readerIndex, length: count) }
                return LogSlice(file: file, position: found.position, count: count, held: held)
            }
            // Compaction may have removed the end of a segment: go on with the next.
            if Sabotage.segmentEndTakenForLogEnd.isOn { return nil }
            index += 1
        }
        return nil
    }

    /// The offset behind a segment's last batch.
    func nextBase(_ index: Int) -> Int64 {
        index + 1 < segments.count ? segments[index + 1].baseOffset : logEndOffset
    }

    /// Offsets that nothing holds are only in order where compaction removed them.
    private func checkGap(_ offset: Int64, _ found: Int64, _ segment: LogSegment) throws(LogError) {
        guard found > offset, !allowsGaps else { return }
        throw .corrupt(
            path: segment.path,
            position: 0,
            reason: "offsets \(offset) to \(found - 1) are missing from it or the file before it"
        )
    }

    /// Of the older segments only the one that was read last stays open.
    private func noteRead(_ segment: LogSegment) {
        if lastRead == segment.baseOffset { return }
        if let lastRead {
            let previous = segments[segmentIndex(for: lastRead)]
            if previous !== active, previous !== segment { previous.releaseFile() }
        }
        lastRead = segment.baseOffset
    }

    /// Where reading a segment has to stop so that nothing from `upTo` on is read.
    private func endPosition(in index: Int, upTo: Int64) throws(LogError) -> Int64 {
        let segment = segments[index]
        if upTo >= nextBase(index) { return segment.size }
        return try segment.locate(upTo)?.position ?? segment.size
    }

    func segmentIndex(for offset: Int64) -> Int {
        var low = 0
        var high = segments.count
        while low < high {
            let middle = (low + high) / 2
            if segments[middle].baseOffset <= offset { low = middle + 1 } else { high = middle }
        }
        return max(0, low - 1)
    }

    /// The aborted transactions that a `read_committed` reader of `[from, upTo)` has to skip.
    package func abortedTransactions(from offset: Int64, upTo: Int64) throws(LogError) -> [AbortedTxn] {
        if Sabotage.abortedNotTold.isOn { return [] }
        var result: [AbortedTxn] = []
        for segment in segments[segmentIndex(for: offset)...] {
            for txn in try transactions(of: segment) {
                if txn.lastOffset >= offset, txn.firstOffset < upTo { result.append(txn) }
                if txn.lastStableOffset >= upTo { return result }
            }
        }
        return result
    }

    /// The first record with a timestamp of at least `timestamp`.
    package func find(timestamp: Int64) throws(LogError) -> TimestampedOffset? {
        defer { releaseOldFiles() }
        for segment in segments { try segment.trustTimes() }
        for segment in segments where segment.maxTimestamp >= timestamp {
            if let found = try segment.find(timestamp: timestamp, from: logStartOffset) { return withKnownEpoch(found) }
        }
        return nil
    }

    /// The first record with the largest timestamp of the log.
    package func findMaxTimestamp() throws(LogError) -> TimestampedOffset? {
        defer { releaseOldFiles() }
        for segment in segments { try segment.trustTimes() }
        guard let segment = segments.max(by: { $0.maxTimestamp < $1.maxTimestamp }), segment.maxTimestamp >= 0 else {
            return nil
        }
        return try segment.find(timestamp: segment.maxTimestamp, from: logStartOffset).map(withKnownEpoch)
    }

    private func withKnownEpoch(_ found: TimestampedOffset) -> TimestampedOffset {
        var found = found
        found.leaderEpoch = epochs.epoch(at: found.offset) ?? found.leaderEpoch
        return found
    }

    // MARK: Durability

    /// Bytes may be waiting for the disk.
    package var needsFlush: Bool { flushedOffset < logEndOffset || hasUnsyncedNames }

    /// Collects what a flush has to do; nil when all is durable. Only one may be under way at a time.
    package func beginFlush() -> FlushWork? {
        guard needsFlush else { return nil }
        let dirty = segments.compactMap { $0.takeDirtyFile() }
        let indexes = segments.flatMap { $0.transactions.takeUnsynced() }
        let content = hasUnsavedEpochs ? epochs.encode(below: logEndOffset) : nil
        hasUnsavedEpochs = false
        var directories: [String] = []
        if hasUnsyncedNames {
            directories = [directory, Path.parent(directory)]
            hasUnsyncedNames = false
        }
        var epochs: FlushWork.Epochs?
        if let content {
            let gate = gate ?? FlushGate()
            self.gate = gate
            epochs = FlushWork.Epochs(path: epochsPath, content: content, gate: gate)
        }
        return FlushWork(
            segments: dirty,
            indexes: indexes,
            epochs: epochs,
            directories: directories,
            fileSystem: fileSystem,
            upTo: logEndOffset
        )
    }

    /// Notes that `work` has run.
    package func completeFlush(_ work: FlushWork) {
        flushedOffset = max(flushedOffset, min(work.upTo, logEndOffset))
        releaseOldFiles()
    }

    /// Notes that `work` found no space: what it had to do is left for the next flush.
    package func postponeFlush(_ work: FlushWork) {
        hasUnsavedEpochs = hasUnsavedEpochs || work.epochs != nil
        hasUnsyncedNames = hasUnsyncedNames || !work.directories.isEmpty
    }

    /// Closes the files of older segments that nothing needs open.
    func releaseOldFiles() {
        for segment in segments.dropLast() where segment.baseOffset != lastRead { segment.releaseFile() }
    }

    /// Writes everything out, indexes and producer state included, as an orderly stop needs it.
    ///
    /// - Parameter syncing: makes it durable; without, the caller syncs the file system of many logs at once.
    package func close(syncing: Bool = true) throws(LogError) {
        if !isMade { return }
        if hasUnsavedEpochs { try saveEpochs(syncing: syncing) }
        try storage { () throws(StorageError) in
            for segment in segments { try segment.seal(syncing: syncing) }
            try saveProducers(syncing: syncing)
            if syncing { try fileSystem.syncDirectory(directory) }
        }
        flushedOffset = logEndOffset
    }

    /// Lets go of all files, because the log is deleted; nothing can be read or appended any more.
    ///
    /// - Returns: what has to be closed before another log may have the directory; nil when no flush writes there.
    @discardableResult
    package func abandon() -> FlushGate? {
        isOver = true
        for segment in segments { segment.abandonFile() }
        return gate
    }

    var epochsPath: String { Path.join(directory, "leader-epoch-checkpoint") }

    func saveEpochs(syncing: Bool) throws(LogError) {
        let path = epochsPath
        let content = epochs.encode(below: logEndOffset)
        try storage { () throws(StorageError) in
            if syncing { return try fileSystem.writeAtomically(content, to: path) }
            let file = try fileSystem.open(path + ".tmp", .replace)
            try file.write(content, at: 0)
            try fileSystem.rename(path + ".tmp", to: path)
            hasUnsyncedNames = true
        }
        hasUnsavedEpochs = false
    }

    /// Writes the producer state at the log's end, when anything is before it. Only the two newest snapshots and those at segment starts are kept.
    func saveProducers(syncing: Bool) throws(StorageError) {
        if logEndOffset == 0 { return }
        let path = Path.join(directory, SegmentName.file(logEndOffset, ".snapshot"))
        let file = try fileSystem.open(path + ".tmp", .replace)
        try file.write(ProducerSnapshotFile.encode(producers), at: 0)
        if syncing { try file.sync() }
        try fileSystem.rename(path + ".tmp", to: path)
        if snapshots.last != logEndOffset { snapshots.append(logEndOffset) }
        let bases = Set(segments.map(\.baseOffset))
        for offset in snapshots.dropLast(2) where !bases.contains(offset) { try removeSnapshot(offset) }
    }

    func removeSnapshot(_ offset: Int64) throws(StorageError) {
        snapshots.removeAll { $0 == offset }
        let path = Path.join(directory, SegmentName.file(offset, ".snapshot"))
        if fileSystem.exists(path) { try fileSystem.remove(path) }
    }
}

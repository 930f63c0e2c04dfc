@_spi(Sabotage) import KafkaProtocol
import KafkaRecords
import NIOCore
import World

/// Writes the segment that a group of segments becomes, into files with the suffix `.cleaned`.
///
/// Nothing is written as long as a single segment stays as it is.
struct CleanedWriter {
    private let files: LogFiles
    private let group: [CompactionPlan.Source]
    private var target: LogSegment?
    /// Of transactions with batches in the new segment's range.
    var aborted: [AbortedTxn] = []

    private static let suffix = ".cleaned"

    init(_ files: LogFiles, _ group: [CompactionPlan.Source]) {
        self.files = files
        self.group = group
    }

    private var baseOffset: Int64 { group[0].baseOffset }  // never empty

    mutating func keep(_ header: RecordBatchHeader, _ bytes: ByteBuffer) throws(LogError) {
        if group.count == 1, target == nil { return }
        try append(header, bytes, to: try begun())
    }

    /// - Parameter position: of the batch that is dropped, in the segment that it comes from.
    mutating func drop(before position: Int64) throws(LogError) {
        _ = try begun(behind: position)
    }

    mutating func replace(_ bytes: ByteBuffer, before position: Int64) throws(LogError) {
        let target = try begun(behind: position)
        guard let header = RecordBatchHeader(bytes, at: bytes.readerIndex) else { return }  // it was made just now
        try append(header, bytes, to: target)
    }

    /// What the group has become, durable; nil when it stays as it is.
    mutating func finish() throws(LogError) -> CleanedGroup? {
        guard let target = group.count > 1 ? try begun() : target else { return nil }
        try storage { () throws(StorageError) in
            try target.seal(syncing: !Sabotage.cleanedNotSynced.isOn)
            let old = LogSegment.path(files.directory, baseOffset, ".txnindex")
            if !aborted.isEmpty || files.fileSystem.exists(old) { try target.transactions.store(cleaned: aborted) }
        }
        self.target = nil
        return CleanedGroup(sources: group, size: target.size)
    }

    /// Removes what was written. What cannot be removed the next start does.
    ///
    /// - Parameter staged: some of the files may have the suffix that lets a start complete the exchange.
    mutating func discard(staged: Bool = false) {
        target = nil
        // The log's own file last: it decides whether the others are completed or removed.
        if staged { try? removeFiles(".swap") }
        try? removeFiles(Self.suffix)
    }

    private func removeFiles(_ state: String) throws(StorageError) {
        for suffix in LogSegment.suffixes.reversed() {
            let path = LogSegment.path(files.directory, baseOffset, suffix) + state
            if files.fileSystem.exists(path) { try files.fileSystem.remove(path) }
        }
    }

    private func append(_ header: RecordBatchHeader, _ bytes: ByteBuffer, to target: LogSegment) throws(LogError) {
        // Positions in the index have 32 bits. Batches grow only where a codec does worse the second time.
        guard target.size + Int64(header.totalSize) <= Int64(Int32.max) else {
            throw .refused(RecordError(.recordListTooLarge, "what compaction makes of a segment exceeds 2 GiB"))
        }
        try storage { () throws(StorageError) in
            try target.append(header: header, bytes: bytes, config: files.config)
        }
    }

    /// The segment under way. The first time it gets what was kept before `position` of the group's only segment.
    private mutating func begun(behind position: Int64 = 0) throws(LogError) -> LogSegment {
        if let target { return target }
        let segment = try storage { () throws(StorageError) in
            try removeFiles(Self.suffix)
            return try LogSegment(
                files.fileSystem,
                directory: files.directory,
                baseOffset: baseOffset,
                now: 0,
                suffix: Self.suffix,
                givesWay: false,
                mode: ReadMode()
            )
        }
        target = segment
        if group.count == 1, position > 0, !Sabotage.frontForgotten.isOn { try copy(upTo: position, to: segment) }
        return segment
    }

    private func copy(upTo end: Int64, to target: LogSegment) throws(LogError) {
        let path = LogSegment.path(files.directory, baseOffset, ".log")
        let file = try storage { () throws(StorageError) in try files.fileSystem.open(path, .read) }
        var scanner = BatchScanner(file, from: 0, to: end, windowSize: 1 << 20)
        while case .batch(let header, let position) = try scanner.nextHeader() {
            guard let bytes = try scanner.batchBytes(at: position, size: header.totalSize) else { break }
            try append(header, bytes, to: target)
        }
        guard target.size == end else {
            throw .corrupt(path: path, position: target.size, reason: "it changed while it was compacted")
        }
    }
}

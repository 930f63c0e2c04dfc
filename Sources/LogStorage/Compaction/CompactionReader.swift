import KafkaProtocol
import KafkaRecords
import World

/// Reads the batches of a segment that is compacted, and makes sure that they are what was written: what is written anew gets new checksums.
struct CompactionReader {
    private let plan: CompactionPlan
    private let source: CompactionPlan.Source
    private var scanner: BatchScanner
    /// The next batch begins here or, where compaction has been, later.
    private var expected: Int64

    init(_ plan: CompactionPlan, _ source: CompactionPlan.Source, windowBytes: Int) throws(LogError) {
        self.plan = plan
        self.source = source
        expected = source.baseOffset
        let path = Self.path(plan, source)
        scanner = try storage { () throws(StorageError) in
            BatchScanner(try plan.fileSystem.open(path, .read), from: 0, to: source.size, windowSize: windowBytes)
        }
    }

    private static func path(_ plan: CompactionPlan, _ source: CompactionPlan.Source) -> String {
        LogSegment.path(plan.directory, source.baseOffset, ".log")
    }

    /// The next batch's header and position; nil behind the last.
    mutating func next() throws(LogError) -> (RecordBatchHeader, position: Int64)? {
        switch try scanner.nextHeader() {
        case .batch(let header, let position):
            // What the checksum does not cover.
            guard header.baseOffset >= expected, header.lastOffsetDelta >= 0, header.lastOffset < source.nextBase else {
                throw damaged(position, "offset \(header.baseOffset) does not continue the segment at \(expected)")
            }
            if let known = plan.epochs.epoch(at: header.baseOffset), known != header.partitionLeaderEpoch {
                throw damaged(position, LeaderEpochs.contradiction(header, known))
            }
            expected = header.nextOffset
            return (header, position)
        case .end: return nil
        case .legacy(let offset, _, _):
            throw .refused(
                RecordError(
                    .unsupportedForMessageFormat,
                    "the message at offset \(offset) has a format before 2, which is not compacted"
                )
            )
        case .damaged(let position, let reason): throw damaged(position, reason)
        }
    }

    mutating func batch(_ header: RecordBatchHeader, at position: Int64) throws(LogError) -> RecordBatch {
        guard let bytes = try scanner.batchBytes(at: position, size: header.totalSize),
            let batch = try? RecordBatch(bytes), batch.isChecksumValid
        else { throw damaged(position, "the checksum of the batch is wrong") }
        return batch
    }

    func damaged(_ position: Int64, _ reason: String) -> LogError {
        .corrupt(path: Self.path(plan, source), position: position, reason: reason)
    }
}

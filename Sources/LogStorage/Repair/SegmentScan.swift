import KafkaProtocol
import KafkaRecords
import NIOCore
import World

/// A segment as it is read from end to end, taken under the log's lock.
package struct SegmentPlan: Sendable {
    let files: LogFiles
    package let baseOffset: Int64
    /// The offset behind its last batch.
    let nextBase: Int64
    /// Bytes that hold batches.
    package let size: Int64
    let epochs: LeaderEpochs
    let allowsGaps: Bool
    let logStartOffset: Int64
    /// As its index has them.
    let aborted: [AbortedTxn]

    var path: String { LogSegment.path(files.directory, baseOffset, ".log") }

    /// What has to be got from elsewhere for a damage of this segment.
    package func replacement(for damage: LogDamage) -> Replacement {
        Replacement(damage, logStartOffset: logStartOffset, allowsGaps: allowsGaps, epochs: epochs)
    }
}

/// Where a log's files are, for those who write some of them anew without its lock.
struct LogFiles: Sendable {
    let directory: String
    let fileSystem: any FileSystem
    let config: LogConfig
}

/// Reads every byte of a segment and compares it with the checksums, offsets and epochs. Takes no lock; blocks on the disk.
package struct SegmentScan {
    package enum Found {
        case whole(RecordBatch, position: Int64)
        /// A message of format 0 or 1, of which only the length is looked at.
        case legacy(bytes: Int)
        case damaged(LogDamage)
    }

    private static let window = 1 << 20

    private let plan: SegmentPlan
    private let file: any StorageFile
    private var scanner: BatchScanner
    /// The next batch begins here or, where compaction has been, later.
    private var expected: Int64

    /// - Parameter place: where another one has come to; nil begins.
    /// - Throws: `.storage`, of kind `notFound` when the segment has been taken out meanwhile.
    package init(_ plan: SegmentPlan, from place: Place? = nil) throws(LogError) {
        self.plan = plan
        file = try storage { () throws(StorageError) in try plan.files.fileSystem.open(plan.path, .read) }
        let position = place?.position ?? 0
        scanner = BatchScanner(file, from: position, to: plan.size, windowSize: Self.window)
        expected = place?.expected ?? plan.baseOffset
    }

    /// Up to where a scan has come, for one that goes on later: it keeps no file open until then.
    package struct Place: Sendable {
        fileprivate var position: Int64
        fileprivate var expected: Int64
    }

    package var place: Place { Place(position: scanner.position, expected: expected) }

    private func makeScanner(from position: Int64) -> BatchScanner {
        BatchScanner(file, from: position, to: plan.size, windowSize: Self.window)
    }

    /// Up to where it has read.
    package var position: Int64 { scanner.position }

    /// The next batch, or damage up to the next whole one; nil at the end of the segment.
    package mutating func next() throws(LogError) -> Found? {
        let here = scanner.position
        switch try scanner.nextHeader() {
        case .batch(let header, let position):
            guard let problem = try problem(of: header, at: position) else {
                guard let bytes = try scanner.batchBytes(at: position, size: header.totalSize),
                    let batch = try? RecordBatch(bytes), batch.isChecksumValid
                else { return try damage(from: here, "the checksum of the batch is wrong", behind: scanner.position) }
                expected = header.nextOffset
                return .whole(batch, position: position)
            }
            return try damage(from: here, problem, behind: scanner.position)
        case .legacy(let offset, let size, _):
            guard offset >= expected, offset < plan.nextBase else {
                return try damage(from: here, "a message says offset \(offset) where \(expected) is next", behind: nil)
            }
            expected = offset + 1
            return .legacy(bytes: size)
        case .end:
            if expected == plan.nextBase || plan.allowsGaps || here < plan.size { return nil }
            return endsEarly()
        case .damaged(_, let reason): return try damage(from: here, reason, behind: nil)
        }
    }

    /// What the checksum does not cover, and what the next batch would begin with.
    private func problem(of header: RecordBatchHeader, at position: Int64) throws(LogError) -> String? {
        guard header.lastOffsetDelta >= 0, header.baseOffset >= expected, header.baseOffset < plan.nextBase,
            header.lastOffset < plan.nextBase, plan.allowsGaps || header.baseOffset == expected
        else {
            return
                "a batch says offsets \(header.baseOffset) to \(header.baseOffset &+ Int64(header.lastOffsetDelta)) where \(expected) is next"
        }
        if let known = plan.epochs.epoch(at: header.baseOffset), known != header.partitionLeaderEpoch {
            return LeaderEpochs.contradiction(header, known)
        }
        return nil
    }

    /// Nothing is damaged that could be seen, but the last batches are missing.
    private mutating func endsEarly() -> Found {
        defer { expected = plan.nextBase }
        return .damaged(
            LogDamage(
                path: plan.path,
                bytes: plan.size..<plan.size,
                offsets: expected..<plan.nextBase,
                reason: "it ends before offset \(expected), and the log goes on at \(plan.nextBase)"
            )
        )
    }

    /// - Parameter end: where the damaged batch ends by its own length, if that can be.
    private mutating func damage(from position: Int64, _ reason: String, behind end: Int64?) throws(LogError) -> Found {
        var next: (position: Int64, offset: Int64)?
        if let end, let offset = try validBatch(at: end) { next = (end, offset) }
        if next == nil, end != plan.size, expected < plan.nextBase {
            _ = try BatchScanner.search(
                file,
                from: position + 1,
                to: plan.size,
                offsets: expected...plan.nextBase - 1
            ) { position throws(LogError) in
                next = try validBatch(at: position).map { (position, $0) }
                return next != nil
            }
        }
        let damage = LogDamage(
            path: plan.path,
            bytes: position..<(next?.position ?? plan.size),
            offsets: expected..<(next?.offset ?? plan.nextBase),
            reason: reason
        )
        expected = damage.offsets.upperBound
        scanner = makeScanner(from: damage.bytes.upperBound)
        return .damaged(damage)
    }

    /// The offset of a whole batch that can follow here.
    private func validBatch(at position: Int64) throws(LogError) -> Int64? {
        var scanner = BatchScanner(file, from: position, to: plan.size)
        guard case .batch(let header, _) = try scanner.nextHeader(), header.baseOffset >= expected,
            header.lastOffsetDelta >= 0, header.baseOffset < plan.nextBase, header.lastOffset < plan.nextBase,
            plan.epochs.epoch(at: header.baseOffset) ?? header.partitionLeaderEpoch == header.partitionLeaderEpoch,
            let bytes = try scanner.batchBytes(at: position, size: header.totalSize),
            let batch = try? RecordBatch(bytes), batch.isChecksumValid
        else { return nil }
        return header.baseOffset
    }
}

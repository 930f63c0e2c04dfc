import KafkaRecords
import NIOCore

/// What another replica has in the place of damaged batches, as far as it has come. Nothing is taken on trust: its disk may be damaged, too.
package struct Replacement: Sendable {
    package enum Failure: Error, Equatable, Sendable {
        /// It has not what is missing, or not whole.
        case notThere(String)
        case tooLarge
    }

    /// What one replacement may hold in memory.
    package static let largest = 64 << 20

    private let offsets: Range<Int64>
    private let allowsGaps: Bool
    private let epochs: LeaderEpochs
    /// The offset to ask for next.
    package private(set) var next: Int64
    /// Whole batches.
    package private(set) var bytes = ByteBuffer()

    init(_ damage: LogDamage, logStartOffset: Int64, allowsGaps: Bool, epochs: LeaderEpochs) {
        offsets = damage.offsets
        self.allowsGaps = allowsGaps
        self.epochs = epochs
        // Nobody has to have what is deleted.
        next = min(max(damage.offsets.lowerBound, logStartOffset), damage.offsets.upperBound)
    }

    package var isComplete: Bool { next >= offsets.upperBound }

    /// Takes the answer to a fetch from `next` on.
    ///
    /// - Parameter mark: the high watermark of who answers.
    package mutating func take(_ answer: ByteBuffer, highWatermark mark: Int64) throws(Failure) {
        guard mark >= offsets.upperBound else { throw .notThere("it knows of offsets below \(mark) only") }
        var rest = answer
        var hasMore = false
        do {
            while !isComplete, let batch = try FollowerCheck.next(in: &rest) {
                hasMore = true
                let header = batch.header
                if header.baseOffset >= offsets.upperBound, allowsGaps {
                    next = offsets.upperBound
                    return
                }
                try check(batch)
                next = header.nextOffset
                bytes.writeImmutableBuffer(batch.bytes)
                if bytes.readableBytes > Self.largest { throw Failure.tooLarge }
            }
        } catch let failure as Failure {
            throw failure
        } catch {
            throw .notThere("its own copy is damaged: \(error)")
        }
        if hasMore || isComplete { return }
        // Compaction has left nothing there.
        guard allowsGaps else { throw .notThere("it has nothing at offset \(next)") }
        next = offsets.upperBound
    }

    private func check(_ batch: RecordBatch) throws(Failure) {
        let header = batch.header
        guard batch.isChecksumValid, header.lastOffsetDelta >= 0 else {
            throw .notThere("its own copy is damaged at offset \(next)")
        }
        // What is deleted may be the beginning of a batch.
        let isFirst = bytes.readableBytes == 0 && header.baseOffset >= offsets.lowerBound && header.lastOffset >= next
        guard
            isFirst && (header.baseOffset <= next || allowsGaps) || header.baseOffset == next
                || allowsGaps && header.baseOffset > next, header.lastOffset < offsets.upperBound
        else {
            throw .notThere(
                "it has offsets \(header.baseOffset) to \(header.lastOffset) in one batch where \(next) to \(offsets.upperBound - 1) are missing"
            )
        }
        if let known = epochs.epoch(at: header.baseOffset), known != header.partitionLeaderEpoch {
            throw .notThere(LeaderEpochs.contradiction(header, known))
        }
    }
}

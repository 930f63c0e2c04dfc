@_spi(Sabotage) import KafkaProtocol
import KafkaRecords
import NIOCore

/// The log of a replica whose leaderships come and go.
extension PartitionLog {
    /// What an append of a leader's batches came to.
    package struct Followed: Equatable, Sendable {
        package var batchCount: Int
        package var lastOffset: Int64
        package var lastEpoch: Int32
        /// The log was empty, and begins earlier on the disk than it did: no checkpoint may call more durable.
        package var beganEarlier = false
    }

    /// The epoch of the last batch; nil while there is none.
    package var lastBatchEpoch: Int32? { epochs.latest(below: logEndOffset) }

    /// About how many bytes lie behind an offset. Within a segment batches are taken to be of one size: nothing is read.
    package func estimatedBytes(behind offset: Int64) -> Int64 {
        if offset >= logEndOffset { return 0 }
        let first = segmentIndex(for: offset)
        let segment = segments[first]
        let (begin, end) = (max(segment.baseOffset, logStartOffset), nextBase(first))
        let part = Double(end - max(offset, begin)) / Double(max(1, end - segment.baseOffset))
        let later = segments[(first + 1)...].reduce(0) { $0 + $1.size }
        return later + Int64((Double(segment.size) * min(max(part, 0), 1)).rounded())
    }

    /// A leadership begins at the log's end. Nothing is written: the first batch carries the epoch, and without one nobody asks for it
    /// after a start.
    package func beginEpoch(_ epoch: Int32) { _ = epochs.assign(epoch, startOffset: logEndOffset) }

    /// A leadership is over: if it has left no record, its epoch is none of this log.
    package func endEpoch() { _ = epochs.truncateEnd(to: logEndOffset) }

    /// Appends a leader's batches as they are, all or none of them. A batch that is cut off at the end is left out.
    ///
    /// Offsets may be missing between batches, because compaction removes records. A log that is empty may begin within the first batch, as
    /// the leader's does after DeleteRecords.
    /// - Parameters:
    ///   - maxEpoch: the epoch of the leader: no batch can have a later one.
    ///   - isContiguous: no offset may be missing, as in the metadata log.
    ///   - now: milliseconds since 1970.
    /// - Returns: nil when there is no whole batch.
    /// - Throws: `.refused` when the batches do not continue this log or are damaged; `.storage`.
    package func appendFromLeader(
        _ bytes: ByteBuffer,
        maxEpoch: Int32,
        isContiguous: Bool = false,
        now: Int64,
        highWatermark: Int64
    ) throws(LogError) -> Followed? {
        var batches: [RecordBatch] = []
        let beginning = isContiguous ? nil : batchAroundStart(bytes)
        var check = FollowerCheck(
            next: beginning ?? logEndOffset,
            epoch: lastBatchEpoch ?? -1,
            maxEpoch: maxEpoch,
            isContiguous: isContiguous
        )
        var rest = bytes
        while let batch = try FollowerCheck.next(in: &rest) {
            do { try check.take(batch) } catch { throw .refused(error) }
            batches.append(batch)
        }
        guard let last = batches.last else { return nil }
        let start = logStartOffset
        if let beginning { try restart(at: beginning) }
        for batch in batches {
            if batch.header.baseOffset > logEndOffset { allowsGaps = true }
            try write(batch.header, batch.bytes, now: now, highWatermark: highWatermark)
            if Sabotage.followerForgetsProducers.isOn { producers = ProducerState() }
            logStartOffset = max(logStartOffset, start)
        }
        return Followed(
            batchCount: batches.count,
            lastOffset: last.header.lastOffset,
            lastEpoch: last.header.partitionLeaderEpoch,
            beganEarlier: beginning != nil
        )
    }

    /// Where the first batch begins, when this log is empty and lies within it.
    private func batchAroundStart(_ bytes: ByteBuffer) -> Int64? {
        guard logStartOffset == logEndOffset, let header = RecordBatchHeader(bytes, at: bytes.readerIndex),
            header.magic == 2, header.baseOffset >= 0, header.baseOffset < logEndOffset, header.lastOffsetDelta >= 0,
            header.baseOffset > logEndOffset - 1 - Int64(header.lastOffsetDelta)
        else { return nil }
        return header.baseOffset
    }
}

/// Whether batches of a leader continue a log. A leader may be mistaken or its disk damaged: nothing is taken on trust.
struct FollowerCheck {
    /// The smallest offset that may come.
    var next: Int64
    var epoch: Int32
    let maxEpoch: Int32
    let isContiguous: Bool

    /// Takes a whole batch off the front; nil at the end, or before one that is cut off.
    static func next(in bytes: inout ByteBuffer) throws(LogError) -> RecordBatch? {
        guard let header = RecordBatchHeader(bytes, at: bytes.readerIndex) else { return nil }
        if header.magic == 2, header.batchLength >= 0, header.totalSize > bytes.readableBytes { return nil }
        do {
            let batch = try RecordBatch(bytes)
            bytes.moveReaderIndex(forwardBy: batch.bytes.readableBytes)
            return batch
        } catch {
            throw .refused(error)
        }
    }

    mutating func take(_ batch: RecordBatch) throws(RecordError) {
        let header = batch.header
        func refuse(_ reason: String) -> RecordError {
            RecordError(.corruptMessage, "the leader's batch at offset \(header.baseOffset) \(reason)")
        }
        guard batch.isChecksumValid else { throw refuse("has a wrong checksum") }
        guard header.baseOffset >= next else { throw refuse("does not continue the log, which ends at \(next)") }
        guard !isContiguous || header.baseOffset == next else { throw refuse("leaves out offsets from \(next) on") }
        // The offset behind the batch has to exist.
        guard header.lastOffsetDelta >= 0, header.baseOffset <= Int64.max - 1 - Int64(header.lastOffsetDelta) else {
            throw refuse("has \(header.lastOffsetDelta) as its last offset's distance")
        }
        guard header.partitionLeaderEpoch >= epoch, header.partitionLeaderEpoch <= maxEpoch else {
            throw refuse("has epoch \(header.partitionLeaderEpoch), which is not between \(epoch) and \(maxEpoch)")
        }
        next = header.nextOffset
        epoch = header.partitionLeaderEpoch
    }
}

@_spi(Sabotage) import KafkaProtocol
import KafkaRecords
import NIOCore
import World

/// Why a segment was retired.
package enum RetentionReason: Equatable, Sendable, CustomStringConvertible {
    case age(millis: Int64, limit: Int64)
    case size(excessBytes: Int64)
    case belowLogStart(Int64)
    /// What compaction made of it has taken its place.
    case compacted
    /// It was damaged, and what other replicas have has taken its place.
    case repaired

    package var description: String {
        switch self {
        case .age(let millis, let limit): "its newest record is \(millis) ms old, retention.ms is \(limit)"
        case .size(let excess): "the log exceeds retention.bytes by \(excess) bytes"
        case .compacted: "compaction has replaced it"
        case .repaired: "it was damaged, and was repaired"
        case .belowLogStart(let offset): "it lies below the log start offset \(offset)"
        }
    }
}

/// A segment that was taken out of a log. Its files have the suffix `.deleted` until `remove`.
package struct RetiredSegment: Sendable {
    package let baseOffset: Int64
    package let bytes: Int64
    package let reason: RetentionReason
    let directory: String
    let fileSystem: any FileSystem

    /// Removes the files.
    package func remove() throws(StorageError) {
        for suffix in LogSegment.suffixes {
            let path = LogSegment.path(directory, baseOffset, suffix) + ".deleted"
            if fileSystem.exists(path) { try fileSystem.remove(path) }
        }
    }
}

extension PartitionLog {
    /// Takes out segments that are beyond the topic's retention, and moves the log start offset to what remains.
    ///
    /// - Parameter highWatermark: segments that reach beyond it stay.
    package func retire(now: Int64, highWatermark: Int64) throws(LogError) -> [RetiredSegment] {
        // What compaction exchanges right now has other names: next time.
        if isSwapping { return [] }
        // Looking at the times of old segments opens their files, of thousands of partitions.
        defer { releaseOldFiles() }
        var retired: [RetiredSegment] = []
        var excess = config.retentionBytes >= 0 ? sizeBytes - config.retentionBytes : 0
        while let (segment, next) = oldest(), next <= highWatermark {
            guard let reason = try reason(segment, next, now: now, excess: excess) else { break }
            if segments.count == 1 { try roll(now: now) }
            excess -= segment.size
            retired.append(try takeOut(segment, reason))
            logStartOffset = max(logStartOffset, next)
        }
        if !retired.isEmpty { try cleanUpAfterStartMoved() }
        return retired
    }

    /// The first segment and the offset behind it.
    private func oldest() -> (LogSegment, Int64)? {
        guard let first = segments.first else { return nil }
        return (first, segments.count > 1 ? segments[1].baseOffset : logEndOffset)
    }

    private func reason(
        _ segment: LogSegment,
        _ next: Int64,
        now: Int64,
        excess: Int64
    ) throws(LogError) -> RetentionReason? {
        if segments.count > 1, next <= logStartOffset { return .belowLogStart(logStartOffset) }
        let isLeftToCleaner = config.isCompacted && Sabotage.compactedNotDeleted.isOn
        guard config.deletesOldSegments, !isLeftToCleaner else { return nil }
        // What compaction has emptied is in the way of those behind it.
        if segment.size == 0 { return segments.count > 1 ? .compacted : nil }
        if config.retentionMillis >= 0 {
            let newest = try newestMillis(of: segment, now: now)
            if now - newest > config.retentionMillis {
                return .age(millis: now - newest, limit: config.retentionMillis)
            }
        }
        if config.retentionBytes >= 0, segments.count > 1, excess >= segment.size { return .size(excessBytes: excess) }
        return nil
    }

    /// When the newest record of a segment was made, for retention: its largest timestamp. One that lies in the future would keep the segment
    /// until then: such a record cannot be newer than the last write to the file, nor, when the file too is of the future because the clock
    /// was, than this log's opening. If it was written since, after the clock jumped ahead, nothing says that it is old.
    private func newestMillis(of segment: LogSegment, now: Int64) throws(LogError) -> Int64 {
        try segment.trustTimes()
        if segment.maxTimestamp >= 0, segment.maxTimestamp <= now { return segment.maxTimestamp }
        let written = try storage { () throws(StorageError) in try fileSystem.modificationMillis(segment.path) }
        if written <= now { return written }
        return segment.hasGrown ? now : min(segment.createdMillis, now)
    }

    private func takeOut(_ segment: LogSegment, _ reason: RetentionReason) throws(LogError) -> RetiredSegment {
        try storage { () throws(StorageError) in try segment.markDeleted() }
        segments.removeAll { $0 === segment }
        hasUnsyncedNames = true
        return RetiredSegment(
            baseOffset: segment.baseOffset,
            bytes: segment.size,
            reason: reason,
            directory: directory,
            fileSystem: fileSystem
        )
    }

    private func cleanUpAfterStartMoved() throws(LogError) {
        if epochs.truncateStart(to: logStartOffset) { hasUnsavedEpochs = true }
        let first = segments[0].baseOffset  // never empty
        try storage { () throws(StorageError) in
            for offset in snapshots.dropLast() where offset < first { try removeSnapshot(offset) }
        }
    }

    /// Moves the log start offset up, as DeleteRecords asks. Whole segments below it go at the next `retire`.
    ///
    /// - Throws: `.outOfRange` beyond the high watermark or below zero.
    package func deletePrefix(before offset: Int64, highWatermark: Int64) throws(LogError) {
        guard offset >= 0, offset <= highWatermark else {
            throw .outOfRange(offset: offset, start: logStartOffset, end: highWatermark)
        }
        guard offset > logStartOffset else { return }
        logStartOffset = offset
        try cleanUpAfterStartMoved()
    }

    /// Removes everything from `offset` on. Offsets inside a batch remove the whole batch. Blocks on the disk.
    ///
    /// The caller has seen to it that no checkpoint calls more than what is left durable: what is checked at a start must not
    /// find less than that.
    package func truncate(to offset: Int64) throws(LogError) {
        guard offset < logEndOffset else {
            // Epochs that began here without a record go in any case, or their followers look for them for ever (KAFKA-10706).
            _ = epochs.truncateEnd(to: logEndOffset)
            return
        }
        if offset <= logStartOffset, offset <= segments[0].baseOffset { return try restart(at: offset) }
        // First and on the disk: what comes next may have other epochs, and a start would compare it with these.
        if epochs.truncateEnd(to: offset) { try saveEpochs(syncing: true) }
        while segments.count > 1, active.baseOffset >= offset { try dropActive() }
        let segment = active
        _ = try transactions(of: segment)
        if let found = try segment.locate(offset) {
            try segment.truncate(to: found.position, nextOffset: min(offset, found.baseOffset))
        }
        // Offsets may be missing there: the log ends where a start would find its end.
        logEndOffset = try segment.endOfBatches()
        cleanedOffset = min(cleanedOffset, logEndOffset)
        try reloadStateAfterTruncation()
    }

    /// Empties the log and lets it begin at `offset`. Blocks on the disk; for checkpoints see `truncate`.
    package func restart(at offset: Int64) throws(LogError) {
        if !isMade { try makeFiles() }
        epochs = LeaderEpochs()
        try saveEpochs(syncing: true)
        while segments.count > 1 { try dropActive() }
        try dropActive()
        try storage { () throws(StorageError) in
            segments.append(
                try LogSegment(
                    fileSystem,
                    directory: directory,
                    baseOffset: offset,
                    now: 0,
                    givesWay: config.filesGiveWay,
                    mode: mode
                )
            )
            for known in snapshots { try removeSnapshot(known) }
        }
        logStartOffset = offset
        logEndOffset = offset
        cleanedOffset = offset
        flushedOffset = min(flushedOffset, offset)
        producers = ProducerState()
        hasUnsyncedNames = true
    }

    private func dropActive() throws(LogError) {
        let segment = active
        try storage { () throws(StorageError) in
            for suffix in LogSegment.suffixes {
                let path = segment.filePath(suffix)
                if fileSystem.exists(path) { try fileSystem.remove(path) }
            }
        }
        segments.removeLast()
        hasUnsyncedNames = true
    }

    private func reloadStateAfterTruncation() throws(LogError) {
        flushedOffset = min(flushedOffset, logEndOffset)
        // A batch may have begun before the offset, and its epoch with it.
        if epochs.truncateEnd(to: logEndOffset) { try saveEpochs(syncing: true) }
        try storage { () throws(StorageError) in
            for offset in snapshots where offset > logEndOffset { try removeSnapshot(offset) }
        }
        try reloadProducers()
    }

    package func expireProducers(now: Int64) {
        producers.expire(now: now, expiration: config.producerIdExpirationMillis)
    }

    package func highWatermarkMoved(to offset: Int64) { producers.highWatermarkMoved(to: offset) }
}

import KafkaProtocol
import KafkaRecords
import NIOCore
import World

/// What a log knows beside its batches, at a moment.
package struct LogKnowledge: Sendable {
    package let logStartOffset: Int64
    package let logEndOffset: Int64
    package let cleanedOffset: Int64
    let producers: ProducerState
    let epochs: LeaderEpochs
    let allowsGaps: Bool
}

/// A log that is being copied into another log directory, and takes the place of the one that it was copied from.
///
/// Batches come by `appendFromLeader`, which checks each of them. What else a log knows cannot all be made from its batches: retention and
/// compaction have removed some. It is taken over once both logs end at the same offset.
extension PartitionLog {
    package var knowledge: LogKnowledge {
        LogKnowledge(
            logStartOffset: logStartOffset,
            logEndOffset: logEndOffset,
            cleanedOffset: cleanedOffset,
            producers: producers,
            epochs: epochs,
            allowsGaps: allowsGaps
        )
    }

    /// Makes an empty log that begins at `offset`, with its files. Blocks on the disk.
    package static func makeFuture(
        _ fileSystem: any FileSystem,
        directory: String,
        config: LogConfig,
        topicId: KafkaUUID,
        from offset: Int64,
        now: Int64
    ) throws(LogError) -> PartitionLog {
        var opening = LogOpening()
        opening.logStartOffset = offset
        opening.isClean = true
        opening.topicId = topicId
        opening.now = now
        let log = try open(fileSystem, directory: directory, config: config.ofFuture, opening: opening)
        try log.makeFiles()
        return log
    }

    /// Compaction is or was here: offsets may be missing between batches.
    package var mayHaveGaps: Bool { allowsGaps }

    /// Appends batches of the log that this one is a copy of. A batch's offset lies outside of its checksum: it is compared with those around it.
    ///
    /// - Parameter end: where the other log ended.
    /// - Returns: whether there was a whole batch.
    package func appendCopied(
        _ bytes: ByteBuffer,
        upTo end: Int64,
        mayHaveGaps: Bool,
        maxEpoch: Int32,
        now: Int64
    ) throws(LogError) -> Bool {
        var next = logEndOffset
        var place = bytes.readerIndex
        while let header = RecordBatchHeader(bytes, at: place), header.magic == 2, header.batchLength >= 0,
            header.totalSize <= bytes.writerIndex - place
        {
            // The log may begin within its first batch.
            let isAround = logStartOffset == logEndOffset && place == bytes.readerIndex && header.baseOffset < next
            guard mayHaveGaps || isAround || header.baseOffset == next, header.lastOffset < end else {
                let reason = "a batch has offset \(header.baseOffset) where \(next) is next, and the log ends at \(end)"
                throw .refused(RecordError(.corruptMessage, reason))
            }
            next = header.nextOffset
            place += header.totalSize
        }
        return try appendFromLeader(bytes, maxEpoch: maxEpoch, now: now, highWatermark: .max) != nil
    }

    /// Lets the log end at an offset up to which compaction has left nothing.
    package func skip(to offset: Int64, now: Int64) throws(LogError) {
        allowsGaps = true
        try roll(now: now, at: offset)
        logEndOffset = offset
    }

    /// Takes in what the log knows that this one was copied from; both end at the same offset.
    package func adopt(_ known: LogKnowledge) throws(LogError) {
        if logStartOffset < known.logStartOffset {
            try deletePrefix(before: known.logStartOffset, highWatermark: known.logEndOffset)
        }
        producers = known.producers
        epochs = known.epochs
        hasUnsavedEpochs = true
        hasUnsyncedNames = true
        allowsGaps = allowsGaps || known.allowsGaps
        cleanedOffset = known.cleanedOffset
    }

    /// Begins a segment at the log's end, so that recovery from there on finds the producers of now, as they may have no batch left. Blocks on
    /// the disk.
    package func markRecoveryStart(now: Int64) throws(LogError) {
        if active.size > 0 { try roll(now: now) }
        try storage { () throws(StorageError) in try saveProducers(syncing: true) }
    }

    /// Makes the directory, and with it the log, the partition's: one step, which a crash undoes or leaves whole.
    ///
    /// - Parameter config: of the partition; retention was off until now.
    package func move(to target: String, config: LogConfig) throws(LogError) {
        try storage { () throws(StorageError) in try fileSystem.rename(directory, to: target) }
        directory = target
        for segment in segments { segment.relocate(to: target) }
        hasUnsyncedNames = true
        reconfigure(config)
    }
}

extension LogConfig {
    /// Of a log that is being copied: nothing is removed but what was removed from the other one.
    var ofFuture: LogConfig {
        var config = self
        (config.retentionMillis, config.retentionBytes) = (-1, -1)
        return config
    }
}

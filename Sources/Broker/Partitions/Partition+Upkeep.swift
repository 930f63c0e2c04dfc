@_spi(Sabotage) import KafkaProtocol
import LogStorage
import Replication
import Synchronization
import World

extension Partition {
    /// DeleteRecords: -1 stands for the high watermark. The result is the new log start offset.
    func deleteRecords(before offset: Int64) -> (ErrorCode, Int64) {
        state.withLock { state in
            if let code = refusal(state) { return (code, -1) }
            guard state.log.config.deletesOldSegments else { return (.policyViolation, -1) }
            do throws(LogError) {
                let mark =
                    Sabotage.deletesPastHighWatermark.isOn ? state.log.logEndOffset : state.replica.highWatermark
                try state.log.deletePrefix(before: offset == -1 ? mark : offset, highWatermark: mark)
                state.replica.logStartMoved(to: state.log.logStartOffset)
                for reader in state.readers { reader.signal.mark(reader.place) }
                // Somebody waits until they have deleted them, too.
                for reader in state.followers { reader.signal.changed(reader.place) }
                return (.none, state.log.logStartOffset)
            } catch {
                if case .outOfRange = error { return (.offsetOutOfRange, -1) }
                return (.kafkaStorageError, -1)
            }
        }
    }

    struct Facts: Sendable {
        var sizeBytes: Int64
        var segmentCount: Int
        var logStartOffset: Int64
        var logEndOffset: Int64
        var highWatermark: Int64
        var flushedOffset: Int64
        var leaderEpoch: Int32
        /// Below it the log is compacted; 0 when compaction has not been here.
        var cleanedOffset: Int64
        /// Whether the log has files.
        var isMade: Bool
    }

    var facts: Facts {
        state.withLock { state in
            Facts(
                sizeBytes: state.log.sizeBytes,
                segmentCount: state.log.segmentCount,
                logStartOffset: state.log.logStartOffset,
                logEndOffset: state.log.logEndOffset,
                highWatermark: min(state.replica.highWatermark, state.cutAt),
                flushedOffset: min(state.log.flushedOffset, state.cutAt),
                leaderEpoch: state.replica.epoch.rawValue,
                cleanedOffset: state.log.cleanedOffset,
                isMade: state.log.isMade
            )
        }
    }

    /// The producers that the partition remembers, or why it cannot tell.
    func producers() -> Result<[ProducerEntry], ErrorCode> {
        state.withLock { state in
            if let code = refusal(state) { return .failure(code) }
            return .success(state.log.producers.producers.values.sorted { $0.producerId < $1.producerId })
        }
    }

    /// Applies retention; the files of what was taken out are removed by the caller after the topic's delay.
    func retire(wall: Int64) -> (segments: [RetiredSegment], delayMillis: Int64) {
        var failure: StorageError?
        let result = state.withLock { state -> ([RetiredSegment], Int64) in
            if state.replica.offlineReason != nil { return ([], 0) }
            do throws(LogError) {
                let segments = try state.log.retire(now: wall, highWatermark: state.replica.highWatermark)
                state.replica.logStartMoved(to: state.log.logStartOffset)
                if !segments.isEmpty {
                    for reader in state.readers + state.followers { reader.signal.mark(reader.place) }
                }
                return (segments, state.log.config.fileDeleteDelayMillis)
            } catch {
                if case .storage(let error) = error { failure = error }
                return ([], 0)
            }
        }
        if let failure { directory.handle(failure) }
        return result
    }

    /// Forgets producer ids that nobody has used for long.
    func expireProducers(wall: Int64) {
        state.withLock { state in
            if state.replica.offlineReason == nil { state.log.expireProducers(now: wall) }
        }
    }
}

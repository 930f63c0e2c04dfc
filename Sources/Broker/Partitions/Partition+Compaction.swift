import KafkaProtocol
import LogStorage
import Replication
import Synchronization
import World

/// What the cleaner asks of a partition.
extension Partition {
    struct CompactionState: Sendable {
        var backlog: CompactionBacklog
        var minRatio: Double

        /// Enough of it is dirty, or a record has waited too long.
        var isDue: Bool { !backlog.isEmpty && (backlog.isOverdue || backlog.dirtyRatio > minRatio) }
    }

    /// nil when the log is not compacted, has no records yet, or is offline.
    func compactionState(wall: Int64) -> CompactionState? {
        state.withLock { state in
            guard state.log.config.isCompacted, state.replica.offlineReason == nil else { return nil }
            let backlog = state.log.compactionBacklog(lastStableOffset: Self.stableOffset(state), now: wall)
            return backlog.map { CompactionState(backlog: $0, minRatio: state.log.config.minCleanableRatio) }
        }
    }

    /// Whether the topic wants the log compacted; nil when the log is offline.
    var isCompacted: Bool? {
        state.withLock { $0.replica.offlineReason == nil && !directory.isOffline ? $0.log.config.isCompacted : nil }
    }

    /// Ends the active segment when nothing else keeps its records from being compacted. Blocks on the disk.
    ///
    /// - Returns: where the new one begins; nil when the log stays as it is.
    func rollForCompaction(wall: Int64) throws(LogError) -> Int64? {
        let offset = try state.withLock { state throws(LogError) -> Int64? in
            guard state.replica.offlineReason == nil, !directory.isOffline else { return nil }
            return try state.log.rollForCompaction(lastStableOffset: Self.stableOffset(state), now: wall)
        }
        if offset != nil { directory.flush(self) }
        return offset
    }

    /// Whether segments that take no appends any more are not durable yet.
    var hasUnflushedSegments: Bool {
        state.withLock { state in
            guard state.replica.offlineReason == nil, let active = state.log.segmentBaseOffsets.last else {
                return false
            }
            return state.log.flushedOffset < active
        }
    }

    /// How long the files of what was taken out are kept.
    var fileDeleteDelayMillis: Int64 { state.withLock { $0.log.config.fileDeleteDelayMillis } }

    /// So many segments are looked at while nobody can append.
    private static let segmentsAtOnce = 8

    func planCompaction(wall: Int64) throws(LogError) -> CompactionPlan? {
        var isMore = true
        while isMore {
            isMore = try state.withLock { state throws(LogError) in
                guard state.replica.offlineReason == nil else { return false }
                return try state.log.prepareCompaction(atMost: Self.segmentsAtOnce)
            }
        }
        return try state.withLock { state throws(LogError) in
            guard state.replica.offlineReason == nil else { return nil }
            // What the epochs were is not to be told from what compaction leaves: those that a crash would take have to be on the disk.
            let durable = min(Self.stableOffset(state), state.log.flushedOffset)
            return try state.log.planCompaction(lastStableOffset: durable, now: wall)
        }
    }

    /// Runs one step of a pass; false when the partition is gone.
    func compactionStep(_ body: (PartitionLog) throws(LogError) -> Bool) throws(LogError) -> Bool {
        try state.withLock { state throws(LogError) in
            state.replica.offlineReason == nil ? try body(state.log) : false
        }
    }

    /// Below it every transaction has ended and every record is replicated.
    private static func stableOffset(_ state: borrowing State) -> Int64 {
        min(state.replica.highWatermark, state.log.producers.firstUnstableOffset ?? .max)
    }
}

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
        var isDue: Bool { backlog.isOverdue || backlog.dirtyRatio > minRatio }
    }

    /// nil when nothing of the log can be compacted at the moment.
    func compactionState(wall: Int64) -> CompactionState? {
        state.withLock { state in
            guard state.log.config.isCompacted, state.replica.offlineReason == nil else { return nil }
            let backlog = state.log.compactionBacklog(lastStableOffset: Self.stableOffset(state), now: wall)
            return backlog.map { CompactionState(backlog: $0, minRatio: state.log.config.minCleanableRatio) }
        }
    }

    /// How long the files of what was taken out are kept.
    var fileDeleteDelayMillis: Int64 { state.withLock { $0.log.config.fileDeleteDelayMillis } }

    func planCompaction(wall: Int64) throws(LogError) -> CompactionPlan? {
        try state.withLock { state throws(LogError) in
            guard state.replica.offlineReason == nil else { return nil }
            return try state.log.planCompaction(lastStableOffset: Self.stableOffset(state), now: wall)
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

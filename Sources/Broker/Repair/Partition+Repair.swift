import KafkaProtocol
import LogStorage
import Replication
import Synchronization
import World

/// What checking and repairing ask of a partition.
extension Partition {
    /// nil when the replica is offline.
    var segmentBases: [Int64]? {
        state.withLock { $0.replica.offlineReason == nil && !directory.isOffline ? $0.log.segmentBaseOffsets : nil }
    }

    var sizeBytes: Int64 { state.withLock { $0.log.sizeBytes } }

    func segmentBase(of offset: Int64) -> Int64 { state.withLock { $0.log.segmentBase(of: offset) } }

    /// nil when the segment, or the replica, is no longer there.
    func segmentPlan(_ base: Int64) -> SegmentPlan? {
        state.withLock { $0.replica.offlineReason == nil ? $0.log.segmentPlan(base) : nil }
    }

    /// The same of one that is to be written anew. Blocks on the disk.
    func repairPlan(_ base: Int64) throws(LogError) -> SegmentPlan? {
        let now = directory.time.wall.milliseconds
        return try state.withLock { state throws(LogError) in
            state.replica.offlineReason == nil ? try state.log.repairPlan(base, now: now) : nil
        }
    }

    /// Below it all replicas in sync have the same; nil as long as this one does not know.
    var committedEnd: Int64? {
        state.withLock { $0.replica.knowsCommitted ? $0.replica.highWatermark : nil }
    }

    /// Somebody wanted to read what cannot be.
    func found(_ damage: String, at offset: Int64) {
        directory.warnOnce(.cannotBeRead(id, reason: damage), of: id)
        store?.repairer.suspect(self, at: offset)
    }

    /// Damage was found in one of the log's files.
    func repair(_ path: String) {
        if let base = SegmentName.offset(Path.name(path), ".log") { store?.repairer.look(self, base) }
    }

    /// Those who have what is committed: the leader, and for it who is in sync with it.
    var repairSources: [NodeId] {
        state.withLock { state in
            if let leader = state.replica.followed { return [leader] }
            return state.replica.isr.filter { $0 != state.replica.nodeId }
        }
    }
}

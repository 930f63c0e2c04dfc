import KafkaProtocol

/// What a follower knows.
package struct FollowerRole: Equatable, Sendable {
    package let leader: NodeId
    package let epoch: LeaderEpoch
    package internal(set) var partitionEpoch: Int32
    /// Whether the controller has it in the in-sync set.
    package internal(set) var isInSync: Bool
    /// The log is being changed: nothing is fetched, and nothing that comes is taken.
    package internal(set) var isChangingLog = false
    /// The leader has said its high watermark in this epoch: from here on it never moves back.
    var hasWatermark = false
    /// This log is a beginning of the leader's: a leader that had some of the same offsets has found no difference, or has none of them.
    var isChecked = false

    /// Where the log has to be cut so that it is a beginning of the leader's, as far as this answer tells. When the leader has an
    /// epoch that is not in this log, the next fetch, from the end of an earlier epoch, tells more.
    static func cut(at diverging: EpochEnd, local: EpochEnd?, end: Int64) -> Int64 {
        guard let local else { return 0 }
        let known = local.epoch == diverging.epoch ? min(diverging.offset, local.offset) : local.offset
        return min(known, end)
    }
}

/// What a replica knows that neither leads nor follows.
package struct OfflineRole: Equatable, Sendable {
    package let reason: OfflineReason
    package let epoch: LeaderEpoch
    package internal(set) var partitionEpoch: Int32
}

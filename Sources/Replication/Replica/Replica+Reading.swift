import KafkaProtocol

/// Which replicas consumers read from (KIP-392).
extension Replica {
    /// Whether consumers can read from this follower: it is in sync, and has heard its leader's high watermark in this epoch. All below its
    /// own is committed, and in the leader's log.
    package var servesReaders: Bool {
        switch role {
        case .leader: false
        case .follower(let follower): follower.isInSync && follower.hasWatermark && !follower.isChangingLog
        case .offline: false
        }
    }

    /// How often in a row a follower has asked for the same although there was something.
    package func repeats(of follower: NodeId) -> Int {
        guard case .leader(let leader) = role else { return 0 }
        return leader.followers.first { $0.member.id == follower }?.repeats ?? 0
    }

    /// Whether its high watermark is that of the log that it has: all below is the same on all replicas in sync.
    package var knowsCommitted: Bool {
        switch role {
        case .leader: true
        case .follower(let follower): follower.hasWatermark && !follower.isChangingLog
        case .offline: false
        }
    }

    /// The follower that a consumer should read from: of those `brokers` that are in sync, and have what it asks for, the one with most of the
    /// log, then the one that was caught up last. nil when there is none, and where this replica does not lead.
    package func preferredReader(_ offset: Int64, among brokers: [NodeId]) -> NodeId? {
        guard case .leader(let leader) = role else { return nil }
        let candidates = leader.followers.filter { follower in
            brokers.contains(follower.member.id) && leader.isr.contains(follower.member.id) && follower.isEligible
                && follower.end >= offset && follower.logStart <= offset
        }
        func rank(_ follower: FollowerProgress) -> (Int64, Int64, Int32) {
            (follower.end, follower.caughtUpAt.nanoseconds, -follower.member.id.rawValue)
        }
        return candidates.max { rank($0) < rank($1) }?.member.id
    }
}

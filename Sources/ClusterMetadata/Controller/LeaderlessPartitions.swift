import KafkaProtocol

/// Since when partitions have had no leader, as far as an active controller knows: a new one knows only of those that had none when it began.
struct LeaderlessPartitions: Sendable {
    private let began: MonotonicTime
    private var since: [TopicPartition: MonotonicTime] = [:]

    init(began: MonotonicTime) { self.began = began }

    /// Follows what was decided.
    ///
    /// - Returns: the same, with for how long nobody led before each election.
    mutating func follow(
        _ decisions: [ControllerDecision],
        _ sessions: BrokerSessions,
        now: MonotonicTime
    ) -> [ControllerDecision] {
        decisions.map { decision in
            guard case .partition(var change) = decision, change.after.leader != change.before.leader else {
                return decision
            }
            let lost =
                change.before.leader < 0
                ? since.removeValue(forKey: change.partition) ?? began
                : now.adding(milliseconds: -Self.silentMillis(change, sessions, now: now))
            if change.after.leader < 0 {
                since[change.partition] = lost
            } else {
                change.unavailableMillis = max(0, now.milliseconds(since: lost))
            }
            return .partition(change)
        }
    }

    /// For how long the leader before may have been gone already.
    private static func silentMillis(
        _ change: PartitionDecision,
        _ sessions: BrokerSessions,
        now: MonotonicTime
    ) -> Int64 {
        switch change.cause {
        case .brokerFenced(change.before.leader, .sessionEnded(let millis)): millis
        case .brokerFenced(change.before.leader, .refused(let millis)): millis
        // Its process ended at some time after it was heard of.
        case .brokerRestarted(change.before.leader, _):
            sessions.silentMillis(change.before.leader, now: now) ?? 0
        // It led until now, and hears of the change as others do.
        case .brokerFenced, .brokerRestarted, .brokerUnfenced, .brokerStops, .brokerUnregistered, .directoriesOffline,
            .directoryTold, .replicaOffline, .directoryReplaced, .askedByLeader, .askedForPreferred, .askedForUnclean,
            .uncleanAllowed, .rebalance:
            0
        }
    }

    mutating func forget(topics: Set<String>) { since = since.filter { !topics.contains($0.key.topic) } }
}

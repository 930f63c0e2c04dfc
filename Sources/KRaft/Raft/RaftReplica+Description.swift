import KafkaProtocol

/// What the leader knows of a replica, itself among them.
package struct ReplicaDescription: Hashable, Sendable {
    package var key: ReplicaKey
    package var isVoter: Bool
    /// What lies below is on its disk; -1 when that isn't known.
    package var endOffset: Int64
    /// When it fetched last, and when it last had all that the leader had; nil when it never did in this epoch.
    package var lastFetch: MonotonicTime?
    package var lastCaughtUp: MonotonicTime?
}

extension RaftReplica {
    /// Voters, then those who only follow, each ascending by id; nothing unless this replica leads.
    package func replicas(at now: MonotonicTime) -> [ReplicaDescription] {
        guard let leader else { return [] }
        let own = options.own.key
        let voting = voters.current.keys.map { key -> ReplicaDescription in
            guard !key.matches(own) else {
                return ReplicaDescription(
                    key: own,
                    isVoter: true,
                    endOffset: log.endOffset,
                    lastFetch: now,
                    lastCaughtUp: now
                )
            }
            guard let known = leader.progress[key.id], known.key.matches(key) else {
                return ReplicaDescription(key: key, isVoter: true, endOffset: -1)
            }
            return describe(known, isVoter: true)
        }
        let others = leader.sortedIds.compactMap { leader.progress[$0] }.filter { !voters.current.contains($0.key) }
        return voting + others.map { describe($0, isVoter: false) }
    }

    private func describe(_ progress: ReplicaProgress, isVoter: Bool) -> ReplicaDescription {
        ReplicaDescription(
            key: progress.key,
            isVoter: isVoter,
            endOffset: progress.offset,
            // Before it fetched, the time is that of the election.
            lastFetch: progress.offset >= 0 ? progress.lastFetch : nil,
            lastCaughtUp: progress.lastCaughtUp
        )
    }
}

@_spi(Sabotage) import KafkaProtocol

/// What the topic's configuration and the cluster's features say of who may lead.
struct LeaderRules: Equatable, Sendable {
    /// Replicas that were in sync when fewer than `minInSync` remained are remembered, and may lead (KIP-966).
    var tracksEligible: Bool
    var minInSync: Int
    /// Where nobody has all that was acknowledged, somebody else leads.
    var allowsUnclean: Bool
}

/// A change of one partition in the making: who is in sync is given, who leads follows from it.
struct PartitionChange {
    enum Aim {
        /// A leader stays as long as it may lead.
        case anyLeader
        /// The first replica, if it may lead.
        case preferredLeader
    }

    let before: PartitionImage
    let rules: LeaderRules
    /// Whether a broker is there, and has the directory that its replica is in after the change.
    let mayLead: (PartitionImage, Int32) -> Bool

    /// In sync from here on, before somebody is elected.
    var isr: [Int32]
    var recoveryState: Int8
    var directories: [KafkaUUID]
    /// They may have lost what they had.
    var untrusted: Set<Int32> = []
    /// They have lost it.
    private var emptied: Set<Int32> = []
    var aim = Aim.anyLeader
    /// A new leader epoch begins although the leader stays.
    var beginsEpoch = false

    init(_ before: PartitionImage, _ rules: LeaderRules, mayLead: @escaping (PartitionImage, Int32) -> Bool) {
        (self.before, self.rules, self.mayLead) = (before, rules, mayLead)
        (isr, recoveryState, directories) = (before.isr, before.leaderRecoveryState, before.directories)
    }

    /// The replica begins empty: whatever it was known to have is gone.
    mutating func empty(_ id: Int32) {
        isr.removeAll { $0 == id }
        untrusted.insert(id)
        emptied.insert(id)
    }

    /// The state after the change, with how its leader came to be.
    func outcome() -> (after: PartitionImage, election: LeaderElection) {
        var after = before
        (after.isr, after.leaderRecoveryState, after.directories) = (isr, recoveryState, directories)
        after.lastKnownElr.removeAll { emptied.contains($0) }
        if rules.tracksEligible {
            after.eligibleLeaderReplicas = eligible(isr)
        } else if isr.isEmpty {
            // Somebody has to be remembered who has what was acknowledged.
            after.isr = before.isr
        }
        let (leader, election) = elect(after)
        after.leader = leader
        switch election {
        case .unclean, .lastKnown:
            // What others have and this one has not is given up, so nobody else has what counts.
            (after.isr, after.eligibleLeaderReplicas) = ([leader], [])
            after.leaderRecoveryState = 1
        case .eligible:
            after.isr.append(leader)
            after.eligibleLeaderReplicas = eligible(after.isr)
        case .kept, .inSync, .nobody: break
        }
        if rules.tracksEligible, !Sabotage.lastInSyncForgotten.isOn {
            if leader >= 0 {
                after.lastKnownElr = []
            } else if after.isr.isEmpty, before.leader >= 0 {
                after.lastKnownElr = [before.leader]
            }
        }
        return (after, election)
    }

    /// Those that have all that was acknowledged though they are not in sync: while too few were, nothing more was.
    private func eligible(_ isr: [Int32]) -> [Int32] {
        if isr.count >= min(rules.minInSync, before.replicas.count) { return [] }
        let known = before.eligibleLeaderReplicas
        let candidates = known + before.isr.filter { !known.contains($0) }
        return candidates.filter { !isr.contains($0) && !untrusted.contains($0) }.sorted()
    }

    private func elect(_ after: PartitionImage) -> (leader: Int32, election: LeaderElection) {
        func mayLead(_ id: Int32) -> Bool { self.mayLead(after, id) }
        func isInSync(_ id: Int32) -> Bool { after.isr.contains(id) && mayLead(id) }
        func isEligible(_ id: Int32) -> Bool {
            rules.tracksEligible && after.eligibleLeaderReplicas.contains(id) && mayLead(id)
        }
        if aim == .preferredLeader, let first = before.replicas.first, first != before.leader,
            after.mayBePreferred(first), mayLead(first)
        {
            return (first, .inSync)
        }
        if before.leader >= 0, isInSync(before.leader) { return (before.leader, .kept) }
        if let leader = before.replicas.first(where: isInSync) { return (leader, .inSync) }
        if let leader = before.replicas.first(where: isEligible) { return (leader, .eligible) }
        // An only replica has all that there is.
        if before.replicas.count == 1, let only = before.replicas.first, mayLead(only) { return (only, .eligible) }
        if rules.tracksEligible, after.isr.isEmpty, after.eligibleLeaderReplicas.isEmpty,
            let last = after.lastKnownElr.first, after.lastKnownElr.count == 1, mayLead(last)
        {
            return (last, .lastKnown)
        }
        if rules.allowsUnclean || Sabotage.uncleanWithoutPermission.isOn,
            let leader = before.replicas.first(where: mayLead)
        {
            return (leader, .unclean)
        }
        return (-1, before.leader < 0 ? .kept : .nobody)
    }

    /// The record of the change; nil when nothing changes.
    func record(_ topic: KafkaUUID, _ number: Int32, _ after: PartitionImage) -> PartitionChangeRecord? {
        var record = PartitionChangeRecord()
        if after.isr != before.isr { record.isr = after.isr }
        if after.leader != before.leader || beginsEpoch { record.leader = after.leader }
        if after.leaderRecoveryState != before.leaderRecoveryState {
            record.leaderRecoveryState = after.leaderRecoveryState
        }
        if after.directories != before.directories { record.directories = after.directories }
        if after.eligibleLeaderReplicas != before.eligibleLeaderReplicas {
            record.eligibleLeaderReplicas = after.eligibleLeaderReplicas
        }
        if after.lastKnownElr != before.lastKnownElr { record.lastKnownElr = after.lastKnownElr }
        if record == PartitionChangeRecord() { return nil }
        (record.topicId, record.partitionId) = (topic, number)
        return record
    }
}

import KafkaProtocol

/// How a replica follows the cluster's metadata.
extension Replica {
    /// The metadata of the partition, or of the brokers of its replicas, has changed.
    package mutating func metadataChanged(_ metadata: ReplicaMetadata, now: MonotonicTime) -> ReplicaEffects {
        var effects = ReplicaEffects()
        let (known, knownPartition) = (epoch, partitionEpoch)
        guard metadata.leaderEpoch >= known, metadata.partitionEpoch >= knownPartition else {
            effects.decisions.append(
                .ignored(.metadataOfEpoch(metadata.leaderEpoch, partitionEpoch: metadata.partitionEpoch))
            )
            return effects
        }
        if let offlineReason, offlineReason.isFinal { return effects }
        if metadata.leaderEpoch == known {
            guard metadata.leader == leaderNow else {
                effects.decisions.append(.ignored(.secondLeader(metadata.leader, epoch: known)))
                return effects
            }
            keep(metadata, now: now, &effects)
        } else if metadata.leader == nodeId {
            lead(metadata, now: now, &effects)
        } else if let leader = metadata.leader {
            follow(leader, metadata, &effects)
        } else {
            goOffline(.noLeader, epoch: metadata.leaderEpoch, partitionEpoch: metadata.partitionEpoch, &effects)
        }
        return effects
    }

    /// Who leads by what this replica knows.
    private var leaderNow: NodeId? { isLeader ? nodeId : followed }

    /// The same leadership goes on; the in-sync set or the brokers may be others.
    private mutating func keep(_ metadata: ReplicaMetadata, now: MonotonicTime, _ effects: inout ReplicaEffects) {
        switch role {
        case .leader(let leader):
            if metadata.partitionEpoch > leader.partitionEpoch {
                leader.adopt(isr: metadata.isr, partitionEpoch: metadata.partitionEpoch)
                effects.decisions.append(.inSync(metadata.isr, partitionEpoch: metadata.partitionEpoch))
            }
            leader.adopt(metadata.replicas, nodeId: nodeId, now: now, minInSync: settings.minInSync)
            review(leader, now: now, &effects)
        case .follower(var follower):
            let isInSync = metadata.isr.contains(nodeId)
            // Those who read here look elsewhere, or can read on.
            if follower.isInSync != isInSync { effects.wakesReaders = true }
            (follower.partitionEpoch, follower.isInSync) = (metadata.partitionEpoch, isInSync)
            role = .follower(follower)
        case .offline(var offline):
            offline.partitionEpoch = metadata.partitionEpoch
            role = .offline(offline)
        }
    }

    private mutating func lead(_ metadata: ReplicaMetadata, now: MonotonicTime, _ effects: inout ReplicaEffects) {
        let leader = LeaderRole(metadata, nodeId: nodeId, end: log.end, now: now, minInSync: settings.minInSync)
        // Led without a break, the log is what it was: those who wait, wait on.
        if case .leader(let old) = role { leader.waiting = old.waiting }
        if fault == .trustsOwnEnd { highWatermark = log.end }
        effects.decisions.append(
            .leads(epoch: metadata.leaderEpoch, isr: metadata.isr, end: log.end, highWatermark: highWatermark)
        )
        effects.wakesReaders = true
        // Nothing counts before it is on the disk, also what came as a follower.
        effects.flushes = settings.syncsFirst && log.durableEnd < log.end
        review(leader, now: now, &effects)
        role = .leader(leader)
    }

    private mutating func follow(_ leader: NodeId, _ metadata: ReplicaMetadata, _ effects: inout ReplicaEffects) {
        loseLeadership(.notLeaderOrFollower, &effects)
        let cutsBlindly = fault == .truncatesToWatermark && highWatermark < log.end
        role = .follower(
            FollowerRole(
                leader: leader,
                epoch: metadata.leaderEpoch,
                partitionEpoch: metadata.partitionEpoch,
                isInSync: metadata.isr.contains(nodeId),
                isChangingLog: cutsBlindly
            )
        )
        effects.decisions.append(
            .follows(leader, epoch: metadata.leaderEpoch, end: log.end, highWatermark: highWatermark)
        )
        effects.wakesReaders = true
        if cutsBlindly {
            effects.logChange = .truncate(to: highWatermark)
            return
        }
        effects.flushes = settings.syncsFirst && log.durableEnd < log.end
        effects.fetch = fetchPosition
    }

    private mutating func goOffline(
        _ reason: OfflineReason,
        epoch: LeaderEpoch,
        partitionEpoch: Int32,
        _ effects: inout ReplicaEffects
    ) {
        loseLeadership(reason.code, &effects)
        role = .offline(OfflineRole(reason: reason, epoch: epoch, partitionEpoch: partitionEpoch))
        effects.decisions.append(.offline(reason, epoch: epoch))
        effects.wakesReaders = true
    }

    private mutating func loseLeadership(_ code: ErrorCode, _ effects: inout ReplicaEffects) {
        let (known, knownPartition) = (epoch, partitionEpoch)
        if case .leader(let old) = role {
            old.waiting.releaseAll(fault == .confirmsOnLoss ? .none : code, into: &effects.answers)
        }
        role = .offline(OfflineRole(reason: .noLeader, epoch: known, partitionEpoch: knownPartition))
    }

    /// The replica ends, whatever the metadata says: its disk failed, it is deleted, or the node stops.
    package mutating func ended(_ reason: OfflineReason) -> ReplicaEffects {
        var effects = ReplicaEffects()
        if offlineReason == .deleted || offlineReason == .stopped || offlineReason == reason { return effects }
        goOffline(reason, epoch: epoch, partitionEpoch: partitionEpoch, &effects)
        return effects
    }

    /// A setting of the topic or the broker has changed.
    package mutating func reconfigured(_ settings: ReplicaSettings, now: MonotonicTime) -> ReplicaEffects {
        var effects = ReplicaEffects()
        if self.settings == settings { return effects }
        self.settings = settings
        effects.flushes = settings.syncsFirst && log.durableEnd < log.end
        switch role {
        case .leader(let leader):
            leader.minimum = min(settings.minInSync, leader.followers.count + 1)
            review(leader, now: now, &effects)
        case .follower: effects.fetch = fetchPosition
        case .offline: break
        }
        return effects
    }
}

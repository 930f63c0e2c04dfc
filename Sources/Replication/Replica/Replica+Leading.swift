import KafkaProtocol

/// What a leader does with its followers' fetches, and with the in-sync set.
extension Replica {
    /// A follower asks for what lies behind an offset: so it has all below.
    ///
    /// - Returns: nil when the fetch counts; else why the follower is refused.
    package mutating func followerFetched(_ fetch: FollowerFetch, _ effects: inout ReplicaEffects) -> ErrorCode? {
        switch role {
        case .leader(let leader):
            let code = refusal(of: fetch, leader)
            if code == nil { take(fetch, leader, &effects) }
            return code
        case .follower: return .notLeaderOrFollower
        case .offline(let offline): return offline.reason.code
        }
    }

    private func refusal(of fetch: FollowerFetch, _ leader: LeaderRole) -> ErrorCode? {
        guard let follower = leader.followers.first(where: { $0.member.id == fetch.id }) else {
            return .notLeaderOrFollower
        }
        if fault == .countsStaleFetches { return fetch.offset > log.end ? .offsetOutOfRange : nil }
        if fetch.leaderEpoch < leader.epoch { return .fencedLeaderEpoch }
        if fetch.leaderEpoch > leader.epoch { return .unknownLeaderEpoch }
        // Of an earlier incarnation: what it had may be gone.
        if fetch.brokerEpoch >= 0, fetch.brokerEpoch < max(follower.brokerEpoch, follower.member.brokerEpoch) {
            return .staleBrokerEpoch
        }
        return fetch.offset > log.end ? .offsetOutOfRange : nil
    }

    private mutating func take(_ fetch: FollowerFetch, _ leader: LeaderRole, _ effects: inout ReplicaEffects) {
        guard let index = leader.followers.firstIndex(where: { $0.member.id == fetch.id }) else { return }
        leader.note(fetch, of: index, leaderEnd: log.end)
        review(leader, now: fetch.now, &effects)
    }

    /// The time has come to look at those who are behind. Only for replicas that need it.
    ///
    /// - Parameter lastFetch: when a follower's session fetched last: it tells of all partitions that it has nothing new of.
    package mutating func ticked(now: MonotonicTime, lastFetch: (NodeId) -> MonotonicTime? = { _ in nil })
        -> ReplicaEffects
    {
        var effects = ReplicaEffects()
        switch role {
        case .leader(let leader):
            for index in leader.followers.indices {
                let seen = leader.followers[index].caughtUp(lastFetch: lastFetch(leader.followers[index].member.id))
                leader.followers[index].caughtUpAt = max(leader.followers[index].caughtUpAt, seen)
            }
            askToShrink(leader, now: now, &effects)
            if let proposal = leader.proposal, proposal.isToRepeat {
                leader.proposal?.isToRepeat = false
                effects.isrRequest = proposal.request
            }
            review(leader, now: now, &effects)
        case .follower: break
        case .offline: break
        }
        return effects
    }

    /// Looks at all that depends on where the followers are.
    func review(_ leader: LeaderRole, now: MonotonicTime) {
        leader.findOthersEnd(leaderEnd: log.end, now: now, limit: settings.lagLimitMillis, fault: fault)
    }

    mutating func review(_ leader: LeaderRole, now: MonotonicTime, _ effects: inout ReplicaEffects) {
        askToGrow(leader, &effects)
        review(leader, now: now)
        settle(leader, &effects)
        let isShort = leader.isr.count < leader.minimum && highWatermark < log.end
        if isShort, leader.standsSince != highWatermark {
            leader.standsSince = highWatermark
            let stands = ReplicaDecision.watermarkStands(
                at: highWatermark,
                inSync: leader.isr.count,
                minimum: leader.minimum
            )
            effects.decisions.append(stands)
        } else if !isShort {
            leader.standsSince = nil
        }
    }

    // MARK: The in-sync set

    private mutating func askToShrink(_ leader: LeaderRole, now: MonotonicTime, _ effects: inout ReplicaEffects) {
        if leader.proposal != nil { return }
        var lagging: [LaggingFollower] = []
        for follower in leader.followers where leader.isr.contains(follower.member.id) && follower.end != log.end {
            let behind = now.milliseconds(since: follower.caughtUpAt)
            if behind > settings.lagLimitMillis {
                lagging.append(LaggingFollower(id: follower.member.id, end: follower.end, millisBehind: behind))
            }
        }
        if lagging.isEmpty { return }
        effects.decisions.append(
            .asksToShrink(removing: lagging, leaderEnd: log.end, limitMillis: settings.lagLimitMillis)
        )
        let rest = leader.isr.filter { id in !lagging.contains { $0.id == id } }
        ask(for: rest, adding: [], leader, &effects)
        if fault == .shrinksUnconfirmed { leader.isr = rest }
    }

    /// Asks for those to be taken in that have all below the high watermark, and all that was there before this leadership.
    private mutating func askToGrow(_ leader: LeaderRole, _ effects: inout ReplicaEffects) {
        if leader.proposal != nil { return }
        var adding: [FollowerProgress] = []
        for follower in leader.followers where !leader.isr.contains(follower.member.id) && follower.end >= 0 {
            let isEligible = fault == .ignoresBrokerEpoch || follower.isEligible
            let isThere = follower.end >= max(highWatermark, leader.startOffset) || fault == .growsEarly
            if isEligible, isThere { adding.append(follower) }
        }
        if adding.isEmpty { return }
        // Who is taken in has the whole limit from there on: it may have been away for long, and lack what was appended meanwhile.
        for index in leader.followers.indices
        where adding.contains(where: { $0.member.id == leader.followers[index].member.id }) {
            let follower = leader.followers[index]
            leader.followers[index].caughtUpAt = max(follower.caughtUpAt, follower.fetchedAt)
        }
        effects.decisions.append(
            .asksToGrow(adding: adding.map(\.member.id), ends: adding.map(\.end), highWatermark: highWatermark)
        )
        ask(for: leader.isr + adding.map(\.member.id), adding: adding.map(\.member.id), leader, &effects)
    }

    private mutating func ask(
        for isr: [NodeId],
        adding: [NodeId],
        _ leader: LeaderRole,
        _ effects: inout ReplicaEffects
    ) {
        let members = isr.map { id in
            let known = leader.followers.first { $0.member.id == id }
            let epoch = known.map { $0.brokerEpoch >= 0 ? $0.brokerEpoch : $0.member.brokerEpoch } ?? -1
            return IsrRequest.Member(id: id, brokerEpoch: fault == .ignoresBrokerEpoch ? -1 : epoch)
        }
        let request = IsrRequest(
            number: nextRequest,
            leaderEpoch: leader.epoch,
            partitionEpoch: leader.partitionEpoch,
            isr: members
        )
        nextRequest += 1
        leader.proposal = IsrProposal(request: request, added: adding)
        effects.isrRequest = request
    }

    /// The controller has answered, or the answer is lost.
    package mutating func isrAnswered(_ number: UInt64, _ answer: IsrAnswer, now: MonotonicTime) -> ReplicaEffects {
        var effects = ReplicaEffects()
        switch role {
        case .leader(let leader):
            if leader.proposal?.request.number == number {
                take(answer, leader, &effects)
                review(leader, now: now, &effects)
            } else {
                effects.decisions.append(.ignored(.isrAnswer(number: number)))
            }
        case .follower: effects.decisions.append(.ignored(.isrAnswer(number: number)))
        case .offline: effects.decisions.append(.ignored(.isrAnswer(number: number)))
        }
        return effects
    }

    private func take(_ answer: IsrAnswer, _ leader: LeaderRole, _ effects: inout ReplicaEffects) {
        switch answer {
        case .accepted(let epoch, let partitionEpoch, let isr):
            guard epoch == leader.epoch, partitionEpoch > leader.partitionEpoch else {
                effects.decisions.append(.ignored(.isrOfEpoch(epoch, partitionEpoch: partitionEpoch)))
                return
            }
            leader.adopt(isr: isr, partitionEpoch: partitionEpoch)
            effects.decisions.append(.inSync(isr, partitionEpoch: partitionEpoch))
        case .lost: leader.proposal?.isToRepeat = true
        case .refused(let code): refuse(code, leader, &effects)
        }
    }

    /// What a refusal tells. Only where the controller says that it knows this very state and has not changed it, those who were to
    /// come in no longer count; everywhere else the request may have been carried out.
    private func refuse(_ code: ErrorCode, _ leader: LeaderRole, _ effects: inout ReplicaEffects) {
        var willRepeat = false
        switch code {
        case .ineligibleReplica, .operationNotAttempted:
            // Not before its next fetch is it asked for again; until then nobody waits for it.
            let refused = leader.proposal?.added ?? []
            for index in leader.followers.indices where refused.contains(leader.followers[index].member.id) {
                leader.followers[index].isTakenOut = true
            }
            leader.proposal = nil
        case .invalidUpdateVersion, .fencedLeaderEpoch, .newLeaderElected, .unknownTopicId, .unknownTopicOrPartition,
            .invalidRequest:
            break  // the controller has another state: the metadata will tell which
        default:
            leader.proposal?.isToRepeat = true
            willRepeat = true
        }
        effects.decisions.append(.isrRefused(code, willRepeat: willRepeat))
    }
}

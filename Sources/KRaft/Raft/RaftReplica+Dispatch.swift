import KafkaProtocol

/// Where messages and the clock go.
extension RaftReplica {
    mutating func receive(_ message: RaftMessage) {
        let (peer, correlation) = (message.peer, message.correlation)
        switch message.body {
        case .request(let request):
            switch request {
            case .vote(let vote): receive(vote, from: peer, correlation)
            case .beginEpoch(let begin): receive(begin, from: peer, correlation)
            case .endEpoch(let end): receive(end, from: peer, correlation)
            case .fetch(let fetch): receive(fetch, from: peer, correlation)
            case .fetchSnapshot(let fetch): receive(fetch, from: peer, correlation)
            case .addVoter(let add): receive(add, from: peer, correlation)
            case .removeVoter(let remove): receive(remove, from: peer, correlation)
            case .updateVoter(let update): receive(update, from: peer, correlation)
            }
        case .answer(let answer):
            switch answer {
            case .vote(let vote): receive(vote, from: peer, correlation)
            case .beginEpoch(_, let hint): learn(hint, from: peer)
            case .endEpoch(let error, let hint): endEpochAnswered(error, hint, from: peer)
            case .fetch(let fetch): receive(fetch, from: peer, correlation)
            case .fetchSnapshot(let fetch): receive(fetch, from: peer, correlation)
            case .updateVoter(let error, let hint): updateAnswered(error, hint, from: peer, correlation)
            case .addVoter(let error, _): joinAnswered(error, isAdded: true, correlation)
            case .removeVoter(let error, _): joinAnswered(error, isAdded: false, correlation)
            }
        }
    }

    /// Does what is due. A role that changes may have something due at once, but never for ever.
    mutating func passTime() {
        for _ in 0..<4 {
            guard now >= wakeUp else { return }
            switch role {
            case .unattached(let unattached): passUnattachedTime(unattached)
            case .follower(let follower): passFollowerTime(follower)
            case .prospective(let prospective): passElectionTime(prospective.deadline)
            case .candidate(let candidate): passElectionTime(candidate.deadline)
            case .leader: passLeaderTime()
            case .resigned(let resigned): passResignedTime(resigned)
            }
        }
    }

    /// When the clock is wanted next.
    package var wakeUp: MonotonicTime {
        switch role {
        case .unattached(let unattached):
            if installing != nil { return .never }
            return mayLead ? min(unattached.electionDeadline, unattached.search.deadline) : unattached.search.deadline
        case .follower(let follower): return wakeUp(of: follower)
        case .prospective(let prospective): return wakeUp(of: prospective.ballot, prospective.deadline)
        case .candidate(let candidate): return wakeUp(of: candidate.ballot, candidate.deadline)
        case .leader(let leader): return wakeUp(of: leader)
        case .resigned(let resigned):
            let due = min(resigned.deadline, resigned.untold.map(\.due).min() ?? .never)
            return !mayLead && resigned.untold.isEmpty ? now : due
        }
    }

    private func wakeUp(of follower: Follower) -> MonotonicTime {
        if installing != nil { return .never }
        let update = follower.update?.deadline ?? .never
        let isWatched = mayLead || follower.download == nil
        return min(follower.fetch.deadline, update, isWatched ? follower.fetchDeadline : .never)
    }

    private func wakeUp(of ballot: Ballot, _ deadline: MonotonicTime) -> MonotonicTime {
        min(deadline, ballot.again.map(\.at).min() ?? .never)
    }

    private func wakeUp(of leader: Leader) -> MonotonicTime {
        var result = lastMajorityFetch(leader)?.adding(milliseconds: checkQuorumMillis) ?? .never
        for entry in leader.progress.values {
            if let parked = entry.parked { result = min(result, parked.until) }
            if voters.current.contains(entry.key) { result = min(result, entry.beginDue) }
            result = min(result, sessionEnd(of: entry.key.id))
        }
        if let change = leader.change, case .catchingUp(_, let until, _) = change.stage { result = min(result, until) }
        return result
    }
}

import KafkaProtocol

/// Votes: asked for, given and counted.
extension RaftReplica {
    var ballot: Ballot? {
        get {
            switch role {
            case .prospective(let prospective): prospective.ballot
            case .candidate(let candidate): candidate.ballot
            case .unattached, .follower, .leader, .resigned: nil
            }
        }
        set {
            guard let newValue else { return }
            if case .prospective(var prospective) = role {
                prospective.ballot = newValue
                role = .prospective(prospective)
            } else if case .candidate(var candidate) = role {
                candidate.ballot = newValue
                role = .candidate(candidate)
            }
        }
    }

    mutating func askForVotes(_ ids: [NodeId]) {
        var isPreVote = false
        if case .prospective = role { isPreVote = true }
        for id in ids where id != options.own.key.id {
            guard let voter = voters.current.voter(id) else { continue }
            let request = RaftRequest.Vote(
                clusterId: options.clusterId,
                candidate: options.own.key,
                epoch: election.epoch,
                voter: voter.key,
                last: log.end,
                isPreVote: isPreVote
            )
            let correlation = nextCorrelation()
            ballot?.asked[correlation] = id
            promise(.request(.vote(request)), to: .node(id), correlation)
        }
    }

    mutating func castOwnVote() {
        guard isVoter else { return }
        let own = options.own.key.id
        ballot?.note(own, isGranted: true)
        countVotes()
    }

    /// A candidate's vote for itself counts once it can't be forgotten.
    mutating func ownVoteIsOnDisk() {
        guard case .candidate(let candidate) = role, candidate.ticket <= doneTicket,
            !candidate.ballot.granted.contains(options.own.key.id)
        else { return }
        castOwnVote()
    }

    private mutating func countVotes() {
        guard let ballot else { return }
        let set = voters.current
        let granted = ballot.granted.filter { set.voter($0) != nil }
        let refused = ballot.refused.filter { set.voter($0) != nil }
        if granted.count >= set.majority {
            if case .prospective = role, !has(.preVoteCountsAsVote) {
                becomeCandidate(.preVotesGranted(granted))
            } else if case .prospective = role {
                becomeCandidate(.preVotesGranted(granted))
                becomeLeader(.votesGranted(granted), granted: granted)
            } else {
                becomeLeader(.votesGranted(granted), granted: granted)
            }
        } else if refused.count > set.voters.count - set.majority {
            giveUpElection(.votesRefused(by: refused))
        }
    }

    // MARK: Giving a vote

    mutating func receive(_ vote: RaftRequest.Vote, from peer: RaftPeer, _ correlation: UInt64) {
        func refuse(_ error: ErrorCode) -> RaftMessage.Body {
            .answer(.vote(.init(error: error, hint: hint, isGranted: false)))
        }
        guard isOurCluster(vote.clusterId) else { return send(refuse(.inconsistentClusterId), to: peer, correlation) }
        if vote.epoch < election.epoch {
            return send(refuse(.fencedLeaderEpoch), to: peer, correlation)
        }
        guard vote.last.epoch <= vote.epoch, vote.last.endOffset >= 0, vote.epoch.rawValue >= 0,
            vote.candidate.id.rawValue >= 0
        else { return send(refuse(.invalidRequest), to: peer, correlation) }
        guard vote.voter?.matches(options.own.key) ?? true else {
            return send(refuse(.invalidVoterKey), to: peer, correlation)
        }
        if vote.epoch > election.epoch { learn(LeaderHint(epoch: vote.epoch, leader: nil), from: peer) }
        let isComplete = vote.last >= log.end || has(.voteToShorterLog)
        let isGranted = vote.isPreVote ? grantsPreVote(isComplete) : grantsVote(vote.candidate, isComplete)
        if isGranted, !vote.isPreVote, election.voted == nil || has(.voteTwice) {
            becomeUnattached(election.epoch, voted: vote.candidate, .voteGranted(to: vote.candidate))
        }
        let answer = RaftMessage.Body.answer(.vote(.init(error: .none, hint: hint, isGranted: isGranted)))
        if isGranted, !has(.voteBeforeDisk) {
            promise(answer, to: peer, correlation)
        } else {
            send(answer, to: peer, correlation)
        }
    }

    /// A pre-vote says: I hear no leader, and you are as complete as I am.
    private func grantsPreVote(_ isComplete: Bool) -> Bool {
        switch role {
        case .unattached, .prospective, .candidate, .resigned: isComplete
        case .follower(let follower):
            isComplete
                && (!follower.hasFetched || follower.hasLeaderResigned
                    || now.milliseconds(since: follower.lastHeard) >= options.fetchTimeoutMillis)
        case .leader: false
        }
    }

    private func grantsVote(_ candidate: ReplicaKey, _ isComplete: Bool) -> Bool {
        if let voted = election.voted, !has(.voteTwice) { return voted.matches(candidate) && election.leader == nil }
        switch role {
        case .unattached: return isComplete
        case .prospective(let prospective): return isComplete && prospective.leader == nil
        case .candidate, .resigned: return has(.voteTwice) && isComplete
        case .follower, .leader: return false
        }
    }

    // MARK: Getting votes

    mutating func receive(_ vote: RaftAnswer.Vote, from peer: RaftPeer, _ correlation: UInt64) {
        let asked = ballot?.asked.removeValue(forKey: correlation)
        noteCluster(of: peer, vote.error)
        learn(vote.hint, from: peer)
        guard let id = asked ?? strayVoter(peer), ballot != nil, vote.hint.epoch <= election.epoch else { return }
        var isGranted = vote.isGranted && vote.error == .none
        if case .prospective = role, vote.error == .unsupportedVersion {
            // A voter that knows no pre-vote stands in the way of none.
            isGranted = true
        }
        ballot?.note(id, isGranted: isGranted)
        countVotes()
    }

    private func strayVoter(_ peer: RaftPeer) -> NodeId? {
        guard has(.votesOfOtherRoundsCount), case .node(let id) = peer else { return nil }
        return id
    }

    mutating func voteFailed(_ correlation: UInt64) {
        guard let id = ballot?.asked.removeValue(forKey: correlation) else { return }
        let due = retryBackoff(3)
        ballot?.again.append((id, at: due))
    }

    mutating func passElectionTime(_ deadline: MonotonicTime) {
        if now >= deadline {
            let votes = ballot?.granted ?? []
            return giveUpElection(.electionTimedOut(votes: votes))
        }
        let due = (ballot?.again ?? []).filter { $0.at <= now }.map(\.0)
        guard !due.isEmpty else { return }
        let time = now
        ballot?.again.removeAll { $0.at <= time }
        askForVotes(due)
    }

    // MARK: Epochs begin and end

    mutating func receive(_ begin: RaftRequest.BeginEpoch, from peer: RaftPeer, _ correlation: UInt64) {
        let error: ErrorCode =
            if !isOurCluster(begin.clusterId) {
                .inconsistentClusterId
            } else if begin.epoch < election.epoch {
                .fencedLeaderEpoch
            } else if begin.leader.rawValue < 0 || begin.leader == options.own.key.id {
                .invalidRequest
            } else {
                .none
            }
        if error == .none {
            let news = LeaderHint(epoch: begin.epoch, leader: begin.leader, endpoints: begin.endpoints)
            learn(news, from: peer)
            // A prospective one that the leader itself talks to follows it again.
            if case .prospective(let prospective) = role, prospective.leader == begin.leader {
                becomeFollower(begin.epoch, of: begin.leader, endpoints: begin.endpoints, .leaderFound(by: peer))
            }
        }
        let isMine = begin.voter?.matches(options.own.key) ?? true
        let answered = error == .none && !isMine ? ErrorCode.invalidVoterKey : error
        send(.answer(.beginEpoch(answered, hint)), to: peer, correlation)
    }

    mutating func receive(_ end: RaftRequest.EndEpoch, from peer: RaftPeer, _ correlation: UInt64) {
        let error: ErrorCode =
            if !isOurCluster(end.clusterId) {
                .inconsistentClusterId
            } else if end.epoch < election.epoch {
                .fencedLeaderEpoch
            } else if end.leader.rawValue < 0 || end.leader == options.own.key.id {
                .invalidRequest
            } else {
                .none
            }
        if error == .none {
            learn(LeaderHint(epoch: end.epoch, leader: end.leader, endpoints: end.endpoints), from: peer)
            leaderResigned(end.leader, candidates: end.candidates)
        }
        send(.answer(.endEpoch(error, hint)), to: peer, correlation)
    }

    /// The first candidate stands at once, the others a little later, each behind the one before it.
    mutating func leaderResigned(_ leader: NodeId, candidates: [ReplicaKey]) {
        guard case .follower(var follower) = role, follower.leader == leader, !follower.hasLeaderResigned else {
            return
        }
        follower.hasLeaderResigned = true
        follower.fetch = .due(at: retryBackoff(1))
        let place = candidates.firstIndex { $0.matches(options.own.key) } ?? max(1, candidates.count)
        follower.fetchDeadline = place == 0 ? now : backoff(min(place, 4), from: 50, to: 1000)
        role = .follower(follower)
    }

    func isOurCluster(_ clusterId: String?) -> Bool {
        clusterId == nil || options.clusterId == nil || clusterId == options.clusterId
    }
}

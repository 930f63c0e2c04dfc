import KafkaProtocol

/// From role to role. Epochs only rise, and within one the vote stays what it is.
extension RaftReplica {
    mutating func newUnattached(electionIn deadline: MonotonicTime? = nil) -> Unattached {
        // The only voter waits for nobody.
        let wait = voters.current.isOnly(options.own.key) ? now : electionTimeout()
        return Unattached(since: now, electionDeadline: deadline ?? wait, search: .due(at: retryBackoff(0)))
    }

    func newFollower(of leader: NodeId, endpoints: [VoterEndpoint]) -> Follower {
        Follower(
            leader: leader,
            endpoints: endpoints,
            fetch: .due(at: now),
            lastHeard: now,
            fetchDeadline: now.adding(milliseconds: options.fetchTimeoutMillis)
        )
    }

    /// The one place where the role changes.
    mutating func become(_ next: RaftRole, _ state: ElectionState, _ reason: RaftReason) {
        precondition(state.epoch >= election.epoch, "the epoch never goes back")
        if state.epoch == election.epoch {
            precondition(
                election.voted == nil || state.voted == election.voted || has(.voteTwice),
                "a vote is given once in an epoch"
            )
        }
        let before = role
        let oldEpoch = election.epoch
        role = next
        if state != election {
            election = state
            order(.writeElection(state))
        }
        notice(.role(roleKind, state.epoch, reason))
        if case .leader(let leader) = before { leadershipEnds(leader, oldEpoch, reason) }
    }

    /// Everyone who waits for this node as the leader hears that it no longer is.
    private mutating func leadershipEnds(_ leader: Leader, _ epoch: LeaderEpoch, _ reason: RaftReason) {
        notice(.leadershipLost(epoch, reason))
        for id in leader.sortedIds {
            guard let parked = leader.progress[id]?.parked else { continue }
            let error: ErrorCode = election.epoch > epoch ? .fencedLeaderEpoch : .notLeaderOrFollower
            send(.answer(.fetch(fetchRefusal(error))), to: parked.peer, parked.correlation)
        }
        if let change = leader.change { answer(change, .leadershipLost) }
    }

    mutating func becomeUnattached(
        _ epoch: LeaderEpoch,
        voted: ReplicaKey? = nil,
        electionIn deadline: MonotonicTime? = nil,
        _ reason: RaftReason
    ) {
        let vote = voted ?? (epoch == election.epoch ? election.voted : nil)
        become(
            .unattached(newUnattached(electionIn: deadline)),
            ElectionState(epoch: epoch, leader: nil, voted: vote),
            reason
        )
    }

    mutating func becomeFollower(
        _ epoch: LeaderEpoch,
        of leader: NodeId,
        endpoints: [VoterEndpoint],
        _ reason: RaftReason
    ) {
        let vote = epoch == election.epoch ? election.voted : nil
        become(
            .follower(newFollower(of: leader, endpoints: endpoints)),
            ElectionState(epoch: epoch, leader: leader, voted: vote),
            reason
        )
    }

    /// What a peer says of epoch and leader. Nothing of an older epoch is news.
    mutating func learn(_ hint: LeaderHint, from peer: RaftPeer) {
        let claimed = hint.leader == options.own.key.id ? nil : hint.leader
        if hint.epoch > election.epoch {
            if let claimed {
                becomeFollower(hint.epoch, of: claimed, endpoints: hint.endpoints, .leaderFound(by: peer))
            } else {
                learnEpoch(hint.epoch, from: peer)
            }
        } else if hint.epoch == election.epoch, let claimed {
            learnLeader(claimed, hint, from: peer)
        }
    }

    /// A new epoch puts off no election: otherwise one that fails again and again would keep the others from standing.
    private mutating func learnEpoch(_ epoch: LeaderEpoch, from peer: RaftPeer) {
        var deadline: MonotonicTime?
        if case .unattached(let unattached) = role { deadline = unattached.electionDeadline }
        becomeUnattached(epoch, electionIn: deadline, .higherEpoch(from: peer))
    }

    private mutating func learnLeader(_ claimed: NodeId, _ hint: LeaderHint, from peer: RaftPeer) {
        switch role {
        case .unattached, .candidate:
            becomeFollower(hint.epoch, of: claimed, endpoints: hint.endpoints, .leaderFound(by: peer))
        case .prospective(let prospective):
            // It asked because it doesn't hear that leader: others naming it change nothing.
            guard prospective.leader == nil, prospective.resigned != claimed else { return }
            becomeFollower(hint.epoch, of: claimed, endpoints: hint.endpoints, .leaderFound(by: peer))
        case .follower(let follower):
            if follower.leader != claimed {
                notice(.ignored(peer, .secondLeader(hint.epoch, known: follower.leader, claimed: claimed)))
            } else if !hint.endpoints.isEmpty, follower.endpoints != hint.endpoints {
                self.follower?.endpoints = hint.endpoints
            }
        case .leader, .resigned:
            notice(.ignored(peer, .secondLeader(hint.epoch, known: options.own.key.id, claimed: claimed)))
        }
    }

    // MARK: Elections begin and end

    /// Stands for election, first by asking who would vote for it.
    mutating func becomeProspective(_ reason: RaftReason) {
        guard mayLead, installing == nil else { return }
        var next = Prospective(deadline: electionTimeout())
        if case .follower(let follower) = role {
            if follower.hasLeaderResigned {
                next.resigned = follower.leader
            } else {
                next.leader = follower.leader
                next.endpoints = hint.endpoints
            }
        }
        if voters.current.isOnly(options.own.key) {
            become(.prospective(next), election, reason)
            becomeCandidate(.preVotesGranted([options.own.key.id]))
            return
        }
        var state = election
        state.leader = next.leader
        become(.prospective(next), state, reason)
        askForVotes(voters.current.keys.map(\.id))
        castOwnVote()
    }

    mutating func becomeCandidate(_ reason: RaftReason) {
        guard election.epoch.rawValue < Int32.max else { return }
        let epoch = LeaderEpoch(election.epoch.rawValue + 1)
        let next = Candidate(deadline: electionTimeout(), ticket: 0)
        become(.candidate(next), ElectionState(epoch: epoch, leader: nil, voted: options.own.key), reason)
        if case .candidate(var candidate) = role {
            candidate.ticket = lastTicket
            role = .candidate(candidate)
        }
        askForVotes(voters.current.keys.map(\.id))
    }

    /// Nobody else wants an election, or too few answered: back to where it came from, and a pause.
    mutating func giveUpElection(_ reason: RaftReason) {
        failedElections += 1
        let pause = electionBackoff()
        if case .prospective(let prospective) = role, let leader = prospective.leader {
            var next = newFollower(of: leader, endpoints: prospective.endpoints)
            next.fetch = .due(at: pause)
            next.fetchDeadline = pause.adding(milliseconds: options.electionTimeoutMillis)
            become(.follower(next), election, reason)
        } else {
            becomeUnattached(election.epoch, electionIn: pause, reason)
        }
    }

    mutating func becomeLeader(_ reason: RaftReason, granted: [NodeId]) {
        precondition(election.voted == options.own.key, "a leader voted for itself")
        failedElections = 0
        let start = log.endOffset
        var leader = Leader(epochStart: start, firstOffset: start, granted: granted.sorted())
        for key in voters.current.keys where !key.matches(options.own.key) {
            leader.progress[key.id] = ReplicaProgress(key: key, lastFetch: now, beginDue: now)
        }
        let state = ElectionState(epoch: election.epoch, leader: options.own.key.id, voted: election.voted)
        become(.leader(leader), state, reason)
        append(firstBatch(granted: leader.granted))
        let nextFirstOffset = log.endOffset
        self.leader?.firstOffset = nextFirstOffset
    }

    /// LeaderChange, and what the log doesn't say yet of the voters.
    private func firstBatch(granted: [NodeId]) -> RaftBatch {
        let set = voters.current
        var controls: [RaftControl] = [
            .leaderChange(
                leader: options.own.key.id,
                voters: set.keys,
                granting: set.keys.filter { granted.contains($0.id) }
            )
        ]
        if voters.kraftVersion > 0 {
            let moved = movedVoters(set)
            if voters.isUnwritten || moved != set {
                controls += [.kraftVersion(voters.kraftVersion), .voters(moved)]
            }
        }
        let start = log.endOffset
        return RaftBatch(
            baseOffset: start,
            nextOffset: start + Int64(controls.count),
            epoch: election.epoch,
            controls: controls
        )
    }

    /// With the addresses that this node has now; none says that they are not known.
    private func movedVoters(_ set: RaftVoterSet) -> RaftVoterSet {
        guard !options.own.endpoints.isEmpty, var own = set.voter(options.own.key.id),
            Set(own.endpoints) != Set(options.own.endpoints)
        else { return set }
        own.endpoints = options.own.endpoints
        return set.updating(own)
    }

    mutating func resign(_ reason: RaftReason) {
        guard let leader else { return }
        let ranked = voters.current.keys.filter { !$0.matches(options.own.key) }.sorted { left, right in
            let (a, b) = (leader.progress[left.id]?.offset ?? -1, leader.progress[right.id]?.offset ?? -1)
            return a != b ? a > b : left < right
        }
        let next = Resigned(
            deadline: electionTimeout(),
            untold: ranked.map { ($0.id, due: now) }.sorted { $0.id < $1.id },
            candidates: ranked
        )
        become(.resigned(next), ElectionState(epoch: election.epoch, leader: nil, voted: election.voted), reason)
    }

    mutating func shutDown() { resign(.shuttingDown) }
}

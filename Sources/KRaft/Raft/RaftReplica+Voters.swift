import KafkaProtocol

/// Changes of the voters (KIP-853): one at a time, each by a record that counts from the moment that it is in the log.
extension RaftReplica {
    // MARK: Requests

    mutating func receive(_ request: RaftRequest.AddVoter, from peer: RaftPeer, _ correlation: UInt64) {
        let origin = VoterChangeOrigin.peer(peer, correlation: correlation)
        if let refusal = refusal(request) { return answer(.add, origin, refusal) }
        let wait = min(max(0, Int64(request.timeoutMillis)), 600_000)
        let change = VoterChange(
            kind: .add,
            origin: origin,
            stage: .catchingUp(
                request.voter,
                until: now.adding(milliseconds: wait),
                acknowledgesWhenCommitted: request.acknowledgesWhenCommitted
            )
        )
        leader?.change = change
        voterCaughtUp()
    }

    private func refusal(_ request: RaftRequest.AddVoter) -> VoterChangeRefusal? {
        let (voter, id) = (request.voter, request.voter.key.id)
        if let refusal = changeRefusal(request.clusterId) { return refusal }
        if let known = voters.current.voter(id) { return .alreadyVoter(known.key, voters.current) }
        if voter.key.directoryId == .zero || id.rawValue < 0 { return .noDirectory(id) }
        if voter.endpoints.isEmpty { return .noEndpoints(id) }
        let version = voters.kraftVersion
        return voter.serves(kraftVersion: version) ? nil : .versionNotServed(id, kraftVersion: version)
    }

    mutating func receive(_ request: RaftRequest.RemoveVoter, from peer: RaftPeer, _ correlation: UInt64) {
        let origin = VoterChangeOrigin.peer(peer, correlation: correlation)
        if let refusal = changeRefusal(request.clusterId) { return answer(.remove, origin, refusal) }
        guard let voter = voters.current.voter(request.voter.id), voter.key == request.voter else {
            return answer(.remove, origin, .noVoter(request.voter, voters.current))
        }
        guard voters.current.voters.count > 1 else { return answer(.remove, origin, .onlyVoter(voter.key)) }
        if let refusal = majorityRefusal(removing: voter.key) { return answer(.remove, origin, refusal) }
        appendVoters(
            voters.current.removing(request.voter),
            VoterChange(
                kind: .remove,
                origin: origin,
                stage: .appended(at: log.endOffset)
            )
        )
    }

    /// Why the voters that are left could agree on nothing, not even on this change; nil: a majority of them follows.
    private func majorityRefusal(removing key: ReplicaKey) -> VoterChangeRefusal? {
        // Without one that is gone the others are better off, or as badly: fewer are needed, and as many are there.
        guard follows(key) else { return nil }
        let left = voters.current.removing(key)
        let silent = left.keys.filter { !follows($0) }
        if left.voters.count - silent.count >= left.majority { return nil }
        return .noMajorityLeft(key, left, silent: silent.map(\.id), timeoutMillis: options.fetchTimeoutMillis)
    }

    /// Whether it is this leader, or has fetched from it within the time after which a leader counts as gone.
    private func follows(_ key: ReplicaKey) -> Bool {
        if key.matches(options.own.key) { return true }
        guard let entry = leader?.progress[key.id], entry.key.matches(key), entry.offset >= 0 else { return false }
        return now.milliseconds(since: entry.lastFetch) <= options.fetchTimeoutMillis
    }

    mutating func receive(_ request: RaftRequest.UpdateVoter, from peer: RaftPeer, _ correlation: UInt64) {
        let origin = VoterChangeOrigin.peer(peer, correlation: correlation)
        if let refusal = refusal(request) { return answer(.update, origin, refusal) }
        if voters.kraftVersion == 0 {
            // The log has no place for it yet: it is remembered for the upgrade.
            leader?.told[request.voter.key.id] = request.voter
            return answer(.update, origin, nil)
        }
        if let refusal = changeRefusal(request.clusterId) { return answer(.update, origin, refusal) }
        if voters.current.voter(request.voter.key.id) == request.voter { return answer(.update, origin, nil) }
        appendVoters(
            voters.current.updating(request.voter),
            VoterChange(
                kind: .update,
                origin: origin,
                stage: .appended(at: log.endOffset)
            )
        )
    }

    private func refusal(_ request: RaftRequest.UpdateVoter) -> VoterChangeRefusal? {
        if !isOurCluster(request.clusterId) { return isLeader ? .otherCluster : .notLeader }
        if request.epoch != election.epoch { return .otherEpoch(request.epoch, current: election.epoch) }
        if !isLeader { return .notLeader }
        let (voter, version) = (request.voter, voters.kraftVersion)
        guard let known = voters.current.voter(voter.key.id), known.key.matches(voter.key) else {
            return .noVoter(voter.key, voters.current)
        }
        if voter.endpoints.isEmpty { return .noEndpoints(voter.key.id) }
        return voter.serves(kraftVersion: version) ? nil : .versionNotServed(voter.key.id, kraftVersion: version)
    }

    /// Why no change can begin now; nil: it can.
    private func changeRefusal(_ clusterId: String?) -> VoterChangeRefusal? {
        if !isOurCluster(clusterId) { return .otherCluster }
        guard let leader else { return .notLeader }
        if voters.kraftVersion == 0 { return .staticVoters }
        if has(.secondChangeBeforeCommit) { return nil }
        // What an earlier leader began may still be lost: this leader's own record has to be committed first.
        if !leader.isEstablished { return .leaderNotEstablished }
        return leader.change == nil && (voters.lastChange ?? 0) < highWatermark ? nil : .changeUnderWay
    }

    // MARK: From the log's static voters to those that the log names

    mutating func upgrade(to version: Int16, _ endpoints: [VoterEndpoint], token: UInt64) {
        let origin = VoterChangeOrigin.local(token: token)
        guard let leader else { return answer(.upgrade, origin, .notLeader) }
        if version == voters.kraftVersion { return answer(.upgrade, origin, nil) }
        guard version == 1 else { return answer(.upgrade, origin, .unknownVersion(version)) }
        guard leader.isEstablished else { return answer(.upgrade, origin, .leaderNotEstablished) }
        guard leader.change == nil else { return answer(.upgrade, origin, .changeUnderWay) }
        var described: [RaftVoter] = []
        var unready: [NodeId] = []
        for key in voters.current.keys {
            var voter = leader.told[key.id]
            if key.matches(options.own.key) {
                voter = options.own
                voter?.endpoints = endpoints
            }
            // One that hasn't told its directory, or doesn't serve the version, would be shut out.
            if let voter, voter.serves(kraftVersion: version), voter.key.directoryId != .zero {
                described.append(voter)
            } else {
                unready.append(key.id)
            }
        }
        guard unready.isEmpty else {
            return answer(.upgrade, origin, .votersUnready(unready, kraftVersion: version))
        }
        let change = VoterChange(kind: .upgrade, origin: origin, stage: .appended(at: log.endOffset + 1))
        appendControls([.kraftVersion(version), .voters(RaftVoterSet(described))], change)
    }

    // MARK: Steps

    private mutating func appendVoters(_ set: RaftVoterSet, _ change: VoterChange) {
        appendControls([.voters(set)], change)
    }

    private mutating func appendControls(_ controls: [RaftControl], _ change: VoterChange) {
        let start = log.endOffset
        leader?.change = change
        append(
            RaftBatch(
                baseOffset: start,
                nextOffset: start + Int64(controls.count),
                epoch: election.epoch,
                controls: controls
            )
        )
        for key in voters.current.keys where !key.matches(options.own.key) && leader?.progress[key.id] == nil {
            let entry = ReplicaProgress(key: key, lastFetch: now, beginDue: now)
            leader?.progress[key.id] = entry
        }
        answerParked()
    }

    /// A new voter counts once it has what is committed: otherwise commits would wait for it to read all of the log.
    mutating func voterCaughtUp() {
        guard let leader, var change = leader.change,
            case .catchingUp(let voter, _, let acknowledgesWhenCommitted) = change.stage,
            let entry = leader.progress[voter.key.id], entry.key == voter.key, entry.offset >= highWatermark,
            now.milliseconds(since: entry.lastFetch) <= options.fetchTimeoutMillis
        else { return }
        change.stage = .appended(at: log.endOffset)
        if !acknowledgesWhenCommitted, let origin = change.origin {
            answer(change.kind, origin, nil)
            change.origin = nil
        }
        appendVoters(voters.current.adding(voter), change)
    }

    mutating func expireVoterChange() {
        guard let change = leader?.change, case .catchingUp(let voter, let until, _) = change.stage, now >= until else {
            return
        }
        let refusal = whyBehind(voter.key)
        leader?.change = nil
        answer(change, refusal)
    }

    private func whyBehind(_ key: ReplicaKey) -> VoterChangeRefusal {
        guard let entry = leader?.progress[key.id], entry.key == key else {
            let other = leader?.progress[key.id]?.key.directoryId
            return .unknownReplica(key, other: other == .zero ? nil : other)
        }
        if entry.offset < 0 { return .unknownReplica(key, other: nil) }
        return .behind(key, endOffset: entry.offset, highWatermark: highWatermark)
    }

    /// The record of a change is committed: whoever asked is told, and a leader that was taken out hands over.
    mutating func voterChangeCommitted() {
        if let change = leader?.change, case .appended(let offset) = change.stage, offset < highWatermark {
            leader?.change = nil
            answer(change, nil)
        }
        if let leader, leader.isEstablished, !isVoter, let last = voters.lastChange, last < highWatermark {
            resign(.removedFromVoters)
        }
    }

    /// - Parameter refusal: nil: the change is made.
    mutating func answer(_ change: VoterChange, _ refusal: VoterChangeRefusal?) {
        guard let origin = change.origin else { return }
        answer(change.kind, origin, refusal)
    }

    private mutating func answer(
        _ kind: VoterChangeKind,
        _ origin: VoterChangeOrigin,
        _ refusal: VoterChangeRefusal?
    ) {
        switch origin {
        case .local(let token): notice(.upgraded(token: token, refusal))
        case .peer(let peer, let correlation):
            let error = refusal?.error ?? .none
            let body: RaftAnswer =
                switch kind {
                case .add: .addVoter(error, refusal?.description)
                case .remove: .removeVoter(error, refusal?.description)
                case .update, .upgrade: .updateVoter(error, hint)
                }
            send(.answer(body), to: peer, correlation)
        }
    }

    // MARK: What a controller says of itself

    /// A voter whose addresses or versions the log has otherwise, or nowhere, tells its leader; one that is to vote and doesn't yet
    /// asks for it.
    ///
    /// - Parameter isCaughtUp: has all that is committed: the leader makes no other change while it waits for a new voter.
    mutating func considerUpdate(isCaughtUp: Bool) {
        guard case .follower(let follower) = role, follower.update == nil, !options.own.endpoints.isEmpty,
            wantsToJoin ? isCaughtUp : isVoter && !follower.hasUpdated
        else { return }
        let known = voters.current.voter(options.own.key.id)
        guard voters.kraftVersion == 0 || known != options.own else { return }
        let nextUpdate: FetchProgress = .due(at: now)
        self.follower?.update = nextUpdate
    }

    private var wantsToJoin: Bool {
        options.joinsVoters && voters.kraftVersion > 0 && !mayLead && !options.own.endpoints.isEmpty
    }

    mutating func passUpdateTime() {
        guard let follower, let update = follower.update, now >= update.deadline else { return }
        let correlation = nextCorrelation()
        send(.request(requestAboutItself), to: .node(follower.leader), correlation)
        let until = now.adding(milliseconds: options.requestTimeoutMillis)
        let nextUpdate: FetchProgress = .pending(correlation: correlation, to: .node(follower.leader), until: until)
        self.follower?.update = nextUpdate
    }

    private var requestAboutItself: RaftRequest {
        let own = options.own
        guard wantsToJoin else {
            return .updateVoter(.init(clusterId: options.clusterId, epoch: election.epoch, voter: own))
        }
        // It voted with another disk, which is lost: what it promised with that counts no more.
        if let former = voters.current.voter(own.key.id) {
            return .removeVoter(.init(clusterId: options.clusterId, voter: former.key))
        }
        return .addVoter(
            .init(
                clusterId: options.clusterId,
                voter: own,
                timeoutMillis: Int32(clamping: options.requestTimeoutMillis),
                // What this voter fetches may be what commits the record: the answer need not wait for it.
                acknowledgesWhenCommitted: false
            )
        )
    }

    mutating func updateAnswered(_ error: ErrorCode, _ hint: LeaderHint, from peer: RaftPeer, _ correlation: UInt64) {
        if case .pending(correlation, _, _) = follower?.update {
            if error == .requestTimedOut {
                let nextUpdate: FetchProgress = .due(at: retryBackoff(6))
                self.follower?.update = nextUpdate
            } else {
                self.follower?.update = nil
                self.follower?.hasUpdated = true
            }
        }
        learn(hint, from: peer)
    }

    /// Whether it votes now the log says, soon: what was appended may still be lost with the leader, and is asked for again then.
    mutating func joinAnswered(_ error: ErrorCode, isAdded: Bool, _ correlation: UInt64) {
        guard case .pending(correlation, _, _) = follower?.update else { return }
        let nextUpdate: FetchProgress? =
            if error != .none {
                .due(at: retryBackoff(6))
            } else if isAdded {
                .due(at: now.adding(milliseconds: options.fetchTimeoutMillis))
            } else {
                nil
            }
        self.follower?.update = nextUpdate
    }
}

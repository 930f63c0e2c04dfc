import KafkaProtocol

/// Changes of the voters (KIP-853): one at a time, each by a record that counts from the moment that it is in the log.
extension RaftReplica {
    // MARK: Requests

    mutating func receive(_ request: RaftRequest.AddVoter, from peer: RaftPeer, _ correlation: UInt64) {
        let origin = VoterChangeOrigin.peer(peer, correlation: correlation)
        if let error = changeRefusal(request.clusterId) { return answer(.add, origin, error) }
        if voters.current.voter(request.voter.key.id) != nil { return answer(.add, origin, .duplicateVoter) }
        guard request.voter.key.directoryId != .zero, request.voter.key.id.rawValue >= 0,
            request.voter.serves(kraftVersion: voters.kraftVersion), !request.voter.endpoints.isEmpty
        else { return answer(.add, origin, .invalidRequest) }
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

    mutating func receive(_ request: RaftRequest.RemoveVoter, from peer: RaftPeer, _ correlation: UInt64) {
        let origin = VoterChangeOrigin.peer(peer, correlation: correlation)
        if let error = changeRefusal(request.clusterId) { return answer(.remove, origin, error) }
        guard let voter = voters.current.voter(request.voter.id), voter.key == request.voter else {
            return answer(.remove, origin, .voterNotFound)
        }
        guard voters.current.voters.count > 1 else { return answer(.remove, origin, .invalidRequest) }
        appendVoters(
            voters.current.removing(request.voter),
            VoterChange(
                kind: .remove,
                origin: origin,
                stage: .appended(at: log.endOffset)
            )
        )
    }

    mutating func receive(_ request: RaftRequest.UpdateVoter, from peer: RaftPeer, _ correlation: UInt64) {
        let origin = VoterChangeOrigin.peer(peer, correlation: correlation)
        if isOurCluster(request.clusterId), request.epoch != election.epoch {
            let error: ErrorCode = request.epoch < election.epoch ? .fencedLeaderEpoch : .unknownLeaderEpoch
            return answer(.update, origin, error)
        }
        guard isLeader, isOurCluster(request.clusterId) else {
            return answer(.update, origin, isLeader ? .inconsistentClusterId : .notLeaderOrFollower)
        }
        guard let known = voters.current.voter(request.voter.key.id), known.key.matches(request.voter.key) else {
            return answer(.update, origin, .voterNotFound)
        }
        guard request.voter.serves(kraftVersion: voters.kraftVersion), !request.voter.endpoints.isEmpty else {
            return answer(.update, origin, .invalidRequest)
        }
        if voters.kraftVersion == 0 {
            // The log has no place for it yet: it is remembered for the upgrade.
            leader?.told[request.voter.key.id] = request.voter
            return answer(.update, origin, .none)
        }
        if let error = changeRefusal(request.clusterId) { return answer(.update, origin, error) }
        if known == request.voter { return answer(.update, origin, .none) }
        appendVoters(
            voters.current.updating(request.voter),
            VoterChange(
                kind: .update,
                origin: origin,
                stage: .appended(at: log.endOffset)
            )
        )
    }

    /// Why no change can begin now; nil: it can.
    private func changeRefusal(_ clusterId: String?) -> ErrorCode? {
        if !isOurCluster(clusterId) { return .inconsistentClusterId }
        guard let leader else { return .notLeaderOrFollower }
        if voters.kraftVersion == 0 { return .unsupportedVersion }
        if has(.secondChangeBeforeCommit) { return nil }
        // What an earlier leader began may still be lost: this leader's own record has to be committed first.
        let isSettled = leader.isEstablished && (voters.lastChange ?? 0) < highWatermark
        return isSettled && leader.change == nil ? nil : .requestTimedOut
    }

    // MARK: From the log's static voters to those that the log names

    mutating func upgrade(to version: Int16, _ endpoints: [VoterEndpoint], token: UInt64) {
        let origin = VoterChangeOrigin.local(token: token)
        guard let leader else { return answer(.upgrade, origin, .notLeaderOrFollower) }
        if version == voters.kraftVersion { return answer(.upgrade, origin, .none) }
        guard version == 1, voters.kraftVersion == 0 else { return answer(.upgrade, origin, .invalidUpdateVersion) }
        guard leader.isEstablished, leader.change == nil else { return answer(.upgrade, origin, .requestTimedOut) }
        let described = voters.current.keys.compactMap { key -> RaftVoter? in
            guard key.matches(options.own.key) else { return leader.told[key.id] }
            var own = options.own
            own.endpoints = endpoints
            return own
        }
        // A voter that hasn't told its directory, or doesn't serve the version, would be shut out.
        guard described.count == voters.current.voters.count,
            described.allSatisfy({ $0.serves(kraftVersion: version) && $0.key.directoryId != .zero })
        else { return answer(.upgrade, origin, .invalidUpdateVersion) }
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
            answer(change.kind, origin, .none)
            change.origin = nil
        }
        appendVoters(voters.current.adding(voter), change)
    }

    mutating func expireVoterChange() {
        guard let change = leader?.change, case .catchingUp(_, let until, _) = change.stage, now >= until else {
            return
        }
        leader?.change = nil
        answer(change, .requestTimedOut)
    }

    /// The record of a change is committed: whoever asked is told, and a leader that was taken out hands over.
    mutating func voterChangeCommitted() {
        if let change = leader?.change, case .appended(let offset) = change.stage, offset < highWatermark {
            leader?.change = nil
            answer(change, .none)
        }
        if let leader, leader.isEstablished, !isVoter, let last = voters.lastChange, last < highWatermark {
            resign(.removedFromVoters)
        }
    }

    mutating func answer(_ change: VoterChange, _ error: ErrorCode) {
        guard let origin = change.origin else { return }
        answer(change.kind, origin, error)
    }

    private mutating func answer(_ kind: VoterChangeKind, _ origin: VoterChangeOrigin, _ error: ErrorCode) {
        switch origin {
        case .local(let token): notice(.upgraded(token: token, error))
        case .peer(let peer, let correlation):
            let body: RaftAnswer =
                switch kind {
                case .add: .addVoter(error)
                case .remove: .removeVoter(error)
                case .update, .upgrade: .updateVoter(error, hint)
                }
            send(.answer(body), to: peer, correlation)
        }
    }

    // MARK: What a voter says of itself

    /// A voter whose addresses or versions the log has otherwise, or nowhere, tells its leader.
    mutating func considerUpdate() {
        guard case .follower(let follower) = role, follower.update == nil, !follower.hasUpdated, isVoter,
            !options.own.endpoints.isEmpty
        else { return }
        let known = voters.current.voter(options.own.key.id)
        guard voters.kraftVersion == 0 || known != options.own else { return }
        let nextUpdate: FetchProgress = .due(at: now)
        self.follower?.update = nextUpdate
    }

    mutating func passUpdateTime() {
        guard let follower, let update = follower.update, now >= update.deadline else { return }
        let correlation = nextCorrelation()
        let request = RaftRequest.UpdateVoter(
            clusterId: options.clusterId,
            epoch: election.epoch,
            voter: options.own
        )
        send(.request(.updateVoter(request)), to: .node(follower.leader), correlation)
        let until = now.adding(milliseconds: options.requestTimeoutMillis)
        let nextUpdate: FetchProgress = .pending(correlation: correlation, to: .node(follower.leader), until: until)
        self.follower?.update = nextUpdate
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
}

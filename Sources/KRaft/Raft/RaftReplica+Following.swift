import KafkaProtocol

/// Fetching: to find out who leads, and from the leader.
extension RaftReplica {
    private var fetchRequest: RaftMessage.Body {
        .request(
            .fetch(
                .init(
                    clusterId: options.clusterId,
                    replica: options.own.key,
                    epoch: election.epoch,
                    offset: log.endOffset,
                    lastFetchedEpoch: log.lastEpoch,
                    highWatermark: highWatermark,
                    maxWaitMillis: options.fetchWaitMillis,
                    maxBytes: options.fetchMaxBytes
                )
            )
        )
    }

    /// Its offset promises that all below is on disk.
    private mutating func sendFetch(to peer: RaftPeer) -> FetchProgress {
        let correlation = nextCorrelation()
        if has(.fetchBeforeDisk) {
            send(fetchRequest, to: peer, correlation)
        } else {
            promise(fetchRequest, to: peer, correlation)
        }
        return .pending(
            correlation: correlation,
            to: peer,
            until: now.adding(milliseconds: options.requestTimeoutMillis)
        )
    }

    // MARK: Without a leader

    /// Those that may know who leads: the voters that the log names, and the addresses of the configuration.
    private var acquaintances: [RaftPeer] {
        voters.current.keys.filter { $0.id != options.own.key.id }.map { .node($0.id) }
            + (0..<options.bootstrapServers).map { .bootstrap($0) }
    }

    /// Voters and observers ask one after the other, with pauses that grow.
    mutating func passUnattachedTime(_ unattached: Unattached) {
        if mayLead, now >= unattached.electionDeadline, installing == nil {
            return becomeProspective(.noLeader(forMillis: now.milliseconds(since: unattached.since)))
        }
        guard now >= unattached.search.deadline, installing == nil else { return }
        var next = unattached
        next.search = ask(next.askedInVain)
        next.askedInVain += 1
        role = .unattached(next)
    }

    private mutating func ask(_ attempts: Int) -> FetchProgress {
        let peers = acquaintances
        guard !peers.isEmpty else { return .due(at: .never) }
        let first = Int(options.own.key.id.rawValue & 0xffff)
        return sendFetch(to: peers[(first + attempts) % peers.count])
    }

    // MARK: Behind a leader

    mutating func passFollowerTime(_ follower: Follower) {
        if now >= follower.fetchDeadline {
            if mayLead, installing == nil { return becomeProspective(silence(of: follower)) }
            if !mayLead, follower.download == nil { return lookElsewhere(follower) }
        }
        passUpdateTime()
        guard now >= follower.fetch.deadline, installing == nil else { return }
        if case .pending(let correlation, let peer, _) = follower.fetch {
            return requestFailed(peer, correlation)
        }
        if follower.hasLeaderResigned {
            // Fetching from it would be in vain; who follows it, the others know.
            self.follower?.failures += 1
            let nextFetch: FetchProgress = ask(follower.failures)
            self.follower?.fetch = nextFetch
        } else {
            let nextFetch: FetchProgress = sendFollowerRequest(follower)
            self.follower?.fetch = nextFetch
        }
    }

    private func silence(of follower: Follower) -> RaftReason {
        if follower.hasLeaderResigned { return .leaderResigned(follower.leader) }
        return .leaderSilent(follower.leader, forMillis: now.milliseconds(since: follower.lastHeard))
    }

    /// An observer that doesn't hear its leader asks the others too.
    private mutating func lookElsewhere(_ follower: Follower) {
        let nextFetchDeadline = retryBackoff(follower.failures)
        self.follower?.fetchDeadline = nextFetchDeadline
        self.follower?.failures += 1
        let nextFetch: FetchProgress = ask(follower.failures)
        self.follower?.fetch = nextFetch
    }

    private mutating func sendFollowerRequest(_ follower: Follower) -> FetchProgress {
        guard let download = follower.download else { return sendFetch(to: .node(follower.leader)) }
        let request = RaftRequest.FetchSnapshot(
            clusterId: options.clusterId,
            replica: options.own.key,
            epoch: election.epoch,
            snapshot: download.id,
            position: download.position,
            maxBytes: options.fetchSnapshotMaxBytes
        )
        let correlation = nextCorrelation()
        send(.request(.fetchSnapshot(request)), to: .node(follower.leader), correlation)
        return .pending(
            correlation: correlation,
            to: .node(follower.leader),
            until: now.adding(milliseconds: options.requestTimeoutMillis)
        )
    }

    mutating func leaderRefusesConnections(_ leader: NodeId) {
        guard case .follower(var follower) = role, follower.leader == leader else { return }
        if mayLead, installing == nil {
            // It is gone: to wait for the fetch timeout would help nobody. The first time is at once, then pauses grow.
            return becomeProspective(.leaderRefusesConnections(leader))
        }
        follower.failures += 1
        follower.fetchDeadline = min(follower.fetchDeadline, retryBackoff(follower.failures))
        role = .follower(follower)
    }

    mutating func requestFailed(_ peer: RaftPeer, _ correlation: UInt64) {
        switch role {
        case .unattached(var unattached):
            guard case .pending(correlation, _, _) = unattached.search else { return }
            unattached.search = .due(at: retryBackoff(unattached.askedInVain))
            role = .unattached(unattached)
        case .follower(var follower):
            if case .pending(correlation, _, _) = follower.update {
                follower.update = .due(at: retryBackoff(6))
                role = .follower(follower)
            }
            guard case .pending(correlation, _, _) = follower.fetch else { return }
            follower.failures += 1
            follower.fetch = .due(at: retryBackoff(follower.failures))
            role = .follower(follower)
        case .prospective, .candidate: voteFailed(correlation)
        case .leader, .resigned: break
        }
    }

    // MARK: Answers

    /// Whether it is the answer to the request that is under way; what it says of the leader is learned anyway.
    private mutating func takes(_ correlation: UInt64, _ hint: LeaderHint, from peer: RaftPeer) -> Bool {
        let isAwaited: Bool
        switch role {
        case .unattached(let unattached):
            if case .pending(correlation, _, _) = unattached.search { isAwaited = true } else { isAwaited = false }
        case .follower(let follower):
            if case .pending(correlation, _, _) = follower.fetch { isAwaited = true } else { isAwaited = false }
        case .prospective, .candidate, .leader, .resigned: isAwaited = false
        }
        let before = (election.epoch, election.leader)
        learn(hint, from: peer)
        let isSame = before == (election.epoch, election.leader)
        if case .follower = role, has(.staleFetchAnswer), isSame { return true }
        return isAwaited && isSame
    }

    mutating func receive(_ answer: RaftAnswer.Fetch, from peer: RaftPeer, _ correlation: UInt64) {
        noteCluster(of: peer, answer.error)
        guard takes(correlation, answer.hint, from: peer) else { return }
        guard answer.error == .none, case .follower(var follower) = role, answer.hint.epoch == election.epoch,
            answer.hint.leader == follower.leader, peer == .node(follower.leader)
        else { return requestFailed(peer, correlation) }
        follower.lastHeard = now
        follower.hasFetched = true
        follower.fetchDeadline = now.adding(milliseconds: options.fetchTimeoutMillis)
        follower.fetch = .due(at: now)
        role = .follower(follower)
        let violation =
            if let diverging = answer.diverging {
                cut(diverging)
            } else if let snapshot = answer.snapshot {
                beginDownload(snapshot)
            } else {
                append(answer.batches)
            }
        if let violation {
            notice(.ignored(peer, violation))
            self.follower?.failures += 1
            let nextFetch: FetchProgress = .due(at: retryBackoff(follower.failures))
            self.follower?.fetch = nextFetch
            return
        }
        self.follower?.failures = 0
        failedElections = 0
        // Only a log that is the beginning of the leader's is committed up to there; one that was just cut may not be yet.
        if answer.diverging == nil, answer.snapshot == nil {
            highWatermark = max(highWatermark, min(answer.highWatermark, log.endOffset))
            tellCommitted()
        }
        let isCaughtUp = answer.highWatermark >= 0 && log.endOffset >= answer.highWatermark
        considerUpdate(isCaughtUp: isCaughtUp && answer.diverging == nil && answer.snapshot == nil)
    }

    /// Cuts the log where it left the leader's.
    private mutating func cut(_ diverging: LogPosition) -> RaftViolation? {
        // Without records of that epoch of its own it is known only that those of later ones are wrong: the next fetch tells more. A cut at
        // the leader's offset might go through the middle of a batch.
        let own = log.end(of: diverging.epoch) ?? LogPosition(epoch: diverging.epoch, endOffset: log.startOffset)
        let target = own.epoch == diverging.epoch ? min(own.endOffset, diverging.endOffset) : own.endOffset
        if target < highWatermark {
            return .divergenceBelowHighWatermark(diverging, highWatermark: highWatermark)
        }
        guard target < log.endOffset, target >= log.startOffset else { return .divergenceWithoutProgress(diverging) }
        truncate(to: target)
        return nil
    }

    private mutating func append(_ batches: [RaftBatch]) -> RaftViolation? {
        var end = log.end
        for batch in batches {
            guard batch.baseOffset == end.endOffset, batch.nextOffset > batch.baseOffset, batch.epoch >= end.epoch,
                batch.epoch <= election.epoch,
                batch.controls.isEmpty || Int64(batch.controls.count) == batch.nextOffset - batch.baseOffset
            else { return .batchesOutOfOrder(at: end.endOffset) }
            end = LogPosition(epoch: batch.epoch, endOffset: batch.nextOffset)
        }
        for batch in batches { append(batch) }
        return nil
    }

    // MARK: Snapshots

    private mutating func beginDownload(_ id: SnapshotId) -> RaftViolation? {
        guard id.endOffset >= highWatermark, id.endOffset > log.startOffset else {
            return .snapshotBelowHighWatermark(id, highWatermark: highWatermark)
        }
        let nextDownload = SnapshotDownload(id: id)
        self.follower?.download = nextDownload
        return nil
    }

    mutating func receive(_ answer: RaftAnswer.FetchSnapshot, from peer: RaftPeer, _ correlation: UInt64) {
        guard takes(correlation, answer.hint, from: peer), case .follower(var follower) = role,
            var download = follower.download
        else { return }
        follower.lastHeard = now
        follower.fetchDeadline = now.adding(milliseconds: options.fetchTimeoutMillis)
        follower.fetch = .due(at: now)
        guard answer.error == .none, answer.snapshot == download.id, answer.position == download.position,
            answer.length >= 0, answer.size > 0, answer.length <= answer.size - answer.position,
            answer.length > 0 || answer.position == answer.size
        else {
            // The leader may have a newer one meanwhile: the next fetch tells.
            follower.download = nil
            follower.failures += 1
            follower.fetch = .due(at: retryBackoff(follower.failures))
            role = .follower(follower)
            return
        }
        follower.failures = 0
        order(
            .storeChunk(download.id, position: download.position, length: answer.length, token: answer.token)
        )
        download.position += answer.length
        follower.download = download.position < answer.size ? download : nil
        role = .follower(follower)
        if download.position == answer.size {
            installing = download.id
            order(.install(download.id))
        }
    }

    mutating func installed(_ id: SnapshotId, kraftVersion: Int16, voters set: RaftVoterSet?) {
        guard installing == id else { return }
        installing = nil
        log.restart(behind: id)
        voters.restart(at: id.endOffset, kraftVersion: kraftVersion, voters: set)
        highWatermark = max(highWatermark, id.endOffset)
        if log.lastEpoch > election.epoch {
            becomeUnattached(log.lastEpoch, .higherEpoch(from: .node(options.own.key.id)))
        }
        tellCommitted()
        guard case .follower(var follower) = role else { return }
        follower.lastHeard = now
        follower.fetchDeadline = now.adding(milliseconds: options.fetchTimeoutMillis)
        follower.fetch = .due(at: now)
        role = .follower(follower)
    }

    mutating func rejected(_ id: SnapshotId) {
        guard installing == id else { return }
        installing = nil
        follower?.failures += 1
        guard let follower else { return }
        let nextFetch = FetchProgress.due(at: retryBackoff(follower.failures))
        self.follower?.fetch = nextFetch
    }
}

import KafkaProtocol

/// The leader: serves those who fetch, and learns from their offsets what a majority has.
extension RaftReplica {
    // MARK: Proposals

    mutating func propose(_ epoch: LeaderEpoch, count: Int, token: UInt64) {
        guard isLeader, epoch == election.epoch, count > 0 else {
            return notice(.proposed(token: token, offset: nil))
        }
        let start = log.endOffset
        append(RaftBatch(baseOffset: start, nextOffset: start + Int64(count), epoch: epoch, token: token))
        notice(.proposed(token: token, offset: start))
        answerParked()
    }

    // MARK: Fetches

    /// What only the leader of that very epoch answers; nil: go on.
    private func refusal(_ clusterId: String?, _ epoch: LeaderEpoch) -> ErrorCode? {
        if !isOurCluster(clusterId) { return .inconsistentClusterId }
        if epoch < election.epoch { return .fencedLeaderEpoch }
        if epoch > election.epoch { return .unknownLeaderEpoch }
        return isLeader ? nil : .notLeaderOrFollower
    }

    mutating func receive(_ fetch: RaftRequest.Fetch, from peer: RaftPeer, _ correlation: UInt64) {
        func answer(_ error: ErrorCode) -> RaftMessage.Body { .answer(.fetch(fetchRefusal(error))) }
        if let refusal = refusal(fetch.clusterId, fetch.epoch) {
            return send(answer(refusal), to: peer, correlation)
        }
        guard fetch.offset >= 0, fetch.lastFetchedEpoch.rawValue >= 0, fetch.lastFetchedEpoch <= fetch.epoch,
            fetch.replica.id != options.own.key.id, fetch.maxWaitMillis >= 0
        else { return send(answer(.invalidRequest), to: peer, correlation) }
        var content = RaftAnswer.Fetch(error: .none, hint: hint)
        content.highWatermark = toldHighWatermark
        content.logStartOffset = log.startOffset
        switch compare(fetch.offset, fetch.lastFetchedEpoch) {
        case .snapshot(let id):
            content.snapshot = id
            noteContact(fetch.replica)
            send(.answer(.fetch(content)), to: peer, correlation)
        case .diverging(let position):
            content.diverging = position
            noteContact(fetch.replica)
            send(.answer(.fetch(content)), to: peer, correlation)
        case .same:
            note(fetch, from: peer, correlation)
        }
    }

    func fetchRefusal(_ error: ErrorCode) -> RaftAnswer.Fetch {
        var answer = RaftAnswer.Fetch(error: error, hint: hint)
        answer.logStartOffset = log.startOffset
        return answer
    }

    private enum Comparison {
        case same
        case diverging(LogPosition)
        case snapshot(SnapshotId)
    }

    /// Whether a log that ends at an offset, with a record of an epoch, is the beginning of this one.
    private func compare(_ offset: Int64, _ epoch: LeaderEpoch) -> Comparison {
        if has(.noDivergenceCheck), offset <= log.endOffset, offset >= log.startOffset { return .same }
        let base = log.snapshots.first
        if let newest = log.snapshots.last, newest.endOffset > 0, let base {
            let isBelow = offset < log.startOffset
            let isOtherBase =
                offset == log.startOffset && offset > 0 && base.endOffset == offset
                && epoch.rawValue != base.epoch
            let isOlder = base.endOffset == log.startOffset && base.endOffset > 0 && epoch.rawValue < base.epoch
            if isBelow || isOtherBase || isOlder { return .snapshot(newest) }
        }
        if offset == 0, epoch == 0 { return .same }
        // An epoch that the log knows nothing of is cut away whole.
        guard let end = log.end(of: epoch) else {
            return .diverging(LogPosition(epoch: 0, endOffset: log.startOffset))
        }
        return end.epoch == epoch && end.endOffset >= offset ? .same : .diverging(end)
    }

    /// A new leader's high watermark means nothing until its own record is committed.
    private var toldHighWatermark: Int64 { leader?.isEstablished == true ? highWatermark : -1 }

    private mutating func noteContact(_ replica: ReplicaKey) {
        guard isRemembered(replica) else { return }
        var entry = progress(of: replica)
        entry.lastFetch = now
        leader?.progress[replica.id] = entry
    }

    /// Whoever only reads has a negative id. And there may be more ids than there are nodes: anyone can make some up.
    private func isRemembered(_ replica: ReplicaKey) -> Bool {
        guard let leader, replica.id.rawValue >= 0 else { return false }
        return leader.progress[replica.id] != nil || leader.progress.count < options.replicasRemembered
            || voters.current.contains(replica)
    }

    private func progress(of replica: ReplicaKey) -> ReplicaProgress {
        if let known = leader?.progress[replica.id], known.key.matches(replica) { return known }
        return ReplicaProgress(key: replica, lastFetch: now, beginDue: now)
    }

    private mutating func note(_ fetch: RaftRequest.Fetch, from peer: RaftPeer, _ correlation: UInt64) {
        var entry = progress(of: fetch.replica)
        let replaced = leader?.progress[fetch.replica.id]?.parked
        entry.key = fetch.replica
        entry.offset = fetch.offset
        entry.lastFetch = now
        if fetch.offset >= log.endOffset { entry.lastCaughtUp = now }
        let wait = min(fetch.maxWaitMillis, options.fetchWaitMillis)
        entry.parked = ParkedFetch(
            peer: peer,
            correlation: correlation,
            offset: fetch.offset,
            highWatermark: fetch.highWatermark,
            maxBytes: fetch.maxBytes,
            until: now.adding(milliseconds: Int64(wait))
        )
        guard isRemembered(fetch.replica) else {
            if let parked = entry.parked { answer(parked, upTo: log.endOffset) }
            return
        }
        leader?.progress[fetch.replica.id] = entry
        if let replaced { answer(replaced, upTo: replaced.offset) }
        advanceHighWatermark()
        voterCaughtUp()
        answerParked()
    }

    private mutating func answer(_ parked: ParkedFetch, upTo end: Int64) {
        var content = RaftAnswer.Fetch(error: .none, hint: hint)
        content.highWatermark = toldHighWatermark
        content.logStartOffset = log.startOffset
        // What was cut off at the start meanwhile is found out with the next fetch.
        let isReadable = parked.offset >= log.startOffset && parked.offset < end
        content.offsets = isReadable ? parked.offset..<end : parked.offset..<parked.offset
        content.maxBytes = parked.maxBytes
        send(.answer(.fetch(content)), to: parked.peer, parked.correlation)
    }

    /// Answers the fetches for which there is news, or whose time is up.
    mutating func answerParked() {
        guard let ids = leader?.sortedIds else { return }
        for id in ids {
            guard let parked = leader?.progress[id]?.parked else { continue }
            let hasRecords = parked.offset < log.endOffset
            let hasWatermark = parked.highWatermark < toldHighWatermark
            guard hasRecords || hasWatermark || now >= parked.until else { continue }
            leader?.progress[id]?.parked = nil
            answer(parked, upTo: log.endOffset)
        }
    }

    // MARK: High watermark

    mutating func advanceHighWatermark() {
        guard let leader else { return }
        let own = options.own.key
        let ownOffset = has(.leaderCountsUnsynced) ? log.endOffset : log.syncedOffset
        func offset(_ key: ReplicaKey) -> Int64 {
            if key.matches(own) { return ownOffset }
            guard let known = leader.progress[key.id], known.key.matches(key) else { return -1 }
            return known.offset
        }
        var reached = voters.current.reachedByMajority(offset) ?? -1
        if has(.commitByMinority) { reached = voters.current.keys.map(offset).max() ?? -1 }
        if has(.removedLeaderCounts), !isVoter {
            reached = (voters.current.keys.map(offset) + [ownOffset]).sorted(by: >)[voters.current.majority - 1]
        }
        // Records of older epochs are committed with the first one of this epoch, never by themselves.
        guard reached > leader.epochStart || has(.commitOfOlderEpoch) else { return }
        guard reached > highWatermark || !leader.isEstablished else { return }
        self.leader?.isEstablished = true
        highWatermark = min(max(highWatermark, reached), log.endOffset)
        tellCommitted()
        voterChangeCommitted()
        answerParked()
    }

    // MARK: Snapshots

    mutating func receive(_ fetch: RaftRequest.FetchSnapshot, from peer: RaftPeer, _ correlation: UInt64) {
        var answer = RaftAnswer.FetchSnapshot(
            error: refusal(fetch.clusterId, fetch.epoch) ?? .none,
            hint: hint,
            snapshot: fetch.snapshot,
            position: fetch.position,
            maxBytes: fetch.maxBytes
        )
        if answer.error == .none {
            noteContact(fetch.replica)
            if !log.snapshots.contains(fetch.snapshot) || fetch.snapshot == .bootstrap {
                answer.error = .snapshotNotFound
            } else if fetch.position < 0 {
                answer.error = .positionOutOfRange
            }
        }
        send(.answer(.fetchSnapshot(answer)), to: peer, correlation)
    }

    // MARK: Time

    mutating func passLeaderTime() {
        guard let leader else { return }
        if let last = lastMajorityFetch(leader), now >= last.adding(milliseconds: checkQuorumMillis) {
            let silent = leader.sortedIds.filter { id in
                (leader.progress[id]?.lastFetch ?? now) <= last && voters.current.voter(id) != nil
            }
            return resign(.noMajorityFetched(forMillis: now.milliseconds(since: last), lastFetches: silent))
        }
        expireVoterChange()
        answerParked()
        beginEpochWhereNeeded()
        for id in leader.sortedIds where now >= sessionEnd(of: id) { self.leader?.progress[id] = nil }
    }

    /// When the leader forgets a replica that has not fetched since; never one that votes.
    func sessionEnd(of id: NodeId) -> MonotonicTime {
        guard let entry = leader?.progress[id], entry.parked == nil, voters.current.voter(id) == nil else {
            return .never
        }
        return entry.lastFetch.adding(milliseconds: options.observerSessionMillis)
    }

    /// Half as long again as the voters wait before they stand for election.
    var checkQuorumMillis: Int64 { options.fetchTimeoutMillis * 3 / 2 }

    /// Since when no majority can be shown to hear this leader; nil when it needs nobody.
    func lastMajorityFetch(_ leader: Leader) -> MonotonicTime? {
        let own = options.own.key
        guard !voters.current.isOnly(own) else { return nil }
        return voters.current.reachedByMajority { key in
            if key.matches(own) { return MonotonicTime.never }
            return leader.progress[key.id]?.lastFetch ?? MonotonicTime(nanoseconds: .min)
        }
    }

    /// Voters that don't fetch are told who leads, again and again.
    private mutating func beginEpochWhereNeeded() {
        for key in voters.current.keys where !key.matches(options.own.key) {
            guard var entry = leader?.progress[key.id], now >= entry.beginDue else { continue }
            let pause = options.fetchTimeoutMillis / 2
            let isFirst = entry.offset < 0
            let hasFetched = !isFirst && now.milliseconds(since: entry.lastFetch) < pause
            entry.beginDue = (hasFetched ? entry.lastFetch : now).adding(milliseconds: pause)
            leader?.progress[key.id] = entry
            if hasFetched { continue }
            sendBeginEpoch(to: key)
        }
    }

    private mutating func sendBeginEpoch(to key: ReplicaKey) {
        let request = RaftRequest.BeginEpoch(
            clusterId: options.clusterId,
            voter: key,
            leader: options.own.key.id,
            epoch: election.epoch,
            endpoints: options.own.endpoints
        )
        send(.request(.beginEpoch(request)), to: .node(key.id), nextCorrelation())
    }

    // MARK: Resigned

    mutating func passResignedTime(_ resigned: Resigned) {
        if now >= resigned.deadline || !mayLead && resigned.untold.isEmpty {
            return becomeUnattached(election.epoch, .noLeader(forMillis: options.electionTimeoutMillis))
        }
        var next = resigned
        for index in next.untold.indices where now >= next.untold[index].due {
            next.untold[index].due = now.adding(milliseconds: options.electionTimeoutMillis / 4)
            let request = RaftRequest.EndEpoch(
                clusterId: options.clusterId,
                leader: options.own.key.id,
                epoch: election.epoch,
                candidates: next.candidates
            )
            send(.request(.endEpoch(request)), to: .node(next.untold[index].id), nextCorrelation())
        }
        role = .resigned(next)
    }

    mutating func endEpochAnswered(_ error: ErrorCode, _ hint: LeaderHint, from peer: RaftPeer) {
        if case .resigned(var resigned) = role, case .node(let id) = peer, error == .none {
            resigned.untold.removeAll { $0.id == id }
            role = .resigned(resigned)
        }
        learn(hint, from: peer)
    }
}

import KafkaProtocol

/// A replica of the metadata quorum (KRaft): who leads, which records are committed, who votes. No disk, no network, no clock: events come in with the
/// time and a random number, effects go out.
///
/// Replicas pull: all but the leader fetch from it, and the offset that they ask for says what they have on disk. Nothing that
/// promises anything leaves before the disk has it: see `RaftEffects`.
package struct RaftReplica: Sendable {
    package let options: RaftOptions
    package internal(set) var election: ElectionState
    package internal(set) var log: RaftLog
    package internal(set) var voters: VoterHistory
    /// What lies below is committed, as far as this replica knows; never above the log's end.
    package internal(set) var highWatermark: Int64
    /// What was told of it: only what lies on this disk too.
    package internal(set) var committed: Int64
    var role: RaftRole
    /// Elections in a row that this replica began and did not win, nor anyone else.
    var failedElections = 0
    /// A received snapshot takes the place of the log on disk at the moment.
    var installing: SnapshotId?
    var lastTicket: UInt64 = 0
    var doneTicket: UInt64 = 0
    var lastCorrelation: UInt64 = 0
    /// Who has answered, and belongs to another cluster.
    package private(set) var strangers: Set<RaftPeer> = []

    /// Of the event that is handled.
    var now: MonotonicTime
    var random: UInt64
    var out = RaftEffects()

    #if DEBUG
        var faults: Set<RaftFault> = RaftFault.putBack
    #endif

    /// A replica as it was left on disk. `.tick` gets it going.
    package init(_ options: RaftOptions, disk: RaftDisk, now: MonotonicTime, random: UInt64) {
        self.options = options
        self.now = now
        self.random = random
        log = disk.log
        voters = disk.voters
        highWatermark = max(disk.log.startOffset, disk.log.snapshots.last?.endOffset ?? 0)
        committed = highWatermark
        election = disk.election
        if log.lastEpoch > election.epoch { election = ElectionState(epoch: log.lastEpoch) }
        role = .unattached(Unattached(since: now, electionDeadline: now, search: .due(at: now)))
        if election.leader == options.own.key.id {
            // It led with records that may be lost now: it never leads or votes in that epoch again.
            election.leader = nil
            election.voted = options.own.key
        }
        if voters.current.isOnly(options.own.key) {
            // Another one that led when this was written has been taken out: to wait for it would be in vain.
            election.leader = nil
        }
        if let leader = election.leader {
            role = .follower(newFollower(of: leader, endpoints: []))
        } else {
            role = .unattached(newUnattached())
        }
    }

    package mutating func handle(_ event: RaftEvent, now: MonotonicTime, random: UInt64) -> RaftEffects {
        self.now = now
        self.random = random
        out = RaftEffects()
        switch event {
        case .tick: break
        case .received(let message): receive(message)
        case .failed(let peer, let correlation): requestFailed(peer, correlation)
        case .leaderUnreachable(let leader): leaderRefusesConnections(leader)
        case .diskDone(let ticket): diskDone(ticket)
        case .propose(let epoch, let count, let token): propose(epoch, count: count, token: token)
        case .snapshotStored(let id): snapshotStored(id)
        case .snapshotInstalled(let id, let version, let set): installed(id, kraftVersion: version, voters: set)
        case .snapshotRejected(let id): rejected(id)
        case .upgradeKRaftVersion(let version, let endpoints, let token):
            upgrade(to: version, endpoints, token: token)
        case .shutDown: shutDown()
        }
        passTime()
        checkInvariants()
        let effects = out
        out = RaftEffects()
        return effects
    }

    private func checkInvariants() {
        precondition(committed <= highWatermark, "only what is committed is told")
        precondition(highWatermark <= log.endOffset, "the high watermark lies within the log")
        precondition(log.lastEpoch <= election.epoch, "no record is of a later epoch than the replica's")
    }

    /// Looks at what an answer says of whose quorum the peer is in.
    mutating func noteCluster(of peer: RaftPeer, _ error: ErrorCode) {
        guard error == .inconsistentClusterId else { return _ = strangers.remove(peer) }
        if strangers.insert(peer).inserted { notice(.ignored(peer, .otherCluster)) }
    }

    // MARK: What it is

    package var isVoter: Bool { voters.current.contains(options.own.key) }
    /// Whether it may be elected. One that an uncommitted record takes out still may: it can be the only one that has the records
    /// which the voters to come need.
    package var mayLead: Bool { isVoter || voters.isLeaving(options.own.key, committed: highWatermark) }
    package var isLeader: Bool { if case .leader = role { true } else { false } }

    package var roleKind: RaftRoleKind {
        switch role {
        case .unattached: mayLead ? .unattached : .observer
        case .follower: mayLead ? .follower : .observer
        case .prospective: .prospective
        case .candidate: .candidate
        case .leader: .leader
        case .resigned: .resigned
        }
    }

    /// Who leads the epoch, if known.
    package var leaderId: NodeId? { election.leader }

    var leader: Leader? {
        get { if case .leader(let leader) = role { leader } else { nil } }
        set { if let newValue, isLeader { role = .leader(newValue) } }
    }

    var follower: Follower? {
        get { if case .follower(let follower) = role { follower } else { nil } }
        set { if let newValue, case .follower = role { role = .follower(newValue) } }
    }

    var hint: LeaderHint {
        let endpoints: [VoterEndpoint] =
            switch role {
            case .leader: options.own.endpoints
            case .follower(let follower): endpoints(of: follower.leader) ?? follower.endpoints
            case .prospective(let prospective): prospective.endpoints
            case .unattached, .candidate, .resigned: []
            }
        return LeaderHint(epoch: election.epoch, leader: election.leader, endpoints: endpoints)
    }

    /// Where a node of the quorum is reached: a leader that has moved says so before the log does.
    package func addresses(of peer: RaftPeer) -> [VoterEndpoint] {
        guard case .node(let id) = peer else { return [] }
        if let follower, follower.leader == id, !follower.endpoints.isEmpty { return follower.endpoints }
        return endpoints(of: id) ?? []
    }

    private func endpoints(of id: NodeId) -> [VoterEndpoint]? {
        guard let known = voters.current.voter(id)?.endpoints, !known.isEmpty else { return nil }
        return known
    }

    // MARK: Effects

    func has(_ fault: RaftFault) -> Bool {
        #if DEBUG
            faults.contains(fault)
        #else
            false
        #endif
    }

    mutating func order(_ work: RaftDiskWork) {
        if out.ticket == 0 {
            lastTicket += 1
            out.ticket = lastTicket
        }
        out.disk.append(work)
    }

    /// What answers, or asks, without a promise.
    mutating func send(_ body: RaftMessage.Body, to peer: RaftPeer, _ correlation: UInt64) {
        out.messages.append(RaftMessage(peer, correlation, body))
    }

    /// What has to wait for everything that was ordered up to now.
    mutating func promise(_ body: RaftMessage.Body, to peer: RaftPeer, _ correlation: UInt64) {
        out.promises.append(RaftPromise(message: RaftMessage(peer, correlation, body), ticket: lastTicket))
    }

    mutating func nextCorrelation() -> UInt64 {
        lastCorrelation += 1
        return lastCorrelation
    }

    mutating func notice(_ notice: RaftNotice) { out.notices.append(notice) }

    // MARK: Time and chance

    /// A number from 0 up to and including `bound`.
    mutating func draw(upTo bound: Int64) -> Int64 {
        random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return bound <= 0 ? 0 : Int64((random >> 33) % UInt64(bound + 1))
    }

    mutating func electionTimeout() -> MonotonicTime {
        now.adding(milliseconds: options.electionTimeoutMillis + draw(upTo: options.electionTimeoutMillis))
    }

    /// A pause that doubles with each attempt in vain; half of it is chance.
    mutating func backoff(_ attempts: Int, from first: Int64, to limit: Int64) -> MonotonicTime {
        let span = min(limit, first << Int64(min(attempts, 16)))
        return now.adding(milliseconds: span / 2 + draw(upTo: span - span / 2))
    }

    mutating func retryBackoff(_ attempts: Int) -> MonotonicTime {
        backoff(attempts, from: options.retryBackoffMillis, to: 1000)
    }

    mutating func electionBackoff() -> MonotonicTime {
        backoff(failedElections, from: 2 * options.retryBackoffMillis, to: options.electionBackoffMaxMillis)
    }

    // MARK: Disk

    private mutating func diskDone(_ ticket: UInt64) {
        guard ticket > doneTicket else { return }
        precondition(ticket <= lastTicket, "what was never ordered is not done")
        doneTicket = ticket
        log.synced(ticket)
        ownVoteIsOnDisk()
        advanceHighWatermark()
        tellCommitted()
    }

    mutating func append(_ batch: RaftBatch) {
        for (index, control) in batch.controls.enumerated() {
            voters.append(control, at: batch.baseOffset + Int64(index))
        }
        log.append(batch)
        order(.append(batch))
        log.ordered(out.ticket)
    }

    mutating func truncate(to offset: Int64) {
        log.truncate(to: offset)
        if !has(.truncationKeepsVoters) { voters.truncate(to: offset) }
        order(.truncate(to: offset))
        log.ordered(out.ticket)
    }

    /// Tells what became committed and is on this disk.
    mutating func tellCommitted() {
        let reached = min(highWatermark, log.syncedOffset)
        if reached > committed {
            committed = reached
            notice(.committed(upTo: committed))
        }
        if let leader, leader.isEstablished, !leader.isAnnounced, committed >= leader.firstOffset {
            self.leader?.isAnnounced = true
            notice(.leadershipGained(election.epoch, firstOffset: leader.epochStart))
        }
    }

    private mutating func snapshotStored(_ id: SnapshotId) {
        guard id.endOffset <= committed, id.endOffset >= log.startOffset else { return }
        log.stored(id)
        guard let oldest = log.trim(keeping: options.snapshotsKept) else { return }
        voters.forget(before: log.startOffset)
        order(.trim(to: oldest))
    }
}

import KafkaProtocol
import KafkaRecords
import LogStorage
import NIOCore
import World

/// A KRaft quorum as this node has part in it: the replica that decides, and the files that it decides on.
///
/// What the replica wants written goes to the files at once and in its order; `settle` makes it durable, tells the replica, and lets go of the
/// messages that promise it. A node that is the only voter elects itself before `init` returns.
package final class RaftQuorum: MetadataQuorum {
    /// When snapshots are made and what is kept.
    package struct Limits: Sendable {
        /// `metadata.log.max.record.bytes.between.snapshots`
        package var bytesBetweenSnapshots: Int64 = 20 << 20
        /// `metadata.log.max.snapshot.interval.ms`
        package var snapshotIntervalMillis: Int64 = 3_600_000
        /// Snapshots that are kept, the newest ones.
        package var snapshotsKept = 2
        /// Of the log or of a snapshot in one answer; a batch goes whole.
        package var answerBytes = 1 << 20

        package init() {}
    }

    /// Bytes that the event which is handled brought, for what the replica wants written of it.
    enum Payload {
        case none
        case proposal(ByteBuffer)
        /// By their tokens, which begin at 1.
        case received([ByteBuffer])
    }

    /// Of the metadata log's partition, inside a log directory.
    package static let directoryName = QuorumDirectory.name

    let files: QuorumDirectory
    let own: ReplicaKey
    let limits: Limits
    let time: WorldTime
    private var random: WorldRandom
    /// nil: this node is a quorum by itself.
    let peers: RaftPeers?
    private(set) var replica: RaftReplica
    var log: PartitionLog { files.log }

    /// Ordered by the replica, and not known to be on disk.
    private var ticket: UInt64?
    private var promises: [RaftPromise] = []
    /// What the replica is told next, once what was ordered is on disk.
    var pending: [RaftEvent] = []
    /// The election that the file has to say, when it says another.
    var unwritten: ElectionState?
    var writtenState = ""
    var payload = Payload.none
    /// What the replica said of its proposals and upgrades in the event that is handled.
    private var outcome: RaftNotice?
    /// A snapshot that comes from the leader.
    var incoming: IncomingSnapshot?
    /// The snapshot that is sent to others, open.
    var outgoing: OutgoingSnapshot?

    var bytesSinceSnapshot: Int64 = 0
    var lastSnapshot: WallTime
    /// What `next` has not handed out yet: the newest snapshot, the log from an offset on, and who leads from which offset on.
    var unreadSnapshot: SnapshotId?
    var unreadOffset: Int64
    /// Where reading the log began, which may be within a batch.
    var readStart: Int64
    private var unreadEvents: [(offset: Int64, event: QuorumEvent)] = []
    /// A write failed: what the files hold and what the replica believes are no longer the same.
    private var failure: LogError?

    package var onEvents: (@Sendable () -> Void)? {
        didSet { peers?.inbox.announce(to: onEvents) }
    }

    /// - Parameters:
    ///   - bootstrap: formats the directory when nobody has.
    ///   - endpoints: where this node's controller is reached, when its configuration says so; the log learns of a new address.
    ///   - peers: how other nodes are reached; nil: there are none.
    /// - Throws: `.corrupt` when other voters belong to the quorum than there are, or when the files are damaged.
    package init(
        directory parent: String,
        fileSystem: any FileSystem,
        nodeId: Int32,
        directoryId: KafkaUUID,
        bootstrap: QuorumBootstrap,
        endpoints: [VoterEndpoint] = [],
        limits: Limits = Limits(),
        time: WorldTime,
        random: WorldRandom,
        peers: RaftPeers? = nil,
        report: (RecoveryEvent) -> Void
    ) throws(LogError) {
        own = ReplicaKey(NodeId(nodeId), directoryId)
        self.limits = limits
        self.time = time
        self.random = random
        self.peers = peers
        let now = time.wall
        lastSnapshot = now
        let voter = RaftVoter(own, endpoints: endpoints)
        let configured = peers?.voters ?? RaftVoterSet([voter])
        files = try QuorumDirectory(
            in: parent,
            fileSystem: fileSystem,
            configured: configured,
            isAlone: peers == nil,
            bootstrap: bootstrap,
            now: now.milliseconds,
            report: report
        )
        let voters = try files.voters(configured: configured)
        try files.check(voters, own: own, isAlone: peers == nil)
        let disk = RaftDisk(election: files.election, log: files.shape, voters: voters)
        guard max(disk.election.epoch, disk.log.lastEpoch).rawValue < Int32.max else {
            throw .corrupt(
                path: Path.join(files.path, QuorumState.fileName),
                position: 0,
                reason: "leader epoch \(Int32.max) is the last there is"
            )
        }
        var options = peers?.options ?? RaftOptions(own: voter)
        options.own = voter
        options.snapshotsKept = limits.snapshotsKept
        replica = RaftReplica(options, disk: disk, now: time.now, random: self.random.next())
        unreadSnapshot = files.snapshots.last.flatMap { $0 == .bootstrap ? nil : $0 }
        readStart = max(files.log.logStartOffset, unreadSnapshot?.endOffset ?? 0)
        unreadOffset = readStart
        try handle(.tick)
        try settle()
    }

    /// Whether a node has been voter in the metadata log of a log directory.
    package static func hasRun(in parent: String, fileSystem: any FileSystem) -> Bool {
        fileSystem.exists(Path.join(Path.join(parent, QuorumDirectory.name), QuorumState.fileName))
    }

    // MARK: The replica

    func handle(_ event: RaftEvent) throws(LogError) {
        if let failure { throw failure }
        let effects = replica.handle(event, now: time.now, random: random.next())
        do throws(LogError) {
            for work in effects.disk { try write(work) }
        } catch {
            failure = error
            throw error
        }
        payload = .none
        if effects.ticket != 0 { ticket = effects.ticket }
        for notice in effects.notices { take(notice) }
        for message in effects.messages { try send(message) }
        promises += effects.promises
        if ticket == nil { try keep(&promises) }
    }

    private func take(_ notice: RaftNotice) {
        peers?.explain(notice)
        switch notice {
        case .leadershipGained(let epoch, let firstOffset):
            unreadEvents.append((replica.committed, .leading(epoch: epoch, firstOffset: firstOffset)))
        case .leadershipLost: noteLeader()
        case .role(.follower, _, _), .role(.observer, _, _): noteLeader()
        case .proposed, .upgraded: outcome = notice
        case .committed, .role, .ignored: break
        }
    }

    private func noteLeader() {
        let event = QuorumEvent.following(leader: replica.leaderId, epoch: replica.election.epoch)
        if unreadEvents.last?.event != event { unreadEvents.append((replica.committed, event)) }
    }

    private func keep(_ promises: inout [RaftPromise]) throws(LogError) {
        let kept = promises
        promises = []
        for promise in kept { try send(promise.message) }
    }

    /// Makes durable what was written, and goes on until nothing is left to be.
    func settle() throws(LogError) {
        if let failure { throw failure }
        while let done = ticket {
            do throws(LogError) {
                try writeState()
                try flush()
            } catch {
                failure = error
                throw error
            }
            ticket = nil
            var kept = promises
            promises = []
            try handle(.diskDone(done))
            try keep(&kept)
            while !pending.isEmpty { try handle(pending.removeFirst()) }
        }
    }

    // MARK: MetadataQuorum

    package var deadline: MonotonicTime { peers == nil ? .never : replica.wakeUp }

    package func next() throws(LogError) -> QuorumEvent? {
        try hear()
        let isAllHeard = unreadSnapshot == nil && unreadOffset == replica.committed && unreadEvents.isEmpty
        if isAllHeard || !pending.isEmpty { try settle() }
        if let id = unreadSnapshot {
            let content = try files.content(of: id)
            unreadSnapshot = nil
            return .snapshot(QuorumSnapshot(id: id, content))
        }
        let end = unreadEvents.first?.offset ?? replica.committed
        if unreadOffset < end { return .committed(try readBatches(upTo: end)) }
        return unreadEvents.isEmpty ? nil : unreadEvents.removeFirst().event
    }

    package var nextOffset: Int64 { log.logEndOffset }

    package func propose(_ values: [ByteBuffer], epoch: LeaderEpoch, now: WallTime) throws(ProposalError) -> Int64 {
        guard replica.isLeader, replica.election.epoch == epoch else { throw .notLeader }
        payload = .proposal(try batch(of: values, epoch, now))
        outcome = nil
        do { try handle(.propose(epoch: epoch, count: values.count, token: 1)) } catch { throw .failed(error) }
        guard case .proposed(_, let offset?) = outcome else { throw .notLeader }
        return offset
    }

    package func proposeVoters(_ endpoints: [VoterEndpoint], epoch: LeaderEpoch, now: WallTime) throws(ProposalError) {
        guard replica.isLeader, replica.election.epoch == epoch else { throw .notLeader }
        guard replica.voters.kraftVersion == 0 else { return }
        outcome = nil
        do throws(LogError) {
            try settle()
            try handle(.upgradeKRaftVersion(QuorumVoters.newestVersion, endpoints: endpoints, token: 1))
        } catch {
            throw .failed(error)
        }
        if case .upgraded(_, let refusal?) = outcome { throw .refused(refusal.error, refusal.description) }
        do throws(LogError) { try settle() } catch { throw .failed(error) }
    }

    package func bootstrapValues() throws(LogError) -> [ByteBuffer] { try files.bootstrapValues() }

    package func wantsSnapshot(now: WallTime) -> Bool {
        bytesSinceSnapshot >= limits.bytesBetweenSnapshots
            || bytesSinceSnapshot > 0
                && now.milliseconds - lastSnapshot.milliseconds >= limits.snapshotIntervalMillis
    }

    package var status: QuorumStatus {
        let voters = replica.voters
        let known = voters.current.voter(own.id)
        var status = QuorumStatus(
            leaderId: replica.leaderId?.rawValue ?? -1,
            leaderEpoch: replica.election.epoch.rawValue,
            highWatermark: replica.committed,
            logEndOffset: log.logEndOffset,
            voters: voters.current.keys.map(\.id.rawValue),
            directoryId: voters.kraftVersion > 0 ? own.directoryId : .zero,
            kraftVersion: voters.kraftVersion,
            endpoints: voters.kraftVersion > 0 ? known?.endpoints ?? [] : []
        )
        status.leaderEndpoints = replica.leaderId.map { replica.addresses(of: .node($0)) } ?? []
        status.voterSet = voters.current
        status.strangers = Set(
            replica.strangers.compactMap { if case .node(let id) = $0 { id.rawValue } else { nil } }
        )
        status.committedVoters = voters.content(at: replica.committed).voters ?? voters.configured
        return status
    }

    package var voterIds: [Int32] { replica.voters.current.keys.map(\.id.rawValue) }

    package func replicas(at now: MonotonicTime) -> [ReplicaDescription] { replica.replicas(at: now) }

    package func close() throws(LogError) {
        try settle()
        // The others need not wait until they miss it.
        if peers != nil, replica.isLeader, !replica.voters.current.isOnly(own) {
            try handle(.shutDown)
            try settle()
        }
        try log.close()
    }
}

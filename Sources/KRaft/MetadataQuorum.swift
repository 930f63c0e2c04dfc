import KafkaProtocol
import LogStorage
import NIOCore
import World

/// The seam between the cluster's metadata and how its log is agreed on: a Raft quorum, or a ZooKeeper ensemble, whose nodes elect one
/// of them to write a durable, ordered log that all of them read. Nothing above it knows which of both it is.
///
/// The leader of an epoch proposes batches of records. They are committed later, or never; everyone, the proposer too, hears of
/// what is committed by `next`, in the order of the log. No call waits for other nodes.
///
/// Not thread-safe: one thread, the controller's, makes all calls. `onEvents` is called on any.
package protocol MetadataQuorum: AnyObject {
    /// What this node knows of the quorum.
    var status: QuorumStatus { get }

    /// The nodes that vote, by the newest that the log says, committed or not.
    var voterIds: [Int32] { get }

    /// What the leader knows of those who follow it, itself among them; nothing on others.
    func replicas(at now: MonotonicTime) -> [ReplicaDescription]

    /// Called when `next` may have something that it had not when it last answered nil. Not needed after calls of this protocol's
    /// own methods: whoever proposes asks `next` afterwards.
    var onEvents: (@Sendable () -> Void)? { get set }

    /// When `next` is to be asked again although nothing was heard: something is due then. It changes with each call.
    var deadline: MonotonicTime { get }

    /// What happened next. From the newest snapshot on, all that is committed is handed out once and in order, as many batches at
    /// a time as are bounded in size; nil as long as there is nothing more.
    ///
    /// Proposals that are only waiting for this node's own disk are made durable here, all that have gathered by one sync.
    ///
    /// - Throws: when the log cannot be read or written; the node cannot go on.
    func next() throws(LogError) -> QuorumEvent?

    /// The offset that the next proposal of this leader gets.
    var nextOffset: Int64 { get }

    /// Appends a batch of records as the leader of `epoch`: all of them are committed, or none.
    ///
    /// - Returns: the offset of the first; nothing is committed yet.
    func propose(_ values: [ByteBuffer], epoch: LeaderEpoch, now: WallTime) throws(ProposalError) -> Int64

    /// Proposes that the log names the voters from now on (`kraft.version` 1), this node with those addresses; nothing happens
    /// when it does so already.
    ///
    /// - Throws: `.refused` when not all voters are known to support that.
    func proposeVoters(_ endpoints: [VoterEndpoint], epoch: LeaderEpoch, now: WallTime) throws(ProposalError)

    /// The records that formatting left for the first leader to copy into the log.
    func bootstrapValues() throws(LogError) -> [ByteBuffer]

    /// Whether enough was written since the last snapshot to make a new one.
    func wantsSnapshot(now: WallTime) -> Bool

    /// Stores a snapshot, and lets go of what it replaces.
    ///
    /// - Parameter snapshot: of a state that `next` has handed out.
    func store(_ snapshot: QuorumSnapshot, now: WallTime) throws(LogError)

    func close() throws(LogError)
}

/// What a quorum tells the node above it.
package enum QuorumEvent: Equatable, Sendable {
    /// The state is what these records say, whatever it was before; the log goes on behind them.
    case snapshot(QuorumSnapshot)
    /// These batches are committed. They follow on what was heard before without a gap.
    case committed([CommittedBatch])
    /// This node leads in `epoch`, whose first batch begins at `firstOffset`. All that earlier epochs committed has been heard.
    case leading(epoch: LeaderEpoch, firstOffset: Int64)
    /// This node does not lead, or no longer: of its proposals that were not heard as committed some may still be. `leader` is nil
    /// as long as nobody is known to lead in `epoch`.
    case following(leader: NodeId?, epoch: LeaderEpoch)
}

/// A batch of the log that will not change any more.
package struct CommittedBatch: Equatable, Sendable {
    package var firstOffset: Int64
    /// The offset behind its last record.
    package var endOffset: Int64
    package var epoch: LeaderEpoch
    package var appendTime: WallTime
    /// The values of its records; none in a batch of the quorum's own.
    package var values: [ByteBuffer]
    /// The `kraft.version` that a batch of the quorum's own brings.
    package var kraftVersion: Int16?

    package init(
        firstOffset: Int64,
        endOffset: Int64,
        epoch: LeaderEpoch,
        appendTime: WallTime,
        values: [ByteBuffer],
        kraftVersion: Int16? = nil
    ) {
        self.firstOffset = firstOffset
        self.endOffset = endOffset
        self.epoch = epoch
        self.appendTime = appendTime
        self.values = values
        self.kraftVersion = kraftVersion
    }
}

/// The state at a point of the log, as records that make it from nothing.
package struct QuorumSnapshot: Equatable, Sendable {
    /// Up to where it reaches.
    package var id: SnapshotId
    /// Of the last batch that it contains.
    package var appendTime: WallTime
    package var values: [ByteBuffer]
    package var kraftVersion: Int16

    package init(id: SnapshotId, appendTime: WallTime, values: [ByteBuffer], kraftVersion: Int16) {
        self.id = id
        self.appendTime = appendTime
        self.values = values
        self.kraftVersion = kraftVersion
    }
}

/// Why nothing was proposed.
package enum ProposalError: Error {
    /// This node does not lead in the epoch.
    case notLeader
    /// It cannot be proposed as things stand; the sentence says why.
    case refused(ErrorCode, String)
    /// The log cannot be written; the node cannot go on.
    case failed(LogError)
}

/// The state of the quorum, as DescribeQuorum tells it.
package struct QuorumStatus: Equatable, Sendable {
    package var leaderId: Int32
    package var leaderEpoch: Int32
    /// Records below this offset are committed.
    package var highWatermark: Int64
    package var logEndOffset: Int64
    package var voters: [Int32]
    /// Zero as long as the log doesn't name the voters.
    package var directoryId: KafkaUUID
    package var kraftVersion: Int16
    /// Where this node's controller is reached, by what the log says.
    package var endpoints: [VoterEndpoint]
    /// Where the leader's controller is reached, as far as this node knows.
    package var leaderEndpoints: [VoterEndpoint] = []
    /// All voters with their addresses, as far as this node knows.
    package var voterSet = RaftVoterSet()
    /// Those that the log names below the high watermark.
    package var committedVoters = RaftVoterSet()
    /// Voters that have answered, and belong to another cluster.
    package var strangers: Set<Int32> = []

    package init(
        leaderId: Int32,
        leaderEpoch: Int32,
        highWatermark: Int64,
        logEndOffset: Int64,
        voters: [Int32],
        directoryId: KafkaUUID = .zero,
        kraftVersion: Int16 = 0,
        endpoints: [VoterEndpoint] = []
    ) {
        self.leaderId = leaderId
        self.leaderEpoch = leaderEpoch
        self.highWatermark = highWatermark
        self.logEndOffset = logEndOffset
        self.voters = voters
        self.directoryId = directoryId
        self.kraftVersion = kraftVersion
        self.endpoints = endpoints
    }
}

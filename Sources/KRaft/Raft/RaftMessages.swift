import KafkaProtocol

/// Where a message goes or comes from.
package enum RaftPeer: Hashable, Sendable, Comparable {
    /// A node of the quorum or one that follows it, by id.
    case node(NodeId)
    /// An address of `controller.quorum.bootstrap.servers`, by its place in the list: whose it is, isn't known.
    case bootstrap(Int)
    /// A connection that was opened to this node, by the shell's number; only answers go there.
    case connection(UInt64)
}

/// A request or an answer of Kafka's RPCs for the partition `__cluster_metadata-0`; an answer has its request's correlation.
package struct RaftMessage: Hashable, Sendable {
    package enum Body: Hashable, Sendable {
        case request(RaftRequest)
        case answer(RaftAnswer)
    }

    package var peer: RaftPeer
    package var correlation: UInt64
    package var body: Body

    package init(_ peer: RaftPeer, _ correlation: UInt64, _ body: Body) {
        self.peer = peer
        self.correlation = correlation
        self.body = body
    }
}

/// Who leads an epoch, as one node tells another.
package struct LeaderHint: Hashable, Sendable {
    package var epoch: LeaderEpoch
    package var leader: NodeId?
    /// Where it is reached; empty when the teller doesn't know or the RPC has no room for it.
    package var endpoints: [VoterEndpoint]

    package init(epoch: LeaderEpoch, leader: NodeId?, endpoints: [VoterEndpoint] = []) {
        self.epoch = epoch
        self.leader = leader
        self.endpoints = endpoints
    }
}

package enum RaftRequest: Hashable, Sendable {
    case vote(Vote)
    case beginEpoch(BeginEpoch)
    case endEpoch(EndEpoch)
    case fetch(Fetch)
    case fetchSnapshot(FetchSnapshot)
    case addVoter(AddVoter)
    case removeVoter(RemoveVoter)
    case updateVoter(UpdateVoter)

    /// Vote, key 52.
    package struct Vote: Hashable, Sendable {
        package var clusterId: String?
        package var candidate: ReplicaKey
        package var epoch: LeaderEpoch
        /// Whom the candidate believes it asks; nil when it doesn't say (before version 1).
        package var voter: ReplicaKey?
        package var last: LogPosition
        package var isPreVote: Bool
    }

    /// BeginQuorumEpoch, key 53.
    package struct BeginEpoch: Hashable, Sendable {
        package var clusterId: String?
        /// Whom the leader believes it tells; nil when it doesn't say (before version 1).
        package var voter: ReplicaKey?
        package var leader: NodeId
        package var epoch: LeaderEpoch
        package var endpoints: [VoterEndpoint]
    }

    /// EndQuorumEpoch, key 54.
    package struct EndEpoch: Hashable, Sendable {
        package var clusterId: String?
        package var leader: NodeId
        package var epoch: LeaderEpoch
        /// Who should follow, the most complete log first.
        package var candidates: [ReplicaKey]
        /// Where the one that resigns is reached, if it says so.
        package var endpoints: [VoterEndpoint] = []
    }

    /// Fetch, key 1.
    package struct Fetch: Hashable, Sendable {
        /// What a peer asks with that doesn't tell its high watermark (before version 18).
        package static let unknownHighWatermark = Int64.max

        package var clusterId: String?
        package var replica: ReplicaKey
        package var epoch: LeaderEpoch
        package var offset: Int64
        package var lastFetchedEpoch: LeaderEpoch
        package var highWatermark: Int64
        package var maxWaitMillis: Int32
        /// Of records in the answer; a batch goes whole.
        package var maxBytes: Int32 = 1 << 20
    }

    /// FetchSnapshot, key 59.
    package struct FetchSnapshot: Hashable, Sendable {
        package var clusterId: String?
        package var replica: ReplicaKey
        package var epoch: LeaderEpoch
        package var snapshot: SnapshotId
        package var position: Int64
        package var maxBytes: Int32 = 1 << 20
    }

    /// AddRaftVoter, key 80.
    package struct AddVoter: Hashable, Sendable {
        package var clusterId: String?
        package var voter: RaftVoter
        package var timeoutMillis: Int32
        package var acknowledgesWhenCommitted: Bool
    }

    /// RemoveRaftVoter, key 81.
    package struct RemoveVoter: Hashable, Sendable {
        package var clusterId: String?
        package var voter: ReplicaKey
    }

    /// UpdateRaftVoter, key 82.
    package struct UpdateVoter: Hashable, Sendable {
        package var clusterId: String?
        package var epoch: LeaderEpoch
        package var voter: RaftVoter
    }
}

package enum RaftAnswer: Hashable, Sendable {
    case vote(Vote)
    case beginEpoch(ErrorCode, LeaderHint)
    case endEpoch(ErrorCode, LeaderHint)
    case fetch(Fetch)
    case fetchSnapshot(FetchSnapshot)
    /// With a sentence that says why, if one does.
    case addVoter(ErrorCode, String?)
    case removeVoter(ErrorCode, String?)
    case updateVoter(ErrorCode, LeaderHint)

    package struct Vote: Hashable, Sendable {
        package var error: ErrorCode
        package var hint: LeaderHint
        package var isGranted: Bool
    }

    package struct Fetch: Hashable, Sendable {
        package var error: ErrorCode
        package var hint: LeaderHint
        package var highWatermark: Int64 = -1
        package var logStartOffset: Int64 = -1
        /// Where the follower's log left the leader's: it has to be cut there.
        package var diverging: LogPosition?
        /// What the follower needs before it can go on.
        package var snapshot: SnapshotId?
        /// On the leader: what its shell puts into the answer, as much as the request allows. Empty: nothing.
        package var offsets: Range<Int64> = 0..<0
        /// On the leader: how many bytes of them the follower wants.
        package var maxBytes: Int32 = 1 << 20
        /// On the follower: what came.
        package var batches: [RaftBatch] = []

        package init(error: ErrorCode, hint: LeaderHint) {
            self.error = error
            self.hint = hint
        }
    }

    package struct FetchSnapshot: Hashable, Sendable {
        package var error: ErrorCode
        package var hint: LeaderHint
        package var snapshot: SnapshotId
        package var position: Int64
        /// On the leader: how many bytes the follower wants.
        package var maxBytes: Int32 = 1 << 20
        /// Of the whole file; the leader's shell fills it in, and the bytes.
        package var size: Int64 = 0
        /// On the follower: how many bytes came, and by what its shell finds them.
        package var length: Int64 = 0
        package var token: UInt64 = 0
    }
}

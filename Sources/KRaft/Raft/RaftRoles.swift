import KafkaProtocol

package enum RaftRoleKind: String, Hashable, Sendable {
    case unattached, follower, prospective, candidate, leader, resigned, observer
}

/// What a replica is, with what is valid in that role only. A replica that no voter set names is an observer: it is unattached
/// or a follower without ever standing for election, since the log may make it a voter while it follows.
enum RaftRole: Equatable, Sendable {
    case unattached(Unattached)
    case follower(Follower)
    case prospective(Prospective)
    case candidate(Candidate)
    case leader(Leader)
    case resigned(Resigned)
}

/// A request for records that is under way, or the next one.
enum FetchProgress: Equatable, Sendable {
    case due(at: MonotonicTime)
    case pending(correlation: UInt64, to: RaftPeer, until: MonotonicTime)

    var deadline: MonotonicTime {
        switch self {
        case .due(let time): time
        case .pending(_, _, let time): time
        }
    }
}

/// No leader is known.
struct Unattached: Equatable, Sendable {
    var since: MonotonicTime
    /// When a voter stands for election.
    var electionDeadline: MonotonicTime
    /// Asks the others who leads.
    var search: FetchProgress
    /// How many were asked in vain; the pause between two grows with it.
    var askedInVain = 0
}

/// Fetches from a leader.
struct Follower: Equatable, Sendable {
    var leader: NodeId
    var endpoints: [VoterEndpoint]
    var fetch: FetchProgress
    /// The last fetch that the leader answered; before the first one, when it was found.
    var lastHeard: MonotonicTime
    /// The leader answered at least once.
    var hasFetched = false
    /// When a voter asks for pre-votes, and an observer asks others than the leader.
    var fetchDeadline: MonotonicTime
    /// The leader said that it resigned.
    var hasLeaderResigned = false
    /// Fetches in a row that failed.
    var failures = 0
    var download: SnapshotDownload?
    /// UpdateRaftVoter with what this voter says of itself, under way or due; nil: nothing to say.
    var update: FetchProgress?
    var hasUpdated = false
}

/// A snapshot on its way.
struct SnapshotDownload: Equatable, Sendable {
    var id: SnapshotId
    var position: Int64 = 0
}

/// Votes of one round.
struct Ballot: Equatable, Sendable {
    var granted: [NodeId] = []
    var refused: [NodeId] = []
    /// Requests under way, by correlation.
    var asked: [UInt64: NodeId] = [:]
    /// Whom to ask again, after a request that failed.
    var again: [(NodeId, at: MonotonicTime)] = []

    mutating func note(_ id: NodeId, isGranted: Bool) {
        granted.removeAll { $0 == id }
        refused.removeAll { $0 == id }
        if isGranted { granted.append(id) } else { refused.append(id) }
    }

    static func == (left: Ballot, right: Ballot) -> Bool {
        left.granted == right.granted && left.refused == right.refused && left.asked == right.asked
    }
}

/// Asks whether others would vote for it, without a new epoch (KIP-996).
struct Prospective: Equatable, Sendable {
    var ballot = Ballot()
    var deadline: MonotonicTime
    /// To whom it goes back when nobody else wants an election.
    var leader: NodeId?
    var endpoints: [VoterEndpoint] = []
    /// Resigned; others may not know it yet.
    var resigned: NodeId?
}

/// Has voted for itself in a new epoch.
struct Candidate: Equatable, Sendable {
    var ballot = Ballot()
    var deadline: MonotonicTime
    /// Its own vote counts when the disk has it.
    var ticket: UInt64
}

/// What the leader knows of another replica, or of what it asked for.
struct ReplicaProgress: Equatable, Sendable {
    var key: ReplicaKey
    /// What lies below is on its disk; -1 until it fetched in this epoch.
    var offset: Int64 = -1
    var lastFetch: MonotonicTime
    /// When it had all that the leader had.
    var lastCaughtUp: MonotonicTime?
    /// When BeginQuorumEpoch is due next.
    var beginDue: MonotonicTime
    var parked: ParkedFetch?
}

/// A fetch that waits for news.
struct ParkedFetch: Equatable, Sendable {
    var peer: RaftPeer
    var correlation: UInt64
    var offset: Int64
    var highWatermark: Int64
    var maxBytes: Int32
    var until: MonotonicTime
}

/// Who waits for a change of the voters.
enum VoterChangeOrigin: Equatable, Sendable {
    case peer(RaftPeer, correlation: UInt64)
    case local(token: UInt64)
}

enum VoterChangeKind: Equatable, Sendable { case add, remove, update, upgrade }

/// A change of the voters that is not committed; there is one at most.
struct VoterChange: Equatable, Sendable {
    enum Stage: Equatable, Sendable {
        /// The new voter still reads what the others have.
        case catchingUp(RaftVoter, until: MonotonicTime, acknowledgesWhenCommitted: Bool)
        case appended(at: Int64)
    }

    var kind: VoterChangeKind
    /// nil when it was answered already.
    var origin: VoterChangeOrigin?
    var stage: Stage
}

struct Leader: Equatable, Sendable {
    /// The offset of its LeaderChange record.
    var epochStart: Int64
    /// The offset behind its first batch.
    var firstOffset: Int64
    /// Its LeaderChange record is committed: from now on its high watermark means something.
    var isEstablished = false
    /// Those above were told that it leads.
    var isAnnounced = false
    /// By id; visited in the order of the ids.
    var progress: [NodeId: ReplicaProgress] = [:]
    var granted: [NodeId]
    var change: VoterChange?
    /// What voters say of themselves while the log doesn't (`kraft.version` 0).
    var told: [NodeId: RaftVoter] = [:]

    var sortedIds: [NodeId] { progress.keys.sorted() }
}

/// Has given up leadership and tells the others.
struct Resigned: Equatable, Sendable {
    var deadline: MonotonicTime
    /// Who hasn't confirmed, and when it is told again; ascending by id.
    var untold: [(id: NodeId, due: MonotonicTime)]
    var candidates: [ReplicaKey]

    static func == (left: Resigned, right: Resigned) -> Bool {
        left.deadline == right.deadline && left.candidates == right.candidates
            && left.untold.elementsEqual(right.untold, by: { $0 == $1 })
    }
}

import KafkaProtocol

/// Why the voters stay as they are, with the evidence.
package enum VoterChangeRefusal: Hashable, Sendable {
    case otherCluster
    case notLeader
    /// The request is of another epoch than this leader's.
    case otherEpoch(LeaderEpoch, current: LeaderEpoch)
    /// `kraft.version` 0.
    case staticVoters
    /// An earlier change is not committed.
    case changeUnderWay
    /// This leader's own first record is not committed.
    case leaderNotEstablished
    case alreadyVoter(ReplicaKey, RaftVoterSet)
    case noVoter(ReplicaKey, RaftVoterSet)
    case onlyVoter(ReplicaKey)
    /// Of the voters that would be left so many have not fetched that the others are no majority.
    case noMajorityLeft(ReplicaKey, RaftVoterSet, silent: [NodeId], timeoutMillis: Int64)
    case noDirectory(NodeId)
    case noEndpoints(NodeId)
    case versionNotServed(NodeId, kraftVersion: Int16)
    /// It never fetched from this leader; `other` is the directory that a node of that id fetches with.
    case unknownReplica(ReplicaKey, other: KafkaUUID?)
    case behind(ReplicaKey, endOffset: Int64, highWatermark: Int64)
    case leadershipLost
    /// `kraft.version` cannot be that.
    case unknownVersion(Int16)
    case downgrade(from: Int16, to: Int16)
    /// These voters have not told their directories, or serve an older version only.
    case votersUnready([NodeId], kraftVersion: Int16)

    package var error: ErrorCode {
        switch self {
        case .otherCluster: .inconsistentClusterId
        case .notLeader, .leadershipLost: .notLeaderOrFollower
        case .otherEpoch(let epoch, let current): epoch < current ? .fencedLeaderEpoch : .unknownLeaderEpoch
        case .staticVoters: .unsupportedVersion
        case .changeUnderWay, .leaderNotEstablished, .unknownReplica, .behind: .requestTimedOut
        case .alreadyVoter: .duplicateVoter
        case .noVoter: .voterNotFound
        case .onlyVoter, .noMajorityLeft, .noDirectory, .noEndpoints, .versionNotServed: .invalidRequest
        case .unknownVersion, .downgrade, .votersUnready: .invalidUpdateVersion
        }
    }
}

extension VoterChangeRefusal: CustomStringConvertible {
    package var description: String {
        switch self {
        case .otherCluster: "the request is for another cluster"
        case .notLeader: "this node does not lead the metadata quorum"
        case .otherEpoch(let epoch, let current): "the request is of epoch \(epoch), and the leader's is \(current)"
        case .staticVoters:
            "kraft.version is 0: controller.quorum.voters names the voters, and they cannot change; upgrade kraft.version to 1 first"
        case .changeUnderWay: "another change of the voters is not committed yet; try again later"
        case .leaderNotEstablished: "the leader of the metadata quorum has committed nothing yet; try again later"
        case .alreadyVoter(let key, let voters): "node \(key.id) is a voter already; the voters are \(voters)"
        case .noVoter(let key, let voters): "\(key) is not one of the voters, which are \(voters)"
        case .onlyVoter(let key): "\(key) is the only voter; add another one before it is removed"
        case .noMajorityLeft(let key, let left, let silent, let timeout):
            "without \(key) the voters \(left) would have no majority that runs: \(silent.map(\.description).joined(separator: ", ")) did not fetch within controller.quorum.fetch.timeout.ms (\(timeout)); start or remove what is gone first"
        case .noDirectory(let id): "the request says no directory id of node \(id)"
        case .noEndpoints(let id): "the request names no endpoint of node \(id)"
        case .versionNotServed(let id, let version): "node \(id) does not support kraft.version \(version)"
        case .unknownReplica(let key, nil):
            "node \(key.id) did not fetch the metadata log from the leader in time; start it with the role controller, and try again"
        case .unknownReplica(let key, let other?):
            "no replica \(key) fetches the metadata log; node \(key.id) fetches it with the directory id \(other)"
        case .behind(let key, let end, let highWatermark):
            "\(key) has the metadata log up to offset \(end) only, and \(highWatermark) is committed; try again later"
        case .leadershipLost: "the node leads the metadata quorum no more; the change may still be committed"
        case .unknownVersion(let version): "kraft.version cannot be \(version): 0 and 1 are known"
        case .downgrade(let old, let new): "kraft.version cannot go back from \(old) to \(new)"
        case .votersUnready(let ids, let version):
            "the voters \(ids.map(\.description).joined(separator: ", ")) have not told the leader that they support kraft.version \(version); they must run and follow it"
        }
    }
}

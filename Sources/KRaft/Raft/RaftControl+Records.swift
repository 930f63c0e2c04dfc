import KafkaProtocol
import KafkaRecords
import NIOCore

extension RaftVoter {
    init(_ voter: VotersRecord.Voter) {
        self.init(
            ReplicaKey(NodeId(voter.voterId), voter.voterDirectoryId),
            endpoints: voter.endpoints.map { VoterEndpoint($0) },
            minKRaftVersion: voter.kRaftVersionFeature.minSupportedVersion,
            maxKRaftVersion: voter.kRaftVersionFeature.maxSupportedVersion
        )
    }

    var record: VotersRecord.Voter {
        var voter = VotersRecord.Voter()
        voter.voterId = key.id.rawValue
        voter.voterDirectoryId = key.directoryId
        voter.endpoints = endpoints.map { VotersRecord.Endpoint($0) }
        voter.kRaftVersionFeature.minSupportedVersion = minKRaftVersion
        voter.kRaftVersionFeature.maxSupportedVersion = maxKRaftVersion
        return voter
    }
}

extension RaftVoterSet {
    init(_ record: VotersRecord) { self.init(record.voters.map { RaftVoter($0) }) }

    var record: VotersRecord {
        var record = VotersRecord()
        record.voters = voters.map(\.record)
        return record
    }
}

extension QuorumVoters {
    /// What a snapshot has to say of the voters.
    init(_ content: (kraftVersion: Int16, voters: RaftVoterSet?)) {
        self.init()
        kraftVersion = content.kraftVersion
        record = content.voters?.record
    }
}

extension RaftControl {
    /// The record as it stands in the log.
    func record() throws(RecordError) -> ControlRecord {
        switch self {
        case .leaderChange(let leader, let voters, let granting):
            func voter(_ key: ReplicaKey) -> LeaderChangeMessage.Voter {
                var voter = LeaderChangeMessage.Voter()
                voter.voterId = key.id.rawValue
                return voter
            }
            var change = LeaderChangeMessage()
            change.leaderId = leader.rawValue
            change.voters = voters.map(voter)
            change.grantingVoters = granting.map(voter)
            return try ControlRecord(.leaderChange, change, version: 0)
        case .kraftVersion(let version):
            var record = KRaftVersionRecord()
            record.kRaftVersion = version
            return try ControlRecord(.kraftVersion, record, version: 0)
        case .voters(let set): return try ControlRecord(.kraftVoters, set.record, version: 0)
        }
    }

    /// nil for a kind that says nothing to the quorum.
    init?(_ record: Record) throws(RecordError) {
        var reader = WireReader(record.value ?? ByteBuffer())
        do {
            switch ControlRecordKind(key: record.key) {
            case .leaderChange:
                let change = try LeaderChangeMessage.decode(&reader, version: 0)
                self = .leaderChange(
                    leader: NodeId(change.leaderId),
                    voters: change.voters.map { ReplicaKey(NodeId($0.voterId)) },
                    granting: change.grantingVoters.map { ReplicaKey(NodeId($0.voterId)) }
                )
            case .kraftVersion:
                self = .kraftVersion(try KRaftVersionRecord.decode(&reader, version: 0).kRaftVersion)
            case .kraftVoters: self = .voters(RaftVoterSet(try VotersRecord.decode(&reader, version: 0)))
            case .snapshotHeader, .snapshotFooter, .abort, .commit, nil: return nil
            }
        } catch {
            throw .corrupt("a record of the quorum is not readable: \(error)")
        }
    }
}

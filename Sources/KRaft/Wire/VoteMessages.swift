import KafkaProtocol
import NIOCore

extension VoteRequest: RaftRequestMessage {
    /// nil: a pre-vote, and the version has none.
    init?(_ vote: RaftRequest.Vote, version: Int16) {
        if vote.isPreVote, version < 2 { return nil }
        self.init()
        clusterId = vote.clusterId
        voterId = vote.voter?.id.rawValue ?? -1
        var partition = PartitionData()
        partition.replicaEpoch = vote.epoch.rawValue
        partition.replicaId = vote.candidate.id.rawValue
        partition.replicaDirectoryId = vote.candidate.directoryId
        partition.voterDirectoryId = vote.voter?.directoryId ?? .zero
        partition.lastOffsetEpoch = vote.last.epoch.rawValue
        partition.lastOffset = vote.last.endOffset
        partition.preVote = vote.isPreVote
        var topic = TopicData()
        topic.topicName = RaftWire.topicName
        topic.partitions = [partition]
        topics = [topic]
    }

    package func raftRequest(version: Int16) throws(UnusableRaftMessage) -> RaftRequest {
        let topic = try RaftWire.only(topics, "topics")
        let partition = try RaftWire.only(topic.partitions, "partitions")
        try RaftWire.check(topic: topic.topicName, partition: partition.partitionIndex)
        return .vote(
            .init(
                clusterId: clusterId,
                candidate: ReplicaKey(NodeId(partition.replicaId), partition.replicaDirectoryId),
                epoch: LeaderEpoch(partition.replicaEpoch),
                voter: RaftWire.key(voterId, partition.voterDirectoryId),
                last: LogPosition(
                    epoch: LeaderEpoch(partition.lastOffsetEpoch),
                    endOffset: partition.lastOffset
                ),
                isPreVote: partition.preVote
            )
        )
    }
}

extension VoteResponse: RaftResponseMessage {
    init(_ vote: RaftAnswer.Vote, _ leader: LeaderOnWire, version: Int16) {
        self.init()
        var partition = PartitionData()
        partition.errorCode = vote.error
        partition.leaderId = leader.id
        partition.leaderEpoch = leader.epoch
        partition.voteGranted = vote.isGranted
        var topic = TopicData()
        topic.topicName = RaftWire.topicName
        topic.partitions = [partition]
        topics = [topic]
        guard version >= 1, let known = leader.endpoint else { return }
        var endpoint = NodeEndpoint()
        (endpoint.nodeId, endpoint.host, endpoint.port) = known
        nodeEndpoints = [endpoint]
    }

    package func raftAnswer(listener: String) throws(UnusableRaftMessage) -> (RaftAnswer, bytes: ByteBuffer) {
        try RaftWire.check(available: errorCode)
        if errorCode != .none {
            return (.vote(.init(error: errorCode, hint: .none, isGranted: false)), ByteBuffer())
        }
        let topic = try RaftWire.only(topics, "topics")
        let partition = try RaftWire.only(topic.partitions, "partitions")
        try RaftWire.check(topic: topic.topicName, partition: partition.partitionIndex)
        let known = nodeEndpoints.first { $0.nodeId == partition.leaderId }
        let hint = LeaderHint(
            leader: partition.leaderId,
            epoch: partition.leaderEpoch,
            endpoint: known.flatMap { VoterEndpoint(listener: listener, host: $0.host, checking: Int32($0.port)) }
        )
        let vote = RaftAnswer.Vote(error: partition.errorCode, hint: hint, isGranted: partition.voteGranted)
        return (.vote(vote), ByteBuffer())
    }
}

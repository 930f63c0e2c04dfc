import KafkaProtocol
import NIOCore

/// Version 0 names those who should follow by their ids only.
extension EndQuorumEpochRequest: RaftRequestMessage {
    init(_ end: RaftRequest.EndEpoch) {
        self.init()
        clusterId = end.clusterId
        var partition = PartitionData()
        partition.leaderId = end.leader.rawValue
        partition.leaderEpoch = end.epoch.rawValue
        // Each version has one of both.
        partition.preferredSuccessors = end.candidates.map(\.id.rawValue)
        partition.preferredCandidates = end.candidates.map { candidate in
            var info = ReplicaInfo()
            (info.candidateId, info.candidateDirectoryId) = (candidate.id.rawValue, candidate.directoryId)
            return info
        }
        var topic = TopicData()
        topic.topicName = RaftWire.topicName
        topic.partitions = [partition]
        topics = [topic]
        leaderEndpoints = end.endpoints.map { known in
            var endpoint = LeaderEndpoint()
            (endpoint.name, endpoint.host, endpoint.port) = (known.listener, known.host, known.port)
            return endpoint
        }
    }

    package func raftRequest(version: Int16) throws(UnusableRaftMessage) -> RaftRequest {
        let topic = try RaftWire.only(topics, "topics")
        let partition = try RaftWire.only(topic.partitions, "partitions")
        try RaftWire.check(topic: topic.topicName, partition: partition.partitionIndex)
        try RaftWire.check(endpoints: leaderEndpoints.count)
        let count = max(partition.preferredSuccessors.count, partition.preferredCandidates.count)
        guard count <= RaftWire.candidateLimit else { throw UnusableRaftMessage("\(count) candidates") }
        let candidates =
            version == 0
            ? partition.preferredSuccessors.map { ReplicaKey(NodeId($0)) }
            : partition.preferredCandidates.map { ReplicaKey(NodeId($0.candidateId), $0.candidateDirectoryId) }
        return .endEpoch(
            .init(
                clusterId: clusterId,
                leader: NodeId(partition.leaderId),
                epoch: LeaderEpoch(partition.leaderEpoch),
                candidates: candidates,
                endpoints: leaderEndpoints.map { VoterEndpoint(listener: $0.name, host: $0.host, port: $0.port) }
            )
        )
    }
}

extension EndQuorumEpochResponse: RaftResponseMessage {
    init(_ error: ErrorCode, _ leader: LeaderOnWire, version: Int16) {
        self.init()
        var partition = PartitionData()
        partition.errorCode = error
        partition.leaderId = leader.id
        partition.leaderEpoch = leader.epoch
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
        if errorCode != .none { return (.endEpoch(errorCode, .none), ByteBuffer()) }
        let topic = try RaftWire.only(topics, "topics")
        let partition = try RaftWire.only(topic.partitions, "partitions")
        try RaftWire.check(topic: topic.topicName, partition: partition.partitionIndex)
        let known = nodeEndpoints.first { $0.nodeId == partition.leaderId }
        let hint = LeaderHint(
            leader: partition.leaderId,
            epoch: partition.leaderEpoch,
            endpoint: known.flatMap { VoterEndpoint(listener: listener, host: $0.host, checking: Int32($0.port)) }
        )
        return (.endEpoch(partition.errorCode, hint), ByteBuffer())
    }
}

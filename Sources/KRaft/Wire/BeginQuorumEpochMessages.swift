import KafkaProtocol
import NIOCore

/// Version 0 says neither whom it is meant for nor where the leader is reached: those it tells know it from their configuration.
extension BeginQuorumEpochRequest: RaftRequestMessage {
    init(_ begin: RaftRequest.BeginEpoch) {
        self.init()
        clusterId = begin.clusterId
        voterId = begin.voter?.id.rawValue ?? -1
        var partition = PartitionData()
        partition.voterDirectoryId = begin.voter?.directoryId ?? .zero
        partition.leaderId = begin.leader.rawValue
        partition.leaderEpoch = begin.epoch.rawValue
        var topic = TopicData()
        topic.topicName = RaftWire.topicName
        topic.partitions = [partition]
        topics = [topic]
        leaderEndpoints = begin.endpoints.map { known in
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
        return .beginEpoch(
            .init(
                clusterId: clusterId,
                voter: RaftWire.key(voterId, partition.voterDirectoryId),
                leader: NodeId(partition.leaderId),
                epoch: LeaderEpoch(partition.leaderEpoch),
                endpoints: leaderEndpoints.map { VoterEndpoint(listener: $0.name, host: $0.host, port: $0.port) }
            )
        )
    }
}

extension BeginQuorumEpochResponse: RaftResponseMessage {
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
        if errorCode != .none { return (.beginEpoch(errorCode, .none), ByteBuffer()) }
        let topic = try RaftWire.only(topics, "topics")
        let partition = try RaftWire.only(topic.partitions, "partitions")
        try RaftWire.check(topic: topic.topicName, partition: partition.partitionIndex)
        let known = nodeEndpoints.first { $0.nodeId == partition.leaderId }
        let hint = LeaderHint(
            leader: partition.leaderId,
            epoch: partition.leaderEpoch,
            endpoint: known.flatMap { VoterEndpoint(listener: listener, host: $0.host, checking: Int32($0.port)) }
        )
        return (.beginEpoch(partition.errorCode, hint), ByteBuffer())
    }
}

import KafkaProtocol
import NIOCore

extension FetchSnapshotRequest: RaftRequestMessage {
    init(_ fetch: RaftRequest.FetchSnapshot) {
        self.init()
        clusterId = fetch.clusterId
        replicaId = fetch.replica.id.rawValue
        maxBytes = fetch.maxBytes
        var partition = PartitionSnapshot()
        partition.currentLeaderEpoch = fetch.epoch.rawValue
        partition.snapshotId.endOffset = fetch.snapshot.endOffset
        partition.snapshotId.epoch = fetch.snapshot.epoch
        partition.position = fetch.position
        partition.replicaDirectoryId = fetch.replica.directoryId
        var topic = TopicSnapshot()
        topic.name = RaftWire.topicName
        topic.partitions = [partition]
        topics = [topic]
    }

    package func raftRequest(version: Int16) throws(UnusableRaftMessage) -> RaftRequest {
        let topic = try RaftWire.only(topics, "topics")
        let partition = try RaftWire.only(topic.partitions, "partitions")
        try RaftWire.check(topic: topic.name, partition: partition.partition)
        return .fetchSnapshot(
            .init(
                clusterId: clusterId,
                replica: ReplicaKey(NodeId(replicaId), partition.replicaDirectoryId),
                epoch: LeaderEpoch(partition.currentLeaderEpoch),
                snapshot: KRaft.SnapshotId(
                    endOffset: partition.snapshotId.endOffset,
                    epoch: partition.snapshotId.epoch
                ),
                position: partition.position,
                maxBytes: maxBytes
            )
        )
    }
}

extension FetchSnapshotResponse: RaftResponseMessage {
    init(_ fetch: RaftAnswer.FetchSnapshot, _ leader: LeaderOnWire, version: Int16, part: ByteBuffer) {
        self.init()
        var partition = PartitionSnapshot()
        partition.errorCode = fetch.error
        partition.snapshotId.endOffset = fetch.snapshot.endOffset
        partition.snapshotId.epoch = fetch.snapshot.epoch
        // Here the field's absence means leader 0 in epoch 0, which nobody leads.
        if leader.epoch >= 0 {
            (partition.currentLeader.leaderId, partition.currentLeader.leaderEpoch) = (leader.id, leader.epoch)
        }
        partition.size = fetch.size
        partition.position = fetch.position
        partition.unalignedRecords = .bytes(part)
        var topic = TopicSnapshot()
        topic.name = RaftWire.topicName
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
            let answer = RaftAnswer.FetchSnapshot(error: errorCode, hint: .none, snapshot: .bootstrap, position: 0)
            return (.fetchSnapshot(answer), ByteBuffer())
        }
        let topic = try RaftWire.only(topics, "topics")
        let partition = try RaftWire.only(topic.partitions, "partitions")
        try RaftWire.check(topic: topic.name, partition: partition.index)
        let leader = partition.currentLeader
        let known = nodeEndpoints.first { $0.nodeId == leader.leaderId }
        let hint = LeaderHint(
            leader: leader.leaderId,
            epoch: leader.leaderEpoch,
            endpoint: known.flatMap { VoterEndpoint(listener: listener, host: $0.host, checking: Int32($0.port)) }
        )
        let fetch = RaftAnswer.FetchSnapshot(
            error: partition.errorCode,
            hint: leader == LeaderIdAndEpoch() ? .none : hint,
            snapshot: KRaft.SnapshotId(endOffset: partition.snapshotId.endOffset, epoch: partition.snapshotId.epoch),
            position: partition.position,
            size: partition.size
        )
        return (.fetchSnapshot(fetch), partition.unalignedRecords.buffer ?? ByteBuffer())
    }
}

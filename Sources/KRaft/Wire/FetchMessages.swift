import KafkaProtocol
import NIOCore

/// Fetch as replicas of the metadata log use it: one partition, no session, and the answer comes at once when there is anything.
extension FetchRequest: RaftRequestMessage {
    /// Before 12 nothing tells where two logs part.
    package static var raftVersions: ClosedRange<Int16> { 12...schema.versions.upperBound }

    init(_ fetch: RaftRequest.Fetch, version: Int16) {
        self.init()
        clusterId = fetch.clusterId
        if version >= 15 {
            replicaState.replicaId = fetch.replica.id.rawValue
        } else {
            replicaId = fetch.replica.id.rawValue
        }
        maxWaitMs = fetch.maxWaitMillis
        maxBytes = fetch.maxBytes
        var partition = FetchPartition()
        partition.currentLeaderEpoch = fetch.epoch.rawValue
        partition.fetchOffset = fetch.offset
        partition.lastFetchedEpoch = fetch.lastFetchedEpoch.rawValue
        partition.replicaDirectoryId = fetch.replica.directoryId
        partition.highWatermark = fetch.highWatermark
        var topic = FetchTopic()
        topic.topic = RaftWire.topicName
        topic.topicId = RaftWire.topicId
        topic.partitions = [partition]
        topics = [topic]
    }

    /// What of Fetch means nothing in the metadata log: sessions, isolation, racks, the log's start, and a bound for each partition.
    package func raftRequest(version: Int16) throws(UnusableRaftMessage) -> RaftRequest {
        guard Self.raftVersions.contains(version) else {
            throw UnusableRaftMessage("no replica fetches by version \(version)", answer: .unsupportedVersion)
        }
        let topic = try RaftWire.only(topics, "topics")
        let partition = try RaftWire.only(topic.partitions, "partitions")
        let isNamed = version >= 13 ? topic.topicId == RaftWire.topicId : topic.topic == RaftWire.topicName
        try RaftWire.check(topic: isNamed ? RaftWire.topicName : "", partition: partition.partition)
        return .fetch(
            .init(
                clusterId: clusterId,
                replica: ReplicaKey(
                    NodeId(version >= 15 ? replicaState.replicaId : replicaId),
                    partition.replicaDirectoryId
                ),
                epoch: LeaderEpoch(partition.currentLeaderEpoch),
                offset: partition.fetchOffset,
                lastFetchedEpoch: LeaderEpoch(partition.lastFetchedEpoch),
                highWatermark: partition.highWatermark,
                maxWaitMillis: maxWaitMs,
                maxBytes: maxBytes
            )
        )
    }

    /// Whether it asks for the metadata log, rather than for partitions that brokers keep.
    package func isOfMetadataLog(version: Int16) -> Bool {
        topics.contains { version >= 13 ? $0.topicId == RaftWire.topicId : $0.topic == RaftWire.topicName }
    }
}

extension FetchResponse: RaftResponseMessage {
    init(_ fetch: RaftAnswer.Fetch, _ leader: LeaderOnWire, version: Int16, records: ByteBuffer) {
        self.init()
        var partition = PartitionData()
        partition.errorCode = fetch.error
        partition.highWatermark = fetch.highWatermark
        partition.logStartOffset = fetch.logStartOffset
        (partition.currentLeader.leaderId, partition.currentLeader.leaderEpoch) = (leader.id, leader.epoch)
        if let diverging = fetch.diverging {
            partition.divergingEpoch.epoch = diverging.epoch.rawValue
            partition.divergingEpoch.endOffset = diverging.endOffset
        }
        if let snapshot = fetch.snapshot {
            partition.snapshotId.endOffset = snapshot.endOffset
            partition.snapshotId.epoch = snapshot.epoch
        }
        partition.records = .bytes(records)
        var topic = FetchableTopicResponse()
        topic.topic = RaftWire.topicName
        topic.topicId = RaftWire.topicId
        topic.partitions = [partition]
        responses = [topic]
        guard version >= 16, let known = leader.endpoint else { return }
        var endpoint = NodeEndpoint()
        (endpoint.nodeId, endpoint.host, endpoint.port) = (known.id, known.host, Int32(known.port))
        nodeEndpoints = [endpoint]
    }

    package func raftAnswer(listener: String) throws(UnusableRaftMessage) -> (RaftAnswer, bytes: ByteBuffer) {
        try RaftWire.check(available: errorCode)
        if errorCode != .none { return (.fetch(.init(error: errorCode, hint: .none)), ByteBuffer()) }
        let topic = try RaftWire.only(responses, "topics")
        let partition = try RaftWire.only(topic.partitions, "partitions")
        // A version has the name or the id.
        let isNamed = topic.topicId == RaftWire.topicId || topic.topic == RaftWire.topicName
        try RaftWire.check(topic: isNamed ? RaftWire.topicName : "", partition: partition.partitionIndex)
        let leader = partition.currentLeader
        let known = nodeEndpoints.first { $0.nodeId == leader.leaderId }
        let hint = LeaderHint(
            leader: leader.leaderId,
            epoch: leader.leaderEpoch,
            endpoint: known.flatMap { VoterEndpoint(listener: listener, host: $0.host, checking: $0.port) }
        )
        var fetch = RaftAnswer.Fetch(error: partition.errorCode, hint: hint)
        fetch.highWatermark = partition.highWatermark
        fetch.logStartOffset = partition.logStartOffset
        if partition.divergingEpoch != EpochEndOffset() {
            let diverging = partition.divergingEpoch
            guard diverging.epoch >= 0, diverging.endOffset >= 0 else {
                throw UnusableRaftMessage("logs part at offset \(diverging.endOffset) of epoch \(diverging.epoch)")
            }
            fetch.diverging = LogPosition(epoch: LeaderEpoch(diverging.epoch), endOffset: diverging.endOffset)
        }
        if partition.snapshotId != SnapshotId() {
            let snapshot = partition.snapshotId
            guard snapshot.epoch >= 0, snapshot.endOffset >= 0 else {
                throw UnusableRaftMessage("no snapshot has id \(snapshot.endOffset)-\(snapshot.epoch)")
            }
            fetch.snapshot = KRaft.SnapshotId(endOffset: snapshot.endOffset, epoch: snapshot.epoch)
        }
        return (.fetch(fetch), partition.records?.buffer ?? ByteBuffer())
    }
}

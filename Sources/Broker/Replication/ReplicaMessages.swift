import KafkaProtocol
import NIOCore
import Replication

extension FetchRequest {
    /// A replica's request in a version of those that `metadata.version` asks for.
    init(_ request: ReplicaFetcher.Request, _ surroundings: FetcherSurroundings, version: Int16) {
        self.init()
        if version >= 15 {
            replicaState.replicaId = surroundings.nodeId.rawValue
            replicaState.replicaEpoch = surroundings.brokerEpoch.value
        } else {
            replicaId = surroundings.nodeId.rawValue
        }
        maxWaitMs = Int32(clamping: request.maxWaitMillis)
        minBytes = surroundings.settings.minBytes
        maxBytes = surroundings.settings.responseMaxBytes
        sessionId = request.session
        sessionEpoch = request.epoch
        for part in request.parts {
            if topics.last?.topicId != part.topicId {
                var topic = FetchTopic()
                topic.topicId = part.topicId
                topics.append(topic)
            }
            topics[topics.count - 1].partitions.append(
                FetchPartition(part, maxBytes: surroundings.settings.maxBytes)
            )
        }
        for forgotten in request.forgotten {
            if forgottenTopicsData.last?.topicId != forgotten.topicId {
                var topic = ForgottenTopic()
                topic.topicId = forgotten.topicId
                forgottenTopicsData.append(topic)
            }
            forgottenTopicsData[forgottenTopicsData.count - 1].partitions.append(forgotten.id.partition)
        }
    }
}

extension FetchRequest.FetchPartition {
    init(_ part: ReplicaFetcher.Part, maxBytes: Int32) {
        self.init()
        partition = part.id.partition
        currentLeaderEpoch = part.position.leaderEpoch.rawValue
        fetchOffset = part.position.offset
        lastFetchedEpoch = part.position.lastFetchedEpoch?.rawValue ?? -1
        logStartOffset = part.position.logStart
        partitionMaxBytes = maxBytes
    }
}

extension ListOffsetsRequest {
    /// Asks a leader for the first or the last offset of its log.
    init(of partition: Partition, _ asked: FetchPosition, _ timestamp: Int64, _ nodeId: NodeId) {
        self.init()
        replicaId = nodeId.rawValue
        var row = ListOffsetsPartition()
        row.partitionIndex = partition.id.partition
        row.currentLeaderEpoch = asked.leaderEpoch.rawValue
        row.timestamp = timestamp
        var topic = ListOffsetsTopic()
        topic.name = partition.id.topic
        topic.partitions = [row]
        topics = [topic]
    }
}

extension Partition.LeaderData {
    init(_ data: FetchResponse.PartitionData, _ asked: FetchPosition) {
        self.init(
            epoch: asked.leaderEpoch,
            offset: asked.offset,
            records: data.records?.buffer,
            highWatermark: data.highWatermark,
            logStart: data.logStartOffset
        )
        if data.divergingEpoch.epoch >= 0 {
            diverging = EpochEnd(epoch: LeaderEpoch(data.divergingEpoch.epoch), offset: data.divergingEpoch.endOffset)
        }
    }
}

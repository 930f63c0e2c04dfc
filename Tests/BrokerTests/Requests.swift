import KafkaProtocol
import KafkaRecords
import NIOCore
import Replication

/// A value after a change.
func make<T>(_ value: T, _ change: (inout T) throws -> Void) rethrows -> T {
    var value = value
    try change(&value)
    return value
}

/// A batch of one record.
func batch(_ value: String) -> ByteBuffer {
    var builder = RecordBatchBuilder()
    builder.append(timestamp: 1_700_000_000_000, key: nil, value: ByteBuffer(string: value))
    // One small record always fits into a batch.
    return (try? builder.build()) ?? ByteBuffer()
}

func create(_ name: String) -> CreateTopicsRequest {
    make(CreateTopicsRequest()) { request in
        request.topics = [
            make(CreateTopicsRequest.CreatableTopic()) {
                ($0.name, $0.numPartitions, $0.replicationFactor) = (name, 1, 1)
            }
        ]
    }
}

/// What a fetch asks of partition 0.
func fetchTopic(_ name: String, id: KafkaUUID = .zero, offset: Int64 = 0) -> FetchRequest.FetchTopic {
    make(FetchRequest.FetchTopic()) { topic in
        (topic.topic, topic.topicId) = (name, id)
        topic.partitions = [
            make(FetchRequest.FetchPartition()) { ($0.partitionMaxBytes, $0.fetchOffset) = (1 << 20, offset) }
        ]
    }
}

func join(_ group: String, _ member: String) -> JoinGroupRequest {
    make(JoinGroupRequest()) { request in
        (request.groupId, request.memberId, request.protocolType) = (group, member, "consumer")
        (request.sessionTimeoutMs, request.rebalanceTimeoutMs) = (30_000, 30_000)
        request.protocols = [make(JoinGroupRequest.JoinGroupRequestProtocol()) { $0.name = "range" }]
    }
}

func sync(_ group: String, _ member: String, _ generation: Int32, leads: Bool = false) -> SyncGroupRequest {
    make(SyncGroupRequest()) { request in
        (request.groupId, request.memberId, request.generationId) = (group, member, generation)
        if !leads { (request.protocolType, request.protocolName) = ("consumer", "range") }
    }
}

/// A commit of partition 0 of topic `t`; of nobody unless a member is named.
func commit(_ group: String, member: String = "", generation: Int32 = -1, offset: Int64 = 5, metadata: String = "")
    -> OffsetCommitRequest
{
    make(OffsetCommitRequest()) { request in
        (request.groupId, request.memberId, request.generationIdOrMemberEpoch) = (group, member, generation)
        request.topics = [
            make(OffsetCommitRequest.OffsetCommitRequestTopic()) { topic in
                topic.name = "t"
                topic.partitions = [
                    make(OffsetCommitRequest.OffsetCommitRequestPartition()) {
                        ($0.committedOffset, $0.committedMetadata) = (offset, metadata)
                    }
                ]
            }
        ]
    }
}

/// Asks for passes of compaction.
func compact(_ name: String, _ partitions: [Int32] = [0]) -> StartCompactionRequest {
    make(StartCompactionRequest()) { request in
        request.topics = [
            make(StartCompactionRequest.TopicToCompact()) { ($0.name, $0.partitions) = (name, partitions) }
        ]
    }
}

/// As a handler takes it out of the request.
let fetchedFromTheStart = FetchPartitionRequest(
    topic: "t",
    topicId: .zero,
    partition: 0,
    currentLeaderEpoch: -1,
    fetchOffset: 0,
    lastFetchedEpoch: -1,
    logStartOffset: -1,
    maxBytes: 1000
)

import KafkaProtocol
import NIOCore

/// What members of a group of consumers tell each other through the coordinator, which passes it on unread.
enum GroupMessages {
    static func subscription(
        _ topics: [String],
        owned: [TopicPartition],
        generation: Int32,
        rackId: String?,
        userData: ByteBuffer?
    ) -> ByteBuffer {
        var message = ConsumerProtocolSubscription()
        message.topics = topics
        message.userData = userData
        message.ownedPartitions = byTopic(owned).map { topic, indexes in
            var entry = ConsumerProtocolSubscription.TopicPartition()
            entry.topic = topic
            entry.partitions = indexes
            return entry
        }
        message.generationId = generation
        message.rackId = rackId
        return bytes(message)
    }

    static func assignment(_ partitions: [TopicPartition]) -> ByteBuffer {
        var message = ConsumerProtocolAssignment()
        message.assignedPartitions = byTopic(partitions.sorted()).map { topic, indexes in
            var entry = ConsumerProtocolAssignment.TopicPartition()
            entry.topic = topic
            entry.partitions = indexes
            return entry
        }
        return bytes(message)
    }

    private static func bytes<Message: WireMessage>(_ message: Message) -> ByteBuffer {
        let version = Message.schema.versions.upperBound
        var writer = WireWriter(capacity: 256)
        writer.integer(version)
        // These have no field that could be too long or out of place.
        try? message.encode(into: &writer, version: version)
        return writer.buffer
    }

    /// A member as it describes itself; one whose description can't be read wants nothing.
    static func member(_ entry: JoinGroupResponse.JoinGroupResponseMember) -> GroupMember {
        var member = GroupMember(id: entry.memberId, instanceId: entry.groupInstanceId, topics: [])
        guard let message = decode(ConsumerProtocolSubscription.self, entry.metadata) else { return member }
        member.topics = message.topics
        member.owned = message.ownedPartitions.flatMap { part in part.partitions.map { TopicPartition(part.topic, $0) }
        }
        member.generation = message.generationId
        member.userData = message.userData
        return member
    }

    /// The partitions of an assignment, none for an empty one; nil when it can't be read.
    static func partitions(_ bytes: ByteBuffer) -> [TopicPartition]? {
        if bytes.readableBytes == 0 { return [] }
        return decode(ConsumerProtocolAssignment.self, bytes)?.assignedPartitions.flatMap { part in
            part.partitions.map { TopicPartition(part.topic, $0) }
        }
    }

    /// Later versions begin as earlier ones do.
    private static func decode<Message: WireMessage>(_ type: Message.Type, _ bytes: ByteBuffer) -> Message? {
        var reader = WireReader(bytes)
        let version: Int16 = reader.integer()
        if version < 0 { return nil }
        return try? Message.decode(&reader, version: min(version, Message.schema.versions.upperBound))
    }
}

import KafkaConnection
import KafkaProtocol

/// A share group's position in a partition.
public struct ShareOffset: Equatable, Sendable {
    /// The share-partition start offset; -1 when it is not initialized.
    public var start: Int64
    public var leaderEpoch: Int32
    /// The lag; nil with brokers that do not report it.
    public var lag: Int64?
}

extension Admin {
    /// The offsets of a share group (KIP-932).
    ///
    /// - Parameter partitions: nil is all of the group.
    /// - Throws: `KafkaError`; also when one of the partitions fails.
    public func shareOffsets(
        of group: String,
        _ partitions: [TopicPartition]? = nil
    ) async throws(KafkaError) -> [TopicPartition: ShareOffset] {
        let response = try await cluster.call(.group(group)) { _ in
            var entry = DescribeShareGroupOffsetsRequest.DescribeShareGroupOffsetsRequestGroup()
            entry.groupId = group
            entry.topics = partitions.map { partitions in
                byTopic(partitions.sorted()).map { name, indexes in
                    var topic = DescribeShareGroupOffsetsRequest.DescribeShareGroupOffsetsRequestTopic()
                    (topic.topicName, topic.partitions) = (name, indexes)
                    return topic
                }
            }
            var request = DescribeShareGroupOffsetsRequest()
            request.groups = [entry]
            return request
        } check: { (response: DescribeShareGroupOffsetsResponse) throws(KafkaError) in
            for entry in response.groups { try entry.errorCode.check(entry.errorMessage) }
        }
        var offsets: [TopicPartition: ShareOffset] = [:]
        for topic in response.groups.flatMap(\.topics) {
            for entry in topic.partitions {
                try entry.errorCode.check(entry.errorMessage)
                offsets[TopicPartition(topic.topicName, entry.partitionIndex)] = ShareOffset(
                    start: entry.startOffset,
                    leaderEpoch: entry.leaderEpoch,
                    lag: entry.lag >= 0 ? entry.lag : nil
                )
            }
        }
        return offsets
    }

    /// Alters the offsets of a share group without members.
    ///
    /// - Returns: partitions that were not changed, with the reason.
    public func alterShareOffsets(
        of group: String,
        _ offsets: [TopicPartition: Int64]
    ) async throws(KafkaError) -> PartitionErrors {
        let response = try await cluster.call(.group(group)) { _ in
            var request = AlterShareGroupOffsetsRequest()
            request.groupId = group
            request.topics = byTopic(offsets.keys.sorted()).map { name, indexes in
                var topic = AlterShareGroupOffsetsRequest.AlterShareGroupOffsetsRequestTopic()
                topic.topicName = name
                topic.partitions = indexes.map { index in
                    var entry = AlterShareGroupOffsetsRequest.AlterShareGroupOffsetsRequestPartition()
                    entry.partitionIndex = index
                    entry.startOffset = offsets[TopicPartition(name, index)] ?? 0
                    return entry
                }
                return topic
            }
            return request
        } check: { (response: AlterShareGroupOffsetsResponse) throws(KafkaError) in
            try response.errorCode.check(response.errorMessage)
        }
        var errors: PartitionErrors = [:]
        for topic in response.responses {
            for entry in topic.partitions where entry.errorCode != .none {
                errors[TopicPartition(topic.topicName, entry.partitionIndex)] =
                    .refused(entry.errorCode, entry.errorMessage)
            }
        }
        return errors
    }

    /// Deletes the offsets of a share group without members, of these topics.
    ///
    /// - Returns: topics whose offsets were not deleted, with the reason.
    public func deleteShareOffsets(
        of group: String,
        topics: [String]
    ) async throws(KafkaError) -> [String: KafkaError] {
        let response = try await cluster.call(.group(group)) { _ in
            var request = DeleteShareGroupOffsetsRequest()
            request.groupId = group
            request.topics = topics.sorted().map { name in
                var topic = DeleteShareGroupOffsetsRequest.DeleteShareGroupOffsetsRequestTopic()
                topic.topicName = name
                return topic
            }
            return request
        } check: { (response: DeleteShareGroupOffsetsResponse) throws(KafkaError) in
            try response.errorCode.check(response.errorMessage)
        }
        var errors: [String: KafkaError] = [:]
        for topic in response.responses where topic.errorCode != .none {
            errors[topic.topicName] = .refused(topic.errorCode, topic.errorMessage)
        }
        return errors
    }
}

import ClusterMetadata
import KafkaProtocol

/// DescribeTopicPartitions: topics page by page (KIP-966).
struct DescribeTopicPartitionsHandler: ApiHandler {
    private static let pageLimit = 2000

    let cluster: PublishedView

    func handle(_ message: DescribeTopicPartitionsRequest, _ request: Request) {
        let image = cluster.view.image
        var names = message.topics.isEmpty ? Array(image.topicIds.keys) : message.topics.map(\.name)
        names = Array(Set(names)).sorted()
        var firstPartition: Int32 = 0
        if let cursor = message.cursor {
            guard cursor.partitionIndex >= 0, message.topics.isEmpty || names.contains(cursor.topicName) else {
                return request.reply(refusal(message))
            }
            names = names.filter { $0 >= cursor.topicName }
            if names.first == cursor.topicName { firstPartition = cursor.partitionIndex }
        }
        var left = max(1, min(Int(message.responsePartitionLimit), Self.pageLimit))
        var response = DescribeTopicPartitionsResponse()
        for name in names {
            var row = DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponseTopic()
            row.name = name
            row.topicAuthorizedOperations = AclResourceType.topic.operations.rawValue
            guard let topic = image.topic(named: name) else {
                row.errorCode = TopicName.problem(with: name) == nil ? .unknownTopicOrPartition : .invalidTopicException
                response.topics.append(row)
                continue
            }
            row.topicId = topic.id
            row.isInternal = topic.isInternal
            let numbers = topic.partitions.keys.sorted().filter { $0 >= firstPartition }
            firstPartition = 0
            row.partitions = numbers.prefix(left).compactMap { number in
                topic.partitions[number].map { cell(number, $0) }
            }
            response.topics.append(row)
            left -= row.partitions.count
            if numbers.count > row.partitions.count || left == 0 && name != names.last {
                var cursor = DescribeTopicPartitionsResponse.Cursor()
                let isWhole = numbers.count == row.partitions.count
                cursor.topicName = isWhole ? names[names.firstIndex(of: name).map { $0 + 1 } ?? 0] : name
                cursor.partitionIndex = isWhole ? 0 : numbers[row.partitions.count]
                response.nextCursor = cursor
                break
            }
        }
        request.reply(response)
    }

    /// The cursor is not one that belongs to the question.
    private func refusal(_ message: DescribeTopicPartitionsRequest) -> DescribeTopicPartitionsResponse {
        var response = DescribeTopicPartitionsResponse()
        response.topics = message.topics.map { topic in
            var row = DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponseTopic()
            row.name = topic.name
            row.errorCode = .invalidRequest
            return row
        }
        return response
    }

    private func cell(
        _ number: Int32,
        _ partition: PartitionImage
    ) -> DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponsePartition {
        var cell = DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponsePartition()
        cell.partitionIndex = number
        cell.errorCode = partition.leader < 0 ? .leaderNotAvailable : .none
        cell.leaderId = partition.leader
        cell.leaderEpoch = partition.leaderEpoch
        cell.replicaNodes = partition.replicas
        cell.isrNodes = partition.isr
        cell.offlineReplicas = cluster.view.offlineReplicas(of: partition)
        cell.eligibleLeaderReplicas = partition.eligibleLeaderReplicas
        cell.lastKnownElr = partition.lastKnownElr
        return cell
    }
}

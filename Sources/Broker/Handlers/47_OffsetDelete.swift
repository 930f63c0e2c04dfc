import Coordination
import KafkaProtocol

/// OffsetDelete: a group forgets partitions that it no longer reads.
enum OffsetDeleteHandler {
    static let api = Api(.offsetDelete) { (message: OffsetDeleteRequest, request, node) in
        let view = node.view
        guard case .success(let shard) = node.groups.shard(for: message.groupId, in: view) else {
            var response = OffsetDeleteResponse()
            response.errorCode = node.groupError(message.groupId, view, isForMembers: true)
            return request.reply(response)
        }
        let partitions = message.topics.flatMap { topic in
            topic.partitions.map { TopicPartition(topic.name, $0.partitionIndex) }
        }
        shard.run { groups -> (OffsetDeleteResponse, GroupEffects) in
            var effects = GroupEffects()
            let (code, results, records) = groups.deleteOffsets(group: message.groupId, partitions)
            effects.records = records
            var response = OffsetDeleteResponse()
            response.errorCode = code
            guard code == .none else { return (response, effects) }
            response.topics = message.topics.map { topic in
                var row = OffsetDeleteResponse.OffsetDeleteResponseTopic()
                row.name = topic.name
                row.partitions = topic.partitions.map { partition in
                    var cell = OffsetDeleteResponse.OffsetDeleteResponsePartition()
                    cell.partitionIndex = partition.partitionIndex
                    let isKnown =
                        view.topics[topic.name].map { partition.partitionIndex < $0.count } ?? false
                    cell.errorCode =
                        isKnown
                        ? results[TopicPartition(topic.name, partition.partitionIndex)] ?? .none
                        : .unknownTopicOrPartition
                    return cell
                }
                return row
            }
            return (response, effects)
        } done: { result, code in
            var response = result
            if code != .none {
                response = OffsetDeleteResponse()
                response.errorCode = OffsetCommitHandler.storageError(code)
            }
            request.reply(response)
        }
    }
}

import Coordination
import KafkaProtocol

/// OffsetDelete: a group forgets partitions that it no longer reads.
struct OffsetDeleteHandler: ApiHandler {
    let groups: GroupRuntime
    let cluster: PublishedView

    func handle(_ message: OffsetDeleteRequest, _ request: Request) {
        let view = cluster.view
        guard case .success(let shard) = groups.shard(for: message.groupId, in: view) else {
            return request.reply(refusal(groups.error(message.groupId, view, isForMembers: true)))
        }
        let partitions = message.topics.flatMap { topic in
            topic.partitions.map { TopicPartition(topic.name, $0.partitionIndex) }.filter { isThere($0, view) }
        }
        shard.submit(.deleteOffsets(group: message.groupId, partitions)) { result in
            switch result {
            case .success(.deleteOffsets(.none, let results)): request.reply(response(message, results, view))
            case .success(.deleteOffsets(let code, _)): request.reply(refusal(code))
            case .success: request.reply(refusal(.unknownServerError))
            case .failure(let code): request.reply(refusal(GroupRuntime.clientError(code)))
            }
        }
    }

    private func isThere(_ partition: TopicPartition, _ view: ClusterView) -> Bool {
        guard let route = view.topics[partition.topic] else { return false }
        return partition.partition >= 0 && partition.partition < route.count
    }

    private func response(
        _ message: OffsetDeleteRequest,
        _ results: [TopicPartition: ErrorCode],
        _ view: ClusterView
    ) -> OffsetDeleteResponse {
        var response = OffsetDeleteResponse()
        response.topics = message.topics.map { topic in
            var row = OffsetDeleteResponse.OffsetDeleteResponseTopic()
            row.name = topic.name
            row.partitions = topic.partitions.map { partition in
                var cell = OffsetDeleteResponse.OffsetDeleteResponsePartition()
                cell.partitionIndex = partition.partitionIndex
                let key = TopicPartition(topic.name, partition.partitionIndex)
                cell.errorCode = isThere(key, view) ? results[key] ?? .none : .unknownTopicOrPartition
                return cell
            }
            return row
        }
        return response
    }

    private func refusal(_ code: ErrorCode) -> OffsetDeleteResponse {
        var response = OffsetDeleteResponse()
        response.errorCode = code
        return response
    }
}

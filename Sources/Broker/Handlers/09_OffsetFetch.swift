import Coordination
@_spi(Sabotage) import KafkaProtocol

/// OffsetFetch: what groups have committed; several groups from version 8 on.
struct OffsetFetchHandler: ApiHandler {
    let groups: GroupRuntime
    let cluster: PublishedView

    func handle(_ message: OffsetFetchRequest, _ request: Request) {
        let view = cluster.view
        var asked = message.groups
        if request.version < 8 {
            var only = OffsetFetchRequest.OffsetFetchRequestGroup()
            only.groupId = message.groupId
            only.topics = message.topics.map { topics in
                topics.map { topic in
                    var row = OffsetFetchRequest.OffsetFetchRequestTopics()
                    row.name = topic.name
                    row.partitionIndexes = topic.partitionIndexes
                    return row
                }
            }
            asked = [only]
        }
        var response = OffsetFetchResponse()
        let groups = asked.map { fetch($0, version: request.version, requireStable: message.requireStable, view) }
        if request.version >= 8 {
            response.groups = groups
        } else if let only = groups.first {
            response.errorCode = only.errorCode
            response.topics = only.topics.map { topic in
                var row = OffsetFetchResponse.OffsetFetchResponseTopic()
                row.name = topic.name
                row.partitions = topic.partitions.map { partition in
                    var cell = OffsetFetchResponse.OffsetFetchResponsePartition()
                    cell.partitionIndex = partition.partitionIndex
                    cell.committedOffset = partition.committedOffset
                    cell.committedLeaderEpoch = partition.committedLeaderEpoch
                    cell.metadata = partition.metadata
                    cell.errorCode = partition.errorCode
                    return cell
                }
                return row
            }
            if request.version < 2, only.errorCode != .none {
                // Version 1 has no error for the group as a whole.
                response.topics = (asked.first?.topics ?? []).map { topic in
                    var row = OffsetFetchResponse.OffsetFetchResponseTopic()
                    row.name = topic.name
                    row.partitions = topic.partitionIndexes.map { number in
                        var cell = OffsetFetchResponse.OffsetFetchResponsePartition()
                        cell.partitionIndex = number
                        cell.committedOffset = -1
                        cell.metadata = ""
                        cell.errorCode = only.errorCode
                        return cell
                    }
                    return row
                }
            }
        }
        request.reply(response)
    }

    private func fetch(
        _ asked: OffsetFetchRequest.OffsetFetchRequestGroup,
        version: Int16,
        requireStable: Bool,
        _ view: ClusterView
    ) -> OffsetFetchResponse.OffsetFetchResponseGroup {
        var result = OffsetFetchResponse.OffsetFetchResponseGroup()
        result.groupId = asked.groupId
        let topics = groups.shard(for: asked.groupId, in: view).flatMap { shard in
            shard.read { Self.topics(asked, version: version, requireStable: requireStable, view, $0) }
        }
        switch topics {
        case .success(let rows): result.topics = rows
        case .failure(let code): result.errorCode = code
        }
        return result
    }

    private static func topics(
        _ asked: OffsetFetchRequest.OffsetFetchRequestGroup,
        version: Int16,
        requireStable: Bool,
        _ view: ClusterView,
        _ groups: GroupReader
    ) -> [OffsetFetchResponse.OffsetFetchResponseTopics] {
        func cell(_ name: String, _ number: Int32) -> OffsetFetchResponse.OffsetFetchResponsePartitions {
            var cell = OffsetFetchResponse.OffsetFetchResponsePartitions()
            cell.partitionIndex = number
            cell.committedOffset = -1
            cell.metadata = ""
            let partition = TopicPartition(name, number)
            if requireStable, !Sabotage.oldOffsetsWhilePending.isOn,
                groups.hasPendingTransaction(group: asked.groupId, partition)
            {
                cell.errorCode = .unstableOffsetCommit
            } else if let offset = groups.committedOffset(group: asked.groupId, partition) {
                cell.committedOffset = offset.offset
                cell.committedLeaderEpoch = offset.leaderEpoch
                cell.metadata = offset.metadata
            }
            return cell
        }
        guard let topics = asked.topics else {
            return all(groups.committedOffsets(group: asked.groupId).map(\.partition), view, version, cell)
        }
        return topics.map { topic in
            var row = OffsetFetchResponse.OffsetFetchResponseTopics()
            row.name = topic.name
            row.topicId = topic.topicId
            let name = version >= 10 ? view.topicsById[topic.topicId]?.name : topic.name
            row.partitions = topic.partitionIndexes.map { number in
                guard let name else {
                    var unknown = OffsetFetchResponse.OffsetFetchResponsePartitions()
                    unknown.partitionIndex = number
                    unknown.committedOffset = -1
                    unknown.metadata = ""
                    unknown.errorCode = .unknownTopicId
                    return unknown
                }
                return cell(name, number)
            }
            return row
        }
    }

    private static func all(
        _ committed: [TopicPartition],
        _ view: ClusterView,
        _ version: Int16,
        _ cell: (String, Int32) -> OffsetFetchResponse.OffsetFetchResponsePartitions
    ) -> [OffsetFetchResponse.OffsetFetchResponseTopics] {
        var result: [OffsetFetchResponse.OffsetFetchResponseTopics] = []
        for partition in committed {
            if version >= 10, view.topics[partition.topic] == nil { continue }
            if result.last?.name != partition.topic {
                var row = OffsetFetchResponse.OffsetFetchResponseTopics()
                row.name = partition.topic
                row.topicId = view.topics[partition.topic]?.id ?? .zero
                result.append(row)
            }
            result[result.count - 1].partitions.append(cell(partition.topic, partition.partition))
        }
        return result
    }
}

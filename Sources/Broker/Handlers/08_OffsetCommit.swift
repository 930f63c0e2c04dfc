import Coordination
import KafkaProtocol
import World

/// OffsetCommit: stores how far a group has read.
struct OffsetCommitHandler: ApiHandler {
    let groups: GroupRuntime
    let cluster: PublishedView

    func handle(_ message: OffsetCommitRequest, _ request: Request) {
        let view = cluster.view
        guard case .success(let shard) = groups.shard(for: message.groupId, in: view) else {
            return request.reply(response(message) { _, _ in groups.error(message.groupId, view) })
        }
        let commit = commit(message, request.version, view)
        let reply: @Sendable ([ErrorCode]) -> Void = { codes in
            var rest = codes[...]
            request.reply(
                response(message) { topic, partition in
                    switch find(topic, partition, request.version, view) {
                    case .success: rest.popFirst() ?? .unknownServerError
                    case .failure(let code): code
                    }
                }
            )
        }
        // Where no partition can be committed, nobody asks about the group.
        if commit.offsets.isEmpty { return reply([]) }
        shard.submit(.commit(commit)) { result in
            switch result {
            case .success(.commit(let codes)): reply(codes)
            case .success: request.reply(response(message) { _, _ in .unknownServerError })
            case .failure(let code):
                let error = GroupRuntime.clientError(code, tooLarge: .invalidCommitOffsetSize)
                request.reply(response(message) { _, _ in error })
            }
        }
    }

    /// The offsets whose partitions exist.
    private func commit(_ message: OffsetCommitRequest, _ version: Int16, _ view: ClusterView) -> GroupCommit {
        var commit = GroupCommit(group: message.groupId, version: version)
        commit.memberId = message.memberId
        commit.instanceId = message.groupInstanceId
        commit.generation = message.generationIdOrMemberEpoch
        commit.retention = version <= 4 && message.retentionTimeMs >= 0 ? message.retentionTimeMs : nil
        for topic in message.topics {
            for partition in topic.partitions {
                guard case .success(let route) = find(topic, partition, version, view) else { continue }
                // Negative offsets are taken, too: clients say "nothing read yet" by them.
                commit.offsets.append(
                    GroupCommit.Offset(
                        TopicPartition(route.name, partition.partitionIndex),
                        topicId: route.id,
                        offset: partition.committedOffset,
                        leaderEpoch: partition.committedLeaderEpoch,
                        metadata: partition.committedMetadata ?? ""
                    )
                )
            }
        }
        return commit
    }

    /// The topic of a partition that exists, or why there is none.
    private func find(
        _ topic: OffsetCommitRequest.OffsetCommitRequestTopic,
        _ partition: OffsetCommitRequest.OffsetCommitRequestPartition,
        _ version: Int16,
        _ view: ClusterView
    ) -> Result<TopicRoute, ErrorCode> {
        view.topic(topic.name, topic.topicId, usesId: version >= 10, partition: partition.partitionIndex)
    }

    private func response(
        _ message: OffsetCommitRequest,
        _ code: (OffsetCommitRequest.OffsetCommitRequestTopic, OffsetCommitRequest.OffsetCommitRequestPartition) ->
            ErrorCode
    ) -> OffsetCommitResponse {
        var response = OffsetCommitResponse()
        response.topics = message.topics.map { topic in
            var row = OffsetCommitResponse.OffsetCommitResponseTopic()
            row.name = topic.name
            row.topicId = topic.topicId
            row.partitions = topic.partitions.map { partition in
                var cell = OffsetCommitResponse.OffsetCommitResponsePartition()
                cell.partitionIndex = partition.partitionIndex
                cell.errorCode = code(topic, partition)
                return cell
            }
            return row
        }
        return response
    }
}

import Coordination
import KafkaProtocol
import World

/// OffsetCommit: stores how far a group has read.
enum OffsetCommitHandler {
    static let api = Api(.offsetCommit) { (message: OffsetCommitRequest, request, node) in
        let view = node.view
        guard case .success(let shard) = node.groups.shard(for: message.groupId, in: view) else {
            return request.reply(response(message) { _, _ in node.groupError(message.groupId, view) })
        }
        let wall = node.time.wall.milliseconds
        shard.run { groups -> (OffsetCommitResponse, GroupEffects) in
            var effects = GroupEffects()
            // Where no partition can be committed, nobody asks about the group.
            let isForNobody = !message.topics.contains { topic in
                topic.partitions.contains { (try? find(topic, $0, request.version, view).get()) != nil }
            }
            let problem: ErrorCode =
                isForNobody
                ? .none
                : groups.commitProblem(
                    group: message.groupId,
                    memberId: message.memberId,
                    instanceId: message.groupInstanceId,
                    generation: message.generationIdOrMemberEpoch,
                    version: request.version,
                    now: node.time.now.milliseconds
                )
            let result = response(message) { topic, partition in
                if problem != .none { return problem }
                let route: TopicRoute
                switch find(topic, partition, request.version, view) {
                case .success(let found): route = found
                case .failure(let code): return code
                }
                // Negative offsets are taken, too: clients say "nothing read yet" by them.
                let expires =
                    request.version <= 4 && message.retentionTimeMs >= 0 ? sum(wall, message.retentionTimeMs) : -1
                let offset = CommittedOffset(
                    offset: partition.committedOffset,
                    leaderEpoch: partition.committedLeaderEpoch,
                    metadata: partition.committedMetadata ?? "",
                    commitTimestamp: wall,
                    expireTimestamp: expires,
                    topicId: route.id
                )
                guard
                    let record = groups.commit(
                        group: message.groupId,
                        TopicPartition(route.name, partition.partitionIndex),
                        offset
                    )
                else { return .offsetMetadataTooLarge }
                effects.records.append(record)
                return .none
            }
            return (result, effects)
        } done: { result, code in
            if code == .none { return request.reply(result) }
            request.reply(response(message) { _, _ in storageError(code) })
        }
    }

    /// The topic of a partition that exists, or why there is none.
    private static func find(
        _ topic: OffsetCommitRequest.OffsetCommitRequestTopic,
        _ partition: OffsetCommitRequest.OffsetCommitRequestPartition,
        _ version: Int16,
        _ view: ClusterView
    ) -> Result<TopicRoute, ErrorCode> {
        guard let route = version >= 10 ? view.topicsById[topic.topicId] : view.topics[topic.name] else {
            return .failure(version >= 10 ? .unknownTopicId : .unknownTopicOrPartition)
        }
        let isThere = partition.partitionIndex >= 0 && partition.partitionIndex < route.count
        return isThere ? .success(route) : .failure(.unknownTopicOrPartition)
    }

    /// A client may ask for a retention without end.
    private static func sum(_ wall: Int64, _ retention: Int64) -> Int64 {
        let (result, overflow) = wall.addingReportingOverflow(retention)
        return overflow ? Int64.max : result
    }

    /// What a client of groups understands of a failed write.
    static func storageError(_ code: ErrorCode) -> ErrorCode {
        switch code {
        case .kafkaStorageError, .notLeaderOrFollower: .notCoordinator
        case .messageTooLarge, .recordListTooLarge: .invalidCommitOffsetSize
        default: .coordinatorNotAvailable
        }
    }

    private static func response(
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

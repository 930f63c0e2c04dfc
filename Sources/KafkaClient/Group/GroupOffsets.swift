import KafkaConnection
import KafkaProtocol

/// Who commits for a group: nobody in particular, or a member of one generation.
struct Committer: Equatable, Sendable {
    var memberId = ""
    var instanceId: String?
    var generation: Int32 = -1
}

extension ClusterClient {
    /// What a group has committed; partitions for which it has nothing are left out.
    ///
    /// - Parameters:
    ///   - partitions: nil is all.
    ///   - isStable: waits until offsets that a transaction commits are decided (KIP-447).
    func committedOffsets(
        of group: String,
        _ partitions: [TopicPartition]?,
        isStable: Bool = false
    ) async throws(KafkaError) -> [TopicPartition: CommittedOffset] {
        // Version 10 names topics by id only.
        let response = try await call(.group(group), limit: 9) { version in
            Self.offsetsRequest(group, partitions.map(byTopic), isStable, version)
        } check: { (response: OffsetFetchResponse) throws(KafkaError) in
            try response.errorCode.check()
            try response.groups.first?.errorCode.check()
            // Before version 8 there is no list of groups.
            let codes =
                response.topics.flatMap { $0.partitions.map(\.errorCode) }
                + response.groups.flatMap { $0.topics.flatMap { $0.partitions.map(\.errorCode) } }
            for code in codes { try code.check() }
        }
        var result: [TopicPartition: CommittedOffset] = [:]
        func note(_ topic: String, _ index: Int32, _ offset: Int64, _ epoch: Int32, _ metadata: String?) {
            if offset < 0 { return }
            let committed = CommittedOffset(offset, leaderEpoch: epoch, metadata: metadata ?? "")
            result[TopicPartition(topic, index)] = committed
        }
        for topic in response.groups.first?.topics ?? [] {
            for entry in topic.partitions {
                note(
                    topic.name,
                    entry.partitionIndex,
                    entry.committedOffset,
                    entry.committedLeaderEpoch,
                    entry.metadata
                )
            }
        }
        for topic in response.topics {
            for entry in topic.partitions {
                note(
                    topic.name,
                    entry.partitionIndex,
                    entry.committedOffset,
                    entry.committedLeaderEpoch,
                    entry.metadata
                )
            }
        }
        return result
    }

    private static func offsetsRequest(
        _ group: String,
        _ topics: [(String, [Int32])]?,
        _ isStable: Bool,
        _ version: Int16
    ) -> OffsetFetchRequest {
        var request = OffsetFetchRequest()
        if version >= 7 { request.requireStable = isStable }
        if version >= 8 {
            var entry = OffsetFetchRequest.OffsetFetchRequestGroup()
            entry.groupId = group
            entry.topics = topics?.map { name, indexes in
                var topic = OffsetFetchRequest.OffsetFetchRequestTopics()
                topic.name = name
                topic.partitionIndexes = indexes
                return topic
            }
            request.groups = [entry]
        } else {
            request.groupId = group
            let named = topics?.map { name, indexes in
                var topic = OffsetFetchRequest.OffsetFetchRequestTopic()
                topic.name = name
                topic.partitionIndexes = indexes
                return topic
            }
            request.topics = named ?? (version >= 2 ? nil : [])
        }
        return request
    }

    /// Commits offsets; what passes is tried again.
    ///
    /// - Parameter timeout: how long to try, if not as long as is configured.
    /// - Throws: the first error of a partition.
    func commit(
        _ offsets: [TopicPartition: CommittedOffset],
        of group: String,
        as committer: Committer = Committer(),
        timeout: Duration? = nil
    ) async throws(KafkaError) {
        let topics = byTopic(offsets.keys.sorted()).map { name, indexes in
            var topic = OffsetCommitRequest.OffsetCommitRequestTopic()
            topic.name = name
            topic.partitions = indexes.map { index in
                let committed = offsets[TopicPartition(name, index)] ?? CommittedOffset(0)
                var entry = OffsetCommitRequest.OffsetCommitRequestPartition()
                entry.partitionIndex = index
                entry.committedOffset = committed.offset
                entry.committedLeaderEpoch = committed.leaderEpoch
                entry.committedMetadata = committed.metadata
                return entry
            }
            return topic
        }
        // Version 10 names topics by id only.
        let response = try await call(.group(group), limit: 9, timeout: timeout) { version in
            var request = OffsetCommitRequest()
            request.groupId = group
            request.generationIdOrMemberEpoch = committer.generation
            request.memberId = committer.memberId
            if version >= 7 { request.groupInstanceId = committer.instanceId }
            request.topics = topics
            return request
        } check: { (response: OffsetCommitResponse) throws(KafkaError) in
            for topic in response.topics {
                for entry in topic.partitions where entry.errorCode.isRetriable {
                    throw KafkaError.refused(entry.errorCode)
                }
            }
        }
        for topic in response.topics {
            for entry in topic.partitions where entry.errorCode != .none {
                let key = TopicPartition(topic.name, entry.partitionIndex)
                throw KafkaError.refused(entry.errorCode, "\(key): \(entry.errorCode.message)")
            }
        }
    }
}

import KafkaConnection
import KafkaProtocol

/// The error of one partition of a request about several.
public typealias PartitionErrors = [TopicPartition: KafkaError]

/// How a leader is chosen.
public enum Election: Int8, Sendable {
    /// The preferred leader, when it is in sync.
    case preferred = 0
    /// Unclean: any replica, even one that lacks acknowledged records.
    case unclean = 1
}

/// A partition's ongoing reassignment.
public struct Reassignment: Equatable, Sendable {
    public var replicas: [Int32]
    public var adding: [Int32]
    public var removing: [Int32]
}

/// The eligible leader replicas of a partition (KIP-966).
public struct EligibleLeaders: Equatable, Sendable {
    /// Replicas outside the ISR that have every acknowledged record.
    public var replicas: [Int32]
    /// The last known eligible leader replicas, when none is left.
    public var lastKnown: [Int32]
}

extension Admin {
    /// The eligible leader replicas of a topic, by partition (KIP-966).
    ///
    /// - Throws: `KafkaError`; `.unsupported` with brokers before 4.0.
    public func eligibleLeaders(of topic: String) async throws(KafkaError) -> [Int32: EligibleLeaders] {
        var result: [Int32: EligibleLeaders] = [:]
        var first: Int32? = 0
        // Answered in parts, each of which says where the next begins.
        while let begin = first {
            let response = try await cluster.call(.any) { _ in
                var entry = DescribeTopicPartitionsRequest.TopicRequest()
                entry.name = topic
                var request = DescribeTopicPartitionsRequest()
                request.topics = [entry]
                var cursor = DescribeTopicPartitionsRequest.Cursor()
                (cursor.topicName, cursor.partitionIndex) = (topic, begin)
                request.cursor = begin > 0 ? cursor : nil
                return request
            } check: { (response: DescribeTopicPartitionsResponse) throws(KafkaError) in
                for topic in response.topics { try topic.errorCode.check() }
            }
            for entry in response.topics.flatMap(\.partitions) {
                result[entry.partitionIndex] = EligibleLeaders(
                    replicas: entry.eligibleLeaderReplicas ?? [],
                    lastKnown: entry.lastKnownElr ?? []
                )
            }
            first = response.nextCursor.flatMap { $0.topicName == topic ? $0.partitionIndex : nil }
            if let first, first <= begin {
                throw KafkaError(
                    .malformed,
                    "the cursor of the response does not advance: partition \(first) of '\(topic)'"
                )
            }
        }
        return result
    }

    /// Elects leaders (KIP-183, KIP-460).
    ///
    /// - Parameter partitions: nil is all.
    /// - Returns: partitions for which the election failed; one that needs no election has no entry.
    public func electLeaders(
        _ election: Election = .preferred,
        _ partitions: [TopicPartition]? = nil
    ) async throws(KafkaError) -> PartitionErrors {
        let timeout = timeoutMillis
        let response = try await cluster.call(.controller) { version in
            var request = ElectLeadersRequest()
            if version >= 1 { request.electionType = election.rawValue }
            request.timeoutMs = timeout
            request.topicPartitions = partitions.map { partitions in
                byTopic(partitions.sorted()).map { name, indexes in
                    var topic = ElectLeadersRequest.TopicPartitions()
                    topic.topic = name
                    topic.partitions = indexes
                    return topic
                }
            }
            return request
        } check: { (response: ElectLeadersResponse) throws(KafkaError) in
            try response.errorCode.check()
        }
        var errors: PartitionErrors = [:]
        for topic in response.replicaElectionResults {
            for entry in topic.partitionResult where entry.errorCode != .none && entry.errorCode != .electionNotNeeded {
                errors[TopicPartition(topic.topic, entry.partitionId)] = .refused(entry.errorCode, entry.errorMessage)
            }
        }
        return errors
    }

    /// Reassigns partitions to other replicas (KIP-455).
    ///
    /// - Parameter replicas: by partition, the preferred leader first; nil cancels an ongoing reassignment.
    /// - Returns: partitions that are not reassigned, with the reason.
    public func alterReassignments(
        _ replicas: [TopicPartition: [Int32]?]
    ) async throws(KafkaError) -> PartitionErrors {
        let timeout = timeoutMillis
        let response = try await cluster.call(.controller) { _ in
            var request = AlterPartitionReassignmentsRequest()
            request.timeoutMs = timeout
            request.topics = byTopic(replicas.keys.sorted()).map { name, indexes in
                var topic = AlterPartitionReassignmentsRequest.ReassignableTopic()
                topic.name = name
                topic.partitions = indexes.map { index in
                    var entry = AlterPartitionReassignmentsRequest.ReassignablePartition()
                    entry.partitionIndex = index
                    entry.replicas = replicas[TopicPartition(name, index)] ?? nil
                    return entry
                }
                return topic
            }
            return request
        } check: { (response: AlterPartitionReassignmentsResponse) throws(KafkaError) in
            try response.errorCode.check(response.errorMessage)
        }
        var errors: PartitionErrors = [:]
        for topic in response.responses {
            for entry in topic.partitions where entry.errorCode != .none {
                errors[TopicPartition(topic.name, entry.partitionIndex)] = .refused(entry.errorCode, entry.errorMessage)
            }
        }
        return errors
    }

    /// The ongoing reassignments.
    ///
    /// - Parameter partitions: nil is all.
    public func listReassignments(
        _ partitions: [TopicPartition]? = nil
    ) async throws(KafkaError) -> [TopicPartition: Reassignment] {
        let timeout = timeoutMillis
        let response = try await cluster.call(.controller) { _ in
            var request = ListPartitionReassignmentsRequest()
            request.timeoutMs = timeout
            request.topics = partitions.map { partitions in
                byTopic(partitions.sorted()).map { name, indexes in
                    var topic = ListPartitionReassignmentsRequest.ListPartitionReassignmentsTopics()
                    topic.name = name
                    topic.partitionIndexes = indexes
                    return topic
                }
            }
            return request
        } check: { (response: ListPartitionReassignmentsResponse) throws(KafkaError) in
            try response.errorCode.check(response.errorMessage)
        }
        var result: [TopicPartition: Reassignment] = [:]
        for topic in response.topics {
            for entry in topic.partitions {
                result[TopicPartition(topic.name, entry.partitionIndex)] = Reassignment(
                    replicas: entry.replicas,
                    adding: entry.addingReplicas,
                    removing: entry.removingReplicas
                )
            }
        }
        return result
    }
}

/// A directory of a broker's `log.dirs`.
public struct LogDirDescription: Equatable, Sendable {
    /// A partition's replica in it.
    public struct Replica: Equatable, Sendable {
        /// Bytes of its log.
        public var bytes: Int64
        /// How far its log end is behind the partition's high watermark.
        public var offsetLag: Int64
        /// Whether it is the future replica of a move between directories.
        public var isFuture: Bool
    }

    public var path: String
    /// Why it is offline; nil when it is online.
    public var error: KafkaError?
    public var replicas: [TopicPartition: Replica]
    /// Of the volume; nil with brokers before 3.3.
    public var totalBytes: Int64?
    public var usableBytes: Int64?
}

extension Admin {
    /// The log directories of a broker and their replicas (KIP-113).
    public func describeLogDirs(of broker: Int32) async throws(KafkaError) -> [LogDirDescription] {
        let response = try await cluster.call(.broker(broker)) { _ in
            var request = DescribeLogDirsRequest()
            request.topics = nil
            return request
        } check: { (response: DescribeLogDirsResponse) throws(KafkaError) in
            try response.errorCode.check()
        }
        return response.results.map { entry in
            var replicas: [TopicPartition: LogDirDescription.Replica] = [:]
            for topic in entry.topics {
                for partition in topic.partitions {
                    replicas[TopicPartition(topic.name, partition.partitionIndex)] = LogDirDescription.Replica(
                        bytes: partition.partitionSize,
                        offsetLag: partition.offsetLag,
                        isFuture: partition.isFutureKey
                    )
                }
            }
            return LogDirDescription(
                path: entry.logDir,
                error: entry.errorCode == .none ? nil : .refused(entry.errorCode),
                replicas: replicas,
                totalBytes: entry.totalBytes >= 0 ? entry.totalBytes : nil,
                usableBytes: entry.usableBytes >= 0 ? entry.usableBytes : nil
            )
        }.sorted { $0.path < $1.path }
    }

    /// Moves replicas between log directories of a broker.
    ///
    /// - Returns: replicas that are not moved, with the reason.
    public func alterLogDirs(
        of broker: Int32,
        _ directories: [TopicPartition: String]
    ) async throws(KafkaError) -> PartitionErrors {
        let response = try await cluster.call(.broker(broker)) { _ in
            var request = AlterReplicaLogDirsRequest()
            request.dirs = Set(directories.values).sorted().map { path in
                var directory = AlterReplicaLogDirsRequest.AlterReplicaLogDir()
                directory.path = path
                directory.topics = byTopic(directories.filter { $0.value == path }.keys.sorted()).map { name, indexes in
                    var topic = AlterReplicaLogDirsRequest.AlterReplicaLogDirTopic()
                    topic.name = name
                    topic.partitions = indexes
                    return topic
                }
                return directory
            }
            return request
        } check: { (_: AlterReplicaLogDirsResponse) throws(KafkaError) in
        }
        var errors: PartitionErrors = [:]
        for topic in response.results {
            for entry in topic.partitions where entry.errorCode != .none {
                errors[TopicPartition(topic.topicName, entry.partitionIndex)] = .refused(entry.errorCode)
            }
        }
        return errors
    }
}

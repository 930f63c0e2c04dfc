import KafkaConnection
import KafkaProtocol

/// A topic to be created.
public struct NewTopic: Equatable, Sendable {
    public var name: String
    /// 1 or more; nil is the cluster's default.
    public var partitions: Int32?
    /// 1 or more; nil is the cluster's default.
    public var replicationFactor: Int16?
    /// Topic configurations that differ from the cluster's defaults, by key.
    public var configs: [String: String]

    public init(
        _ name: String,
        partitions: Int32? = nil,
        replicationFactor: Int16? = nil,
        configs: [String: String] = [:]
    ) {
        self.name = name
        self.partitions = partitions
        self.replicationFactor = replicationFactor
        self.configs = configs
    }
}

/// A topic and its partitions.
public struct TopicDescription: Equatable, Sendable {
    /// One partition.
    public struct Partition: Equatable, Sendable {
        public var index: Int32
        /// Nil while it has none.
        public var leader: Int32?
        public var leaderEpoch: Int32
        public var replicas: [Int32]
        public var inSyncReplicas: [Int32]
        public var offlineReplicas: [Int32]
    }

    public var name: String
    /// Nil with brokers before 2.8.
    public var id: String?
    public var isInternal: Bool
    /// By ascending index.
    public var partitions: [Partition]

    init(_ topic: MetadataResponse.MetadataResponseTopic) {
        name = topic.name ?? ""
        id = topic.topicId == .zero ? nil : "\(topic.topicId)"
        isInternal = topic.isInternal
        partitions = topic.partitions.map { entry in
            Partition(
                index: entry.partitionIndex,
                leader: entry.leaderId >= 0 ? entry.leaderId : nil,
                leaderEpoch: entry.leaderEpoch,
                replicas: entry.replicaNodes,
                inSyncReplicas: entry.isrNodes,
                offlineReplicas: entry.offlineReplicas
            )
        }.sorted { $0.index < $1.index }
    }
}

extension Admin {
    /// All topics, by name.
    public func listTopics(includingInternal: Bool = false) async throws(KafkaError) -> [TopicDescription] {
        try await cluster.topics(nil).filter { includingInternal || !$0.isInternal }.map(TopicDescription.init)
            .sorted { $0.name < $1.name }
    }

    /// One topic.
    ///
    /// - Throws: `KafkaError` with `.refused` and `unknownTopicOrPartition` when it does not exist.
    public func describeTopic(_ name: String) async throws(KafkaError) -> TopicDescription {
        guard let topic = try await cluster.topics([name]).first else {
            throw KafkaError(.malformed, "the response has no entry for the topic '\(name)'")
        }
        return TopicDescription(topic)
    }

    /// Creates a topic.
    ///
    /// - Parameter validateOnly: validates the request without creating the topic.
    public func createTopic(_ topic: NewTopic, validateOnly: Bool = false) async throws(KafkaError) {
        let response = try await cluster.call(.controller) { _ in
            var entry = CreateTopicsRequest.CreatableTopic()
            entry.name = topic.name
            entry.numPartitions = topic.partitions ?? -1
            entry.replicationFactor = topic.replicationFactor ?? -1
            entry.configs = topic.configs.sorted { $0.key < $1.key }.map { name, value in
                var config = CreateTopicsRequest.CreatableTopicConfig()
                config.name = name
                config.value = value
                return config
            }
            var request = CreateTopicsRequest()
            request.topics = [entry]
            request.timeoutMs = self.timeoutMillis
            request.validateOnly = validateOnly
            return request
        } check: { (response) throws(KafkaError) in
            // Who is the controller may have changed; that is worth another try.
            if response.topics.first?.errorCode == .notController { throw KafkaError.refused(.notController) }
        }
        guard let result = response.topics.first else {
            throw KafkaError(.malformed, "the response has no entry for the topic '\(topic.name)'")
        }
        try result.errorCode.check(result.errorMessage)
    }

    /// Deletes a topic and all its records.
    public func deleteTopic(_ name: String) async throws(KafkaError) {
        let response = try await cluster.call(.controller) { version in
            var request = DeleteTopicsRequest()
            if version >= 6 {
                var topic = DeleteTopicsRequest.DeleteTopicState()
                topic.name = name
                request.topics = [topic]
            } else {
                request.topicNames = [name]
            }
            request.timeoutMs = self.timeoutMillis
            return request
        } check: { (response) throws(KafkaError) in
            if response.responses.first?.errorCode == .notController { throw KafkaError.refused(.notController) }
        }
        guard let result = response.responses.first else {
            throw KafkaError(.malformed, "the response has no entry for the topic '\(name)'")
        }
        if result.errorCode == .unknownTopicOrPartition {
            throw KafkaError.refused(result.errorCode, "topic '\(name)' does not exist")
        }
        try result.errorCode.check(result.errorMessage)
    }

    /// Adds partitions to a topic. Their number only grows.
    ///
    /// - Parameter count: the new total.
    public func createPartitions(
        _ topic: String,
        count: Int32,
        validateOnly: Bool = false
    ) async throws(KafkaError) {
        let response = try await cluster.call(.controller) { _ in
            var entry = CreatePartitionsRequest.CreatePartitionsTopic()
            entry.name = topic
            entry.count = count
            entry.assignments = nil
            var request = CreatePartitionsRequest()
            request.topics = [entry]
            request.timeoutMs = self.timeoutMillis
            request.validateOnly = validateOnly
            return request
        } check: { (response) throws(KafkaError) in
            if response.results.first?.errorCode == .notController { throw KafkaError.refused(.notController) }
        }
        guard let result = response.results.first else {
            throw KafkaError(.malformed, "the response has no entry for the topic '\(topic)'")
        }
        try result.errorCode.check(result.errorMessage)
    }

    var timeoutMillis: Int32 { Int32(clamping: cluster.configuration.requestTimeout.milliseconds) }
}

import ClusterMetadata
import KafkaProtocol

/// Makes topics that a request needs: those that clients name where that is allowed, and the coordinators'.
struct TopicCreator: Sendable {
    let config: BrokerConfig
    let cluster: PublishedView
    let controller: any ControllerChannel

    /// Makes topics with the default settings; `done` when they are there or cannot be.
    func create(_ names: [String], done: @escaping @Sendable () -> Void) {
        let wanted = Set(names)
        // These are made with settings of their own, then the others.
        if let own = CoordinatorTopic.allCases.first(where: { wanted.contains($0.name) }) {
            return ensure(own) {
                self.create(wanted.filter { $0 != own.name }.sorted(), done: done)
            }
        }
        if wanted.isEmpty { return done() }
        var request = CreateTopicsRequest()
        request.topics = wanted.sorted().map { name in
            var topic = CreateTopicsRequest.CreatableTopic()
            topic.name = name
            topic.numPartitions = -1
            topic.replicationFactor = -1
            return topic
        }
        controller.send(request, .own(CreateTopicsRequest.self)) { _ in done() }
    }

    /// Makes a coordinators' topic if it is missing.
    func ensure(_ kind: CoordinatorTopic, _ done: @escaping @Sendable () -> Void) {
        if cluster.view.topics[kind.name] != nil { return done() }
        // A broker that is alone must not keep coordinators from working; where there are others, or may be again, the topic waits for as many as it
        // is to have (KIP-115).
        let isAlone = cluster.view.image.brokers.count <= 1
        var request = CreateTopicsRequest()
        request.topics = [kind.topic(config, isAlone: isAlone)]
        controller.send(request, .own(CreateTopicsRequest.self)) { _ in done() }
    }
}

/// The topics that coordinators keep their state in.
enum CoordinatorTopic: CaseIterable {
    case offsets
    case transactions

    var name: String {
        switch self {
        case .offsets: TopicName.consumerOffsets
        case .transactions: TopicName.transactionState
        }
    }

    fileprivate func topic(_ config: BrokerConfig, isAlone: Bool) -> CreateTopicsRequest.CreatableTopic {
        var topic = CreateTopicsRequest.CreatableTopic()
        topic.name = name
        switch self {
        case .offsets:
            topic.numPartitions = config.offsetsPartitions
            topic.replicationFactor = isAlone ? 1 : config.offsetsReplicationFactor
            topic.configs = Self.rows([
                ("cleanup.policy", "compact"), ("compression.type", "producer"),
                ("segment.bytes", String(max(config.offsetsSegmentBytes, 1 << 20))),
            ])
        case .transactions:
            topic.numPartitions = config.transactionsPartitions
            topic.replicationFactor = isAlone ? 1 : config.transactionsReplicationFactor
            topic.configs = Self.rows([
                ("cleanup.policy", "compact"), ("compression.type", "uncompressed"),
                ("unclean.leader.election.enable", "false"),
                // More than there are replicas would let nobody write.
                ("min.insync.replicas", String(min(Int64(topic.replicationFactor), config.transactionsMinimum))),
                ("segment.bytes", String(max(config.transactionsSegmentBytes, 1 << 20))),
            ])
        }
        return topic
    }

    private static func rows(_ settings: [(String, String)]) -> [CreateTopicsRequest.CreatableTopicConfig] {
        settings.map { name, value in
            var entry = CreateTopicsRequest.CreatableTopicConfig()
            (entry.name, entry.value) = (name, value)
            return entry
        }
    }
}

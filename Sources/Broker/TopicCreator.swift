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
        // This one is made with settings of its own, then the others.
        if wanted.contains(TopicName.consumerOffsets) {
            return ensureOffsetsTopic {
                self.create(wanted.filter { $0 != TopicName.consumerOffsets }.sorted(), done: done)
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

    /// Makes `__consumer_offsets` if it is missing.
    func ensureOffsetsTopic(_ done: @escaping @Sendable () -> Void) {
        if cluster.view.topics[TopicName.consumerOffsets] != nil { return done() }
        var topic = CreateTopicsRequest.CreatableTopic()
        topic.name = TopicName.consumerOffsets
        topic.numPartitions = config.offsetsPartitions
        // A broker that is alone must not keep groups from working; where there are others, or may be again, the topic waits for as many as it
        // is to have (KIP-115).
        let isAlone = cluster.view.image.brokers.count <= 1
        topic.replicationFactor = isAlone ? 1 : config.offsetsReplicationFactor
        for (name, value) in [
            ("cleanup.policy", "compact"), ("compression.type", "producer"),
            ("segment.bytes", String(max(config.offsetsSegmentBytes, 1 << 20))),
        ] {
            var entry = CreateTopicsRequest.CreatableTopicConfig()
            entry.name = name
            entry.value = value
            topic.configs.append(entry)
        }
        var request = CreateTopicsRequest()
        request.topics = [topic]
        controller.send(request, .own(CreateTopicsRequest.self)) { _ in done() }
    }
}

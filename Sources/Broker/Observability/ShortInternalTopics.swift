import ClusterMetadata

/// Internal topics with fewer replicas than the configuration asks for, in a cluster that knows more than one broker: what coordinators keep in
/// them is gone with too few brokers.
struct ShortInternalTopics: Equatable, Sendable {
    /// The keys that say how many replicas there are to be.
    private static let factors = [
        ("__consumer_offsets", "offsets.topic.replication.factor"),
        ("__share_group_state", "share.coordinator.state.topic.replication.factor"),
        ("__transaction_state", "transaction.state.log.replication.factor"),
    ]

    /// One sentence for each.
    private(set) var sentences: [String] = []

    init() {}

    init(_ image: MetadataImage, _ resolver: ConfigResolver) {
        if image.brokers.count < 2 { return }
        for (name, key) in Self.factors {
            guard let topic = image.topic(named: name),
                let fewest = topic.partitions.values.map(\.replicas.count).min()
            else { continue }
            let wanted = resolver.brokerInt(key)
            if fewest >= wanted { continue }
            sentences.append(
                "internal topic '\(name)' has partitions with \(fewest) \(fewest == 1 ? "replica" : "replicas"), and "
                    + "\(key) is \(wanted): what they hold is lost with so many brokers"
            )
        }
    }

    /// Whether a change may make a difference.
    static func concerns(_ delta: MetadataDelta, _ image: MetadataImage) -> Bool {
        if !delta.changedBrokers.isEmpty { return true }
        return factors.contains { name, _ in image.topicIds[name].map { delta.changedTopics.contains($0) } ?? false }
    }
}

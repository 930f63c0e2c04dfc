import ClusterMetadata
import KafkaProtocol
import LogStorage
import Logging
import Replication
import Synchronization
import World

/// How the replicas here follow the metadata log.
extension PartitionStore {
    /// Follows the metadata log: makes, changes and removes replicas.
    ///
    /// - Parameter previous: the image before.
    func apply(
        _ delta: MetadataDelta,
        image: MetadataImage,
        from previous: MetadataImage? = nil,
        resolver: ConfigResolver
    ) {
        for name in delta.removedTopics.values.sorted() { remove(topic: name, exceptId: image.topicIds[name]) }
        let configsChangedForAll = delta.changedConfigs.contains { $0.type == ConfigResource.brokerType }
        for topic in delta.changedTopics.compactMap({ image.topics[$0] }).sorted(by: { $0.name < $1.name }) {
            let settings = settings(topic.name, image, resolver)
            for number in (delta.changedPartitions[topic.id] ?? []).sorted() {
                guard let partition = topic.partitions[number] else { continue }
                guard partition.replicas.contains(nodeId) else {
                    remove(TopicPartition(topic.name, number))
                    continue
                }
                let placed = Placed(
                    id: TopicPartition(topic.name, number),
                    topicId: topic.id,
                    metadata: metadata(partition, image),
                    settings: settings
                )
                follow(placed)
            }
        }
        if !delta.changedBrokers.isEmpty { followBrokers(delta.changedBrokers, image, from: previous) }
        let reconfigured = delta.changedConfigs.filter { $0.type == ConfigResource.topicType }.map(\.name)
        if configsChangedForAll || !reconfigured.isEmpty {
            reconfigure(configsChangedForAll ? nil : Set(reconfigured), image, resolver)
        }
    }

    /// - Parameter topics: nil for all.
    private func reconfigure(_ topics: Set<String>?, _ image: MetadataImage, _ resolver: ConfigResolver) {
        var known: (topic: String, settings: PartitionSettings)?
        for partition in all where topics?.contains(partition.id.topic) ?? true {
            let settings = known?.topic == partition.id.topic ? known?.settings : nil
            let found = settings ?? self.settings(partition.id.topic, image, resolver)
            known = (partition.id.topic, found)
            partition.reconfigure(found)
        }
    }

    private func follow(_ placed: Placed) {
        if let known = self[placed.id] { return known.follow(placed.metadata) }
        // It is tried again with what is known of it, by a start or when there is room.
        if isUnopened(placed.id) { return }
        guard let directory = mover.takePreferred(of: placed.id) ?? chooseDirectory(), clearStaleEntries(of: placed.id)
        else { return }
        var opening = LogOpening()
        opening.isClean = true
        add(placed, directory, opening, highWatermark: nil)
    }

    /// Brokers come and go: that concerns the partitions which they share with this node.
    private func followBrokers(_ changed: Set<Int32>, _ image: MetadataImage, from previous: MetadataImage?) {
        // All that this broker leads has become another process's, or its own again.
        let hasChangedHands = previous.map { isReplaced(in: $0) != isReplaced(in: image) } ?? false
        let others = hasChangedHands ? changed.union([nodeId]) : changed.subtracting([nodeId])
        if others.isEmpty { return }
        for partition in all {
            guard let topic = image.topic(named: partition.id.topic), topic.id == partition.topicId,
                let known = topic.partitions[partition.id.partition], known.replicas.contains(where: others.contains)
            else { continue }
            partition.follow(metadata(known, image))
        }
    }

    /// Makes sure that no checkpoint has an entry of an earlier partition with this name; false when that can't be.
    func clearStaleEntries(of id: TopicPartition) -> Bool {
        if !staleEntries.withLock({ $0.contains(id) }) { return true }
        checkpoint()
        if !staleEntries.withLock({ $0.contains(id) }) { return true }
        logger.error(
            "the partition is offline: the checkpoints of an earlier one of this name cannot be replaced",
            metadata: ["partition": "\(id)"]
        )
        return false
    }

    func isUnopened(_ id: TopicPartition) -> Bool { unopened.withLock { $0[id] != nil } }
}

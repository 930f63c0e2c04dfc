import KafkaProtocol

/// What records changed: who watches the image looks here instead of comparing.
package struct MetadataDelta: Equatable, Sendable {
    /// Topics of which something changed, new ones too.
    package var changedTopics: Set<KafkaUUID> = []
    /// By topic, the partitions that changed or are new.
    package private(set) var changedPartitions: [KafkaUUID: Set<Int32>] = [:]
    package private(set) var removedTopics: [KafkaUUID: String] = [:]
    package var changedConfigs: Set<ConfigResource> = []
    package var changedBrokers: Set<Int32> = []
    package var changedFeatures = false

    package init() {}

    package var isEmpty: Bool { self == MetadataDelta() }

    package mutating func change(_ topic: KafkaUUID, _ partition: Int32) {
        changedTopics.insert(topic)
        changedPartitions[topic, default: []].insert(partition)
    }

    mutating func remove(_ topic: KafkaUUID, _ name: String) {
        changedTopics.remove(topic)
        changedPartitions[topic] = nil
        removedTopics[topic] = name
    }

    /// Adds what changed afterwards.
    mutating func merge(_ later: MetadataDelta) {
        for (topic, name) in later.removedTopics { remove(topic, name) }
        changedTopics.formUnion(later.changedTopics)
        changedPartitions.merge(later.changedPartitions) { $0.union($1) }
        changedConfigs.formUnion(later.changedConfigs)
        changedBrokers.formUnion(later.changedBrokers)
        changedFeatures = changedFeatures || later.changedFeatures
    }

    /// What is different in `new`, found by comparing: for states that no records led to one from the other.
    package init(from old: MetadataImage, to new: MetadataImage) {
        for (id, topic) in old.topics where new.topics[id] == nil { remove(id, topic.name) }
        for (id, topic) in new.topics {
            let before = old.topics[id]
            if before == topic { continue }
            changedTopics.insert(id)
            for (number, partition) in topic.partitions where before?.partitions[number] != partition {
                change(id, number)
            }
        }
        changedConfigs = Self.different(old.configs, new.configs)
        changedBrokers = Self.different(old.brokers, new.brokers)
        changedFeatures = old.features != new.features || old.kraftVersion != new.kraftVersion
    }

    private static func different<Key: Hashable, Value: Equatable>(
        _ old: PersistentMap<Key, Value>,
        _ new: PersistentMap<Key, Value>
    ) -> Set<Key> {
        var result: Set<Key> = []
        for (key, value) in new where old[key] != value { result.insert(key) }
        for key in old.keys where new[key] == nil { result.insert(key) }
        return result
    }
}

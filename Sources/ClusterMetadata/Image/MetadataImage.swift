import KafkaProtocol

/// The cluster's state at an offset of the metadata log. Immutable once published: readers share it without locks.
///
/// Persistent structures: a copy costs nothing, and a change what it changes, however large the cluster is and whoever holds an
/// older image. They are not in any order; what is sent or done in the order of an iteration is sorted before.
package struct MetadataImage: Equatable, Sendable {
    package internal(set) var features: [String: Int16] = [:]
    /// Of the quorum, which says it beside the records; it is no part of what a snapshot of the image holds.
    package var kraftVersion: Int16 = 0
    package internal(set) var brokers: PersistentMap<Int32, BrokerImage> = [:]
    package internal(set) var controllers: PersistentMap<Int32, RegisterControllerRecord> = [:]
    package internal(set) var topics: PersistentMap<KafkaUUID, TopicImage> = [:]
    package internal(set) var topicIds: PersistentMap<String, KafkaUUID> = [:]
    /// The names of topics in which '.' or '_' stands, by what they have in common with names that differ in these alone.
    var collisions: PersistentMap<String, Set<String>> = [:]
    /// Of all topics.
    package internal(set) var partitionCount = 0
    package internal(set) var configs: PersistentMap<ConfigResource, [String: String]> = [:]
    /// The first producer id that no block has taken yet.
    package internal(set) var producerIds = ProducerIdsRecord()
    /// State whose use comes with later versions, carried so that snapshots lose nothing.
    package internal(set) var accessControl: PersistentMap<KafkaUUID, AccessControlEntryRecord> = [:]
    package internal(set) var scramCredentials: PersistentMap<ScramKey, UserScramCredentialRecord> = [:]
    package internal(set) var clientQuotas: PersistentMap<QuotaKey, ClientQuotaRecord> = [:]
    package internal(set) var delegationTokens: PersistentMap<String, DelegationTokenRecord> = [:]
    package internal(set) var zkMigration: ZkMigrationStateRecord?

    package init() {}

    /// By the bytes of its name: as keys, the Kelvin sign and the letter K that it is equivalent to are the same.
    package func topic(named name: String) -> TopicImage? {
        guard let topic = topicIds[name].flatMap({ topics[$0] }) else { return nil }
        return ExactText(topic.name) == ExactText(name) ? topic : nil
    }

    package func config(_ resource: ConfigResource) -> [String: String] { configs[resource] ?? [:] }

    /// A topic whose name differs from this one in '.' and '_' alone.
    package func topicColliding(with name: String) -> String? {
        collisions[TopicName.collisionKey(name)]?.filter { $0 != name }.min()
    }
}

/// A thing that has a configuration of its own.
package struct ConfigResource: Hashable, Sendable {
    package static let topicType: Int8 = 2
    package static let brokerType: Int8 = 4
    package static let brokerLoggerType: Int8 = 8
    package static let clientMetricsType: Int8 = 16
    package static let groupType: Int8 = 32

    package var type: Int8
    /// A topic, a group, a broker id; empty for the default of all brokers.
    package var name: String

    package init(type: Int8, name: String) {
        self.type = type
        self.name = name
    }

    package static func == (left: ConfigResource, right: ConfigResource) -> Bool {
        left.type == right.type && ExactText(left.name) == ExactText(right.name)
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(type)
        hasher.combine(ExactText(name))
    }

    package static func topic(_ name: String) -> ConfigResource { ConfigResource(type: topicType, name: name) }
    package static func broker(_ id: Int32) -> ConfigResource { ConfigResource(type: brokerType, name: String(id)) }
    package static let brokerDefault = ConfigResource(type: brokerType, name: "")
}

package struct ScramKey: Hashable, Sendable {
    package var name: ExactText
    package var mechanism: Int8
}

package struct QuotaKey: Hashable, Sendable {
    package var entity: [ExactText]
    package var key: String
}

/// A registered broker.
package struct BrokerImage: Equatable, Sendable {
    package var registration: RegisterBrokerRecord
    package var isFenced: Bool
    package var isInControlledShutdown: Bool

    package var id: Int32 { registration.brokerId }
    package var epoch: Int64 { registration.brokerEpoch }
}

package struct TopicImage: Equatable, Sendable {
    package var name: String
    package var id: KafkaUUID
    /// Without gaps once all records of a creation are applied.
    package var partitions = PartitionTable()

    package var isInternal: Bool { TopicName.isInternal(name) }
}

package struct PartitionImage: Equatable, Sendable {
    package var replicas: [Int32]
    package var isr: [Int32]
    package var directories: [KafkaUUID] = []
    package var removingReplicas: [Int32] = []
    package var addingReplicas: [Int32] = []
    package var eligibleLeaderReplicas: [Int32] = []
    package var lastKnownElr: [Int32] = []
    /// -1: none.
    package var leader: Int32
    package var leaderRecoveryState: Int8 = 0
    package var leaderEpoch: Int32
    package var partitionEpoch: Int32
}

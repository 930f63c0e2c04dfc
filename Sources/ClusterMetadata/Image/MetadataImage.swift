import KafkaProtocol

/// The cluster's state at an offset of the metadata log. Immutable once published: readers share it without locks.
public struct MetadataImage: Equatable, Sendable {
    public var features: [String: Int16] = [:]
    /// Of the quorum, which says it beside the records; it is no part of what a snapshot of the image holds.
    public var kraftVersion: Int16 = 0
    public var brokers: [Int32: BrokerImage] = [:]
    public var controllers: [Int32: RegisterControllerRecord] = [:]
    public private(set) var topics: [KafkaUUID: TopicImage] = [:]
    public private(set) var topicIds: [String: KafkaUUID] = [:]
    public private(set) var configs: [ConfigResource: [String: String]] = [:]
    /// The first producer id that no block has taken yet.
    public private(set) var producerIds = ProducerIdsRecord()
    /// State whose use comes with later versions, carried so that snapshots lose nothing.
    public private(set) var accessControl: [KafkaUUID: AccessControlEntryRecord] = [:]
    public private(set) var scramCredentials: [ScramKey: UserScramCredentialRecord] = [:]
    public private(set) var clientQuotas: [QuotaKey: ClientQuotaRecord] = [:]
    public private(set) var delegationTokens: [String: DelegationTokenRecord] = [:]
    public private(set) var zkMigration: ZkMigrationStateRecord?

    public init() {}

    public func topic(named name: String) -> TopicImage? { topicIds[name].flatMap { topics[$0] } }

    public func config(_ resource: ConfigResource) -> [String: String] { configs[resource] ?? [:] }

    public var partitionCount: Int { topics.values.reduce(0) { $0 + $1.partitions.count } }
}

/// A thing that has a configuration of its own.
public struct ConfigResource: Hashable, Sendable {
    public static let topicType: Int8 = 2
    public static let brokerType: Int8 = 4
    public static let brokerLoggerType: Int8 = 8
    public static let clientMetricsType: Int8 = 16
    public static let groupType: Int8 = 32

    public var type: Int8
    /// A topic, a group, a broker id; empty for the default of all brokers.
    public var name: String

    public init(type: Int8, name: String) {
        self.type = type
        self.name = name
    }

    public static func == (left: ConfigResource, right: ConfigResource) -> Bool {
        left.type == right.type && ExactText(left.name) == ExactText(right.name)
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(type)
        hasher.combine(ExactText(name))
    }

    public static func topic(_ name: String) -> ConfigResource { ConfigResource(type: topicType, name: name) }
    public static func broker(_ id: Int32) -> ConfigResource { ConfigResource(type: brokerType, name: String(id)) }
    public static let brokerDefault = ConfigResource(type: brokerType, name: "")
}

public struct ScramKey: Hashable, Sendable {
    public var name: String
    public var mechanism: Int8
}

public struct QuotaKey: Hashable, Sendable {
    public var entity: [String]
    public var key: String
}

/// A registered broker.
public struct BrokerImage: Equatable, Sendable {
    public var registration: RegisterBrokerRecord
    public var isFenced: Bool
    public var isInControlledShutdown: Bool

    public var id: Int32 { registration.brokerId }
    public var epoch: Int64 { registration.brokerEpoch }
}

public struct TopicImage: Equatable, Sendable {
    public var name: String
    public var id: KafkaUUID
    /// By partition number; without gaps once all records of a creation are applied.
    public var partitions: [Int32: PartitionImage] = [:]

    public var isInternal: Bool { TopicName.isInternal(name) }
}

public struct PartitionImage: Equatable, Sendable {
    public var replicas: [Int32]
    public var isr: [Int32]
    public var directories: [KafkaUUID] = []
    public var removingReplicas: [Int32] = []
    public var addingReplicas: [Int32] = []
    public var eligibleLeaderReplicas: [Int32] = []
    public var lastKnownElr: [Int32] = []
    /// -1: none.
    public var leader: Int32
    public var leaderRecoveryState: Int8 = 0
    public var leaderEpoch: Int32
    public var partitionEpoch: Int32
}

/// What records changed: who watches the image looks here instead of comparing.
public struct MetadataDelta: Equatable, Sendable {
    public var changedTopics: Set<KafkaUUID> = []
    public var removedTopics: [KafkaUUID: String] = [:]
    public var changedConfigs: Set<ConfigResource> = []
    public var changedBrokers: Set<Int32> = []
    public var changedFeatures = false

    public init() {}

    public var isEmpty: Bool { self == MetadataDelta() }
}

// MARK: Replay

extension MetadataImage {
    /// Applies one record.
    ///
    /// - Throws: when the record contradicts the state, which means that the log is damaged or a record was lost.
    public mutating func apply(_ record: MetadataRecord, _ delta: inout MetadataDelta) throws(MetadataRecordError) {
        switch record {
        case .featureLevel(let record):
            // Some versions of Kafka wrote it here too; the quorum's own records count.
            if record.name == SupportedFeatures.kraftVersionName { return }
            features[record.name] =
                record.featureLevel == 0 && record.name != "metadata.version" ? nil : record.featureLevel
            delta.changedFeatures = true
        case .registerBroker(let record):
            brokers[record.brokerId] = BrokerImage(
                registration: record,
                isFenced: record.fenced,
                isInControlledShutdown: record.inControlledShutdown
            )
            delta.changedBrokers.insert(record.brokerId)
        case .unregisterBroker(let record):
            brokers[record.brokerId] = nil
            delta.changedBrokers.insert(record.brokerId)
        case .fenceBroker(let record): try changeBroker(record.id, &delta) { $0.isFenced = true }
        case .unfenceBroker(let record): try changeBroker(record.id, &delta) { $0.isFenced = false }
        case .brokerRegistrationChange(let record):
            try changeBroker(record.brokerId, &delta) { broker in
                if record.fenced != 0 { broker.isFenced = record.fenced > 0 }
                if record.inControlledShutdown > 0 { broker.isInControlledShutdown = true }
                if !record.logDirs.isEmpty { broker.registration.logDirs = record.logDirs }
                if let cordoned = record.cordonedLogDirs { broker.registration.cordonedLogDirs = cordoned }
            }
        case .registerController(let record): controllers[record.controllerId] = record
        case .unregisterController(let record): controllers[record.controllerId] = nil
        case .topic(let record):
            guard topics[record.topicId] == nil, topicIds[record.name] == nil else {
                throw MetadataRecordError(
                    description:
                        "a record makes topic '\(record.name)' with id \(record.topicId), and one of both is taken"
                )
            }
            topics[record.topicId] = TopicImage(name: record.name, id: record.topicId)
            topicIds[record.name] = record.topicId
            delta.changedTopics.insert(record.topicId)
        case .removeTopic(let record): try remove(record.topicId, &delta)
        case .partition(let record): try add(record, &delta)
        case .partitionChange(let record): try change(record, &delta)
        case .clearElr(let record): clearElr(record.topicName, &delta)
        case .config(let record):
            let resource = ConfigResource(type: record.resourceType, name: record.resourceName)
            configs[resource, default: [:]][record.name] = record.value
            if configs[resource]?.isEmpty == true { configs[resource] = nil }
            delta.changedConfigs.insert(resource)
        case .producerIds(let record): producerIds = record
        case .accessControlEntry(let record): accessControl[record.id] = record
        case .removeAccessControlEntry(let record): accessControl[record.id] = nil
        case .userScramCredential(let record):
            scramCredentials[ScramKey(name: record.name, mechanism: record.mechanism)] = record
        case .removeUserScramCredential(let record):
            scramCredentials[ScramKey(name: record.name, mechanism: record.mechanism)] = nil
        case .clientQuota(let record):
            let key = QuotaKey(
                entity: record.entity.map { "\($0.entityType)=\($0.entityName ?? "<default>")" }.sorted(),
                key: record.key
            )
            clientQuotas[key] = record.remove ? nil : record
        case .delegationToken(let record): delegationTokens[record.tokenId] = record
        case .removeDelegationToken(let record): delegationTokens[record.tokenId] = nil
        case .zkMigrationState(let record): zkMigration = record
        // Transactions of the log are resolved before records come here.
        case .noOp, .beginTransaction, .endTransaction, .abortTransaction: break
        }
    }

    private mutating func changeBroker(
        _ id: Int32,
        _ delta: inout MetadataDelta,
        _ change: (inout BrokerImage) -> Void
    ) throws(MetadataRecordError) {
        guard var broker = brokers[id] else {
            throw MetadataRecordError(description: "a record changes broker \(id), which is not registered")
        }
        change(&broker)
        broker.registration.fenced = broker.isFenced
        broker.registration.inControlledShutdown = broker.isInControlledShutdown
        brokers[id] = broker
        delta.changedBrokers.insert(id)
    }

    private mutating func remove(_ id: KafkaUUID, _ delta: inout MetadataDelta) throws(MetadataRecordError) {
        guard let topic = topics.removeValue(forKey: id) else {
            throw MetadataRecordError(description: "a record removes topic id \(id), which does not exist")
        }
        topicIds[topic.name] = nil
        configs[.topic(topic.name)] = nil
        delta.changedTopics.remove(id)
        delta.removedTopics[id] = topic.name
    }

    private mutating func add(_ record: PartitionRecord, _ delta: inout MetadataDelta) throws(MetadataRecordError) {
        guard topics[record.topicId] != nil else {
            throw MetadataRecordError(
                description: "a record adds a partition to topic id \(record.topicId), which does not exist"
            )
        }
        topics[record.topicId]?.partitions[record.partitionId] = PartitionImage(
            replicas: record.replicas,
            isr: record.isr == record.replicas ? record.replicas : record.isr,
            directories: record.directories,
            removingReplicas: record.removingReplicas,
            addingReplicas: record.addingReplicas,
            eligibleLeaderReplicas: record.eligibleLeaderReplicas ?? [],
            lastKnownElr: record.lastKnownElr ?? [],
            leader: record.leader,
            leaderRecoveryState: record.leaderRecoveryState,
            leaderEpoch: record.leaderEpoch,
            partitionEpoch: record.partitionEpoch
        )
        delta.changedTopics.insert(record.topicId)
    }

    private mutating func change(_ record: PartitionChangeRecord, _ delta: inout MetadataDelta)
        throws(MetadataRecordError)
    {
        guard var partition = topics[record.topicId]?.partitions[record.partitionId] else {
            throw MetadataRecordError(
                description:
                    "a record changes partition \(record.partitionId) of topic id \(record.topicId), which does not exist"
            )
        }
        if let isr = record.isr { partition.isr = isr }
        if let replicas = record.replicas { partition.replicas = replicas }
        if let removing = record.removingReplicas { partition.removingReplicas = removing }
        if let adding = record.addingReplicas { partition.addingReplicas = adding }
        if let directories = record.directories { partition.directories = directories }
        if let eligible = record.eligibleLeaderReplicas { partition.eligibleLeaderReplicas = eligible }
        if let lastKnown = record.lastKnownElr { partition.lastKnownElr = lastKnown }
        if record.leaderRecoveryState >= 0 { partition.leaderRecoveryState = record.leaderRecoveryState }
        guard partition.leaderEpoch < Int32.max, partition.partitionEpoch < Int32.max else {
            throw MetadataRecordError(
                description:
                    "an epoch of partition \(record.partitionId) of topic id \(record.topicId) is the last there is"
            )
        }
        if record.leader != -2 {
            partition.leader = record.leader
            partition.leaderEpoch += 1
        }
        partition.partitionEpoch += 1
        topics[record.topicId]?.partitions[record.partitionId] = partition
        delta.changedTopics.insert(record.topicId)
    }

    private mutating func clearElr(_ name: String, _ delta: inout MetadataDelta) {
        for (id, topic) in topics where name.isEmpty || topic.name == name {
            for number in topic.partitions.keys {
                topics[id]?.partitions[number]?.eligibleLeaderReplicas = []
                topics[id]?.partitions[number]?.lastKnownElr = []
            }
            delta.changedTopics.insert(id)
        }
    }
}

// MARK: Snapshot

extension MetadataImage {
    /// The records that make this image from nothing, in an order that can be applied; the same image gives the same records.
    public func records() -> [MetadataRecord] {
        var result: [MetadataRecord] = []
        for (name, level) in features.sorted(by: {
            ($0.key == "metadata.version" ? 0 : 1, $0.key) < ($1.key == "metadata.version" ? 0 : 1, $1.key)
        }) {
            var record = FeatureLevelRecord()
            record.name = name
            record.featureLevel = level
            result.append(.featureLevel(record))
        }
        for (_, broker) in brokers.sorted(by: { $0.key < $1.key }) {
            var record = broker.registration
            record.fenced = broker.isFenced
            record.inControlledShutdown = broker.isInControlledShutdown
            result.append(.registerBroker(record))
        }
        result += controllers.sorted { $0.key < $1.key }.map { .registerController($0.value) }
        for topic in topics.values.sorted(by: { $0.name < $1.name }) { result += topic.records() }
        for (resource, values) in configs.sorted(by: { ($0.key.type, $0.key.name) < ($1.key.type, $1.key.name) }) {
            for (name, value) in values.sorted(by: { $0.key < $1.key }) {
                var record = ConfigRecord()
                record.resourceType = resource.type
                record.resourceName = resource.name
                record.name = name
                record.value = value
                result.append(.config(record))
            }
        }
        result += clientQuotas.sorted { ($0.key.entity.joined(), $0.key.key) < ($1.key.entity.joined(), $1.key.key) }
            .map { .clientQuota($0.value) }
        if producerIds != ProducerIdsRecord() { result.append(.producerIds(producerIds)) }
        result += accessControl.sorted { $0.key < $1.key }.map { .accessControlEntry($0.value) }
        result += scramCredentials.sorted { ($0.key.name, $0.key.mechanism) < ($1.key.name, $1.key.mechanism) }.map {
            .userScramCredential($0.value)
        }
        result += delegationTokens.sorted { $0.key < $1.key }.map { .delegationToken($0.value) }
        if let zkMigration { result.append(.zkMigrationState(zkMigration)) }
        return result
    }
}

extension TopicImage {
    fileprivate func records() -> [MetadataRecord] {
        var topic = TopicRecord()
        topic.name = name
        topic.topicId = id
        var result: [MetadataRecord] = [.topic(topic)]
        for (number, partition) in partitions.sorted(by: { $0.key < $1.key }) {
            var record = PartitionRecord()
            record.topicId = id
            record.partitionId = number
            record.replicas = partition.replicas
            record.isr = partition.isr
            record.removingReplicas = partition.removingReplicas
            record.addingReplicas = partition.addingReplicas
            record.leader = partition.leader
            record.leaderRecoveryState = partition.leaderRecoveryState
            record.leaderEpoch = partition.leaderEpoch
            record.partitionEpoch = partition.partitionEpoch
            record.directories = partition.directories
            if !partition.eligibleLeaderReplicas.isEmpty {
                record.eligibleLeaderReplicas = partition.eligibleLeaderReplicas
            }
            if !partition.lastKnownElr.isEmpty { record.lastKnownElr = partition.lastKnownElr }
            result.append(.partition(record))
        }
        return result
    }
}

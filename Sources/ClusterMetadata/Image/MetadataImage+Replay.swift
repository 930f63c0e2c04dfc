import KafkaProtocol

extension MetadataImage {
    /// Applies one record.
    ///
    /// - Throws: when the record contradicts the state, which means that the log is damaged or a record was lost.
    package mutating func apply(_ record: MetadataRecord, _ delta: inout MetadataDelta) throws(MetadataRecordError) {
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
        case .topic(let record): try add(record, &delta)
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
            scramCredentials[ScramKey(name: ExactText(record.name), mechanism: record.mechanism)] = record
        case .removeUserScramCredential(let record):
            scramCredentials[ScramKey(name: ExactText(record.name), mechanism: record.mechanism)] = nil
        case .clientQuota(let record):
            let key = QuotaKey(
                entity: record.entity.map { part in
                    // Without a name it is the default of its type; a name may be any text.
                    part.entityName.map { "\(part.entityType)=\($0)" } ?? part.entityType
                }.sorted().map { ExactText($0) },
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

    private mutating func add(_ record: TopicRecord, _ delta: inout MetadataDelta) throws(MetadataRecordError) {
        guard topics[record.topicId] == nil, topicIds[record.name] == nil else {
            throw MetadataRecordError(
                description: "a record makes topic '\(record.name)' with id \(record.topicId), and one of both is taken"
            )
        }
        topics[record.topicId] = TopicImage(name: record.name, id: record.topicId)
        topicIds[record.name] = record.topicId
        if let key = TopicName.collisionKeyIfAny(record.name) { collisions[key, default: []].insert(record.name) }
        delta.changedTopics.insert(record.topicId)
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
        partitionCount -= topic.partitions.count
        if let key = TopicName.collisionKeyIfAny(topic.name) {
            collisions[key]?.remove(topic.name)
            if collisions[key]?.isEmpty == true { collisions[key] = nil }
        }
        configs[.topic(topic.name)] = nil
        delta.remove(id, topic.name)
    }

    private mutating func add(_ record: PartitionRecord, _ delta: inout MetadataDelta) throws(MetadataRecordError) {
        guard topics[record.topicId] != nil else {
            throw MetadataRecordError(
                description: "a record adds a partition to topic id \(record.topicId), which does not exist"
            )
        }
        if topics[record.topicId]?.partitions[record.partitionId] == nil { partitionCount += 1 }
        let partition = PartitionImage(
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
        topics[record.topicId]?.partitions.set(record.partitionId, partition)
        delta.change(record.topicId, record.partitionId)
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
        topics[record.topicId]?.partitions.set(record.partitionId, partition)
        delta.change(record.topicId, record.partitionId)
    }

    /// - Parameter name: empty for all topics.
    private mutating func clearElr(_ name: String, _ delta: inout MetadataDelta) {
        for id in name.isEmpty ? Array(topics.keys) : topicIds[name].map({ [$0] }) ?? [] {
            guard let topic = topics[id] else { continue }
            for (number, partition) in topic.partitions
            where !partition.eligibleLeaderReplicas.isEmpty || !partition.lastKnownElr.isEmpty {
                var cleared = partition
                cleared.eligibleLeaderReplicas = []
                cleared.lastKnownElr = []
                topics[id]?.partitions.set(number, cleared)
                delta.change(id, number)
            }
        }
    }
}

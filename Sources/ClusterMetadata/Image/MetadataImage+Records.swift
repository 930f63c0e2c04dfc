import KafkaProtocol

extension MetadataImage {
    /// The records that make this image from nothing, in an order that can be applied; the same image gives the same records.
    package func records() -> [MetadataRecord] {
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
        for (resource, values) in configs.sorted(by: {
            precedes(($0.key.type, $0.key.name), ($1.key.type, $1.key.name))
        }) {
            for (name, value) in values.sorted(by: { $0.key < $1.key }) {
                var record = ConfigRecord()
                record.resourceType = resource.type
                record.resourceName = resource.name
                record.name = name
                record.value = value
                result.append(.config(record))
            }
        }
        result += clientQuotas.sorted { precedes((0, $0.key.sortText), (0, $1.key.sortText)) }
            .map { .clientQuota($0.value) }
        if producerIds != ProducerIdsRecord() { result.append(.producerIds(producerIds)) }
        result += accessControl.sorted { $0.key < $1.key }.map { .accessControlEntry($0.value) }
        result += scramCredentials.sorted {
            precedes(($0.key.mechanism, $0.key.name.text), ($1.key.mechanism, $1.key.name.text))
        }.map { .userScramCredential($0.value) }
        result += delegationTokens.sorted { $0.key < $1.key }.map { .delegationToken($0.value) }
        if let zkMigration { result.append(.zkMigrationState(zkMigration)) }
        return result
    }
}

extension QuotaKey {
    fileprivate var sortText: String { (entity.map(\.text) + [key]).joined(separator: "\n") }
}

/// Names by their bytes: of two that Swift takes for the same, neither would come first.
private func precedes(_ left: (Int8, String), _ right: (Int8, String)) -> Bool {
    if left.0 != right.0 { return left.0 < right.0 }
    return left.1.utf8.lexicographicallyPrecedes(right.1.utf8)
}

extension TopicImage {
    fileprivate func records() -> [MetadataRecord] {
        var topic = TopicRecord()
        topic.name = name
        topic.topicId = id
        var result: [MetadataRecord] = [.topic(topic)]
        for (number, partition) in partitions {
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

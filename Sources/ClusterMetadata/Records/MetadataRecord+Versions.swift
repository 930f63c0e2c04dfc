import KafkaProtocol

/// Which version of a record a `metadata.version` allows, and what it has no place for.
extension MetadataRecord {
    /// The record as the log of this level can hold it. What is left out nobody there knows of.
    package func carried(at version: MetadataVersion) -> MetadataRecord {
        switch self {
        case .registerBroker(var record):
            if version.level < 8 { record.isMigratingZkBroker = false }
            if !version.hasDirectories { record.logDirs = [] }
            if !version.hasCordonedDirectories { record.cordonedLogDirs = nil }
            return .registerBroker(record)
        case .brokerRegistrationChange(var record):
            if !version.hasDirectories { record.logDirs = [] }
            if !version.hasCordonedDirectories { record.cordonedLogDirs = nil }
            return .brokerRegistrationChange(record)
        case .partition(var record):
            if !version.hasDirectories { record.directories = [] }
            if !version.hasEligibleLeaders { (record.eligibleLeaderReplicas, record.lastKnownElr) = (nil, nil) }
            return .partition(record)
        case .partitionChange(var record):
            if !version.hasDirectories { record.directories = nil }
            if !version.hasEligibleLeaders { (record.eligibleLeaderReplicas, record.lastKnownElr) = (nil, nil) }
            return .partitionChange(record)
        default: return self
        }
    }

    /// The version that Kafka writes at this level.
    func schemaVersion(at version: MetadataVersion) -> Int16 {
        switch self {
        case .registerBroker:
            version.hasCordonedDirectories ? 4 : version.hasDirectories ? 3 : version.level >= 8 ? 2 : 1
        case .partition, .partitionChange: version.hasEligibleLeaders ? 2 : version.hasDirectories ? 1 : 0
        case .brokerRegistrationChange(let record):
            record.cordonedLogDirs != nil
                ? 3 : !record.logDirs.isEmpty ? 2 : record.inControlledShutdown != 0 ? 1 : 0
        default: 0
        }
    }
}

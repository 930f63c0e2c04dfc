import KafkaProtocol

/// What the controller made of a request: the records that carry it out, and the answer once they are committed.
package struct ControllerResult<Response: Sendable>: Sendable {
    package var records: [MetadataRecord]
    package var response: Response
    /// The quorum takes this `kraft.version` before the records are appended.
    package var kraftVersion: Int16?
    /// Why the request was refused, where the answer has no place for it.
    package var reason: String?

    package init(_ records: [MetadataRecord], _ response: Response, reason: String? = nil) {
        self.records = records
        self.response = response
        self.reason = reason
    }
}

/// An answer for one part of a request.
package struct ControllerFailure: Error, Equatable, Sendable {
    package var code: ErrorCode
    package var message: String

    package init(_ code: ErrorCode, _ message: String) {
        self.code = code
        self.message = message
    }
}

/// What the controllers of a cluster are configured with.
package struct ControllerSettings: Sendable {
    /// What stands in the node's configuration file.
    package var staticConfig: [String: String]
    /// Defaults of the node where they differ from Kafka's.
    package var ownDefaults: [String: String]
    /// Levels of features that no release has are offered too: `unstable.feature.versions.enable`.
    package var allowsUnstableFeatures: Bool
    /// Brokers of another cluster are refused; nil takes all.
    package var clusterId: String?

    package init(
        staticConfig: [String: String],
        ownDefaults: [String: String] = [:],
        allowsUnstableFeatures: Bool = false,
        clusterId: String? = nil
    ) {
        self.staticConfig = staticConfig
        self.ownDefaults = ownDefaults
        self.allowsUnstableFeatures = allowsUnstableFeatures
        self.clusterId = clusterId
    }
}

/// The cluster's decisions: requests in, records out. It changes nothing itself: its state is the image, which only records change.
package struct Controller: Sendable {
    /// The most partitions that one request may make.
    package static let partitionsPerRequest = 10_000
    /// Producer ids that a broker takes at a time.
    package static let producerIdBlockSize: Int64 = 1000

    package var image: MetadataImage
    package var settings: ControllerSettings
    /// The offset in the log that the first record of a decision will have.
    package var nextOffset: Int64

    package init(image: MetadataImage, settings: ControllerSettings, nextOffset: Int64 = 0) {
        self.image = image
        self.settings = settings
        self.nextOffset = nextOffset
    }

    package init(image: MetadataImage, staticConfig: [String: String], ownDefaults: [String: String] = [:]) {
        self.init(image: image, settings: ControllerSettings(staticConfig: staticConfig, ownDefaults: ownDefaults))
    }

    var resolver: ConfigResolver {
        ConfigResolver(
            staticBroker: settings.staticConfig,
            dynamicDefault: image.config(.brokerDefault),
            ownDefaults: settings.ownDefaults
        )
    }

    // MARK: Brokers

    /// Elections for partitions without a leader in which `broker` is in sync, and new leader epochs for those it leads
    /// already when its last stop was not in order: an epoch must not name two different tails of a log.
    package func elections(for broker: Int32, wasClean: Bool) -> [MetadataRecord] {
        var records: [MetadataRecord] = []
        for topic in image.topics.values.sorted(by: { $0.name < $1.name }) {
            for (number, partition) in topic.partitions {
                // An eligible leader replica has all that was committed (KIP-966); an only replica has all that there is.
                let isEligible = partition.eligibleLeaderReplicas.contains(broker) || partition.replicas == [broker]
                let isFree = partition.leader == -1 && (partition.isr.contains(broker) || isEligible)
                guard isFree || partition.leader == broker && !wasClean else { continue }
                var record = PartitionChangeRecord()
                record.topicId = topic.id
                record.partitionId = number
                record.leader = broker
                if !partition.isr.contains(broker) {
                    record.isr = [broker]
                    record.eligibleLeaderReplicas = partition.eligibleLeaderReplicas.filter { $0 != broker }
                    record.lastKnownElr = []
                }
                records.append(.partitionChange(record))
            }
        }
        return records
    }
}

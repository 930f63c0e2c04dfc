import KafkaProtocol

/// What the controller made of a request: the records that carry it out, and the answer once they are committed.
package struct ControllerResult<Response: Sendable>: Sendable {
    package var records: [MetadataRecord]
    package var response: Response
    /// The quorum takes this `kraft.version` before the records are appended.
    package var kraftVersion: Int16?
    /// Why the request was refused, where the answer has no place for it.
    package var reason: String?
    /// What was decided beside what was asked for, and why.
    package var decisions: [ControllerDecision] = []
    /// The request is a sign of life.
    package var contact: BrokerContact?

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
    /// The node of this controller; its broker is in the same process, if it has one.
    package var nodeId: Int32?
    /// Of the records of one batch of the metadata log; Kafka's limit, too.
    package var maxBatchBytes = 8 << 20

    package init(
        staticConfig: [String: String],
        ownDefaults: [String: String] = [:],
        allowsUnstableFeatures: Bool = false,
        clusterId: String? = nil,
        nodeId: Int32? = nil
    ) {
        self.staticConfig = staticConfig
        self.ownDefaults = ownDefaults
        self.allowsUnstableFeatures = allowsUnstableFeatures
        self.clusterId = clusterId
        self.nodeId = nodeId
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
    /// The nodes that vote in the metadata quorum, by the newest that its log says.
    var voters: [Int32] = []
    /// What is known of the brokers beside the log.
    var sessions: BrokerSessions
    package var now: MonotonicTime

    package init(image: MetadataImage, settings: ControllerSettings, nextOffset: Int64 = 0) {
        let now = MonotonicTime(nanoseconds: 0)
        self.init(
            image: image,
            settings: settings,
            nextOffset: nextOffset,
            sessions: BrokerSessions(timeoutMillis: 1, ownBroker: nil, image: image, endOffset: nextOffset, now: now),
            now: now
        )
    }

    init(
        image: MetadataImage,
        settings: ControllerSettings,
        nextOffset: Int64,
        sessions: BrokerSessions,
        now: MonotonicTime
    ) {
        self.image = image
        self.settings = settings
        self.nextOffset = nextOffset
        self.sessions = sessions
        self.now = now
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
}

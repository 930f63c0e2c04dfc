import ClusterMetadata
import KafkaProtocol
import KafkaRecords
import LogStorage

/// A topic as the data path sees it: its rules and the partitions that this node leads.
final class TopicRoute: Sendable {
    let name: String
    let id: KafkaUUID
    let isInternal: Bool
    let rules: BatchRules
    let minInSync: Int
    /// By number; nil where this node has no replica.
    let partitions: [Partition?]

    init(name: String, id: KafkaUUID, rules: BatchRules, minInSync: Int, partitions: [Partition?]) {
        self.name = name
        self.id = id
        isInternal = TopicName.isInternal(name)
        self.rules = rules
        self.minInSync = minInSync
        self.partitions = partitions
    }

    func partition(_ number: Int32) -> Partition? {
        number >= 0 && number < partitions.count ? partitions[Int(number)] : nil
    }
}

/// The cluster's state as this node serves it: an image and what follows from it. Immutable: a request works on one view.
final class ClusterView: Sendable {
    let image: MetadataImage
    let topics: [String: TopicRoute]
    let topicsById: [KafkaUUID: TopicRoute]
    let resolver: ConfigResolver
    /// The offset in the metadata log that the image reflects.
    let offset: Int64

    init(
        image: MetadataImage,
        topics: [String: TopicRoute],
        topicsById: [KafkaUUID: TopicRoute],
        resolver: ConfigResolver,
        offset: Int64
    ) {
        self.image = image
        self.topics = topics
        self.topicsById = topicsById
        self.resolver = resolver
        self.offset = offset
    }

    static func empty(_ config: BrokerConfig) -> ClusterView {
        ClusterView(
            image: MetadataImage(),
            topics: [:],
            topicsById: [:],
            resolver: ConfigResolver(staticBroker: config.values, ownDefaults: config.ownDefaults),
            offset: 0
        )
    }
}

import ClusterMetadata
import KafkaProtocol
import KafkaRecords
import LogStorage
import World

/// A topic as the data path sees it: its rules and the partitions that this node leads.
final class TopicRoute: Sendable {
    let name: String
    let id: KafkaUUID
    let isInternal: Bool
    let rules: BatchRules
    let minInSync: Int
    /// By number; nil where this node does not lead, or leads but cannot serve.
    let partitions: [Partition?]
    /// Partitions that this node leads and whose logs could not be opened.
    private let offline: Set<Int32>

    init(
        name: String,
        id: KafkaUUID,
        rules: BatchRules,
        minInSync: Int,
        partitions: [Partition?],
        offline: Set<Int32>
    ) {
        self.name = name
        self.id = id
        isInternal = TopicName.isInternal(name)
        self.rules = rules
        self.minInSync = minInSync
        self.partitions = partitions
        self.offline = offline
    }

    func partition(_ number: Int32) -> Partition? {
        number >= 0 && number < partitions.count ? partitions[Int(number)] : nil
    }

    /// Why there is no partition of this number here.
    func absence(of number: Int32) -> ErrorCode {
        if number < 0 || number >= partitions.count { return .unknownTopicOrPartition }
        return offline.contains(number) ? .kafkaStorageError : .notLeaderOrFollower
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

    /// A partition by its topic's name, or why it is not to be had here.
    func partition(_ topic: String, _ number: Int32) -> Result<Partition, ErrorCode> {
        guard let route = topics[topic] else { return .failure(.unknownTopicOrPartition) }
        return route.partition(number).map { .success($0) } ?? .failure(route.absence(of: number))
    }

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

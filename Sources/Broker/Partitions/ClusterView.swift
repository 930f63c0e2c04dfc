import ClusterMetadata
import KafkaProtocol
import KafkaRecords
import LogStorage
import World

/// A topic as the data path sees it: its rules, and where its partitions are.
final class TopicRoute: Sendable {
    /// Where a partition is, seen from this node.
    enum Place: Sendable {
        case led(Partition)
        /// A replica is here; nil while nobody leads.
        case followed(Partition, leader: Int32?)
        /// A replica should be here, and its log could not be opened, or its directory has failed.
        case offline
        /// No replica is here; nil while nobody leads.
        case elsewhere(leader: Int32?)

        /// Why what a leader does is not to be had here.
        var refusal: ErrorCode? {
            switch self {
            case .led: nil
            case .followed, .elsewhere: .notLeaderOrFollower
            case .offline: .kafkaStorageError
            }
        }
    }

    let name: String
    let id: KafkaUUID
    let isInternal: Bool
    let rules: BatchRules
    let places: PartitionPlaces

    init(
        name: String,
        id: KafkaUUID,
        rules: BatchRules,
        places: PartitionPlaces
    ) {
        self.name = name
        self.id = id
        isInternal = TopicName.isInternal(name)
        self.rules = rules
        self.places = places
    }

    /// Where a partition is that has this replica here, or none.
    static func place(_ partition: PartitionImage, _ replica: Partition?, nodeId: Int32) -> Place {
        let leader = partition.leader < 0 ? nil : partition.leader
        guard partition.replicas.contains(nodeId) else { return .elsewhere(leader: leader) }
        guard let replica, !replica.directory.isOffline else { return .offline }
        return leader == nodeId ? .led(replica) : .followed(replica, leader: leader)
    }

    var count: Int32 { places.count }

    /// nil where there is no partition of this number.
    func place(of number: Int32) -> Place? { places[number] }

    /// The partition of this number if this node leads it.
    func partition(_ number: Int32) -> Partition? {
        guard case .led(let partition) = places[number] else { return nil }
        return partition
    }

    /// The replica of this number on this node, whether it leads or follows.
    func replica(_ number: Int32) -> Partition? {
        switch places[number] {
        case .led(let partition), .followed(let partition, _): partition
        case .elsewhere, .offline, nil: nil
        }
    }

    /// Why this node does not lead a partition of this number.
    func absence(of number: Int32) -> ErrorCode { place(of: number)?.refusal ?? .unknownTopicOrPartition }
}

/// The places of a topic's partitions by number. They lie in small blocks, which copies share: a change costs what a block costs, however
/// many partitions there are.
struct PartitionPlaces: Sendable {
    private static let blockSize: Int32 = 64

    private var blocks: [[TopicRoute.Place]] = []
    private(set) var count: Int32 = 0

    subscript(number: Int32) -> TopicRoute.Place? {
        number >= 0 && number < count ? blocks[Int(number / Self.blockSize)][Int(number % Self.blockSize)] : nil
    }

    mutating func set(_ number: Int32, _ place: TopicRoute.Place) {
        if number < 0 { return }
        while count <= number {
            if count % Self.blockSize == 0 { blocks.append([]) }
            blocks[blocks.count - 1].append(.elsewhere(leader: nil))
            count += 1
        }
        blocks[Int(number / Self.blockSize)][Int(number % Self.blockSize)] = place
    }
}

/// Topics by their names, byte for byte.
struct TopicRoutes: Sendable {
    private var byName: [String: TopicRoute] = [:]

    subscript(name: String) -> TopicRoute? {
        get {
            // A topic's name is ASCII. Swift takes some others for the same (the Kelvin sign for K), and those have more bytes.
            guard let route = byName[name], route.name.utf8.count == name.utf8.count else { return nil }
            return route
        }
        set { byName[name] = newValue }
    }
}

/// The cluster's state as this node serves it: an image and what follows from it. Immutable: a request works on one view.
final class ClusterView: Sendable {
    let image: MetadataImage
    let topics: TopicRoutes
    let topicsById: [KafkaUUID: TopicRoute]
    let resolver: ConfigResolver
    /// The offset in the metadata log that the image reflects.
    let offset: Int64

    /// A partition by its topic's name, or why it is not to be had here.
    func partition(_ topic: String, _ number: Int32) -> Result<Partition, ErrorCode> {
        guard let route = topics[topic] else { return .failure(.unknownTopicOrPartition) }
        return route.partition(number).map { .success($0) } ?? .failure(route.absence(of: number))
    }

    /// The topic of a partition that exists, or why there is none.
    ///
    /// - Parameter usesId: whether requests of that version name topics by their ids.
    func topic(_ name: String, _ id: KafkaUUID, usesId: Bool, partition: Int32) -> Result<TopicRoute, ErrorCode> {
        guard let route = usesId ? topicsById[id] : topics[name] else {
            return .failure(usesId ? .unknownTopicId : .unknownTopicOrPartition)
        }
        let isThere = partition >= 0 && partition < route.count
        return isThere ? .success(route) : .failure(.unknownTopicOrPartition)
    }

    /// The replica of a partition on this node, whoever leads it, or why there is none.
    func replica(_ id: TopicPartition) -> Result<Partition, ErrorCode> {
        switch topics[id.topic]?.place(of: id.partition) {
        case nil: .failure(.unknownTopicOrPartition)
        case .led(let partition), .followed(let partition, _): .success(partition)
        case .offline: .failure(.kafkaStorageError)
        case .elsewhere: .failure(.notLeaderOrFollower)
        }
    }

    init(
        image: MetadataImage,
        topics: TopicRoutes,
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
            topics: TopicRoutes(),
            topicsById: [:],
            resolver: ConfigResolver(staticBroker: config.values, ownDefaults: config.ownDefaults),
            offset: 0
        )
    }
}

import CPlatform
import ClusterMetadata
import CoreMetrics
import KRaft
import KafkaProtocol
import LogStorage
import Logging
import NIOCore
import Replication
import Synchronization
import World

/// Where a broker can be reached by the clients of a listener.
struct BrokerAddress: Sendable {
    var id: Int32
    var host: String
    var port: Int32
    var rack: String?
    var isFenced: Bool
}

/// A running node: what the handlers work with.
final class Node: Sendable {
    let world: World
    let config: BrokerConfig
    let nodeId: Int32
    let clusterId: String
    let logger: Logger
    let metrics: BrokerMetrics
    let dispatcher: Dispatcher
    let connections: ConnectionRegistry
    let closeLog: CloseLog
    let unserved: UnservedFeatures
    let requestMemory: RequestMemory
    let quota: any RequestQuota
    let files: FileBudget
    let store: PartitionStore
    let metadata: MetadataRuntime
    let controller: any ControllerChannel
    let groups: GroupRuntime
    let producerIds: ProducerIds
    let fetchSessions: FetchSessions
    /// Threads for reads that the page cache cannot answer.
    let readers: any Worker
    /// One thread for work beside the data path: retention, checkpoints, slow questions.
    let background: any Worker

    private let published: Mutex<ClusterView>

    init(
        world: World,
        config: BrokerConfig,
        nodeId: Int32,
        clusterId: String,
        logger: Logger,
        metrics: BrokerMetrics,
        files: FileBudget,
        store: PartitionStore,
        metadata: MetadataRuntime,
        controller: any ControllerChannel,
        groups: GroupRuntime,
        producerIds: ProducerIds,
        view: ClusterView,
        dispatcher: Dispatcher,
        quota: any RequestQuota
    ) {
        self.world = world
        self.config = config
        self.nodeId = nodeId
        self.clusterId = clusterId
        self.logger = logger
        self.metrics = metrics
        self.dispatcher = dispatcher
        self.quota = quota
        requestMemory = RequestMemory(limit: config.requestMemoryLimit)
        self.files = files
        self.store = store
        self.metadata = metadata
        self.controller = controller
        self.groups = groups
        self.producerIds = producerIds
        connections = ConnectionRegistry(
            limit: config.maxConnections,
            limitPerHost: config.maxConnectionsPerIp,
            ratePerHost: config.connectionRatePerIp,
            files: files,
            time: world.time
        )
        published = Mutex(view)
        fetchSessions = FetchSessions(limit: config.fetchSessionSlots, world: world)
        closeLog = CloseLog(time: world.time)
        unserved = UnservedFeatures(time: world.time)
        readers = world.threads.makeWorker("reader", threads: 2)
        background = world.threads.makeWorker("background", threads: 1)
    }

    var time: WorldTime { world.time }

    /// The state that requests are answered from.
    var view: ClusterView { published.withLock { $0 } }

    /// Takes over a new image. On the controller's thread, so views appear in the order of the log.
    func publish(_ image: MetadataImage, _ delta: MetadataDelta, offset: Int64) {
        let ineffective = IneffectiveSettings(delta, from: view.image, to: image)
        if !ineffective.isEmpty {
            logger.warning("settings were made that have no effect yet", metadata: ["settings": "\(ineffective)"])
        }
        let resolver = Self.resolver(config, image, nodeId)
        files.partitionsChanged(to: image.partitionCount)
        store.apply(delta, image: image, resolver: resolver)
        let view = Self.makeView(
            image,
            after: self.view,
            delta: delta,
            store: store,
            resolver: resolver,
            nodeId: nodeId,
            offset: offset
        )
        published.withLock { $0 = view }
        metrics.partitions.record(Int64(image.partitionCount))
        groups.follow(view.topics[TopicName.consumerOffsets])
        let gone = Set(delta.removedTopics.values).filter { view.topics[$0] == nil }
        if !gone.isEmpty { groups.forget(topics: gone) }
    }

    static func resolver(_ config: BrokerConfig, _ image: MetadataImage, _ nodeId: Int32) -> ConfigResolver {
        ConfigResolver(
            staticBroker: config.values,
            dynamicBroker: image.config(.broker(nodeId)),
            dynamicDefault: image.config(.brokerDefault),
            ownDefaults: config.ownDefaults
        )
    }

    /// The view of an image; what didn't change is kept, of a topic's partitions too.
    static func makeView(
        _ image: MetadataImage,
        after previous: ClusterView?,
        delta: MetadataDelta,
        store: PartitionStore,
        resolver: ConfigResolver,
        nodeId: Int32,
        offset: Int64
    ) -> ClusterView {
        let allChanged = previous == nil || delta.changedConfigs.contains { $0.type == ConfigResource.brokerType }
        var topics = allChanged ? TopicRoutes() : previous?.topics ?? TopicRoutes()
        var byId = allChanged ? [:] : previous?.topicsById ?? [:]
        for (id, name) in delta.removedTopics {
            byId[id] = nil
            if topics[name]?.id == id { topics[name] = nil }
        }
        var changed = allChanged ? Set(image.topics.keys) : delta.changedTopics
        for resource in delta.changedConfigs where resource.type == ConfigResource.topicType {
            if let id = image.topicIds[resource.name] { changed.insert(id) }
        }
        for id in changed {
            guard let topic = image.topics[id] else { continue }
            var places = PartitionPlaces()
            func place(_ number: Int32, _ partition: PartitionImage) {
                let replica = store[TopicPartition(topic.name, number)]
                places.set(number, TopicRoute.place(partition, replica, nodeId: nodeId))
            }
            if let known = byId[id] {
                places = known.places
                for number in (delta.changedPartitions[id] ?? []).sorted() {
                    if let partition = topic.partitions[number] { place(number, partition) }
                }
            } else {
                for (number, partition) in topic.partitions { place(number, partition) }
            }
            let overrides = image.config(.topic(topic.name))
            let route = TopicRoute(name: topic.name, id: id, rules: resolver.batchRules(overrides), places: places)
            topics[topic.name] = route
            byId[id] = route
        }
        return ClusterView(image: image, topics: topics, topicsById: byId, resolver: resolver, offset: offset)
    }

    // MARK: For handlers

    /// The brokers as the clients of a listener reach them.
    func brokers(_ view: ClusterView, listener: String, includesFenced: Bool = false) -> [BrokerAddress] {
        view.image.brokers.values.sorted { $0.id < $1.id }.compactMap { broker in
            if broker.isFenced, !includesFenced { return nil }
            guard
                let endpoint = broker.registration.endPoints.first(where: { $0.name == listener })
                    ?? broker.registration.endPoints.first
            else { return nil }
            return BrokerAddress(
                id: broker.id,
                host: endpoint.host,
                port: Int32(endpoint.port),
                rack: broker.registration.rack,
                isFenced: broker.isFenced
            )
        }
    }

    /// Why a group has no coordinator here.
    ///
    /// - Parameter isForMembers: nobody can be a member of the group without a name, though it may have offsets.
    func groupError(_ group: String, _ view: ClusterView, isForMembers: Bool = false) -> ErrorCode {
        if isForMembers, group.isEmpty { return .invalidGroupId }
        if case .failure(let code) = groups.shard(for: group, in: view) { return code }
        return .coordinatorNotAvailable
    }

    /// Makes topics with the default settings; `done` when they are there or cannot be.
    func createTopics(_ names: [String], done: @escaping @Sendable () -> Void) {
        let wanted = Set(names)
        // This one is made with settings of its own, then the others.
        if wanted.contains(TopicName.consumerOffsets) {
            return ensureOffsetsTopic {
                self.createTopics(wanted.filter { $0 != TopicName.consumerOffsets }.sorted(), done: done)
            }
        }
        if wanted.isEmpty { return done() }
        var request = CreateTopicsRequest()
        request.topics = wanted.sorted().map { name in
            var topic = CreateTopicsRequest.CreatableTopic()
            topic.name = name
            topic.numPartitions = -1
            topic.replicationFactor = -1
            return topic
        }
        controller.send(request, .own(CreateTopicsRequest.self)) { _ in done() }
    }

    /// Makes `__consumer_offsets` if it is missing.
    func ensureOffsetsTopic(_ done: @escaping @Sendable () -> Void) {
        if view.topics[TopicName.consumerOffsets] != nil { return done() }
        var topic = CreateTopicsRequest.CreatableTopic()
        topic.name = TopicName.consumerOffsets
        topic.numPartitions = config.offsetsPartitions
        // Fewer brokers than the default of three must not keep groups from working.
        topic.replicationFactor = min(
            config.offsetsReplicationFactor,
            Int16(clamping: max(1, view.image.brokers.count))
        )
        for (name, value) in [
            ("cleanup.policy", "compact"), ("compression.type", "producer"),
            ("segment.bytes", String(max(config.offsetsSegmentBytes, 1 << 20))),
        ] {
            var entry = CreateTopicsRequest.CreatableTopicConfig()
            entry.name = name
            entry.value = value
            topic.configs.append(entry)
        }
        var request = CreateTopicsRequest()
        request.topics = [topic]
        controller.send(request, .own(CreateTopicsRequest.self)) { _ in done() }
    }
}

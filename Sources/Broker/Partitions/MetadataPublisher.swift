import ClusterMetadata
import CoreMetrics
import KafkaProtocol
import LogStorage
import Logging
import Synchronization
import World

/// Takes over each new image of the cluster's metadata: makes and removes replicas, and shows the view that requests are answered from.
final class MetadataPublisher: Sendable {
    private let config: BrokerConfig
    private let nodeId: Int32
    private let logger: Logger
    private let metrics: BrokerMetrics
    private let files: FileBudget
    private let store: PartitionStore
    private let groups: GroupRuntime
    /// Coordinators of transactions look at each view.
    private let shown: @Sendable (ClusterView) -> Void
    private let cluster: PublishedView
    /// What was warned of last.
    private let shortTopics = Mutex(ShortInternalTopics())
    private let sharedAddresses = Mutex(SharedAddresses())

    init(
        config: BrokerConfig,
        nodeId: Int32,
        logger: Logger,
        metrics: BrokerMetrics,
        files: FileBudget,
        store: PartitionStore,
        groups: GroupRuntime,
        cluster: PublishedView,
        shown: @escaping @Sendable (ClusterView) -> Void = { _ in }
    ) {
        self.config = config
        self.nodeId = nodeId
        self.logger = logger
        self.metrics = metrics
        self.files = files
        self.store = store
        (self.groups, self.shown) = (groups, shown)
        self.cluster = cluster
    }

    /// The first image: opens the logs that it places here.
    func begin(_ first: MetadataLoader.Publication, remembered: [PartitionStore.Remembered]) {
        let ineffective = IneffectiveSettings(first.image)
        if !ineffective.isEmpty {
            logger.warning(
                "settings of topics, brokers and groups that have no effect yet",
                metadata: ["settings": "\(ineffective)"]
            )
        }
        let resolver = ConfigResolver(config, first.image, nodeId: nodeId)
        warnOfShortTopics(first.image, resolver)
        warnOfSharedAddresses(first.image)
        files.partitionsChanged(to: first.image.partitionCount)
        store.open(first.image, remembered: remembered, resolver: resolver)
        show(first.image, after: nil, first.delta, resolver, offset: first.offset)
        assign(first.image, first.delta)
    }

    private func assign(_ image: MetadataImage, _ delta: MetadataDelta) {
        store.mover.published(image, nodeId: nodeId)
        store.directoryAssigner.look(at: image, delta) { [store] in store.location(of: $0) }
    }

    /// Compares the metadata with where these replicas are, and in what state. On the controller's thread.
    func look(at ids: [TopicPartition]) {
        let image = cluster.view.image
        var delta = MetadataDelta()
        for id in ids { if let topic = image.topic(named: id.topic) { delta.change(topic.id, id.partition) } }
        assign(image, delta)
    }

    /// The next image. On the controller's thread, so views appear in the order of the log.
    func publish(_ image: MetadataImage, _ delta: MetadataDelta, offset: Int64) {
        let previous = cluster.view
        let ineffective = IneffectiveSettings(delta, from: previous.image, to: image)
        if !ineffective.isEmpty {
            logger.warning("settings that have no effect yet were changed", metadata: ["settings": "\(ineffective)"])
        }
        let resolver = ConfigResolver(config, image, nodeId: nodeId)
        if ShortInternalTopics.concerns(delta, image) { warnOfShortTopics(image, resolver) }
        if !delta.changedBrokers.isEmpty { warnOfSharedAddresses(image) }
        files.partitionsChanged(to: image.partitionCount)
        store.apply(delta, image: image, from: previous.image, resolver: resolver)
        show(image, after: previous, delta, resolver, offset: offset)
        assign(image, delta)
        let view = cluster.view
        if !delta.changedBrokers.isEmpty { store.fetchers.brokersChanged(delta.changedBrokers) }
        let gone = Set(delta.removedTopics.values).filter { view.topics[$0] == nil }
        if !gone.isEmpty { groups.forget(topics: gone) }
    }

    private func warnOfShortTopics(_ image: MetadataImage, _ resolver: ConfigResolver) {
        let found = ShortInternalTopics(image, resolver)
        let isNews = shortTopics.withLock { known in
            defer { known = found }
            return known != found
        }
        if isNews { for sentence in found.sentences { logger.warning("\(sentence)") } }
    }

    private func warnOfSharedAddresses(_ image: MetadataImage) {
        let found = SharedAddresses(image, of: nodeId)
        let isNews = sharedAddresses.withLock { known in
            defer { known = found }
            return known != found
        }
        if isNews { for sentence in found.sentences { logger.warning("\(sentence)") } }
    }

    /// Tries again to open logs. Blocks on the disk.
    ///
    /// - Parameter onControllerThread: runs work there.
    func reopen(onControllerThread: (@escaping @Sendable () -> Void) -> Void) {
        let reopened = store.reopen(cluster.view.image)
        if !reopened.isEmpty { onControllerThread { [self] in adopt(reopened) } }
    }

    private func adopt(_ reopened: [Partition]) {
        let view = cluster.view
        let adopted = store.adopt(reopened, view.image, view.resolver)
        if adopted.isEmpty { return }
        var delta = MetadataDelta()
        for partition in adopted { delta.change(partition.topicId, partition.id.partition) }
        show(view.image, after: view, delta, view.resolver, offset: view.offset)
        assign(view.image, delta)
    }

    private func show(
        _ image: MetadataImage,
        after previous: ClusterView?,
        _ delta: MetadataDelta,
        _ resolver: ConfigResolver,
        offset: Int64
    ) {
        let view = Self.makeView(
            image,
            after: previous,
            delta: delta,
            store: store,
            resolver: resolver,
            nodeId: nodeId,
            offset: offset
        )
        cluster.show(view)
        metrics.partitions.record(Int64(image.partitionCount))
        groups.follow(view.topics[TopicName.consumerOffsets])
        shown(view)
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
        // Nothing here is the leader that the metadata mean while they have another process registered as this broker.
        let isReplaced = store.isReplaced(in: image)
        let allChanged =
            previous.map { store.isReplaced(in: $0.image) != isReplaced } ?? true
            || delta.changedConfigs.contains { $0.type == ConfigResource.brokerType }
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
                places.set(number, TopicRoute.place(partition, replica, nodeId: isReplaced ? -1 : nodeId))
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
}

extension ConfigResolver {
    /// What is in force on a broker by its own configuration and by the metadata.
    init(_ config: BrokerConfig, _ image: MetadataImage, nodeId: Int32) {
        self.init(
            staticBroker: config.values,
            dynamicBroker: image.config(.broker(nodeId)),
            dynamicDefault: image.config(.brokerDefault),
            ownDefaults: config.ownDefaults
        )
    }
}

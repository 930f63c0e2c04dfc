import ClusterMetadata
import KafkaProtocol
import Logging
import World

/// The services of a running node.
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
    let publisher: MetadataPublisher
    let metadata: MetadataRuntime
    let controller: any ControllerChannel
    let groups: GroupRuntime
    let topics: TopicCreator
    let producerIds: ProducerIds
    let fetchSessions: FetchSessions
    /// Threads for reads that the page cache cannot answer.
    let readers: any Worker
    /// One thread for work beside the data path: retention, checkpoints, slow questions.
    let background: any Worker

    init(
        world: World,
        config: BrokerConfig,
        nodeId: Int32,
        clusterId: String,
        logger: Logger,
        metrics: BrokerMetrics,
        files: FileBudget,
        store: PartitionStore,
        publisher: MetadataPublisher,
        metadata: MetadataRuntime,
        controller: any ControllerChannel,
        producerIds: ProducerIds,
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
        self.publisher = publisher
        self.metadata = metadata
        self.controller = controller
        groups = publisher.groups
        self.producerIds = producerIds
        connections = ConnectionRegistry(
            limit: config.maxConnections,
            limitPerHost: config.maxConnectionsPerIp,
            ratePerHost: config.connectionRatePerIp,
            files: files,
            time: world.time
        )
        topics = TopicCreator(config: config, publisher: publisher, controller: controller)
        fetchSessions = FetchSessions(limit: config.fetchSessionSlots, world: world)
        closeLog = CloseLog(time: world.time)
        unserved = UnservedFeatures(time: world.time)
        readers = world.threads.makeWorker("reader", threads: 2)
        background = world.threads.makeWorker("background", threads: 1)
    }

    var time: WorldTime { world.time }

    /// The state that requests are answered from.
    var view: ClusterView { publisher.view }
}

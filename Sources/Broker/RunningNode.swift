import CPlatform
import ClusterMetadata
import CoreMetrics
import Dispatch
import KRaft
import KafkaProtocol
import LogStorage
import Logging
import NIOCore
import NIOPosix
import Synchronization

/// A node from start to stop: opens the directories, brings up the controller and the broker, serves, and ends in order.
public final class RunningNode: Sendable {
    /// What the world has to know of a node that is ready.
    public struct Ready: Sendable {
        public var host: String
        public var port: Int
        public var nodeId: Int32
        public var clusterId: String
    }

    public let ready: Ready
    let node: Node
    private let eventLoops: MultiThreadedEventLoopGroup
    private let servers: [any Channel]
    private let logger: Logger
    private let brokerEpoch: Int64
    private let timers: [RepeatedTask]

    /// - Parameters:
    ///   - quota: holds clients back that ask too much.
    ///   - metricsText: the metrics as text, for `metrics.listener`.
    ///   - onFatal: called when the node cannot go on; the process should end with a failure.
    /// - Throws: `ConfigurationError` for what the operator can change, other errors for a failing machine.
    public static func start(
        _ config: BrokerConfig,
        fileSystem: any FileSystem = LinuxFileSystem(),
        logger: Logger,
        quota: any RequestQuota = UnlimitedQuota(),
        metricsText: @escaping @Sendable () -> String,
        onFatal: @escaping @Sendable (String) -> Void
    ) throws -> RunningNode {
        if !config.withoutEffect.isEmpty {
            logger.warning(
                "these configuration keys are known but have no effect yet: \(config.withoutEffect.joined(separator: ", "))"
            )
        }
        if (config.values["ottla.flush.policy"] ?? "os") == "os" {
            logger.notice("acks=all does not wait for the disk, as in Kafka; ottla.flush.policy=ack makes it wait")
        }
        let limit = ottla_raise_open_file_limit()
        let files = try FileBudget(limit: Int(limit), config: config, logs: fileSystem.segmentFiles)
        // Before anything is written: a start that is refused leaves nothing behind.
        let bound = try Listeners.bind(config)
        // Dispatch, which ends thread pools, opens a file when it is first used and traps when there is none left.
        DispatchQueue.global().asyncAfter(deadline: .now()) {}
        let metrics = BrokerMetrics(apis: Apis.all.map { ($0.key.rawValue, "\($0.key)") })
        let opened = try DirectoryOpener(config: config, fileSystem: fileSystem, logger: logger).open()
        let nodeId = opened.meta.nodeId
        let clusterId = opened.meta.clusterId
        let offline = Mutex(0)
        let runtimes = opened.directories.map { entry in
            LogDirectoryRuntime(entry.storage, meta: entry.meta, logger: logger, metrics: metrics) {
                directory,
                reason in
                let count = offline.withLock { count in
                    count += 1
                    return count
                }
                metrics.offlineDirectories.record(Int64(count))
                if directory.path == opened.metadata.path {
                    onFatal("the directory of the metadata log failed: \(reason)")
                }
                if count == opened.directories.count { onFatal("all log directories failed; the last one: \(reason)") }
            }
        }
        var limits = SingleVoterQuorum.Limits()
        limits.bytesBetweenSnapshots = config.snapshotBytes
        limits.snapshotIntervalMillis = config.snapshotMillis
        let quorum = try openQuorum(config, opened, fileSystem, limits, logger)
        let eventLoops = MultiThreadedEventLoopGroup(numberOfThreads: config.threads)
        let store = PartitionStore(directories: runtimes, nodeId: nodeId, config: config, logger: logger)
        let groups = GroupRuntime(config: config, eventLoops: eventLoops, logger: logger)
        let holder = Mutex<Node?>(nil)
        let controller = MetadataRuntime(
            quorum: quorum,
            nodeId: nodeId,
            voterEndpoints: config.voterEndpoints,
            staticConfig: config.values,
            ownDefaults: config.ownDefaults,
            logger: logger,
            publish: { image, delta, offset in holder.withLock { $0 }?.publish(image, delta, offset: offset) },
            onFailure: { onFatal("the metadata log failed: \($0)") }
        )
        try checkVersion(try load(controller))
        let active = try understanding { try controller.activate() }
        let features = SupportedFeatures(active, allowsUnstable: config.allowsUnstableFeatures)
        // Nothing refuses the start any more.
        for entry in opened.directories { try entry.storage.removeCleanShutdownMark() }
        let endpoints = Listeners.advertised(config, bound)
        let isClean = opened.directories.allSatisfy(\.remembered.isClean)
        let brokerEpoch = controller.nextOffset
        let registration = registration(config, opened, endpoints, features)
        _ = controller.run { controller, _ in
            ControllerResult(controller.register(registration, brokerEpoch: brokerEpoch), true)
        }
        _ = controller.run { controller, _ in
            ControllerResult(controller.elections(for: nodeId, wasClean: isClean), true)
        }
        let image = try load(controller)
        let ineffective = IneffectiveSettings(image)
        if !ineffective.isEmpty {
            logger.warning(
                "settings of topics, brokers and groups that have no effect yet",
                metadata: ["settings": "\(ineffective)"]
            )
        }
        files.partitionsChanged(to: image.partitionCount)
        let resolver = Node.resolver(config, image, nodeId)
        store.open(image, remembered: opened.directories.map(\.remembered), resolver: resolver)
        var everything = MetadataDelta()
        everything.changedTopics = Set(image.topics.keys)
        let view = Node.makeView(
            image,
            after: nil,
            delta: everything,
            store: store,
            resolver: resolver,
            nodeId: nodeId,
            offset: controller.nextOffset - 1
        )
        let node = Node(
            config: config,
            nodeId: nodeId,
            clusterId: clusterId,
            logger: logger,
            metrics: metrics,
            files: files,
            store: store,
            controller: controller,
            groups: groups,
            producerIds: ProducerIds(controller: controller, nodeId: nodeId, brokerEpoch: brokerEpoch),
            view: view,
            dispatcher: Dispatcher(Apis.all),
            quota: quota
        )
        holder.withLock { $0 = node }
        metrics.partitions.record(Int64(image.partitionCount))
        groups.follow(view.topics[TopicName.consumerOffsets])
        finishDeletions(runtimes, logger)
        files.warnIfShort(logger, connections: 0)
        let servers = try Listeners.serve(node, bound, eventLoops: eventLoops, metricsText: metricsText)
        return RunningNode(
            node: node,
            eventLoops: eventLoops,
            servers: servers,
            logger: logger,
            brokerEpoch: brokerEpoch,
            timers: startTimers(node, eventLoops, metrics),
            endpoints: endpoints
        )
    }

    private init(
        node: Node,
        eventLoops: MultiThreadedEventLoopGroup,
        servers: [any Channel],
        logger: Logger,
        brokerEpoch: Int64,
        timers: [RepeatedTask],
        endpoints: [Endpoint]
    ) {
        self.node = node
        self.eventLoops = eventLoops
        self.servers = servers
        self.logger = logger
        self.brokerEpoch = brokerEpoch
        self.timers = timers
        let first = endpoints.first
        ready = Ready(host: first?.host ?? "", port: first?.port ?? 0, nodeId: node.nodeId, clusterId: node.clusterId)
    }

    private static func openQuorum(
        _ config: BrokerConfig,
        _ opened: OpenedDirectories,
        _ fileSystem: any FileSystem,
        _ limits: SingleVoterQuorum.Limits,
        _ logger: Logger
    ) throws -> sending SingleVoterQuorum {
        do {
            return try SingleVoterQuorum(
                directory: opened.metadata.path,
                fileSystem: fileSystem,
                nodeId: opened.meta.nodeId,
                directoryId: opened.meta.directoryId,
                bootstrap: try QuorumFormat(config).bootstrap(
                    config,
                    nodeId: opened.meta.nodeId,
                    directoryId: opened.meta.directoryId
                ),
                endpoints: config.controllerEndpoints.map { VoterEndpoint($0) },
                limits: limits,
                now: Clock.wallMillis
            ) { logger.warning("\($0)") }
        } catch LogError.corrupt(let path, let position, let reason) {
            throw ConfigurationError("the metadata log cannot be used: \(path) at byte \(position): \(reason)")
        }
    }

    private static func load(_ controller: MetadataRuntime) throws -> MetadataImage {
        try understanding { try controller.load() }
    }

    private static func understanding<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as MetadataRecordError {
            throw ConfigurationError(
                "the metadata log was written by another version: \(error); use the version that wrote it, or a newer one"
            )
        }
    }

    private static func checkVersion(_ image: MetadataImage) throws(ConfigurationError) {
        guard let level = image.features[MetadataVersion.featureName], image.metadataVersion == nil else { return }
        throw ConfigurationError(
            "the data has metadata.version \(level); this version understands \(MetadataVersion.minimum) to \(MetadataVersion.latest); use another version of ottla"
        )
    }

    private static func registration(
        _ config: BrokerConfig,
        _ opened: OpenedDirectories,
        _ endpoints: [Endpoint],
        _ features: SupportedFeatures
    ) -> RegisterBrokerRecord {
        var random = SystemRandomNumberGenerator()
        var record = RegisterBrokerRecord()
        record.brokerId = opened.meta.nodeId
        record.incarnationId = KafkaUUID.random(using: &random)
        record.rack = config.values["broker.rack"]
        record.logDirs = opened.directories.map(\.meta.directoryId)
        record.endPoints = endpoints.map { endpoint in
            var row = RegisterBrokerRecord.BrokerEndpoint()
            row.name = endpoint.listener
            row.host = endpoint.host
            row.port = UInt16(endpoint.port)
            row.securityProtocol = 0
            return row
        }
        record.features = features.sorted.map { name, range in
            var feature = RegisterBrokerRecord.BrokerFeature()
            feature.name = name
            feature.minSupportedVersion = range.lowerBound
            feature.maxSupportedVersion = range.upperBound
            return feature
        }
        return record
    }

    /// Removes directories of topics whose deletion a stop interrupted.
    private static func finishDeletions(_ directories: [LogDirectoryRuntime], _ logger: Logger) {
        for directory in directories {
            guard let paths = try? directory.storage.deletedDirectories() else { continue }
            for path in paths {
                directory.background {
                    do throws(StorageError) { try directory.storage.fileSystem.removeTree(path) } catch {
                        logger.warning("\(error)", metadata: ["directory": "\(path)"])
                    }
                }
            }
        }
    }

    private static func startTimers(_ node: Node, _ eventLoops: any EventLoopGroup, _ metrics: BrokerMetrics)
        -> [RepeatedTask]
    {
        let loop = eventLoops.next()
        func every(_ millis: Int64, first: Int64? = nil, _ work: @escaping @Sendable () -> Void) -> RepeatedTask {
            loop.scheduleRepeatedTask(
                initialDelay: .milliseconds(first ?? millis),
                delay: .milliseconds(max(1, millis))
            ) { _ in
                node.background.submit { _ in work() }
            }
        }
        func everyForLogs(_ millis: Int64, _ work: @escaping @Sendable () -> Void) -> RepeatedTask {
            every(millis, first: node.config.initialTaskDelayMillis ?? min(millis, 30_000), work)
        }
        return [
            everyForLogs(node.config.retentionCheckMillis) { node.store.retire() },
            everyForLogs(max(1000, node.config.recoveryPointCheckpointMillis)) { node.store.checkpoint() },
            every(node.config.producerIdCheckMillis) { node.store.expireProducers() },
            every(node.config.offsetsCheckMillis) { node.groups.expire() },
            every(1000) { node.store.flushDue() },
            every(5000) {
                let connections = node.connections.count
                node.files.warnIfShort(node.logger, connections: connections)
                metrics.openConnections.record(Int64(connections))
                metrics.residentBytes.record(ottla_resident_bytes())
            },
        ]
    }

    // MARK: Stop

    /// Finishes what is in flight, makes everything durable and writes the marks of a clean stop.
    public func stop() {
        logger.notice("stopping")
        for server in servers { try? server.close().wait() }
        for timer in timers { timer.cancel() }
        node.groups.stop()
        node.connections.drainAll()
        let deadline = Clock.monotonicMillis + 5000
        // Waiting fetches end by themselves within their own time; five seconds are enough for all others.
        for partition in node.store.all { partition.wakeReaders() }
        while node.connections.count > 0, Clock.monotonicMillis < deadline { Workers.pause(millis: 5) }
        node.controller.stop()
        try? node.background.syncShutdownGracefully()
        node.store.close(brokerEpoch: brokerEpoch)
        try? node.readers.syncShutdownGracefully()
        try? eventLoops.syncShutdownGracefully()
        logger.notice("stopped in order")
    }
}

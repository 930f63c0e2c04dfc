import CPlatform
import ClusterMetadata
import CoreMetrics
import KRaft
import KafkaProtocol
import LogStorage
import Logging
import NIOCore
import QuorumNetwork
import World

/// What brings a node up, as far as it needs nobody else. What waits for the controller is `BrokerService`'s.
struct NodeStart {
    let config: BrokerConfig
    let world: World
    let logger: Logger
    let quota: any RequestQuota
    let metricsText: @Sendable () -> String
    let onFatal: @Sendable (String) -> Void
    let onReady: @Sendable (Result<RunningNode.Ready, any Error>) -> Void
    let metrics: BrokerMetrics
    let decisions: DecisionLog

    func run() throws -> RunningNode {
        warnOfConfiguration()
        let files = try FileBudget(
            limit: world.raiseOpenFileLimit(),
            config: config,
            logs: world.files.segmentFiles,
            time: world.time
        )
        // Before anything is written: a start that is refused leaves nothing behind.
        try checkThreads()
        let bound = try Listeners.bind(config, world.network)
        let opened = try DirectoryOpener(config: config, world: world, logger: logger).open()
        let core = try makeCore(opened, files, world.network.makeEventLoops(config.threads), bound)
        let endpoints = Listeners.advertised(config, bound.clients + bound.controllers, world.network)
        let ready = RunningNode.Ready(endpoints.first, core)
        let broker = config.quorum.isBroker ? makeBroker(core, opened, bound, ready) : nil
        let controllers = try serveControllers(core, bound)
        var servers: [any Server] = []
        if let socket = bound.metrics { servers.append(try serveMetrics(socket, core, broker?.node)) }
        let node = RunningNode(core: core, broker: broker, controllers: controllers, servers: servers, ready: ready)
        core.metadata.begin()
        if let broker {
            broker.begin(registration(opened, endpoints, core.metadata))
        } else {
            onReady(.success(ready))
        }
        return node
    }

    private func serveMetrics(
        _ socket: Listeners.Socket,
        _ core: NodeCore,
        _ node: Node?
    ) throws -> any Server {
        let signals = NodeSignals(metadata: core.metadata, metrics: metrics, node: node, time: world.time)
        // What is looked up may take a while, with many partitions.
        return try Listeners.serveMetrics(socket, eventLoops: core.eventLoops, on: world.threads.shared) {
            [metricsText] in
            signals.refresh()
            return metricsText()
        }
    }

    /// Event loops, and what takes work off them: of the directories, the cleaner, moves, repairs, the controller, the groups, transactions, readers, what runs in the
    /// background. Some are for the system's libraries.
    private func checkThreads() throws(ConfigurationError) {
        let needed = config.threads + 2 * config.logDirs.count + config.cleanerThreads + 15
        if world.threads.canBegin(needed) { return }
        throw ConfigurationError(
            "the system gives this process fewer than the \(needed) threads that it needs; raise the limit of threads "
                + "(ulimit -u, TasksMax of a systemd unit, --pids-limit of a container)"
        )
    }

    // MARK: Warnings

    private func warnOfConfiguration() {
        if !config.withoutEffect.isEmpty {
            logger.warning(
                "these configuration keys are known but have no effect yet: \(config.withoutEffect.joined(separator: ", "))"
            )
        }
        if (config.values["ottla.flush.policy"] ?? "os") == "os" {
            logger.notice("acks=all does not wait for fsync, as in Kafka; set ottla.flush.policy=ack to make it wait")
        }
    }

    // MARK: Directories

    private func makeDirectories(_ opened: OpenedDirectories, _ offline: OfflineDirectories) -> [LogDirectoryRuntime] {
        let (metrics, decisions, onFatal) = (metrics, decisions, onFatal)
        let (metadataPath, all) = (opened.metadata.path, opened.directories.count)
        return opened.directories.map { entry in
            LogDirectoryRuntime(
                entry.storage,
                world: world,
                meta: entry.meta,
                logger: logger,
                metrics: metrics,
                decisions: decisions
            ) { directory, reason in
                let count = offline.add(entry.meta.directoryId)
                metrics.offlineDirectories.record(Int64(count))
                if directory.path == metadataPath {
                    onFatal("the directory of the metadata log failed: \(reason)")
                }
                if count == all { onFatal("all log directories failed; the last one: \(reason)") }
            }
        }
    }

    // MARK: Controller

    private func makeCore(
        _ opened: OpenedDirectories,
        _ files: FileBudget,
        _ eventLoops: any EventLoopGroup,
        _ bound: Listeners.Bound
    ) throws -> NodeCore {
        let quorum = QuorumStart(
            config: config,
            world: world,
            logger: logger,
            decisions: decisions,
            opened: opened,
            eventLoops: eventLoops
        )
        let endpoints = quorum.voterEndpoints(Listeners.advertised(config, bound.controllers, world.network))
        let links = quorum.makeLinks()
        let onFatal = onFatal
        let metadata = MetadataRuntime(
            world: world,
            quorum: try quorum.open(endpoints, links),
            settings: ControllerSettings(
                staticConfig: config.values,
                ownDefaults: config.ownDefaults,
                allowsUnstableFeatures: config.allowsUnstableFeatures,
                clusterId: opened.meta.clusterId,
                nodeId: opened.meta.nodeId
            ),
            voterEndpoints: endpoints.isEmpty ? config.voterEndpoints : endpoints,
            eventLoop: eventLoops.next(),
            logger: logger,
            decisions: decisions,
            onFailure: { onFatal("the metadata log failed: \($0)") }
        )
        try checkVersion(try understanding { try metadata.load() })
        // The only voter leads already.
        _ = try understanding { try metadata.activate() }
        return NodeCore(
            config: config,
            nodeId: opened.meta.nodeId,
            clusterId: opened.meta.clusterId,
            world: world,
            logger: logger,
            metrics: metrics,
            decisions: decisions,
            files: files,
            requestMemory: RequestMemory(limit: config.requestMemoryLimit),
            eventLoops: eventLoops,
            metadata: metadata,
            controller: ClusterControllerChannel(
                runtime: metadata,
                nodeId: opened.meta.nodeId,
                listener: config.quorum.listener,
                connections: links.map { _ in quorum.controllerConnections() },
                eventLoop: eventLoops.next(),
                time: world.time,
                limits: ClusterControllerChannel.Limits(clientAnswer: config.quorum.answerMillis)
            ),
            quorum: links?.transport
        )
    }

    /// Other nodes are answered from now on.
    private func serveControllers(_ core: NodeCore, _ bound: Listeners.Bound) throws -> RunningNode.ControllerPort? {
        guard let quorum = core.quorum, !bound.controllers.isEmpty else { return nil }
        let connections = ConnectionRegistry(
            limit: 1000,
            limitPerHost: 1000,
            ratePerHost: 1000,
            files: nil,
            time: world.time
        )
        let desk = quorum.desk
        let services = ConnectionServices(core, connections, ControllerApis.serve(core, desk)) {
            desk.connectionClosed($0)
        }
        let servers = try Listeners.serve(services, bound.controllers, eventLoops: core.eventLoops)
        let endpoints = Listeners.advertised(config, bound.controllers, world.network).map { VoterEndpoint($0) }
        let registrar = ControllerRegistrar(core, endpoints)
        registrar.start(on: core.eventLoops.next())
        return RunningNode.ControllerPort(servers: servers, connections: connections, registrar: registrar)
    }

    private func understanding<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as MetadataRecordError {
            throw ConfigurationError(
                "the metadata log was written by another version: \(error); use the version that wrote it, or a newer one"
            )
        }
    }

    private func checkVersion(_ image: MetadataImage) throws(ConfigurationError) {
        guard let level = image.features[MetadataVersion.featureName], image.metadataVersion == nil else { return }
        throw ConfigurationError(
            "the data has metadata.version \(level); this version understands \(MetadataVersion.minimum) to \(MetadataVersion.latest); use another version of ottla"
        )
    }

    private func registration(
        _ opened: OpenedDirectories,
        _ endpoints: [Endpoint],
        _ metadata: MetadataRuntime
    ) -> BrokerRegistrationRequest {
        var random = world.random
        var request = BrokerRegistrationRequest()
        request.brokerId = opened.meta.nodeId
        request.clusterId = opened.meta.clusterId
        request.incarnationId = KafkaUUID.random(using: &random)
        request.rack = config.values["broker.rack"]
        request.logDirs = opened.directories.map(\.meta.directoryId)
        request.previousBrokerEpoch = previousEpoch(opened, metadata)
        let clients = Set(config.listeners.map(\.listener))
        request.listeners = endpoints.filter { clients.contains($0.listener) }.map { endpoint in
            var row = BrokerRegistrationRequest.Listener()
            row.name = endpoint.listener
            row.host = endpoint.host
            row.port = UInt16(endpoint.port)
            row.securityProtocol = 0
            return row
        }
        let features = SupportedFeatures(metadata.latest.image, allowsUnstable: config.allowsUnstableFeatures)
        request.features = features.sorted.map { name, range in
            var feature = BrokerRegistrationRequest.Feature()
            feature.name = name
            feature.minSupportedVersion = range.lowerBound
            feature.maxSupportedVersion = range.upperBound
            return feature
        }
        return request
    }

    /// The broker's epoch when it last stopped, if that was in order; else -1. Of several directories, one without the mark may be another
    /// disk than before: what the broker had on that one is gone.
    private func previousEpoch(_ opened: OpenedDirectories, _ metadata: MetadataRuntime) -> Int64 {
        let directories = opened.directories
        guard directories.allSatisfy(\.remembered.isClean),
            directories.count == 1 || directories.allSatisfy(\.storage.hasCleanShutdownMark)
        else { return -1 }
        let marked = directories.compactMap(\.storage.cleanShutdownEpoch)
        return marked.min() ?? metadata.brokerEpoch(of: opened.meta.nodeId) ?? -1
    }

    // MARK: Broker

    private func makeBroker(
        _ core: NodeCore,
        _ opened: OpenedDirectories,
        _ bound: Listeners.Bound,
        _ ready: RunningNode.Ready
    ) -> BrokerService {
        let offline = OfflineDirectories()
        let directories = makeDirectories(opened, offline)
        let store = PartitionStore(
            world: world,
            directories: directories,
            nodeId: core.nodeId,
            config: config,
            logger: logger,
            metrics: metrics,
            decisions: decisions
        )
        let cluster = PublishedView(.empty(config))
        let session = BrokerSession(
            millis: config.sessionMillis,
            fetchWaitMillis: config.fetchWaitMillis,
            time: world.time
        )
        let groups = GroupRuntime(
            world: world,
            config: config,
            session: session,
            eventLoops: core.eventLoops,
            logger: logger,
            decisions: decisions
        )
        let transactions = NodeTransactions(core, cluster, groups, session)
        let publisher = MetadataPublisher(
            config: config,
            nodeId: core.nodeId,
            logger: logger,
            metrics: metrics,
            files: core.files,
            store: store,
            groups: groups,
            cluster: cluster,
            shown: { transactions.follow($0) }
        )
        return BrokerService(
            core: core,
            node: makeNode(core, store, cluster, session, groups, transactions),
            publisher: publisher,
            directories: opened.directories,
            offline: offline,
            sockets: bound.clients,
            ready: ready,
            quota: quota,
            onReady: onReady
        )
    }

    private func makeNode(
        _ core: NodeCore,
        _ store: PartitionStore,
        _ cluster: PublishedView,
        _ session: BrokerSession,
        _ groups: GroupRuntime,
        _ transactions: NodeTransactions
    ) -> Node {
        let brokerEpoch = BrokerEpoch()
        return Node(
            config: config,
            nodeId: core.nodeId,
            clusterId: core.clusterId,
            time: world.time,
            logger: logger,
            metrics: metrics,
            decisions: decisions,
            files: core.files,
            connections: ConnectionRegistry(
                limit: config.maxConnections,
                limitPerHost: config.maxConnectionsPerIp,
                ratePerHost: config.connectionRatePerIp,
                files: core.files,
                time: world.time
            ),
            store: store,
            cluster: cluster,
            metadata: core.metadata,
            controller: core.controller,
            quorumDesk: core.quorum?.desk,
            groups: groups,
            transactions: transactions,
            topics: TopicCreator(config: config, cluster: cluster, controller: core.controller),
            producerIds: ProducerIds(controller: core.controller, nodeId: core.nodeId, brokerEpoch: brokerEpoch),
            brokerEpoch: brokerEpoch,
            session: session,
            fetchSessions: FetchSessions(limit: config.fetchSessionSlots, world: world),
            followerSessions: FetchSessions(limit: FetchSessions.followerLimit, world: world),
            unserved: UnservedFeatures(time: world.time, logger: logger),
            readers: world.threads.makeWorker("reader", threads: 2),
            background: world.threads.makeWorker("background", threads: 1)
        )
    }
}

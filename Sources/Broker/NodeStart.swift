import CPlatform
import ClusterMetadata
import CoreMetrics
import KRaft
import KafkaProtocol
import LogStorage
import Logging
import NIOCore
import Synchronization
import World

/// What brings a node up, step by step.
struct NodeStart {
    let config: BrokerConfig
    let world: World
    let logger: Logger
    let quota: any RequestQuota
    let metricsText: @Sendable () -> String
    let onFatal: @Sendable (String) -> Void
    let metrics = BrokerMetrics()

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
        let endpoints = Listeners.advertised(config, bound, world.network)
        let opened = try DirectoryOpener(config: config, world: world, logger: logger).open()
        let directories = makeDirectories(opened)
        let eventLoops = world.network.makeEventLoops(config.threads)
        let store = PartitionStore(
            world: world,
            directories: directories,
            nodeId: opened.meta.nodeId,
            config: config,
            logger: logger,
            metrics: metrics
        )
        let cluster = PublishedView(.empty(config))
        let groups = GroupRuntime(world: world, config: config, eventLoops: eventLoops, logger: logger)
        let publisher = MetadataPublisher(
            config: config,
            nodeId: opened.meta.nodeId,
            logger: logger,
            metrics: metrics,
            files: files,
            store: store,
            groups: groups,
            cluster: cluster
        )
        let metadata = try makeMetadata(opened, eventLoops.next(), publisher)
        let features = try activate(metadata)
        let brokerEpoch = try join(metadata, opened, endpoints, features)
        // Nothing refuses the start any more, and no partition's log has been touched yet.
        for entry in opened.directories { try entry.storage.removeCleanShutdownMark() }
        publisher.begin(try metadata.firstPublication(), remembered: opened.directories.map(\.remembered))
        let node = makeNode(opened, files, store, cluster, metadata, groups, brokerEpoch: brokerEpoch)
        metadata.begin()
        let epoch = BrokerEpoch()
        epoch.set(brokerEpoch)
        store.beginReplication(cluster: cluster, brokerEpoch: epoch, metrics: metrics, on: eventLoops) {
            node.controller.send($0, .own(AlterPartitionRequest.self), $1)
        }
        finishDeletions(directories)
        files.warnIfShort(logger, connections: 0)
        let services = ConnectionServices(node, Apis.serve(node, quota: quota))
        let servers = try Listeners.serve(services, bound, eventLoops: eventLoops, metricsText: metricsText)
        return RunningNode(
            node: node,
            eventLoops: eventLoops,
            servers: servers,
            brokerEpoch: brokerEpoch,
            timers: startTimers(node, publisher, eventLoops),
            endpoints: endpoints
        )
    }

    /// Event loops, and what takes work off them: of the directories, the cleaner, the controller, the groups, readers, what runs in the
    /// background. Some are for the system's libraries.
    private func checkThreads() throws(ConfigurationError) {
        let needed = config.threads + 2 * config.logDirs.count + config.cleanerThreads + 12
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

    private func makeDirectories(_ opened: OpenedDirectories) -> [LogDirectoryRuntime] {
        let offline = OfflineCount()
        let (metrics, onFatal) = (metrics, onFatal)
        let (metadataPath, all) = (opened.metadata.path, opened.directories.count)
        return opened.directories.map { entry in
            LogDirectoryRuntime(entry.storage, world: world, meta: entry.meta, logger: logger, metrics: metrics) {
                directory,
                reason in
                let count = offline.next()
                metrics.offlineDirectories.record(Int64(count))
                if directory.path == metadataPath {
                    onFatal("the directory of the metadata log failed: \(reason)")
                }
                if count == all { onFatal("all log directories failed; the last one: \(reason)") }
            }
        }
    }

    private final class OfflineCount: Sendable {
        private let count = Atomic(0)
        func next() -> Int { count.wrappingAdd(1, ordering: .relaxed).newValue }
    }

    // MARK: Controller

    private func makeMetadata(
        _ opened: OpenedDirectories,
        _ eventLoop: any EventLoop,
        _ publisher: MetadataPublisher
    ) throws -> MetadataRuntime {
        let onFatal = onFatal
        let metadata = MetadataRuntime(
            world: world,
            quorum: try openQuorum(opened),
            settings: ControllerSettings(
                staticConfig: config.values,
                ownDefaults: config.ownDefaults,
                allowsUnstableFeatures: config.allowsUnstableFeatures,
                clusterId: opened.meta.clusterId,
                nodeId: opened.meta.nodeId
            ),
            voterEndpoints: config.voterEndpoints,
            eventLoop: eventLoop,
            logger: logger,
            publish: { publisher.publish($0, $1, offset: $2) },
            onFailure: { onFatal("the metadata log failed: \($0)") }
        )
        try checkVersion(try understanding { try metadata.load() })
        return metadata
    }

    private func activate(_ metadata: MetadataRuntime) throws -> SupportedFeatures {
        let active = try understanding { try metadata.activate() }
        return SupportedFeatures(active, allowsUnstable: config.allowsUnstableFeatures)
    }

    /// Registers the broker, which takes its partitions.
    ///
    /// - Returns: the broker's epoch.
    private func join(
        _ metadata: MetadataRuntime,
        _ opened: OpenedDirectories,
        _ endpoints: [Endpoint],
        _ features: SupportedFeatures
    ) throws -> Int64 {
        let isClean = opened.directories.allSatisfy(\.remembered.isClean)
        let request = registration(
            opened,
            endpoints,
            features,
            previousEpoch: isClean ? metadata.brokerEpoch(of: opened.meta.nodeId) : nil
        )
        guard let response = metadata.ask(request, .own(BrokerRegistrationRequest.self)), response.errorCode == .none
        else { throw ConfigurationError("broker registration was refused by the controller; the log has the reason") }
        return response.brokerEpoch
    }

    private func openQuorum(
        _ opened: OpenedDirectories
    ) throws -> sending RaftQuorum {
        var limits = RaftQuorum.Limits()
        limits.bytesBetweenSnapshots = config.snapshotBytes
        limits.snapshotIntervalMillis = config.snapshotMillis
        do {
            return try RaftQuorum(
                directory: opened.metadata.path,
                fileSystem: world.files,
                nodeId: opened.meta.nodeId,
                directoryId: opened.meta.directoryId,
                bootstrap: try QuorumFormat(config).bootstrap(
                    config,
                    nodeId: opened.meta.nodeId,
                    directoryId: opened.meta.directoryId
                ),
                endpoints: config.controllerEndpoints.map { VoterEndpoint($0) },
                limits: limits,
                time: world.time,
                random: world.random
            ) { [logger] in logger.warning("\($0)") }
        } catch LogError.corrupt(let path, let position, let reason) {
            throw ConfigurationError("the metadata log cannot be used: \(path) at byte \(position): \(reason)")
        }
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

    /// - Parameter previousEpoch: the broker's epoch when it last stopped, if that was in order.
    private func registration(
        _ opened: OpenedDirectories,
        _ endpoints: [Endpoint],
        _ features: SupportedFeatures,
        previousEpoch: Int64?
    ) -> BrokerRegistrationRequest {
        var random = world.random
        var request = BrokerRegistrationRequest()
        request.brokerId = opened.meta.nodeId
        request.clusterId = opened.meta.clusterId
        request.incarnationId = KafkaUUID.random(using: &random)
        request.rack = config.values["broker.rack"]
        request.logDirs = opened.directories.map(\.meta.directoryId)
        request.previousBrokerEpoch = previousEpoch ?? -1
        request.listeners = endpoints.map { endpoint in
            var row = BrokerRegistrationRequest.Listener()
            row.name = endpoint.listener
            row.host = endpoint.host
            row.port = UInt16(endpoint.port)
            row.securityProtocol = 0
            return row
        }
        request.features = features.sorted.map { name, range in
            var feature = BrokerRegistrationRequest.Feature()
            feature.name = name
            feature.minSupportedVersion = range.lowerBound
            feature.maxSupportedVersion = range.upperBound
            return feature
        }
        return request
    }

    /// Removes directories of topics whose deletion a stop interrupted.
    private func finishDeletions(_ directories: [LogDirectoryRuntime]) {
        for directory in directories {
            guard let paths = try? directory.storage.deletedDirectories() else { continue }
            for path in paths {
                directory.background { [logger] in
                    do throws(StorageError) { try directory.storage.fileSystem.removeTree(path) } catch {
                        logger.warning("\(error)", metadata: ["directory": "\(path)"])
                    }
                }
            }
        }
    }

    // MARK: Node

    private func makeNode(
        _ opened: OpenedDirectories,
        _ files: FileBudget,
        _ store: PartitionStore,
        _ cluster: PublishedView,
        _ metadata: MetadataRuntime,
        _ groups: GroupRuntime,
        brokerEpoch: Int64
    ) -> Node {
        let nodeId = opened.meta.nodeId
        let controller = LocalControllerChannel(runtime: metadata)
        return Node(
            config: config,
            nodeId: nodeId,
            clusterId: opened.meta.clusterId,
            time: world.time,
            logger: logger,
            metrics: metrics,
            files: files,
            connections: ConnectionRegistry(
                limit: config.maxConnections,
                limitPerHost: config.maxConnectionsPerIp,
                ratePerHost: config.connectionRatePerIp,
                files: files,
                time: world.time
            ),
            store: store,
            cluster: cluster,
            metadata: metadata,
            controller: controller,
            groups: groups,
            topics: TopicCreator(config: config, cluster: cluster, controller: controller),
            producerIds: ProducerIds(controller: controller, nodeId: nodeId, brokerEpoch: brokerEpoch),
            fetchSessions: FetchSessions(limit: config.fetchSessionSlots, world: world),
            followerSessions: FetchSessions(limit: FetchSessions.followerLimit, world: world),
            unserved: UnservedFeatures(time: world.time, logger: logger),
            readers: world.threads.makeWorker("reader", threads: 2),
            background: world.threads.makeWorker("background", threads: 1)
        )
    }

    private func startTimers(
        _ node: Node,
        _ publisher: MetadataPublisher,
        _ eventLoops: any EventLoopGroup
    ) -> [RepeatedTask] {
        let loop = eventLoops.next()
        func every(_ millis: Int64, first: Int64? = nil, _ work: @escaping @Sendable () -> Void) -> RepeatedTask {
            loop.scheduleRepeatedTask(
                initialDelay: .milliseconds(first ?? millis),
                delay: .milliseconds(max(1, millis))
            ) { _ in
                node.background.submit(work)
            }
        }
        func everyForLogs(_ millis: Int64, _ work: @escaping @Sendable () -> Void) -> RepeatedTask {
            every(millis, first: node.config.initialTaskDelayMillis ?? min(millis, 30_000), work)
        }
        return [
            everyForLogs(node.config.retentionCheckMillis) { node.store.retire() },
            everyForLogs(max(1000, node.config.recoveryPointCheckpointMillis)) { node.store.checkpoint() },
            every(node.config.producerIdCheckMillis) { node.store.expireProducers() },
            every(node.config.offsetsCheckMillis) {
                node.groups.expire(at: WallTime(milliseconds: node.store.retentionTime()))
            },
            every(1000) { node.store.flushDue() },
            every(PartitionStore.reopeningMillis) {
                publisher.reopen { node.metadata.betweenPublications($0) }
            },
            every(1000) { node.store.cleaner.tick(node.store, CleanerSettings(node.view.resolver)) },
            every(5000) {
                let connections = node.connections.count
                node.files.warnIfShort(node.logger, connections: connections)
                node.metrics.openConnections.record(Int64(connections))
                node.metrics.residentBytes.record(ottla_resident_bytes())
            },
        ]
    }
}

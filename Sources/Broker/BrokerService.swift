import CPlatform
import ClusterMetadata
import KRaft
import KafkaProtocol
import LogStorage
import Logging
import NIOCore
import Synchronization
import World

/// The broker of a node: joins the cluster, opens its logs with the first image in which it is a member, and serves clients. Nothing of it waits on
/// a thread: each step ends with a callback that begins the next one.
final class BrokerService: Sendable {
    private enum Stage: Int, Comparable {
        /// Waits for a controller to take the broker, and for the metadata up to there.
        case joining
        /// The logs are being opened, or recovered.
        case opening
        case serving
        case ready

        static func < (left: Stage, right: Stage) -> Bool { left.rawValue < right.rawValue }
    }

    private struct State {
        var stage = Stage.joining
        var isStopping = false
        var life: BrokerLifeRuntime?
        var servers: [any Server] = []
        var timers: [RepeatedTask] = []
    }

    /// Between two lines that say what is waited for.
    private static let patience = TimeAmount.seconds(5)

    let node: Node
    private let ready: RunningNode.Ready
    private let core: NodeCore
    private let publisher: MetadataPublisher
    private let directories: [OpenedDirectories.Entry]
    private let offline: OfflineDirectories
    private let sockets: [Listeners.Socket]
    private let quota: any RequestQuota
    private let onReady: @Sendable (Result<RunningNode.Ready, any Error>) -> Void
    private let state = Mutex(State())

    init(
        core: NodeCore,
        node: Node,
        publisher: MetadataPublisher,
        directories: [OpenedDirectories.Entry],
        offline: OfflineDirectories,
        sockets: [Listeners.Socket],
        ready: RunningNode.Ready,
        quota: any RequestQuota,
        onReady: @escaping @Sendable (Result<RunningNode.Ready, any Error>) -> Void
    ) {
        self.core = core
        self.node = node
        self.publisher = publisher
        self.directories = directories
        self.offline = offline
        self.sockets = sockets
        self.ready = ready
        self.quota = quota
        self.onReady = onReady
    }

    // MARK: Start

    func begin(_ registration: BrokerRegistrationRequest) {
        node.store.incarnationId.withLock { $0 = registration.incarnationId }
        let life = BrokerLifeRuntime(
            registration: registration,
            settings: BrokerLifeRuntime.Settings(
                heartbeatMillis: node.config.heartbeatMillis,
                registrationMillis: node.config.registrationMillis
            ),
            channel: node.controller,
            epoch: node.brokerEpoch,
            session: node.session,
            eventLoop: core.eventLoops.next(),
            time: node.time,
            decisions: node.decisions,
            callbacks: BrokerLifeRuntime.Callbacks(
                registered: { [weak self] in self?.registered($0) },
                unfenced: { [weak self] in self?.unfenced() },
                refused: { [weak self] in self?.refused($0) }
            )
        )
        let watch = core.eventLoops.next().scheduleRepeatedTask(initialDelay: Self.patience, delay: Self.patience) {
            [weak self] _ in self?.sayWhatIsAwaited()
        }
        state.withLock { state in
            state.life = life
            state.timers = [watch]
        }
        life.start()
        offline.tell { [weak life] in life?.directoryFailed($0) }
    }

    private func registered(_ epoch: Int64) {
        guard state.withLock({ $0.stage == .joining }) else { return }
        core.metadata.first(upTo: epoch) { [weak self] publication in
            self?.beginOpening(publication)
        }
    }

    /// Recovery may take long, and the controller's thread has others to answer.
    private func beginOpening(_ first: MetadataLoader.Publication) {
        state.withLock { state in
            if state.isStopping || state.stage != .joining { return }
            state.stage = .opening
            // Under the lock: a stop that comes later waits behind it.
            node.background.submit { [self] in open(first) }
        }
    }

    /// On the background thread.
    private func open(_ first: MetadataLoader.Publication) {
        do {
            // Nothing refuses the start any more, and no partition's log has been touched yet.
            for entry in directories { try entry.storage.removeCleanShutdownMark() }
            publisher.begin(first, remembered: directories.map(\.remembered))
            observeLocations()
            node.store.beginReplication(
                cluster: node.cluster,
                brokerEpoch: node.brokerEpoch,
                metrics: node.metrics,
                on: core.eventLoops,
                { [controller = node.controller] in controller.send($0, .own(AlterPartitionRequest.self), $1) },
                assign: { [controller = node.controller] in
                    controller.send($0, .own(AssignReplicasToDirsRequest.self), $1)
                }
            )
            finishDeletions()
            guard advance(to: .serving) else { return }
            core.metadata.publish { [self] image, delta, offset in
                publisher.publish(image, delta, offset: offset)
                life?.published(image, offset: offset)
            }
            try serve()
        } catch {
            return onReady(.failure(error))
        }
        life?.published(first.image, offset: first.offset)
        life?.serves()
    }

    private func observeLocations() {
        node.store.locationObserver.withLock { $0 = { [weak self] ids in self?.look(at: ids) } }
    }

    private func look(at ids: [TopicPartition]) {
        core.metadata.betweenPublications { [publisher] in publisher.look(at: ids) }
    }

    private func serve() throws {
        node.files.warnIfShort(node.logger, connections: 0)
        let services = ConnectionServices(core, node.connections, Apis.serve(node, quota: quota))
        let servers = try Listeners.serve(services, sockets, eventLoops: core.eventLoops)
        let timers = BrokerTimers.start(node, publisher, core.eventLoops.next())
        let isLate = state.withLock { state in
            for timer in state.timers { timer.cancel() }
            state.servers = servers
            state.timers = timers
            return state.isStopping
        }
        if !isLate { return }
        for timer in timers { timer.cancel() }
        for server in servers { _ = server.close() }
    }

    /// - Returns: false when the broker is to stop instead.
    private func advance(to stage: Stage) -> Bool {
        state.withLock { state in
            if state.isStopping || state.stage >= stage { return false }
            state.stage = stage
            return true
        }
    }

    private func unfenced() {
        guard advance(to: .ready) else { return }
        onReady(.success(ready))
    }

    private func refused(_ reason: String) {
        guard state.withLock({ !$0.isStopping }) else { return }
        onReady(.failure(ConfigurationError("broker registration was refused by the controller: \(reason)")))
    }

    private var life: BrokerLifeRuntime? { state.withLock { $0.life } }

    private func sayWhatIsAwaited() {
        let (stage, isStopping) = state.withLock { ($0.stage, $0.isStopping) }
        if isStopping { return }
        let status = core.metadata.status
        switch stage {
        case .joining where status.leaderId < 0:
            if let reason = strangers(status) { return onReady(.failure(ConfigurationError(reason))) }
            node.logger.notice(
                "waiting for a controller quorum: no leader is known",
                metadata: ["voters": "\(status.voters)", "epoch": "\(status.leaderEpoch)"]
            )
        case .joining:
            node.logger.notice(
                "waiting for the controller to take this broker, and for the metadata log up to there",
                metadata: [
                    "controller": "\(status.leaderId)", "brokerEpoch": "\(node.brokerEpoch.value)",
                    "offset": "\(core.metadata.latest.offset)",
                ]
            )
        case .opening: node.logger.notice("the logs are being opened")
        case .serving, .ready: break
        }
    }

    /// What is wrong when all other voters belong to another cluster: this node can never join them.
    private func strangers(_ status: QuorumStatus) -> String? {
        let others = status.voters.filter { $0 != node.store.nodeId }
        guard !others.isEmpty, status.strangers.isSuperset(of: others) else { return nil }
        let names = others.map(String.init).joined(separator: ", ")
        return
            "the controllers \(names) belong to another cluster than this node, whose cluster.id is \(core.clusterId) by meta.properties; use the log.dirs of a node of their cluster, or name this one's controllers in controller.quorum.voters"
    }

    /// Removes directories of topics whose deletion a stop interrupted.
    private func finishDeletions() {
        for directory in node.store.directories {
            guard let paths = try? directory.storage.deletedDirectories() else { continue }
            for path in paths {
                directory.background { [logger = node.logger] in
                    do throws(StorageError) { try directory.storage.fileSystem.removeTree(path) } catch {
                        logger.warning("\(error)", metadata: ["directory": "\(path)"])
                    }
                }
            }
        }
    }

    // MARK: Stop

    /// Has what this broker leads moved, and takes no further clients.
    func leave(then done: @escaping @Sendable () -> Void) {
        let (life, timers) = state.withLock { state in
            state.isStopping = true
            return (state.life, state.timers)
        }
        for timer in timers { timer.cancel() }
        let loop = core.eventLoops.next()
        let closeServers: @Sendable () -> Void = { [self] in
            let servers = state.withLock { $0.servers }
            EventLoopFuture.andAllComplete(servers.map { $0.close() }, on: loop).whenComplete { _ in done() }
        }
        guard let life else { return closeServers() }
        life.stop { [self] in
            guard hasOtherBrokers else { return closeServers() }
            loop.scheduleTask(in: Self.shutdownGrace, closeServers)
        }
    }

    /// How long clients are still told who leads now what this broker has led. Who loses its connection instead may ask another broker that has not
    /// heard of it yet, and then some clients ask again only after a second.
    private static let shutdownGrace = TimeAmount.milliseconds(200)

    private var hasOtherBrokers: Bool {
        node.cluster.view.image.brokers.values.contains { $0.id != ready.nodeId && !$0.isFenced }
    }

    /// Behind what the background thread is doing, and the flushes that are under way: what they have taken on is not done again.
    func closeLogs(_ done: @escaping @Sendable () -> Void) {
        // It holds this by what it calls back.
        state.withLock { $0.life = nil }
        node.background.submit { [self] in
            // Logs that were never opened stay as they are, with the mark of the stop before.
            guard state.withLock({ $0.stage > .joining }) else { return done() }
            node.store.finishFlushes { [self] in
                node.background.submit { [self] in
                    node.store.close(brokerEpoch: node.brokerEpoch.value)
                    done()
                }
            }
        }
    }
}

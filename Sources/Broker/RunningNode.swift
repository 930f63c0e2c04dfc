import Logging
import NIOCore
import QuorumNetwork
import Synchronization
import World

/// A node from start to stop: opens the directories, brings up the controller and the broker, serves, and ends in order.
package final class RunningNode: Sendable {
    /// What others have to know of a node that is ready.
    package struct Ready: Sendable {
        package var host: String
        package var port: Int
        package var nodeId: Int32
        package var clusterId: String

        init(_ address: Endpoint?, _ core: NodeCore) {
            (host, port) = (address?.host ?? "", address?.port ?? 0)
            (nodeId, clusterId) = (core.nodeId, core.clusterId)
        }
    }

    /// Where other nodes reach this one's controller.
    struct ControllerPort: Sendable {
        let servers: [any Server]
        let connections: ConnectionRegistry
        let registrar: ControllerRegistrar
    }

    /// What it is called and where it is reached, once it is ready.
    package let ready: Ready
    let core: NodeCore
    let broker: BrokerService?
    private let controllers: ControllerPort?
    /// For metrics.
    private let servers: [any Server]

    private struct Stop {
        var hasBegun = false
        var isOver = false
        var waiting: [@Sendable () -> Void] = []
    }
    private let stopping = Mutex(Stop())

    /// How long a stop waits for clients to take their answers.
    private static let drainTime = TimeAmount.seconds(5)

    /// Begins to start a node, and returns before it is ready: others may have to be waited for.
    ///
    /// - Parameters:
    ///   - quota: holds clients back that ask too much.
    ///   - metricsText: the metrics as text, for `metrics.listener`.
    ///   - onFatal: called when the node cannot go on; the process should end with a failure.
    ///   - onReady: called once, on any thread: when clients are served, or why they never will be; then the node is to be stopped.
    /// - Throws: `ConfigurationError` for what the operator can change, other errors for a failing machine.
    package static func start(
        _ config: BrokerConfig,
        world: World = .real,
        logger: Logger,
        quota: any RequestQuota = UnlimitedQuota(),
        metricsText: @escaping @Sendable () -> String,
        onFatal: @escaping @Sendable (String) -> Void,
        onReady: @escaping @Sendable (Result<Ready, any Error>) -> Void
    ) throws -> RunningNode {
        let metrics = BrokerMetrics()
        let start = NodeStart(
            config: config,
            world: world,
            logger: logger,
            quota: quota,
            metricsText: metricsText,
            onFatal: onFatal,
            onReady: onReady,
            metrics: metrics,
            decisions: DecisionLog(time: world.time, logger: logger, metrics: metrics)
        )
        return try start.run()
    }

    init(
        core: NodeCore,
        broker: BrokerService?,
        controllers: ControllerPort?,
        servers: [any Server],
        ready: Ready
    ) {
        self.core = core
        self.broker = broker
        self.controllers = controllers
        self.servers = servers
        self.ready = ready
    }

    // MARK: Stop

    /// Finishes what is in flight, makes everything durable and writes the marks of a clean stop. Blocks nobody. There is one stop,
    /// whoever asks for it, and however often: all are told when it is over.
    package func stop(then done: @escaping @Sendable () -> Void) {
        let (isFirst, isOver) = stopping.withLock { stop in
            if !stop.isOver { stop.waiting.append(done) }
            defer { stop.hasBegun = true }
            return (!stop.hasBegun, stop.isOver)
        }
        if isOver { done() }
        if isFirst { stop() }
    }

    /// First the broker, as long as there is a controller to tell; then the controller, as long as it reaches others.
    private func stop() {
        core.logger.notice("stopping")
        controllers?.registrar.stop()
        var steps: [Steps.Step] = []
        if let broker {
            let node = broker.node
            steps += [
                broker.leave, node.groups.stop, node.transactions.stop,
                { [self] in drain(node.connections, node.store, $0) },
            ]
        }
        steps += [core.metadata.stop, closeQuorum, core.controller.close, closeServers]
        if let broker {
            let node = broker.node
            steps += [broker.closeLogs, node.background.stop, node.store.stop, node.readers.stop]
        }
        Steps.run(steps + [endLoops]) { [self] in
            core.logger.notice("clean shutdown completed")
            let waiting = stopping.withLock { stop in
                stop.isOver = true
                defer { stop.waiting = [] }
                return stop.waiting
            }
            for done in waiting { done() }
        }
    }

    /// Who asks this node's quorum is told that it ends, and what it said last has a moment to arrive.
    private func closeQuorum(_ done: @escaping @Sendable () -> Void) {
        guard let quorum = core.quorum else { return done() }
        quorum.close(on: core.eventLoops.next()) { [self] in
            guard let controllers else { return done() }
            close(controllers.servers) { self.drain(controllers.connections, nil, done) }
        }
    }

    private func closeServers(_ done: @escaping @Sendable () -> Void) { close(servers, done) }

    private func close(_ servers: [any Server], _ done: @escaping @Sendable () -> Void) {
        let loop = core.eventLoops.next()
        EventLoopFuture.andAllComplete(servers.map { $0.close() }, on: loop).whenComplete { _ in done() }
    }

    /// Waiting fetches end by themselves within their own time; some seconds are enough for all others.
    private func drain(
        _ connections: ConnectionRegistry,
        _ store: PartitionStore?,
        _ done: @escaping @Sendable () -> Void
    ) {
        connections.drainAll()
        for partition in store?.all ?? [] { partition.wakeReaders() }
        // On one loop, so that the two cannot both be first.
        let loop = core.eventLoops.next()
        let ended = loop.makePromise(of: Void.self)
        let timer = loop.scheduleTask(in: Self.drainTime) {
            // Connections that are left end with the loops, when this one may be gone already.
            connections.stopWaiting()
            ended.succeed(())
        }
        connections.whenEmpty {
            timer.cancel()
            ended.succeed(())
        }
        ended.futureResult.whenComplete { _ in done() }
    }

    private func endLoops(_ done: @escaping @Sendable () -> Void) {
        core.eventLoops.shutdownGracefully { _ in done() }
    }
}

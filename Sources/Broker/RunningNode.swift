import Logging
import NIOCore
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
    }

    package let ready: Ready
    let node: Node
    private let eventLoops: any EventLoopGroup
    private let servers: [any Server]
    private let logger: Logger
    private let brokerEpoch: Int64
    private let timers: [RepeatedTask]

    private struct Stop {
        var hasBegun = false
        var isOver = false
        var waiting: [@Sendable () -> Void] = []
    }
    private let stopping = Mutex(Stop())

    /// How long a stop waits for clients to take their answers.
    private static let drainTime = TimeAmount.seconds(5)

    /// - Parameters:
    ///   - quota: holds clients back that ask too much.
    ///   - metricsText: the metrics as text, for `metrics.listener`.
    ///   - onFatal: called when the node cannot go on; the process should end with a failure.
    /// - Throws: `ConfigurationError` for what the operator can change, other errors for a failing machine.
    package static func start(
        _ config: BrokerConfig,
        world: World = .real,
        logger: Logger,
        quota: any RequestQuota = UnlimitedQuota(),
        metricsText: @escaping @Sendable () -> String,
        onFatal: @escaping @Sendable (String) -> Void
    ) throws -> RunningNode {
        let start = NodeStart(
            config: config,
            world: world,
            logger: logger,
            quota: quota,
            metricsText: metricsText,
            onFatal: onFatal
        )
        return try start.run()
    }

    init(
        node: Node,
        eventLoops: any EventLoopGroup,
        servers: [any Server],
        brokerEpoch: Int64,
        timers: [RepeatedTask],
        endpoints: [Endpoint]
    ) {
        self.node = node
        self.eventLoops = eventLoops
        self.servers = servers
        logger = node.logger
        self.brokerEpoch = brokerEpoch
        self.timers = timers
        let first = endpoints.first
        ready = Ready(host: first?.host ?? "", port: first?.port ?? 0, nodeId: node.nodeId, clusterId: node.clusterId)
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

    private func stop() {
        logger.notice("stopping")
        for timer in timers { timer.cancel() }
        Steps.run(
            [
                closeServers, node.groups.stop, drainConnections, node.metadata.stop, closeLogs,
                node.background.stop, node.store.stop, node.readers.stop, endLoops,
            ]
        ) { [self] in
            logger.notice("clean shutdown completed")
            let waiting = stopping.withLock { stop in
                stop.isOver = true
                defer { stop.waiting = [] }
                return stop.waiting
            }
            for done in waiting { done() }
        }
    }

    private func closeServers(_ done: @escaping @Sendable () -> Void) {
        let loop = eventLoops.next()
        EventLoopFuture.andAllComplete(servers.map { $0.close() }, on: loop).whenComplete { _ in done() }
    }

    /// Waiting fetches end by themselves within their own time; some seconds are enough for all others.
    private func drainConnections(_ done: @escaping @Sendable () -> Void) {
        node.connections.drainAll()
        for partition in node.store.all { partition.wakeReaders() }
        // On one loop, so that the two cannot both be first.
        let loop = eventLoops.next()
        let ended = loop.makePromise(of: Void.self)
        let timer = loop.scheduleTask(in: Self.drainTime) { [node] in
            // Connections that are left end with the loops, when this one may be gone already.
            node.connections.stopWaiting()
            ended.succeed(())
        }
        node.connections.whenEmpty {
            timer.cancel()
            ended.succeed(())
        }
        ended.futureResult.whenComplete { _ in done() }
    }

    /// Behind what the background thread is doing, and the flushes that are under way: what they have taken on is not done again.
    private func closeLogs(_ done: @escaping @Sendable () -> Void) {
        node.background.submit { [self] in
            node.store.finishFlushes { [self] in
                node.background.submit { [self] in
                    node.store.close(brokerEpoch: brokerEpoch)
                    done()
                }
            }
        }
    }

    private func endLoops(_ done: @escaping @Sendable () -> Void) {
        eventLoops.shutdownGracefully { _ in done() }
    }
}

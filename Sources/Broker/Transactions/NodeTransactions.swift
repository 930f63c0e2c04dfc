import ClusterMetadata
import KafkaConnection
import KafkaProtocol
import Logging
import NIOCore
import World

/// What a broker has for transactions: as coordinator, as leader of partitions, and what carries both to other brokers.
struct NodeTransactions: Sendable {
    let runtime: TransactionRuntime
    let markers: MarkerWriter
    let coordinators: TransactionCoordinators
    let gate: TransactionGate
    private let markerPeers: PeerConnections
    private let coordinatorPeers: PeerConnections

    init(_ core: NodeCore, _ cluster: PublishedView, _ groups: GroupRuntime, _ session: BrokerSession) {
        let (world, config) = (core.world, core.config)
        func peers(_ purpose: String) -> PeerConnections {
            var settings = ConnectionSettings(clientId: "broker-\(core.nodeId)-\(purpose)")
            settings.unacknowledgedLimit = ConnectionSettings.limitBetweenNodes
            return PeerConnections(settings, world, on: core.eventLoops)
        }
        // Questions of producers must not wait behind markers that wait for replicas.
        markerPeers = peers("transaction-markers")
        coordinatorPeers = peers("transaction-coordinators")
        markers = MarkerWriter(
            cluster: cluster,
            groups: groups,
            peers: markerPeers,
            listener: config.interBrokerListener,
            time: world.time,
            eventLoop: core.eventLoops.next(),
            logger: core.logger
        )
        runtime = TransactionRuntime(
            world: world,
            config: config,
            session: session,
            cluster: cluster,
            markers: markers,
            eventLoops: core.eventLoops,
            logger: core.logger,
            decisions: core.decisions
        )
        coordinators = TransactionCoordinators(
            cluster: cluster,
            transactions: runtime,
            peers: coordinatorPeers,
            listener: config.interBrokerListener,
            time: world.time,
            eventLoop: core.eventLoops.next()
        )
        gate = TransactionGate(coordinators)
    }

    /// On the controller's thread, with each view.
    func follow(_ view: ClusterView) {
        runtime.follow(view)
        markers.follow(view)
    }

    func stop(then done: @escaping @Sendable () -> Void) {
        runtime.stop { [markerPeers, coordinatorPeers] in
            markerPeers.close { coordinatorPeers.close(then: done) }
        }
    }
}

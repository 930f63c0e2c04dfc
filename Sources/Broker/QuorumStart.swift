import ClusterMetadata
import KRaft
import KafkaConnection
import KafkaProtocol
import LogStorage
import Logging
import NIOCore
import QuorumNetwork
import World

/// Makes what a node has of the quorum.
struct QuorumStart {
    /// To other nodes and from them.
    struct Links {
        let transport: QuorumConnections
        let inbox: RaftInbox
    }

    let config: BrokerConfig
    let world: World
    let logger: Logger
    let decisions: DecisionLog
    let opened: OpenedDirectories
    let eventLoops: any EventLoopGroup

    private var nodeId: Int32 { opened.meta.nodeId }

    /// Where other nodes reach this one's controller.
    func voterEndpoints(_ advertised: [Endpoint]) -> [VoterEndpoint] { advertised.map { VoterEndpoint($0) } }

    // MARK: Connections

    /// nil when no other node can be reached, nor reach this one.
    func makeLinks() -> Links? {
        guard config.quorum.hasPeers(config) else { return nil }
        let inbox = RaftInbox()
        let settings = settings("raft-client-\(nodeId)")
        let transport = QuorumConnections(
            desk: RaftRequestDesk(inbox),
            inbox: inbox,
            fetching: PeerConnections(settings, world, on: eventLoops),
            calling: PeerConnections(settings, world, on: eventLoops),
            listener: config.quorum.listener,
            bootstrap: config.quorum.bootstrap.map { BrokerAddress(host: $0.host, port: $0.port) },
            timeout: .milliseconds(config.quorum.timeouts.requestMillis)
        )
        return Links(transport: transport, inbox: inbox)
    }

    func controllerConnections() -> ClusterControllerChannel.Connections {
        let settings = settings("\(nodeId)")
        return ClusterControllerChannel.Connections(
            own: PeerConnections(settings, world, on: eventLoops),
            forwarding: PeerConnections(settings, world, on: eventLoops),
            makeVoterChanges: { [world, eventLoops] in PeerConnections(settings, world, on: eventLoops) }
        )
    }

    private func settings(_ clientId: String) -> ConnectionSettings {
        var settings = ConnectionSettings(clientId: clientId)
        settings.connectTimeout = .milliseconds(config.quorum.timeouts.requestMillis)
        settings.requestTimeout = .milliseconds(config.quorum.timeouts.requestMillis)
        settings.unacknowledgedLimit = ConnectionSettings.limitBetweenNodes
        return settings
    }

    // MARK: The replica

    func open(_ endpoints: [VoterEndpoint], _ links: Links?) throws -> sending RaftQuorum {
        var limits = RaftQuorum.Limits()
        limits.bytesBetweenSnapshots = config.snapshotBytes
        limits.snapshotIntervalMillis = config.snapshotMillis
        do {
            return try RaftQuorum(
                directory: opened.metadata.path,
                fileSystem: world.files,
                nodeId: nodeId,
                directoryId: opened.meta.directoryId,
                bootstrap: try QuorumFormat(config).bootstrap(
                    config,
                    nodeId: nodeId,
                    directoryId: opened.meta.directoryId
                ),
                endpoints: endpoints,
                limits: limits,
                time: world.time,
                random: world.random,
                peers: links.map { peers($0, endpoints) }
            ) { [logger] in logger.warning("\($0)") }
        } catch LogError.corrupt(let path, let position, let reason) {
            throw ConfigurationError("the metadata log cannot be used: \(path) at byte \(position): \(reason)")
        }
    }

    private func peers(_ links: Links, _ endpoints: [VoterEndpoint]) -> RaftPeers {
        let own = RaftVoter(ReplicaKey(NodeId(nodeId), opened.meta.directoryId), endpoints: endpoints)
        var options = RaftOptions(own: own, clusterId: opened.meta.clusterId)
        config.quorum.timeouts.apply(to: &options)
        options.bootstrapServers = config.quorum.bootstrap.count
        options.joinsVoters = config.quorum.joinsVoters
        let isAlone = config.quorum.voters.isEmpty && !config.quorum.isOneOfSeveral(nodeId)
        return RaftPeers(
            voters: isAlone ? RaftVoterSet([own]) : config.quorum.voterSet,
            options: options,
            transport: links.transport,
            inbox: links.inbox
        ) { [logger, decisions, opened] notice in Self.explain(notice, of: opened.meta.clusterId, logger, decisions) }
    }

    /// One line for each change of role, with its reason.
    private static func explain(
        _ notice: RaftNotice,
        of clusterId: String,
        _ logger: Logger,
        _ decisions: DecisionLog
    ) {
        switch notice {
        case .role(let role, let epoch, let reason): decisions.note(role, in: epoch, reason)
        case .ignored(let peer, .otherCluster):
            logger.warning(
                "quorum: a controller belongs to another cluster than this node; see controller.quorum.voters, and cluster.id in meta.properties",
                metadata: ["peer": "\(peer.name)", "cluster.id": "\(clusterId)"]
            )
        case .ignored(let peer, let violation):
            logger.warning(
                "quorum: a peer said what cannot be, and was ignored",
                metadata: ["peer": "\(peer.name)", "reason": "\(violation)"]
            )
        case .committed, .leadershipGained, .leadershipLost, .proposed, .upgraded: break
        }
    }
}

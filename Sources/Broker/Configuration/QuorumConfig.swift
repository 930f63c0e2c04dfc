import ClusterMetadata
import KRaft
import KafkaProtocol

/// What a node is to the cluster, and how it finds the controllers.
package struct QuorumConfig: Sendable, Equatable {
    package struct Voter: Sendable, Equatable {
        package var id: Int32
        package var address: HostPort
    }

    package var isBroker: Bool
    package var isController: Bool
    /// `controller.listener.names`
    package var listenerNames: [String]
    /// `controller.quorum.voters`: the configuration names the voters of the metadata log, so the log doesn't have to.
    package var voters: [Voter]
    /// `controller.quorum.bootstrap.servers`
    package var bootstrap: [HostPort]
    /// `controller.quorum.auto.join.enable`: this node's controller becomes a voter by itself.
    package var joinsVoters: Bool
    /// `controller.quorum.election.timeout.ms` and its like.
    package var timeouts: RaftTimeouts
    /// `controller.socket.timeout.ms`
    package var answerMillis: Int64

    /// The one that is used towards other controllers.
    package var listener: String { listenerNames.first ?? "CONTROLLER" }
    /// Whether the configuration says how other controllers are found.
    private var namesOthers: Bool { !voters.isEmpty || !bootstrap.isEmpty }

    /// Whether the cluster has other nodes, by what the configuration says.
    func isOneOfSeveral(_ nodeId: Int32?) -> Bool {
        !bootstrap.isEmpty || voters.contains { $0.id != nodeId } || !isBroker || !isController
    }

    /// Whether other nodes reach this one's controller, or it has to reach theirs.
    func hasPeers(_ config: BrokerConfig) -> Bool {
        !config.controllerListeners.isEmpty || isOneOfSeveral(config.nodeId)
    }

    /// The voters for as long as the log names none.
    var voterSet: RaftVoterSet {
        RaftVoterSet(
            voters.map { voter in
                let endpoint = Endpoint(listener: listener, host: voter.address.host, port: voter.address.port)
                return RaftVoter(ReplicaKey(NodeId(voter.id)), endpoints: [VoterEndpoint(endpoint)])
            }
        )
    }

    init(_ reader: ConfigReader, nodeId: Int32?) throws(ConfigurationError) {
        let roles = Set(ConfigValue.list(reader.string("process.roles")))
        if let unknown = roles.subtracting(["broker", "controller"]).sorted().first {
            throw ConfigurationError("process.roles cannot be '\(unknown)': broker, controller or both are possible")
        }
        if roles.isEmpty { throw ConfigurationError("process.roles is empty: broker, controller or both are possible") }
        (isBroker, isController) = (roles.contains("broker"), roles.contains("controller"))
        listenerNames = ConfigValue.list(reader.string("controller.listener.names")).map { $0.uppercased() }
        voters = try Self.voters(reader)
        bootstrap = try Self.addresses(reader)
        joinsVoters = ConfigValue.bool(reader.string("controller.quorum.auto.join.enable"))
        if joinsVoters, !isController {
            throw ConfigurationError(
                "controller.quorum.auto.join.enable is for controllers, and this node's process.roles is broker"
            )
        }
        timeouts = RaftTimeouts(reader)
        answerMillis = max(1, reader.int("controller.socket.timeout.ms"))
        try checkVoters(nodeId)
        if namesOthers || !isController || !isBroker, nodeId == nil {
            throw ConfigurationError("node.id is missing: each node of a cluster has its own number")
        }
    }

    private static func voters(_ reader: ConfigReader) throws(ConfigurationError) -> [Voter] {
        var result: [Voter] = []
        for text in ConfigValue.list(reader.string("controller.quorum.voters")) {
            let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, let id = Int32(parts[0]), id >= 0, let address = HostPort(String(parts[1])),
                !address.host.isEmpty, address.port > 0
            else {
                throw ConfigurationError(
                    "controller.quorum.voters cannot be '\(text)': id@host:port is expected, 1@controller-1:9093 for example"
                )
            }
            if result.contains(where: { $0.id == id }) {
                throw ConfigurationError("controller.quorum.voters names node \(id) twice")
            }
            result.append(Voter(id: id, address: address))
        }
        return result
    }

    private static func addresses(_ reader: ConfigReader) throws(ConfigurationError) -> [HostPort] {
        var result: [HostPort] = []
        for text in ConfigValue.list(reader.string("controller.quorum.bootstrap.servers")) {
            guard let address = HostPort(text), !address.host.isEmpty, address.port > 0 else {
                throw ConfigurationError(
                    "controller.quorum.bootstrap.servers cannot be '\(text)': host:port is expected, controller-1:9093 for example"
                )
            }
            result.append(address)
        }
        return result
    }

    private func checkVoters(_ nodeId: Int32?) throws(ConfigurationError) {
        guard let nodeId, !voters.isEmpty else { return }
        let isNamed = voters.contains { $0.id == nodeId }
        if isController, !isNamed {
            throw ConfigurationError(
                "controller.quorum.voters does not name node \(nodeId), whose process.roles has controller; add \(nodeId)@host:port on every node"
            )
        }
        if !isController, isNamed {
            throw ConfigurationError(
                "controller.quorum.voters names node \(nodeId), whose process.roles is broker; add the role controller, or remove it from the voters"
            )
        }
    }

    // MARK: Listeners

    /// Each role has its listeners, and the others are reached by those of controllers.
    func check(clients: [Endpoint], controllers: [Endpoint], nodeId: Int32?) throws(ConfigurationError) {
        if isBroker, clients.isEmpty { throw ConfigurationError("listeners names no listener for clients") }
        if !isBroker, let client = clients.first {
            throw ConfigurationError(
                "listeners names \(client.listener), which is not in controller.listener.names; a node whose process.roles is controller serves no clients"
            )
        }
        if !isController {
            if let listener = controllers.first?.listener {
                throw ConfigurationError(
                    "listeners names \(listener) of controller.listener.names, and this node's process.roles is broker; remove it from listeners"
                )
            }
            if listenerNames.isEmpty {
                throw ConfigurationError(
                    "controller.listener.names is missing: the name of the listener by which controllers are reached, CONTROLLER for example"
                )
            }
            if !namesOthers {
                throw ConfigurationError(
                    "controller.quorum.bootstrap.servers is missing: a node whose process.roles is broker has to find the controllers"
                )
            }
        } else if controllers.isEmpty, !isBroker || !bootstrap.isEmpty || voters.contains(where: { $0.id != nodeId }) {
            throw ConfigurationError(
                "listeners has none of controller.listener.names: other nodes reach this one's controller there; add CONTROLLER://host:9093 to listeners, and controller.listener.names=CONTROLLER"
            )
        }
    }
}

/// How long replicas of the metadata log wait for what, and how much they ask for.
package struct RaftTimeouts: Sendable, Equatable {
    package var electionMillis: Int64
    package var electionBackoffMaxMillis: Int64
    package var fetchMillis: Int64
    package var requestMillis: Int64
    package var retryBackoffMillis: Int64
    package var fetchMaxBytes: Int32
    package var fetchSnapshotMaxBytes: Int32

    init(_ reader: ConfigReader) {
        // Zero would keep a node busy with elections.
        func atLeastOne(_ name: String) -> Int64 { max(1, reader.int("controller.quorum." + name)) }
        electionMillis = atLeastOne("election.timeout.ms")
        electionBackoffMaxMillis = atLeastOne("election.backoff.max.ms")
        fetchMillis = atLeastOne("fetch.timeout.ms")
        requestMillis = atLeastOne("request.timeout.ms")
        retryBackoffMillis = atLeastOne("retry.backoff.ms")
        fetchMaxBytes = Int32(clamping: atLeastOne("fetch.max.bytes"))
        fetchSnapshotMaxBytes = Int32(clamping: atLeastOne("fetch.snapshot.max.bytes"))
    }

    func apply(to options: inout RaftOptions) {
        options.electionTimeoutMillis = electionMillis
        options.electionBackoffMaxMillis = electionBackoffMaxMillis
        options.fetchTimeoutMillis = fetchMillis
        // Also a fetch that brings nothing has to be answered before its sender gives its leader up.
        options.fetchWaitMillis = min(options.fetchWaitMillis, Int32(clamping: max(1, fetchMillis / 2)))
        options.requestTimeoutMillis = requestMillis
        options.retryBackoffMillis = retryBackoffMillis
        options.fetchMaxBytes = fetchMaxBytes
        options.fetchSnapshotMaxBytes = fetchSnapshotMaxBytes
    }
}

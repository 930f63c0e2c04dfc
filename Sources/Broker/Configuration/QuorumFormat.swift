import ClusterMetadata
import KRaft
import KafkaProtocol

/// With what a new cluster's metadata log begins.
struct QuorumFormat: Sendable {
    /// Who votes at first, as far as formatting says so.
    enum Voters: Sendable, Equatable {
        /// This node alone.
        case standalone
        /// Those, each of which is formatted with the same list.
        case initial([InitialController])
        /// The configuration names them; or those who voted before, and this node joins them.
        case unnamed
    }

    var version: MetadataVersion = .latestStable
    /// `eligible.leader.replicas.version`; nil for what a cluster of `version` begins with.
    var eligibleLeaders: Int16?
    /// `transaction.version`; nil for what a cluster of `version` begins with.
    var transactions: Int16?
    var voters: Voters

    init(_ config: BrokerConfig) {
        voters = config.quorum.voters.isEmpty && config.quorum.isController ? .standalone : .unnamed
    }

    func bootstrap(_ config: BrokerConfig, nodeId: Int32, directoryId: KafkaUUID) throws -> QuorumBootstrap {
        let named: QuorumVoters =
            switch voters {
            case .standalone: QuorumVoters(only: nodeId, directoryId: directoryId, endpoints: config.voterEndpoints)
            case .initial(let controllers): QuorumVoters(RaftVoterSet(controllers.map { $0.voter(config) }))
            case .unnamed: QuorumVoters()
            }
        return QuorumBootstrap(
            values: try Controller.bootstrapRecords(
                version,
                eligibleLeaders: eligibleLeaders ?? (version.beginsWithEligibleLeaders ? 1 : 0),
                transactions: transactions ?? (version.beginsWithTransactions ? 2 : 0)
            ).map { try $0.encoded(at: version) },
            voters: named
        )
    }

    /// What the metadata log's directory on this node is called, where the voters are named with their directories.
    func directoryId(of nodeId: Int32) -> KafkaUUID? {
        guard case .initial(let controllers) = voters else { return nil }
        return controllers.first { $0.id == nodeId }?.directoryId
    }
}

/// A voter of `--initial-controllers`: `id@host:port:directory`.
package struct InitialController: Sendable, Equatable {
    package var id: Int32
    package var address: HostPort
    package var directoryId: KafkaUUID

    /// nil for anything else.
    package init?(_ text: String) {
        guard let at = text.firstIndex(of: "@"), let colon = text.lastIndex(of: ":"), at < colon,
            let id = Int32(text[..<at]), id >= 0,
            let address = HostPort(String(text[text.index(after: at)..<colon])), !address.host.isEmpty,
            address.port > 0,
            let directory = KafkaUUID(String(text[text.index(after: colon)...])), directory != .zero
        else { return nil }
        (self.id, self.address, directoryId) = (id, address, directory)
    }

    func voter(_ config: BrokerConfig) -> RaftVoter {
        let endpoint = Endpoint(listener: config.quorum.listener, host: address.host, port: address.port)
        return RaftVoter(ReplicaKey(NodeId(id), directoryId), endpoints: [VoterEndpoint(endpoint)])
    }
}

extension BrokerConfig {
    /// The addresses of this node's controller for the log's list of voters. A node that listens for no other controller has none;
    /// Kafka, which does, puts its own there when it opens the directory.
    var voterEndpoints: [VoterEndpoint] {
        if !controllerEndpoints.isEmpty { return controllerEndpoints.map { VoterEndpoint($0) } }
        let client = advertised.first ?? listeners.first
        let port = client?.port == 9093 ? 9094 : 9093
        return [VoterEndpoint(Endpoint(listener: quorum.listener, host: client?.host ?? "", port: port))]
    }
}

extension VoterEndpoint {
    init(_ endpoint: Endpoint) {
        self.init(
            listener: endpoint.listener,
            host: endpoint.isEveryInterface ? "localhost" : endpoint.host,
            port: UInt16(clamping: endpoint.port)
        )
    }
}

import ClusterMetadata
import KRaft
import KafkaProtocol

/// With what a new cluster's metadata log begins.
struct QuorumFormat: Sendable {
    var version: MetadataVersion = .latestStable
    /// 1: the log names its voters; 0: the configuration of the nodes does.
    var kraftVersion: Int16

    init(_ config: BrokerConfig) { kraftVersion = config.hasStaticVoters ? 0 : QuorumVoters.newestVersion }

    func bootstrap(_ config: BrokerConfig, nodeId: Int32, directoryId: KafkaUUID) throws -> QuorumBootstrap {
        QuorumBootstrap(
            values: try Controller.bootstrapRecords(version).map { try $0.encoded(at: version) },
            voters: kraftVersion == 0
                ? QuorumVoters()
                : QuorumVoters(only: nodeId, directoryId: directoryId, endpoints: config.voterEndpoints)
        )
    }
}

extension BrokerConfig {
    /// The addresses of this node's controller for the log's list of voters. A node that listens for no other controller has none;
    /// Kafka, which does, puts its own there when it opens the directory.
    var voterEndpoints: [VoterEndpoint] {
        if !controllerEndpoints.isEmpty { return controllerEndpoints.map { VoterEndpoint($0) } }
        let client = advertised.first ?? listeners.first
        let port = client?.port == 9093 ? 9094 : 9093
        return [VoterEndpoint(Endpoint(listener: "CONTROLLER", host: client?.host ?? "", port: port))]
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

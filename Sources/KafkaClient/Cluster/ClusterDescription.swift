import KafkaConnection
import KafkaProtocol

/// A broker as the cluster advertises it.
public struct Broker: Hashable, Sendable, Identifiable {
    public var id: Int32
    public var address: BrokerAddress
    /// `broker.rack`; nil when it has none.
    public var rack: String?
}

extension Broker {
    init(_ endpoint: ProduceResponse.NodeEndpoint) {
        self.init(
            id: endpoint.nodeId,
            address: BrokerAddress(host: endpoint.host, port: Int(endpoint.port)),
            rack: endpoint.rack
        )
    }

    init(_ endpoint: FetchResponse.NodeEndpoint) {
        self.init(
            id: endpoint.nodeId,
            address: BrokerAddress(host: endpoint.host, port: Int(endpoint.port)),
            rack: endpoint.rack
        )
    }
}

/// The brokers of a cluster at one moment; its controllers where `bootstrap.controllers` are asked.
public struct ClusterDescription: Equatable, Sendable {
    public var clusterId: String?
    /// Where requests to the controller go; with KRaft any broker, which forwards them. Of controllers the active one.
    public var controllerId: Int32?
    /// By ascending id.
    public var brokers: [Broker]

    init(_ response: MetadataResponse) {
        clusterId = response.clusterId
        controllerId = response.controllerId >= 0 ? response.controllerId : nil
        brokers = response.brokers.map { entry in
            Broker(id: entry.nodeId, address: BrokerAddress(host: entry.host, port: Int(entry.port)), rack: entry.rack)
        }.sorted { $0.id < $1.id }
    }

    init(_ response: DescribeClusterResponse) {
        clusterId = response.clusterId
        controllerId = response.controllerId >= 0 ? response.controllerId : nil
        brokers = response.brokers.map { entry in
            Broker(
                id: entry.brokerId,
                address: BrokerAddress(host: entry.host, port: Int(entry.port)),
                rack: entry.rack
            )
        }.sorted { $0.id < $1.id }
    }

    /// The broker with this id; nil when it is not registered, or is fenced.
    public func broker(_ id: Int32) -> Broker? { brokers.first { $0.id == id } }
}

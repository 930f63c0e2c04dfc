import ClusterMetadata
import KafkaProtocol

/// Where a broker can be reached by the clients of a listener.
struct AdvertisedBroker: Sendable {
    var id: Int32
    var host: String
    var port: Int32
    var rack: String?
    var isFenced: Bool
}

extension ClusterView {
    /// Whom clients are to send requests for the controller: this broker, which forwards them, unless it is fenced and so none that they are told of.
    func forwarder(_ nodeId: Int32) -> Int32 {
        if image.brokers[nodeId].map({ !$0.isFenced }) ?? false { return nodeId }
        return image.brokers.values.filter { !$0.isFenced }.map(\.id).min() ?? nodeId
    }

    /// The brokers as the clients of a listener reach them.
    func brokers(listener: String, includesFenced: Bool = false) -> [AdvertisedBroker] {
        image.brokers.values.sorted { $0.id < $1.id }.compactMap { broker in
            if broker.isFenced, !includesFenced { return nil }
            guard
                let endpoint = broker.registration.endPoints.first(where: { $0.name == listener })
                    ?? broker.registration.endPoints.first
            else { return nil }
            return AdvertisedBroker(
                id: broker.id,
                host: endpoint.host,
                port: Int32(endpoint.port),
                rack: broker.registration.rack,
                isFenced: broker.isFenced
            )
        }
    }

    /// Those of a partition's replicas that nobody can reach: their brokers are fenced, or not registered, or their log directories have failed.
    func offlineReplicas(of partition: PartitionImage) -> [Int32] {
        partition.replicas.filter { id in
            image.brokers[id].map { $0.isFenced || !$0.hasOnline(partition.directory(of: id)) } ?? true
        }
    }
}

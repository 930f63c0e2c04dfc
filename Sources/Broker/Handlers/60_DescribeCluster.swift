import ClusterMetadata
import KRaft
import KafkaProtocol

/// DescribeCluster: the cluster's id, its brokers and the controller.
struct DescribeClusterHandler: ApiHandler {
    let cluster: PublishedView
    let clusterId: String
    let nodeId: Int32

    func handle(_ message: DescribeClusterRequest, _ request: Request) {
        var response = DescribeClusterResponse()
        guard request.version < 1 || message.endpointType == 1 else {
            response.errorCode = message.endpointType == 2 ? .mismatchedEndpointType : .unsupportedEndpointType
            response.errorMessage = "this listener describes brokers only"
            return request.reply(response)
        }
        if message.includeClusterAuthorizedOperations {
            response.clusterAuthorizedOperations = AclResourceType.cluster.operations.rawValue
        }
        response.clusterId = clusterId
        response.controllerId = cluster.view.forwarder(nodeId)
        response.brokers = cluster.view.brokers(
            listener: request.connection.listener,
            includesFenced: message.includeFencedBrokers
        ).map { broker in
            var row = DescribeClusterResponse.DescribeClusterBroker()
            row.brokerId = broker.id
            row.host = broker.host
            row.port = broker.port
            row.rack = broker.rack
            row.isFenced = request.version >= 2 && broker.isFenced
            return row
        }
        request.reply(response)
    }
}

/// The same on a controller's listener: the registered controllers and the active one, for tools that ask controllers themselves (KIP-919).
struct DescribeControllersHandler: ApiHandler {
    private static let (brokers, controllers): (Int8, Int8) = (1, 2)

    let runtime: MetadataRuntime
    let clusterId: String

    func handle(_ message: DescribeClusterRequest, _ request: Request) {
        var response = DescribeClusterResponse()
        response.endpointType = Self.controllers
        let asked = request.version < 1 ? Self.brokers : message.endpointType
        guard asked == Self.controllers else {
            response.errorCode = asked == Self.brokers ? .mismatchedEndpointType : .unsupportedEndpointType
            response.errorMessage = "this listener describes controllers only"
            return request.reply(response)
        }
        if message.includeClusterAuthorizedOperations {
            response.clusterAuthorizedOperations = AclResourceType.cluster.operations.rawValue
        }
        response.clusterId = clusterId
        response.controllerId = runtime.status.leaderId
        let listener = request.connection.listener
        response.brokers = runtime.latest.image.controllers.values.sorted { $0.controllerId < $1.controllerId }
            .compactMap { controller in
                guard let endpoint = controller.endPoints.first(where: { $0.name == listener }) else { return nil }
                var row = DescribeClusterResponse.DescribeClusterBroker()
                (row.brokerId, row.host, row.port) = (controller.controllerId, endpoint.host, Int32(endpoint.port))
                return row
            }
        request.reply(response)
    }
}

import ClusterMetadata
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

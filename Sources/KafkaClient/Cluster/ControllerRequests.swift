import KafkaConnection
import KafkaProtocol

/// How controllers are asked without brokers (KIP-919), and which requests they answer; without IO.
enum ControllerRequests {
    private static let answered: [ApiKey] = [
        .apiVersions, .describeAcls, .createAcls, .deleteAcls, .describeConfigs, .incrementalAlterConfigs,
        .describeQuorum,
        .updateFeatures, .describeCluster, .unregisterBroker, .addRaftVoter, .removeRaftVoter, .unregisterController,
    ]

    /// - Throws: `.unsupported` for a request that only brokers answer.
    static func check(_ schema: MessageSchema) throws(KafkaError) {
        if answered.contains(where: { $0.rawValue == schema.key }) { return }
        let api = ApiKey(rawValue: schema.key).map { "\($0)" } ?? schema.name
        throw KafkaError(
            .unsupported,
            "only brokers answer \(api); use bootstrap.servers instead of bootstrap.controllers"
        )
    }

    /// - Parameter isController: whether it is to be one.
    /// - Throws: `.invalid` when the address belongs to a broker instead of a controller, or the other way round.
    static func check(
        _ versions: ApiVersionTable,
        of address: BrokerAddress,
        isController: Bool
    ) throws(KafkaError) {
        let isBroker = versions.has(.metadata)
        if isController, isBroker {
            throw KafkaError(
                .invalid,
                "\(address) is the address of a broker, and bootstrap.controllers names controllers; give it in bootstrap.servers"
            )
        }
        if !isController, !isBroker, versions.has(.vote) {
            throw KafkaError(
                .invalid,
                "\(address) is the address of a controller, and bootstrap.servers names brokers; give it in bootstrap.controllers"
            )
        }
    }

    private static let controllers: Int8 = 2

    static func describeCluster(version: Int16) -> DescribeClusterRequest {
        var request = DescribeClusterRequest()
        if version >= 1 { request.endpointType = controllers }
        return request
    }

    /// The controllers and the active one.
    ///
    /// - Throws: `.unsupported` for controllers of Kafka before 3.7, which tell brokers only.
    static func members(_ response: DescribeClusterResponse) throws(KafkaError) -> ClusterDescription {
        try response.errorCode.check(response.errorMessage)
        guard response.endpointType == controllers else {
            throw KafkaError(.unsupported, "the controller does not tell of controllers; use bootstrap.servers")
        }
        return ClusterDescription(response)
    }
}

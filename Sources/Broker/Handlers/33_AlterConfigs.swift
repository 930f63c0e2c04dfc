import KafkaProtocol

/// AlterConfigs: replaces all values of a resource.
enum AlterConfigsHandler {
    static let api = Api(.alterConfigs) { (message: AlterConfigsRequest, request, node) in
        node.forward(message, request)
    }
}

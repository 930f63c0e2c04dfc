import KafkaProtocol

/// IncrementalAlterConfigs: sets, deletes, appends to and subtracts from single values.
enum IncrementalAlterConfigsHandler {
    static let api = Api(.incrementalAlterConfigs) { (message: IncrementalAlterConfigsRequest, request, node) in
        node.forward(message, request)
    }
}

import KafkaProtocol

/// CreateTopics.
enum CreateTopicsHandler {
    static let api = Api(.createTopics) { (message: CreateTopicsRequest, request, node) in
        node.forward(message, request)
    }
}

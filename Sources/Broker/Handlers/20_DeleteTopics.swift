import KafkaProtocol

/// DeleteTopics: by name, or by id from version 6 on.
enum DeleteTopicsHandler {
    static let api = Api(.deleteTopics) { (message: DeleteTopicsRequest, request, node) in
        node.forward(message, request)
    }
}

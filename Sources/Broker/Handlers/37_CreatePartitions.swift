import KafkaProtocol

/// CreatePartitions: the number of a topic's partitions grows.
enum CreatePartitionsHandler {
    static let api = Api(.createPartitions) { (message: CreatePartitionsRequest, request, node) in
        node.forward(message, request)
    }
}

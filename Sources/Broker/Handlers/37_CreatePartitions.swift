import ClusterMetadata
import KafkaProtocol

/// CreatePartitions: the number of a topic's partitions grows.
enum CreatePartitionsHandler {
    static let api = Api(.createPartitions) { (message: CreatePartitionsRequest, request, node) in
        node.controller.submit { controller, random in
            controller.createPartitions(message, using: &random)
        } done: { response in
            guard let response else { return request.close("the metadata log cannot be written") }
            request.reply(response)
        }
    }
}

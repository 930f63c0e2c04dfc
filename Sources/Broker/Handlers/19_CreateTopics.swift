import ClusterMetadata
import KafkaProtocol

/// CreateTopics.
enum CreateTopicsHandler {
    static let api = Api(.createTopics) { (message: CreateTopicsRequest, request, node) in
        node.controller.submit { controller, random in
            controller.createTopics(message, using: &random)
        } done: { response in
            if let response { return request.reply(response) }
            var failed = CreateTopicsResponse()
            failed.topics = message.topics.map { topic in
                var row = CreateTopicsResponse.CreatableTopicResult()
                row.name = topic.name
                row.errorCode = .notController
                row.errorMessage = "the metadata log cannot be written"
                return row
            }
            request.reply(failed)
        }
    }
}

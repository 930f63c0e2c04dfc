import ClusterMetadata
import KafkaProtocol

/// DeleteTopics: by name, or by id from version 6 on.
enum DeleteTopicsHandler {
    static let api = Api(.deleteTopics) { (message: DeleteTopicsRequest, request, node) in
        node.controller.submit { controller, _ in
            controller.deleteTopics(message)
        } done: { response in
            guard var response else { return request.close("the metadata log cannot be written") }
            if request.version < 3 {
                // The code for "switched off" came with version 3.
                for index in response.responses.indices
                where response.responses[index].errorCode == .topicDeletionDisabled {
                    response.responses[index].errorCode = .invalidRequest
                }
            }
            request.reply(response)
        }
    }
}

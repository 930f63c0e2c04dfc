import ClusterMetadata
import KafkaProtocol

/// AlterConfigs: replaces all values of a resource.
enum AlterConfigsHandler {
    static let api = Api(.alterConfigs) { (message: AlterConfigsRequest, request, node) in
        node.controller.submit { controller, _ in
            controller.alterConfigs(message)
        } done: { response in
            guard let response else { return request.close("the metadata log cannot be written") }
            request.reply(response)
        }
    }
}

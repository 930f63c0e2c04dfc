import ClusterMetadata
import KafkaProtocol

/// IncrementalAlterConfigs: sets, deletes, appends to and subtracts from single values.
enum IncrementalAlterConfigsHandler {
    static let api = Api(.incrementalAlterConfigs) { (message: IncrementalAlterConfigsRequest, request, node) in
        node.controller.submit { controller, _ in
            controller.incrementalAlterConfigs(message)
        } done: { response in
            guard let response else { return request.close("the metadata log cannot be written") }
            request.reply(response)
        }
    }
}

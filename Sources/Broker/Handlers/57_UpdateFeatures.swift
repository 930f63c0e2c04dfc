import ClusterMetadata
import KafkaProtocol

/// UpdateFeatures: other levels of the features that this node serves, up, and down where nothing is lost.
enum UpdateFeaturesHandler {
    static let api = Api(.updateFeatures) { (message: UpdateFeaturesRequest, request, node) in
        let allowsUnstable = node.config.allowsUnstableFeatures
        node.controller.submit { controller, _ in
            controller.updateFeatures(
                message,
                version: request.version,
                supported: SupportedFeatures(controller.image, allowsUnstable: allowsUnstable)
            )
        } done: { response in
            guard let response else { return request.close("the metadata log cannot be written") }
            request.reply(response)
        }
    }
}

import KafkaProtocol

/// UpdateFeatures: other levels of the features that this node serves, up, and down where nothing is lost.
enum UpdateFeaturesHandler {
    static let api = Api(.updateFeatures) { (message: UpdateFeaturesRequest, request, node) in
        node.forward(message, request)
    }
}

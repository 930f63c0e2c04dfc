import KafkaProtocol

/// UpdateFeatures: other levels of the features that this node serves, up, and down where nothing is lost.
typealias UpdateFeaturesHandler = ControllerHandler<UpdateFeaturesRequest>

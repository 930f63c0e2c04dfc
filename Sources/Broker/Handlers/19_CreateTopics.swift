import KafkaProtocol

/// CreateTopics.
typealias CreateTopicsHandler = ControllerHandler<CreateTopicsRequest>

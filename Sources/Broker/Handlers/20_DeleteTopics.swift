import KafkaProtocol

/// DeleteTopics: by name, or by id from version 6 on.
typealias DeleteTopicsHandler = ControllerHandler<DeleteTopicsRequest>

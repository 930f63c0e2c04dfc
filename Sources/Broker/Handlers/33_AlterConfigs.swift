import KafkaProtocol

/// AlterConfigs: replaces all values of a resource.
typealias AlterConfigsHandler = ControllerHandler<AlterConfigsRequest>

import KafkaProtocol

/// IncrementalAlterConfigs: sets, deletes, appends to and subtracts from single values.
typealias IncrementalAlterConfigsHandler = ControllerHandler<IncrementalAlterConfigsRequest>

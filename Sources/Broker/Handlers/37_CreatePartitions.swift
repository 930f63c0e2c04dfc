import KafkaProtocol

/// CreatePartitions: the number of a topic's partitions grows.
typealias CreatePartitionsHandler = ControllerHandler<CreatePartitionsRequest>

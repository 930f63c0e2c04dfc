import KafkaProtocol

/// UnregisterController: the cluster forgets a controller that will not come back.
typealias UnregisterControllerHandler = ControllerHandler<UnregisterControllerRequest>

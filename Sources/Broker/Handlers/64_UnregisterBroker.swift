import KafkaProtocol

/// UnregisterBroker: the cluster forgets a broker that will not come back.
typealias UnregisterBrokerHandler = ControllerHandler<UnregisterBrokerRequest>

import KafkaProtocol

/// ElectLeaders: the preferred replicas lead again, or any replica where none does.
typealias ElectLeadersHandler = ControllerHandler<ElectLeadersRequest>

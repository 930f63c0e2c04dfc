import KafkaProtocol

/// ElectLeaders: the preferred replicas lead again, or any replica where none does.
enum ElectLeadersHandler {
    static let api = Api(.electLeaders) { (message: ElectLeadersRequest, request, node) in
        node.forward(message, request)
    }
}

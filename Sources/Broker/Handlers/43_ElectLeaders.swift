import ClusterMetadata
import KafkaProtocol

/// ElectLeaders: the preferred replicas lead again, or any replica where none does.
enum ElectLeadersHandler {
    static let api = Api(.electLeaders) { (message: ElectLeadersRequest, request, node) in
        node.controller.submit { controller, _ in
            controller.electLeaders(message)
        } done: { response in
            guard var response else { return request.close("the metadata log cannot be written") }
            if request.version == 0 { response.errorCode = .none }
            request.reply(response)
        }
    }
}

import KafkaProtocol

/// ShareGroupHeartbeat: refused, as Kafka does where share.version is 0, so that clients need not wait to find out.
enum ShareGroupHeartbeatHandler {
    static let api = Api(.shareGroupHeartbeat) { (_: ShareGroupHeartbeatRequest, request, node) in
        node.unserved.note(.shareGroups, request, logger: node.logger)
        var response = ShareGroupHeartbeatResponse()
        response.errorCode = .unsupportedVersion
        response.errorMessage = UnservedFeature.shareGroups.refusal
        request.reply(response)
    }
}

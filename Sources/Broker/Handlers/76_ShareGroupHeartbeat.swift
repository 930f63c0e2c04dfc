import KafkaProtocol

/// ShareGroupHeartbeat: refused, as Kafka does where share.version is 0, so that clients need not wait to find out.
struct ShareGroupHeartbeatHandler: ApiHandler {
    let unserved: UnservedFeatures

    func handle(_: ShareGroupHeartbeatRequest, _ request: Request) {
        unserved.note(.shareGroups, request)
        var response = ShareGroupHeartbeatResponse()
        response.errorCode = .unsupportedVersion
        response.errorMessage = UnservedFeature.shareGroups.refusal
        request.reply(response)
    }
}

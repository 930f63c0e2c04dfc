import KafkaProtocol

/// ConsumerGroupHeartbeat: refused, as Kafka does where group.version is 0. It is served so that clients hear of it: librdkafka waits for ever
/// for a broker that doesn't list it.
struct ConsumerGroupHeartbeatHandler: ApiHandler {
    let unserved: UnservedFeatures

    func handle(_: ConsumerGroupHeartbeatRequest, _ request: Request) {
        unserved.note(.consumerGroups, request)
        var response = ConsumerGroupHeartbeatResponse()
        response.errorCode = .unsupportedVersion
        response.errorMessage = UnservedFeature.consumerGroups.refusal
        request.reply(response)
    }
}

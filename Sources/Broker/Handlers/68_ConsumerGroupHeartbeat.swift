import KafkaProtocol

/// ConsumerGroupHeartbeat: refused, as Kafka does where group.version is 0. It is served so that clients hear of it: librdkafka waits for ever
/// for a broker that doesn't list it.
enum ConsumerGroupHeartbeatHandler {
    static let api = Api(.consumerGroupHeartbeat) { (_: ConsumerGroupHeartbeatRequest, request, node) in
        node.unserved.note(.consumerGroups, request, logger: node.logger)
        var response = ConsumerGroupHeartbeatResponse()
        response.errorCode = .unsupportedVersion
        response.errorMessage = UnservedFeature.consumerGroups.refusal
        request.reply(response)
    }
}

import ClusterMetadata
import KafkaProtocol

/// Has the controller take a broker's heartbeat, and hear of it when the connection breaks on which it came: the broker may be gone.
struct BrokerHeartbeatHandler: ApiHandler {
    let controller: any ControllerChannel
    let runtime: MetadataRuntime

    func handle(_ message: BrokerHeartbeatRequest, _ request: Request) {
        let broker = message.brokerId
        request.connection.whenClosed { [weak runtime] in runtime?.suspect(broker) }
        controller.send(message, ControllerRequestContext(request)) { request.reply($0) }
    }
}

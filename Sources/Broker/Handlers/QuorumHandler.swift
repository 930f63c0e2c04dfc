import KRaft
import KafkaProtocol

/// The requests of other nodes to the metadata log's quorum.
struct QuorumHandler<Message: RaftRequestMessage>: ApiHandler {
    static var versions: ClosedRange<Int16> { Message.raftVersions }
    let desk: RaftRequestDesk

    func handle(_ message: Message, _ request: Request) {
        desk.receive(
            message,
            version: request.version,
            listener: request.connection.listener,
            connection: request.connection.serial
        ) { request.reply($0) }
    }
}

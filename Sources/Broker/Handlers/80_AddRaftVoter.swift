import ClusterMetadata
import KRaft
import KafkaProtocol

/// AddRaftVoter: a controller that follows the metadata log becomes a voter, once it has caught up.
typealias AddRaftVoterHandler = VoterChangeHandler<AddRaftVoterRequest>

extension AddRaftVoterHandler {
    init(_ node: Node) { self.init(channel: node.controller, desk: node.quorumDesk) { Int64(max(0, $0.timeoutMs)) } }
}

/// A change of the metadata quorum's voters that a client asks of a broker; the quorum's leader makes it.
struct VoterChangeHandler<Message: RaftRequestMessage>: ApiHandler {
    let channel: ClusterControllerChannel
    /// Where this node's replica is asked; nil when no other node can reach it.
    let desk: RaftRequestDesk?
    /// How many milliseconds a request lets the leader wait.
    let patience: @Sendable (Message) -> Int64

    func handle(_ message: Message, _ request: Request) {
        let context = ControllerRequestContext(request)
        let refuse: @Sendable (ErrorCode, String) -> Void = { code, reason in
            request.reply(Message.Response(refusing: UnusableRaftMessage(reason, answer: code)))
        }
        channel.changeVoters(message, context, patience: patience(message)) { [desk] in
            guard let desk else {
                return refuse(
                    .invalidRequest,
                    "this node has no controller listener, by which other voters would reach it; see controller.listener.names"
                )
            }
            desk.receive(message, context) { request.reply($0) }
        } refuse: { code, reason in
            refuse(code, reason)
        } _: { response in
            request.reply(response)
        }
    }
}

extension RaftRequestDesk {
    /// Takes in what a client asked of a broker, this one or another.
    func receive<Message: RaftRequestMessage>(
        _ message: Message,
        _ context: ControllerRequestContext,
        reply: @escaping Reply
    ) {
        receive(
            message,
            version: context.version,
            listener: context.listener,
            connection: Self.unwatchedConnection,
            reply: reply
        )
    }
}

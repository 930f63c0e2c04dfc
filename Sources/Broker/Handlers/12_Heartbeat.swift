import Coordination
import KafkaProtocol

/// Heartbeat: the member lives; the answer tells whether it has to join again.
enum HeartbeatHandler {
    static let api = Api(.heartbeat) { (message: HeartbeatRequest, request, node) in
        let reply: @Sendable (ErrorCode) -> Void = { code in
            var response = HeartbeatResponse()
            // A coordinator that is loading would rebalance everyone by an error: the session is simply still alive.
            response.errorCode = code == .coordinatorLoadInProgress ? .none : code
            request.reply(response)
        }
        if message.groupId.isEmpty { return reply(.invalidGroupId) }
        switch node.groups.shard(for: message.groupId, in: node.view) {
        case .failure(let code): reply(code)
        case .success(let shard):
            shard.submit(.heartbeat(message)) { result in
                switch result {
                case .success(.heartbeat(let code)): reply(code)
                case .success: reply(.unknownServerError)
                case .failure(let code): reply(GroupRuntime.clientError(code))
                }
            }
        }
    }
}

import Coordination
import KafkaProtocol

/// Heartbeat: the member lives; the answer tells whether it has to join again.
struct HeartbeatHandler: ApiHandler {
    let groups: GroupRuntime
    let cluster: PublishedView

    func handle(_ message: HeartbeatRequest, _ request: Request) {
        let reply: @Sendable (ErrorCode) -> Void = { code in
            var response = HeartbeatResponse()
            // A coordinator that is loading would rebalance everyone by an error: the session is simply still alive.
            response.errorCode = code == .coordinatorLoadInProgress ? .none : code
            request.reply(response)
        }
        if message.groupId.isEmpty { return reply(.invalidGroupId) }
        switch groups.shard(for: message.groupId, in: cluster.view) {
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

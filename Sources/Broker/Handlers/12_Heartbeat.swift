import Coordination
import KafkaProtocol
import World

/// Heartbeat: the member lives; the answer tells whether it has to join again.
enum HeartbeatHandler {
    static let api = Api(.heartbeat) { (message: HeartbeatRequest, request, node) in
        var response = HeartbeatResponse()
        guard !message.groupId.isEmpty else {
            response.errorCode = .invalidGroupId
            return request.reply(response)
        }
        switch node.groups.shard(for: message.groupId, in: node.view) {
        case .success(let shard):
            response.errorCode = shard.read { $0.heartbeat(message, now: node.time.now.milliseconds) }
        // A coordinator that is loading would rebalance everyone by an error: the session is simply still alive.
        case .failure(.coordinatorLoadInProgress): response.errorCode = .none
        case .failure(let code): response.errorCode = code
        }
        request.reply(response)
    }
}

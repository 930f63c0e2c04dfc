import Coordination
import KafkaProtocol
import World

/// LeaveGroup: members go, several at once from version 3 on.
enum LeaveGroupHandler {
    static let api = Api(.leaveGroup) { (message: LeaveGroupRequest, request, node) in
        guard case .success(let shard) = node.groups.shard(for: message.groupId, in: node.view) else {
            var response = LeaveGroupResponse()
            response.errorCode = node.groupError(message.groupId, node.view, isForMembers: true)
            return request.reply(response)
        }
        shard.run {
            $0.leave(
                message,
                version: request.version,
                now: node.time.now.milliseconds,
                wall: node.time.wall.milliseconds
            )
        } done: { (response: LeaveGroupResponse, _) in
            request.reply(response)
        }
    }
}

import Coordination
import KafkaProtocol

/// LeaveGroup: members go, several at once from version 3 on.
enum LeaveGroupHandler {
    static let api = Api(.leaveGroup) { (message: LeaveGroupRequest, request, node) in
        let refuse: @Sendable (ErrorCode) -> Void = { code in
            var response = LeaveGroupResponse()
            response.errorCode = code
            request.reply(response)
        }
        guard case .success(let shard) = node.groups.shard(for: message.groupId, in: node.view) else {
            return refuse(node.groups.error(message.groupId, node.view, isForMembers: true))
        }
        shard.submit(.leave(message, version: request.version)) { result in
            switch result {
            case .success(.leave(let response)): request.reply(response)
            case .success: refuse(.unknownServerError)
            case .failure(let code): refuse(GroupRuntime.clientError(code))
            }
        }
    }
}

import Coordination
import KafkaProtocol

/// LeaveGroup: members go, several at once from version 3 on.
struct LeaveGroupHandler: ApiHandler {
    let groups: GroupRuntime
    let cluster: PublishedView

    func handle(_ message: LeaveGroupRequest, _ request: Request) {
        let refuse: @Sendable (ErrorCode) -> Void = { code in
            var response = LeaveGroupResponse()
            response.errorCode = code
            request.reply(response)
        }
        guard case .success(let shard) = groups.shard(for: message.groupId, in: cluster.view) else {
            return refuse(groups.error(message.groupId, cluster.view, isForMembers: true))
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

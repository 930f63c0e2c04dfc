import Coordination
import KafkaProtocol

/// SyncGroup: answered with the member's assignment once the leader has sent all of them and they are stored.
struct SyncGroupHandler: ApiHandler {
    let groups: GroupRuntime
    let cluster: PublishedView

    func handle(_ message: SyncGroupRequest, _ request: Request) {
        let refuse: @Sendable (ErrorCode) -> Void = { code in
            var response = SyncGroupResponse()
            response.errorCode = code
            request.reply(response)
        }
        // From version 5 on a member says what it takes the group for (KIP-559).
        guard request.version < 5 || message.protocolType != nil && message.protocolName != nil else {
            return refuse(.inconsistentGroupProtocol)
        }
        guard case .success(let shard) = groups.shard(for: message.groupId, in: cluster.view) else {
            return refuse(groups.error(message.groupId, cluster.view, isForMembers: true))
        }
        shard.submit(.sync(message)) { result in
            switch result {
            case .success(.sync(let response)): request.reply(response)
            case .success: refuse(.unknownServerError)
            case .failure(let code): refuse(GroupRuntime.clientError(code))
            }
        }
    }
}

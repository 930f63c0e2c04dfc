import Coordination
import KafkaProtocol

/// JoinGroup: answered when the rebalance is over.
struct JoinGroupHandler: ApiHandler {
    let groups: GroupRuntime
    let cluster: PublishedView

    func handle(_ message: JoinGroupRequest, _ request: Request) {
        let version = request.version
        guard case .success(let shard) = groups.shard(for: message.groupId, in: cluster.view) else {
            return request.reply(
                refusal(message, version, groups.error(message.groupId, cluster.view, isForMembers: true))
            )
        }
        let client = GroupClient(clientId: request.clientId, host: "/" + request.connection.remoteHost)
        shard.submit(.join(message, version: version, client: client)) { result in
            switch result {
            case .success(.join(var response)):
                if version < 7, response.protocolName == nil { response.protocolName = "" }
                request.reply(response)
            case .success: request.reply(refusal(message, version, .unknownServerError))
            case .failure(let code): request.reply(refusal(message, version, GroupRuntime.clientError(code)))
            }
        }
    }

    private func refusal(_ message: JoinGroupRequest, _ version: Int16, _ code: ErrorCode) -> JoinGroupResponse {
        var response = JoinGroupResponse()
        response.errorCode = code
        response.memberId = message.memberId
        response.protocolName = version < 7 ? "" : nil
        return response
    }
}

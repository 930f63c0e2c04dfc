import Coordination
import KafkaProtocol

/// JoinGroup: answered when the rebalance is over.
enum JoinGroupHandler {
    static let api = Api(.joinGroup) { (message: JoinGroupRequest, request, node) in
        let version = request.version
        guard case .success(let shard) = node.groups.shard(for: message.groupId, in: node.view) else {
            return request.reply(
                refusal(message, version, node.groups.error(message.groupId, node.view, isForMembers: true))
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

    private static func refusal(_ message: JoinGroupRequest, _ version: Int16, _ code: ErrorCode) -> JoinGroupResponse {
        var response = JoinGroupResponse()
        response.errorCode = code
        response.memberId = message.memberId
        response.protocolName = version < 7 ? "" : nil
        return response
    }
}

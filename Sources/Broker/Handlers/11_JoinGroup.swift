import Coordination
import KafkaProtocol
import World

/// JoinGroup: answered when the rebalance is over.
enum JoinGroupHandler {
    static let api = Api(.joinGroup) { (message: JoinGroupRequest, request, node) in
        guard case .success(let shard) = node.groups.shard(for: message.groupId, in: node.view) else {
            var response = JoinGroupResponse()
            response.errorCode = node.groupError(message.groupId, node.view, isForMembers: true)
            response.protocolName = request.version < 7 ? "" : nil
            return request.reply(response)
        }
        let client = GroupClient(clientId: request.clientId, host: "/" + request.connection.remoteHost)
        let newId = node.newMemberId(prefix: message.groupInstanceId ?? request.clientId)
        shard.run { reply in
            guard case .join(var response) = reply else { return }
            if request.version < 7, response.protocolName == nil { response.protocolName = "" }
            request.reply(response)
        } _: { groups, token in
            groups.join(
                message,
                version: request.version,
                client: client,
                newMemberId: newId,
                token: token,
                now: node.time.now.milliseconds,
                wall: node.time.wall.milliseconds
            )
        }
    }
}

import Coordination
import KafkaProtocol
import World

/// SyncGroup: answered with the member's assignment once the leader has sent all of them and they are stored.
enum SyncGroupHandler {
    static let api = Api(.syncGroup) { (message: SyncGroupRequest, request, node) in
        // From version 5 on a member says what it takes the group for (KIP-559).
        guard request.version < 5 || message.protocolType != nil && message.protocolName != nil else {
            var response = SyncGroupResponse()
            response.errorCode = .inconsistentGroupProtocol
            return request.reply(response)
        }
        guard case .success(let shard) = node.groups.shard(for: message.groupId, in: node.view) else {
            var response = SyncGroupResponse()
            response.errorCode = node.groupError(message.groupId, node.view, isForMembers: true)
            return request.reply(response)
        }
        shard.run { reply in
            guard case .sync(let response) = reply else { return }
            request.reply(response)
        } _: { groups, token in
            groups.sync(message, token: token, now: node.time.now.milliseconds)
        }
    }
}

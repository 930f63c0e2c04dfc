import Coordination
import KafkaProtocol

/// ListGroups: all groups of this broker, filtered by state and type.
enum ListGroupsHandler {
    static let api = Api(.listGroups) { (message: ListGroupsRequest, request, node) in
        var response = ListGroupsResponse()
        for shard in node.groups.all {
            if shard.phase == .loading { response.errorCode = .coordinatorLoadInProgress }
            response.groups += shard.read { $0.list(states: message.statesFilter, types: message.typesFilter) }
        }
        if response.errorCode != .none { response.groups = [] }
        request.reply(response)
    }
}

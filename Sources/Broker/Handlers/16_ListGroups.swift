import Coordination
import KafkaProtocol

/// ListGroups: all groups of this broker, filtered by state and type.
enum ListGroupsHandler {
    static let api = Api(.listGroups) { (message: ListGroupsRequest, request, node) in
        var response = ListGroupsResponse()
        for shard in node.groups.all {
            switch shard.read({ $0.list(states: message.statesFilter, types: message.typesFilter) }) {
            case .success(let rows): response.groups += rows
            case .failure(.coordinatorLoadInProgress): response.errorCode = .coordinatorLoadInProgress
            case .failure: continue
            }
        }
        if response.errorCode != .none { response.groups = [] }
        request.reply(response)
    }
}

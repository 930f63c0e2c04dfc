import Coordination
import KafkaProtocol

/// ListGroups: all groups of this broker, filtered by state and type.
struct ListGroupsHandler: ApiHandler {
    let groups: GroupRuntime

    func handle(_ message: ListGroupsRequest, _ request: Request) {
        var response = ListGroupsResponse()
        for shard in groups.all {
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

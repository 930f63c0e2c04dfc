import ClusterMetadata
import Coordination
import KafkaProtocol

/// DescribeGroups: state and members of classic groups.
struct DescribeGroupsHandler: ApiHandler {
    let groups: GroupRuntime
    let cluster: PublishedView

    func handle(_ message: DescribeGroupsRequest, _ request: Request) {
        let view = cluster.view
        var response = DescribeGroupsResponse()
        response.groups = message.groups.map { id in
            let described = groups.shard(for: id, in: view).flatMap { shard in
                shard.read { $0.describe(id, version: request.version) }
            }
            switch described {
            case .success(let row): return row
            case .failure(let code):
                var row = DescribeGroupsResponse.DescribedGroup()
                row.groupId = id
                row.errorCode = code
                return row
            }
        }
        if request.version >= 3, message.includeAuthorizedOperations {
            for index in response.groups.indices where response.groups[index].errorCode == .none {
                response.groups[index].authorizedOperations = AclResourceType.group.operations.rawValue
            }
        }
        request.reply(response)
    }
}

import ClusterMetadata
import Coordination
import KafkaProtocol
import Synchronization

/// DeleteGroups: groups without members, with their offsets.
struct DeleteGroupsHandler: ApiHandler {
    let groups: GroupRuntime
    let cluster: PublishedView

    func handle(_ message: DeleteGroupsRequest, _ request: Request) {
        let view = cluster.view
        if message.groupsNames.isEmpty { return request.reply(DeleteGroupsResponse()) }
        let results = Mutex<[Int: ErrorCode]>([:])
        var seen: Set<ExactText> = []
        let names = message.groupsNames.filter { seen.insert(ExactText($0)).inserted }
        let finish: @Sendable (Int, ErrorCode) -> Void = { index, code in
            let all = results.withLock { results -> [Int: ErrorCode]? in
                results[index] = code
                return results.count == names.count ? results : nil
            }
            guard let all else { return }
            var response = DeleteGroupsResponse()
            response.results = names.enumerated().map { index, name in
                var row = DeleteGroupsResponse.DeletableGroupResult()
                row.groupId = name
                row.errorCode = all[index] ?? .unknownServerError
                return row
            }
            request.reply(response)
        }
        for (index, name) in names.enumerated() {
            switch groups.shard(for: name, in: view) {
            case .failure(let code):
                // Without the topic there are no groups; with it, this node cannot tell.
                finish(index, view.topics[TopicName.consumerOffsets] == nil ? .groupIdNotFound : code)
            case .success(let shard):
                shard.submit(.delete(group: name)) { result in
                    switch result {
                    case .success(.delete(let code)): finish(index, code)
                    case .success: finish(index, .unknownServerError)
                    case .failure(let code): finish(index, GroupRuntime.clientError(code))
                    }
                }
            }
        }
    }
}

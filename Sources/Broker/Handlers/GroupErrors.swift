import KafkaProtocol

extension GroupRuntime {
    /// Why a group has no coordinator here.
    ///
    /// - Parameter isForMembers: nobody can be a member of the group without a name, though it may have offsets.
    func error(_ group: String, _ view: ClusterView, isForMembers: Bool = false) -> ErrorCode {
        if isForMembers, group.isEmpty { return .invalidGroupId }
        if case .failure(let code) = shard(for: group, in: view) { return code }
        return .coordinatorNotAvailable
    }
}

import KafkaProtocol
import NIOCore

/// What is committed of the groups of a partition, and how their members stand.
package struct GroupReader {
    let shard: GroupShard

    // MARK: Offsets

    package func committedOffset(group: String, _ partition: TopicPartition) -> CommittedOffset? {
        shard.offsets[group]?.committed(partition)?.offset
    }

    /// All of a group, in the order of their partitions.
    package func committedOffsets(group: String) -> [(partition: TopicPartition, offset: CommittedOffset)] {
        let entries = shard.offsets[group]?.committedEntries ?? []
        return entries.sorted { $0.key < $1.key }.map { ($0.key, $0.value.offset) }
    }

    /// Whether the offset waits for the end of a transaction.
    package func hasPendingTransaction(group: String, _ partition: TopicPartition) -> Bool {
        let key = GroupPartition(group, partition)
        return shard.pending.values.contains { $0.committed(key) != nil }
    }

    // MARK: List and describe

    package func list(states: [String], types: [String]) -> [ListGroupsResponse.ListedGroup] {
        var ids: Set<ExactText> = []
        for id in shard.groups.sortedKeys { ids.insert(ExactText(id)) }
        for (id, _) in shard.stored.committedEntries { ids.insert(id) }
        for id in shard.offsets.keys { ids.insert(ExactText(id)) }
        for id in shard.modern.keys { ids.insert(ExactText(id)) }
        let names = ids.map(\.text).sorted(by: NameTable<Void>.precedes)
        func isAsked(_ value: String, _ filter: [String]) -> Bool {
            filter.isEmpty || filter.contains { $0.lowercased() == value.lowercased() }
        }
        return names.compactMap(listed).filter { isAsked($0.groupState, states) && isAsked($0.groupType, types) }
    }

    private func listed(_ id: String) -> ListGroupsResponse.ListedGroup? {
        var row = ListGroupsResponse.ListedGroup()
        row.groupId = id
        row.groupType = "classic"
        if let group = classic(id) {
            row.protocolType = group.protocolType ?? ""
            row.groupState = group.state.rawValue
        } else if let keys = modernKeys(id) {
            row.groupType = ModernGroup.type(keys)
            row.protocolType = row.groupType
            row.groupState = ModernGroup.hasMembers(keys) ? "Stable" : ClassicGroupState.empty.rawValue
        } else if hasOffsets(id) {
            row.groupState = ClassicGroupState.empty.rawValue
        } else {
            return nil
        }
        return row
    }

    package func describe(_ id: String, version: Int16) -> DescribeGroupsResponse.DescribedGroup {
        var result = DescribeGroupsResponse.DescribedGroup()
        result.groupId = id
        let isModern = modernKeys(id) != nil
        guard !isModern, let group = classic(id) ?? (hasOffsets(id) ? ClassicGroup(id: id) : nil) else {
            result.groupState = ClassicGroupState.dead.rawValue
            if version >= 6 {
                result.errorCode = .groupIdNotFound
                result.errorMessage =
                    isModern ? "group '\(id)' is not of the classic protocol" : "group '\(id)' does not exist"
            }
            return result
        }
        result.groupState = group.state.rawValue
        result.protocolType = group.protocolType ?? ""
        let isStable = group.state == .stable
        result.protocolData = isStable ? group.protocolName ?? "" : ""
        result.members = group.orderedMembers.map { member in
            var row = DescribeGroupsResponse.DescribedGroupMember()
            row.memberId = member.id
            row.groupInstanceId = member.instanceId
            row.clientId = member.clientId
            row.clientHost = member.clientHost
            row.memberMetadata = isStable ? member.metadata(group.protocolName) : ByteBuffer()
            row.memberAssignment = isStable ? member.assignment : ByteBuffer()
            return row
        }
        return result
    }

    // MARK: Committed

    private func hasOffsets(_ id: String) -> Bool { shard.offsets[id]?.hasCommitted ?? false }

    private func modernKeys(_ id: String) -> [ByteBuffer]? {
        let keys = shard.modern[id]?.records.committedEntries.map(\.key) ?? []
        return keys.isEmpty ? nil : keys
    }

    /// The group as it stands, but for an outcome that may yet be undone.
    private func classic(_ id: String) -> ClassicGroup? {
        let name = ExactText(id)
        guard shard.stored.isUncommitted(name) else { return shard.groups[id] }
        if var group = shard.groups[id] {
            switch group.state {
            case .preparingRebalance, .completingRebalance: return group
            case .stable:
                group.state = .completingRebalance
                return group
            case .empty, .dead: break
            }
        }
        return shard.stored.committed(name).map { value in
            var group = ClassicGroup(id: id)
            group.adopt(value)
            return group
        }
    }
}

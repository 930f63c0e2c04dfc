import KafkaProtocol
import NIOCore

extension GroupShard {
    // MARK: List and describe

    public func list(states: [String], types: [String]) -> [ListGroupsResponse.ListedGroup] {
        var result: [ListGroupsResponse.ListedGroup] = []
        func add(_ id: String, _ protocolType: String, _ state: String, _ type: String) {
            if !states.isEmpty, !states.contains(where: { $0.lowercased() == state.lowercased() }) { return }
            if !types.isEmpty, !types.contains(where: { $0.lowercased() == type.lowercased() }) { return }
            var row = ListGroupsResponse.ListedGroup()
            row.groupId = id
            row.protocolType = protocolType
            row.groupState = state
            row.groupType = type
            result.append(row)
        }
        for group in groups.values { add(group.id, group.protocolType ?? "", group.state.rawValue, "classic") }
        for (id, group) in modern { add(id, group.type, group.members.isEmpty ? "Empty" : "Stable", group.type) }
        for id in offsets.keys where groups[id] == nil && modern[id] == nil { add(id, "", "Empty", "classic") }
        return result.sorted { $0.groupId < $1.groupId }
    }

    public func describe(_ id: String, version: Int16) -> DescribeGroupsResponse.DescribedGroup {
        var result = DescribeGroupsResponse.DescribedGroup()
        result.groupId = id
        guard let group = groups[id] ?? (offsets[id].map { _ in ClassicGroup(id: id) }), modern[id] == nil else {
            result.groupState = ClassicGroupState.dead.rawValue
            if version >= 6 {
                result.errorCode = .groupIdNotFound
                result.errorMessage =
                    modern[id] == nil ? "group '\(id)' does not exist" : "group '\(id)' is not of the classic protocol"
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

    // MARK: Delete

    /// Deletes a group and its offsets; the result is NONE or why it stays.
    public func delete(_ id: String, _ effects: inout GroupEffects) -> ErrorCode {
        guard groups[id] != nil || offsets[id] != nil || modern[id] != nil else { return .groupIdNotFound }
        if let group = groups[id], group.state != .empty { return .nonEmptyGroup }
        if let group = modern[id], !group.members.isEmpty { return .nonEmptyGroup }
        effects.records += tombstones(id)
        return .none
    }

    /// Records that remove all that is stored of a group.
    private func tombstones(_ id: String) -> [CoordinatorRecord] {
        var records: [CoordinatorRecord] = []
        for partition in (offsets[id] ?? [:]).keys.sorted() {
            if let record = try? CoordinatorRecord.tombstone(CommittedOffset.key(id, partition)) {
                records.append(record)
            }
        }
        if let group = modern[id] {
            records += group.keys.sorted { $0.readableBytesView.lexicographicallyPrecedes($1.readableBytesView) }
                .map { CoordinatorRecord(key: $0, value: nil) }
        } else {
            records += groupTombstone(id)
        }
        return records
    }

    private func groupTombstone(_ id: String) -> [CoordinatorRecord] {
        var key = GroupMetadataKey()
        key.group = id
        return (try? CoordinatorRecord.tombstone(key)).map { [$0] } ?? []
    }

    // MARK: Expiry

    /// Tombstones for offsets that nobody uses any more, and for groups that have nothing left.
    ///
    /// - Parameter wall: milliseconds since 1970.
    public func expire(wall: Int64) -> GroupEffects {
        var effects = GroupEffects()
        for (id, committed) in offsets.sorted(by: { $0.key < $1.key }) where modern[id] == nil {
            let expired = committed.filter { isExpired($0.value, $0.key, groups[id], wall: wall) }.keys.sorted()
            for partition in expired {
                if let record = try? CoordinatorRecord.tombstone(CommittedOffset.key(id, partition)) {
                    effects.records.append(record)
                }
            }
            if expired.count == committed.count,
                groups[id].map({ $0.state == .empty && $0.pendingMembers.isEmpty }) ?? true
            {
                effects.records += groupTombstone(id)
            }
        }
        let unused = groups.values.filter { offsets[$0.id] == nil && $0.state == .empty && $0.pendingMembers.isEmpty }
        for group in unused.sorted(by: { $0.id < $1.id }) {
            if group.generation > 0 {
                effects.records += groupTombstone(group.id)
            } else {
                groups[group.id] = nil  // never written
            }
        }
        return effects
    }

    private func isExpired(_ offset: CommittedOffset, _ partition: TopicPartition, _ group: ClassicGroup?, wall: Int64)
        -> Bool
    {
        if offset.expireTimestamp >= 0 { return wall >= offset.expireTimestamp }
        guard let group, group.protocolType != nil else {
            return wall - offset.commitTimestamp >= config.offsetsRetention
        }
        if group.state == .empty {
            let since = max(group.stateTimestamp, offset.commitTimestamp)
            return wall - since >= config.offsetsRetention
        }
        guard group.state == .stable, let topics = group.subscribedTopics, !topics.contains(partition.topic) else {
            return false
        }
        return wall - offset.commitTimestamp >= config.offsetsRetention
    }
}

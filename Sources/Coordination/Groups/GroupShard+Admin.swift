import KafkaProtocol

/// What administrators and time do to groups.
extension GroupShard {
    /// Deletes a group and its offsets; NONE, or why it stays.
    func delete(_ id: String, _ decision: inout Decision) -> ErrorCode {
        guard groups[id] != nil || hasOffsets(id) || isModern(id) else { return .groupIdNotFound }
        if let group = groups[id], group.state != .empty { return .nonEmptyGroup }
        if let group = modern[id], group.hasMembers { return .nonEmptyGroup }
        decision.records += tombstones(id, (offsets[id]?.keys).map { Array($0) } ?? [])
        decision.records += isModern(id) ? modernTombstones(id) : groupTombstone(id)
        return .none
    }

    /// Records that remove offsets.
    private func tombstones(_ id: String, _ partitions: [TopicPartition]) -> [CoordinatorRecord] {
        partitions.sorted().compactMap { try? CoordinatorRecord.tombstone(CommittedOffset.key(id, $0)) }
    }

    private func groupTombstone(_ id: String) -> [CoordinatorRecord] {
        var key = GroupMetadataKey()
        key.group = id
        return (try? CoordinatorRecord.tombstone(key)).map { [$0] } ?? []
    }

    /// Removes offsets, whoever commits them. Without its last one the group is empty but there, until it is deleted or expires.
    private mutating func remove(_ id: String, _ partitions: [TopicPartition], _ decision: inout Decision) {
        if partitions.isEmpty { return }
        decision.records += tombstones(id, partitions)
        if offsets[id]?.count == partitions.count, groups[id] == nil, !isModern(id) {
            groups[id] = ClassicGroup(id: id)
        }
    }

    /// Removes a group's offsets of `partitions`; which of them stay, and why.
    mutating func deleteOffsets(_ id: String, _ partitions: [TopicPartition], _ decision: inout Decision) -> (
        ErrorCode, [TopicPartition: ErrorCode]
    ) {
        if id.isEmpty { return (.invalidGroupId, [:]) }
        guard groups[id] != nil || hasOffsets(id) || isModern(id) else { return (.groupIdNotFound, [:]) }
        var subscribed: Set<String> = []
        if let group = groups[id], group.state != .empty {
            if group.state == .dead { return (.groupIdNotFound, [:]) }
            guard let topics = group.subscribedTopics else { return (.nonEmptyGroup, [:]) }
            subscribed = topics
        }
        var results: [TopicPartition: ErrorCode] = [:]
        var gone: Set<TopicPartition> = []
        for partition in partitions {
            let isInUse = subscribed.contains(partition.topic)
            results[partition] = isInUse ? .groupSubscribedToTopic : ErrorCode.none
            if !isInUse, offsets[id]?[partition] != nil { gone.insert(partition) }
        }
        remove(id, Array(gone), &decision)
        return (.none, results)
    }

    /// Removes all offsets of topics that were deleted.
    mutating func forget(topics: Set<String>, _ decision: inout Decision) {
        decision.isDivisible = true
        for id in offsets.sortedKeys {
            let gone = offsets[id]?.keys.filter { topics.contains($0.topic) } ?? []
            remove(id, gone, &decision)
        }
    }

    // MARK: Expiry

    mutating func expire(at time: WallTime, _ decision: inout Decision) {
        decision.isDivisible = true
        for id in offsets.sortedKeys where hasOffsets(id) && !isModern(id) {
            guard let committed = offsets[id] else { continue }
            let expired = committed.entries.filter { isExpired($0.value.offset, $0.key, groups[id], time) }
            decision.records += tombstones(id, expired.map(\.key))
            if expired.count == committed.count, groups[id].map(Self.isUnused) ?? true {
                decision.records += groupTombstone(id)
            }
        }
        for id in groups.sortedKeys where !hasOffsets(id) && groups[id].map(Self.isUnused) ?? false {
            if stored[ExactText(id)] != nil {
                decision.records += groupTombstone(id)
            } else {
                groups[id] = nil  // never written
            }
        }
    }

    private static func isUnused(_ group: ClassicGroup) -> Bool {
        group.state == .empty && group.pendingMembers.isEmpty
    }

    private func isExpired(
        _ offset: CommittedOffset,
        _ partition: TopicPartition,
        _ group: ClassicGroup?,
        _ wall: WallTime
    ) -> Bool {
        if offset.expireTimestamp >= 0 { return wall.milliseconds >= offset.expireTimestamp }
        guard let group, group.protocolType != nil else {
            return isPastRetention(offset.commitTimestamp, wall)
        }
        if group.state == .empty { return isPastRetention(max(group.stateTimestamp, offset.commitTimestamp), wall) }
        guard group.state == .stable, let topics = group.subscribedTopics, !topics.contains(partition.topic) else {
            return false
        }
        return isPastRetention(offset.commitTimestamp, wall)
    }

    /// A record may say any time.
    private func isPastRetention(_ since: Int64, _ wall: WallTime) -> Bool {
        let (age, overflows) = wall.milliseconds.subtractingReportingOverflow(since)
        return overflows ? since < 0 : age >= config.offsetsRetention
    }
}

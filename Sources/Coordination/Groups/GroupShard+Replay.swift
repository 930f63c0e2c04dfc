@_spi(Sabotage) import KafkaProtocol
import NIOCore

/// Everything that changes what is replicated.
extension GroupShard {
    package mutating func replay(_ record: CoordinatorRecord, position: Int64, producerId: Int64?) -> Change? {
        switch record.recordType {
        case OffsetsRecordType.offsetCommit, OffsetsRecordType.legacyOffsetCommit:
            return replayOffset(record, position: position, producerId)
        case OffsetsRecordType.groupMetadata: return replayGroup(record)
        case let type? where OffsetsRecordType.modernGroups.contains(type): return replayModern(record)
        default: return nil
        }
    }

    private mutating func replayOffset(_ record: CoordinatorRecord, position: Int64, _ producerId: Int64?) -> Change? {
        guard let key = record.decodedKey(OffsetCommitKey.self) else { return nil }
        let partition = TopicPartition(key.topic, key.partition)
        let decoded = record.decodedValue(OffsetCommitValue.self)
        // A value that cannot be read deletes nothing.
        if decoded == nil, record.value != nil { return nil }
        let value = decoded.map { StoredOffset(offset: CommittedOffset($0), position: position) }
        if let producerId, value != nil, !Sabotage.offsetsCountAtOnce.isOn {
            let pendingKey = GroupPartition(key.group, partition)
            pending[producerId, default: VersionedTable()].set(pendingKey, value)
            return .pending(producerId: producerId, pendingKey)
        }
        offsets[key.group, default: VersionedTable()].set(partition, value)
        return .offset(group: key.group, partition)
    }

    private mutating func replayGroup(_ record: CoordinatorRecord) -> Change? {
        guard let key = record.decodedKey(GroupMetadataKey.self) else { return nil }
        let value = record.decodedValue(GroupMetadataValue.self)
        if value == nil, record.value != nil { return nil }
        stored.set(ExactText(key.group), value)
        if let value {
            var group = groups[key.group] ?? ClassicGroup(id: key.group)
            group.adopt(value)
            groups[key.group] = group
        } else {
            groups[key.group] = nil
        }
        return .group(key.group)
    }

    /// Keys of the newer protocols begin with the group's name.
    private mutating func replayModern(_ record: CoordinatorRecord) -> Change? {
        var bytes = record.key
        bytes.moveReaderIndex(forwardBy: min(2, bytes.readableBytes))
        var reader = WireReader(bytes)
        let group = reader.string(false)
        if reader.failure != nil { return nil }
        modern[group, default: ModernGroup()].records.set(record.key, record.value == nil ? nil : true)
        return .modern(group: group, key: record.key)
    }

    /// A transaction ended: its offsets count unless later ones were committed meanwhile, or never did.
    package mutating func replay(_ marker: TransactionMarker, position: Int64) -> Change? {
        let producerId = marker.producer.id
        tickets.end(marker)
        guard let keys = pending[producerId]?.keys.sorted(by: GroupPartition.precedes), !keys.isEmpty else {
            return nil
        }
        var counting: [GroupPartition] = []
        for key in keys {
            let offset = pending[producerId]?[key]
            pending[producerId]?.set(key, nil)
            guard marker.isCommit || Sabotage.offsetsCountOnAbort.isOn, let offset else { continue }
            let current = offsets[key.group.text]?[key.partition]
            if let current, current.position > offset.position { continue }
            offsets[key.group.text, default: VersionedTable()].set(key.partition, offset)
            counting.append(key)
        }
        return .ended(producerId: producerId, keys, counting: counting)
    }

    // MARK: Committed

    package mutating func commit(_ change: Change) {
        switch change {
        case .offset(let group, let partition): commitOffset(group, partition)
        case .pending(let producerId, let key): commitPending(producerId, key)
        case .ended(let producerId, let keys, let counting):
            for key in keys { commitPending(producerId, key) }
            for key in counting { commitOffset(key.group.text, key.partition) }
        case .group(let id): stored.commit(ExactText(id))
        case .modern(let group, let key):
            modern[group]?.records.commit(key)
            if modern[group]?.records.isVacant == true { modern[group] = nil }
        }
    }

    private mutating func commitOffset(_ group: String, _ partition: TopicPartition) {
        offsets[group]?.commit(partition)
        if offsets[group]?.isVacant == true { offsets[group] = nil }
    }

    private mutating func commitPending(_ producerId: Int64, _ key: GroupPartition) {
        pending[producerId]?.commit(key)
        if pending[producerId]?.isVacant == true { pending[producerId] = nil }
    }

    // MARK: Undone

    package mutating func undo(_ change: Change) {
        switch change {
        case .offset(let group, let partition): undoOffset(group, partition)
        case .pending(let producerId, let key): undoPending(producerId, key)
        case .ended(let producerId, let keys, let counting):
            for key in counting.reversed() { undoOffset(key.group.text, key.partition) }
            for key in keys.reversed() { undoPending(producerId, key) }
        case .group(let id):
            stored.undo(ExactText(id))
            undone.append(id)
        case .modern(let group, let key):
            modern[group]?.records.undo(key)
            if modern[group]?.records.isVacant == true { modern[group] = nil }
        }
    }

    private mutating func undoOffset(_ group: String, _ partition: TopicPartition) {
        offsets[group]?.undo(partition)
        if offsets[group]?.isVacant == true { offsets[group] = nil }
    }

    private mutating func undoPending(_ producerId: Int64, _ key: GroupPartition) {
        pending[producerId]?.undo(key)
        if pending[producerId]?.isVacant == true { pending[producerId] = nil }
    }

    // MARK: What is volatile follows

    package mutating func activate(at moment: Moment) {
        for id in groups.sortedKeys {
            guard var group = groups[id] else { continue }
            group.startSessions(moment.now)
            groups[id] = group
        }
    }

    package mutating func fellBack(_ code: ErrorCode, at moment: Moment) -> Decision {
        var decision = Decision()
        var seen: Set<ExactText> = []
        for id in undone where seen.insert(ExactText(id)).inserted { fallBack(id, code, at: moment, &decision) }
        undone = []
        return decision
    }

    private mutating func fallBack(_ id: String, _ code: ErrorCode, at moment: Moment, _ decision: inout Decision) {
        var group = groups[id] ?? ClassicGroup(id: id)
        let reason = GroupReason.notWritten(generation: group.generation, code: "\(code)")
        group.successor = nil
        switch group.state {
        case .preparingRebalance, .completingRebalance: explain(group, reason, &decision)  // its outcome is yet to come
        case .stable:
            // Nobody knows the assignment: those who are members join again.
            for member in group.order { group.members[member]?.assignment = ByteBuffer() }
            prepareRebalance(&group, reason, at: moment, &decision)
        case .empty, .dead:
            // It was deleted, or its last members went, and that was not written: they are members, until their sessions end.
            explain(group, reason, &decision)
            guard let value = stored[ExactText(id)] else { return }
            group.adopt(value)
            group.startSessions(moment.now)
        }
        groups[id] = group
    }
}

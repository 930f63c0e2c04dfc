import KafkaProtocol
import NIOCore

extension GroupShard {
    /// Whether a commit of this member is in order; NONE when it is.
    ///
    /// - Parameter version: of OffsetCommit.
    public func commitProblem(
        group id: String,
        memberId: String,
        instanceId: String?,
        generation: Int32,
        version: Int16,
        now: Int64
    ) -> ErrorCode {
        if modern[id] != nil, groups[id] == nil {
            // Without a member it is an administrator's commit, allowed while nobody is in the group.
            guard generation < 0 else { return version >= 9 ? .unknownMemberId : .illegalGeneration }
            return modern[id]?.members.isEmpty == true ? .none : .unknownMemberId
        }
        guard let group = groups[id] else {
            if generation < 0 { return .none }
            // A group that only ever had offsets is known, its members are not.
            if offsets[id]?.isEmpty == false { return .unknownMemberId }
            return version >= 9 ? .groupIdNotFound : .illegalGeneration
        }
        if group.state == .dead { return .coordinatorNotAvailable }
        if generation < 0, group.state == .empty { return .none }
        if generation >= 0 || !memberId.isEmpty || instanceId != nil {
            if let problem = memberProblem(group, memberId, instanceId, generation) { return problem }
        } else {
            return .unknownMemberId
        }
        if group.state == .completingRebalance { return .rebalanceInProgress }
        keepAlive(id, memberId, now: now)
        return .none
    }

    /// The record of a commit that was found in order; nil when its metadata is too long.
    public func commit(group: String, _ partition: TopicPartition, _ offset: CommittedOffset) -> CoordinatorRecord? {
        // As Kafka counts: UTF-16 units, whatever the name of the setting says.
        guard offset.metadata.utf16.count <= config.offsetMetadataMaxBytes else { return nil }
        return try? offset.record(group: group, partition)
    }

    /// What a group has committed, and which partitions wait for the end of a transaction.
    public func committed(group: String) -> [TopicPartition: CommittedOffset] { offsets[group] ?? [:] }

    public func hasPendingTransaction(group: String, _ partition: TopicPartition) -> Bool {
        transactional.values.contains { $0[group]?[partition] != nil }
    }

    /// Tombstones for a group's offsets of `partitions`; the second value tells partitions that stay, and why.
    public func deleteOffsets(
        group id: String,
        _ partitions: [TopicPartition]
    ) -> (ErrorCode, [TopicPartition: ErrorCode], [CoordinatorRecord]) {
        if id.isEmpty { return (.invalidGroupId, [:], []) }
        guard groups[id] != nil || offsets[id] != nil || modern[id] != nil else { return (.groupIdNotFound, [:], []) }
        var subscribed: Set<String> = []
        if let group = groups[id], group.state != .empty {
            if group.state == .dead { return (.groupIdNotFound, [:], []) }
            guard let topics = group.subscribedTopics else { return (.nonEmptyGroup, [:], []) }
            subscribed = topics
        }
        var results: [TopicPartition: ErrorCode] = [:]
        var records: [CoordinatorRecord] = []
        for partition in partitions {
            results[partition] = subscribed.contains(partition.topic) ? .groupSubscribedToTopic : ErrorCode.none
            if results[partition] == ErrorCode.none, offsets[id]?[partition] != nil,
                let record = try? CoordinatorRecord.tombstone(CommittedOffset.key(id, partition))
            {
                records.append(record)
            }
        }
        return (.none, results, records)
    }

    /// Tombstones for all offsets of topics that were deleted.
    public func forget(topics: Set<String>) -> [CoordinatorRecord] {
        var records: [CoordinatorRecord] = []
        for (id, committed) in offsets.sorted(by: { $0.key < $1.key }) {
            for partition in committed.keys.sorted() where topics.contains(partition.topic) {
                if let record = try? CoordinatorRecord.tombstone(CommittedOffset.key(id, partition)) {
                    records.append(record)
                }
            }
        }
        return records
    }

    // MARK: Replay

    /// Applies a record of the partition: at load, and after every append.
    ///
    /// - Parameters:
    ///   - producerId: of the transaction that the record belongs to; nil for none.
    ///   - isLoading: group records make the group; after an append the group is already as its record says.
    public func replay(_ record: CoordinatorRecord, producerId: Int64? = nil, isLoading: Bool, now: Int64) {
        switch record.recordType {
        case OffsetsRecordType.offsetCommit, OffsetsRecordType.legacyOffsetCommit:
            replayOffset(record, producerId, isLoading: isLoading)
        case OffsetsRecordType.groupMetadata:
            guard let key = record.decodedKey(GroupMetadataKey.self) else { return }
            if let value = record.decodedValue(GroupMetadataValue.self) {
                if isLoading { groups[key.group] = ClassicGroup(value, id: key.group, now: now) }
            } else {
                groups[key.group] = nil
            }
        case let type? where OffsetsRecordType.modernGroups.contains(type): replayModern(record, type)
        default: return
        }
    }

    private func replayOffset(_ record: CoordinatorRecord, _ producerId: Int64?, isLoading: Bool) {
        guard let key = record.decodedKey(OffsetCommitKey.self) else { return }
        let partition = TopicPartition(key.topic, key.partition)
        guard let value = record.decodedValue(OffsetCommitValue.self) else {
            offsets[key.group]?[partition] = nil
            if offsets[key.group]?.isEmpty == true {
                offsets[key.group] = nil
                // Without its last offset the group is empty but there, until it is deleted or expires.
                if !isLoading, groups[key.group] == nil, modern[key.group] == nil {
                    groups[key.group] = ClassicGroup(id: key.group)
                }
            }
            return
        }
        if let producerId {
            transactional[producerId, default: NameTable()][key.group, default: [:]][partition] = CommittedOffset(value)
        } else {
            offsets[key.group, default: [:]][partition] = CommittedOffset(value)
        }
    }

    /// A transaction ended: its offsets count, or never did.
    public func endTransaction(producerId: Int64, isCommit: Bool) {
        guard let pending = transactional.removeValue(forKey: producerId), isCommit else { return }
        for (group, committed) in pending { offsets[group, default: [:]].merge(committed) { $1 } }
    }

    /// Keys of the newer protocols begin with the group's name; members' keys go on with the member's.
    private func replayModern(_ record: CoordinatorRecord, _ type: Int16) {
        var bytes = record.key
        bytes.moveReaderIndex(forwardBy: min(2, bytes.readableBytes))
        var reader = WireReader(bytes)
        let group = reader.string(false)
        if reader.failure != nil { return }
        let name = reader.string(false)
        let member = reader.failure == nil ? name : nil
        if record.value == nil {
            modern[group]?.keys.remove(record.key)
            if let member, [5, 10, 19].contains(type) { modern[group]?.members.remove(member) }
            if modern[group]?.keys.isEmpty == true { modern[group] = nil }
            return
        }
        modern[group, default: ModernGroup()].keys.insert(record.key)
        if let member, [5, 10, 19].contains(type) { modern[group]?.members.insert(member) }
        switch type {
        case 3: modern[group]?.epoch = record.decodedValue(ConsumerGroupMetadataValue.self)?.epoch ?? 0
        case 11: modern[group]?.type = "share"
        case 17: modern[group]?.type = "streams"
        default: break
        }
    }
}

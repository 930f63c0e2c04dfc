import KafkaProtocol

/// How far a group has read a partition.
package struct CommittedOffset: Equatable, Sendable {
    package var offset: Int64
    package var leaderEpoch: Int32
    package var metadata: String
    /// Milliseconds since 1970.
    package var commitTimestamp: Int64
    /// When it ends whatever the group does; -1: by the retention of groups' offsets.
    package var expireTimestamp: Int64
    package var topicId: KafkaUUID

    package init(
        offset: Int64,
        leaderEpoch: Int32 = -1,
        metadata: String = "",
        commitTimestamp: Int64,
        expireTimestamp: Int64 = -1,
        topicId: KafkaUUID = .zero
    ) {
        self.offset = offset
        self.leaderEpoch = leaderEpoch
        self.metadata = metadata
        self.commitTimestamp = commitTimestamp
        self.expireTimestamp = expireTimestamp
        self.topicId = topicId
    }

    init(_ value: OffsetCommitValue) {
        self.init(
            offset: value.offset,
            leaderEpoch: value.leaderEpoch,
            metadata: value.metadata,
            commitTimestamp: value.commitTimestamp,
            expireTimestamp: value.expireTimestamp,
            topicId: value.topicId
        )
    }

    func record(group: String, _ partition: TopicPartition) throws(WireError) -> CoordinatorRecord {
        var value = OffsetCommitValue()
        value.offset = offset
        value.leaderEpoch = leaderEpoch
        value.metadata = metadata
        value.commitTimestamp = commitTimestamp
        if expireTimestamp >= 0 {
            // Only version 1 carries an expiry, and it carries no leader epoch.
            value.expireTimestamp = expireTimestamp
            value.leaderEpoch = -1
            return try CoordinatorRecord(Self.key(group, partition), value, version: 1)
        }
        value.topicId = topicId
        return try CoordinatorRecord(Self.key(group, partition), value, version: 4)
    }

    static func key(_ group: String, _ partition: TopicPartition) -> OffsetCommitKey {
        var key = OffsetCommitKey()
        key.group = group
        key.topic = partition.topic
        key.partition = partition.partition
        return key
    }
}

/// A committed offset, and where its record stands: of two, the later record counts.
struct StoredOffset: Sendable {
    var offset: CommittedOffset
    var position: Int64
}

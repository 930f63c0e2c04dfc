import KafkaProtocol

/// What identifies the sender of a group request.
package struct GroupClient: Sendable {
    package var clientId: String
    package var host: String

    package init(clientId: String, host: String) {
        self.clientId = clientId
        self.host = host
    }
}

/// What groups are asked for.
package enum GroupRequest: Sendable {
    /// Answered when the rebalance is over.
    case join(JoinGroupRequest, version: Int16, client: GroupClient)
    /// Answered when the leader's assignment is stored.
    case sync(SyncGroupRequest)
    case heartbeat(HeartbeatRequest)
    case leave(LeaveGroupRequest, version: Int16)
    case commit(GroupCommit)
    /// A producer is about to commit offsets in its transaction: the ticket holds until the transaction ends.
    case ticket(TransactionalProducer)
    /// Offsets that count once the transaction is committed.
    case commitInTransaction(GroupCommit, TransactionalProducer, ticket: Int64)
    /// It turned out that the producer has no transaction.
    case dropTicket(TransactionalProducer, Int64)
    case deleteOffsets(group: String, [TopicPartition])
    case delete(group: String)
    /// Ends offsets that nobody uses any more, and groups that have nothing left. The time is one that does not jump ahead with the wall
    /// clock: else all groups without members would lose their offsets at once.
    case expire(at: WallTime)
    /// The topics were deleted.
    case forget(topics: Set<String>)
}

package enum GroupResponse: Sendable {
    case join(JoinGroupResponse)
    case sync(SyncGroupResponse)
    case heartbeat(ErrorCode)
    case leave(LeaveGroupResponse)
    /// For each offset, in the order of the request.
    case commit([ErrorCode])
    case ticket(Int64)
    case deleteOffsets(ErrorCode, [TopicPartition: ErrorCode])
    case delete(ErrorCode)
}

/// A commit of offsets, to partitions that exist.
package struct GroupCommit: Sendable {
    package struct Offset: Sendable {
        package var partition: TopicPartition
        package var topicId: KafkaUUID
        package var offset: Int64
        package var leaderEpoch: Int32
        package var metadata: String

        package init(
            _ partition: TopicPartition,
            topicId: KafkaUUID = .zero,
            offset: Int64,
            leaderEpoch: Int32 = -1,
            metadata: String = ""
        ) {
            self.partition = partition
            self.topicId = topicId
            self.offset = offset
            self.leaderEpoch = leaderEpoch
            self.metadata = metadata
        }
    }

    package var group: String
    package var memberId = ""
    package var instanceId: String?
    /// -1: of nobody's generation, an administrator's commit.
    package var generation: Int32 = -1
    /// Of OffsetCommit: the codes depend on it.
    package var version: Int16
    /// Milliseconds after which the offsets end, whatever the group does; nil: by the retention of groups' offsets.
    package var retention: Int64?
    package var offsets: [Offset] = []
    /// The transaction answers for the order: who commits need not be a member, nor wait for a rebalance.
    package var isTransactional = false

    package init(group: String, version: Int16) {
        self.group = group
        self.version = version
    }
}

import KafkaProtocol

/// Where a transactional id is in its life, as `__transaction_state` has it.
package enum TransactionStatus: Int8, Sendable, CaseIterable {
    /// It has a producer id, and no transaction yet.
    case empty = 0
    case ongoing = 1
    /// The outcome is decided, and the markers are being written.
    case prepareCommit = 2
    case prepareAbort = 3
    case completeCommit = 4
    case completeAbort = 5
    /// Of Kafka: its coordinator forgets the id.
    case dead = 6
    case prepareEpochFence = 7

    /// As clients are told of it.
    package var name: String {
        switch self {
        case .empty: "Empty"
        case .ongoing: "Ongoing"
        case .prepareCommit: "PrepareCommit"
        case .prepareAbort: "PrepareAbort"
        case .completeCommit: "CompleteCommit"
        case .completeAbort: "CompleteAbort"
        case .dead: "Dead"
        case .prepareEpochFence: "PrepareEpochFence"
        }
    }

    var isPrepared: Bool { self == .prepareCommit || self == .prepareAbort }
    var isCompleted: Bool { self == .completeCommit || self == .completeAbort }
}

/// What is known of a transactional id (KIP-98, KIP-360, KIP-890). Times of the wall clock in milliseconds, -1 for none.
package struct Transaction: Equatable, Sendable {
    /// Epochs from here on end a producer id: the last one is for fencing.
    static let lastEpoch = Int16.max - 1

    package var producerId: Int64
    /// Before the last change of the id; the same when there was none.
    var previousProducerId: Int64
    /// With which the producer goes on once the markers are written, when its epochs are used up or its transaction was kept; -1 for none.
    var nextProducerId: Int64 = -1
    /// Of the producer that took an open transaction over to end it (KIP-939), while the markers will have the epoch behind `epoch`; -1 for
    /// none.
    var nextEpoch: Int16 = -1
    package var epoch: Int16 = -1
    package var timeoutMillis: Int32
    package var status = TransactionStatus.empty
    package var partitions: Set<TopicPartition> = []
    package var lastUpdate: Int64
    package var start: Int64 = -1
    /// Of the protocol that the client ends this transaction by: from 2 on the epoch grows with each.
    var clientVersion: Int16 = 0
    /// The epoch before the last one that the producer itself asked for: a repeated question is known by it. Not stored.
    var previousEpoch: Int16 = -1

    init(producerId: Int64, timeoutMillis: Int32, at wall: WallTime) {
        (self.producerId, previousProducerId) = (producerId, producerId)
        self.timeoutMillis = timeoutMillis
        lastUpdate = wall.milliseconds
    }

    var isExhausted: Bool { epoch >= Self.lastEpoch }
    /// No time limit: an outside coordinator decides on it (KIP-939).
    var isTwoPhase: Bool { timeoutMillis == .max }

    // MARK: Records

    init?(_ value: TransactionLogValue) {
        guard let status = TransactionStatus(rawValue: value.transactionStatus) else { return nil }
        (producerId, epoch) = (value.producerId, value.producerEpoch)
        (previousProducerId, nextProducerId) = (value.previousProducerId, value.nextProducerId)
        nextEpoch = value.nextProducerEpoch
        timeoutMillis = value.transactionTimeoutMs
        self.status = status
        for topic in value.transactionPartitions ?? [] {
            for number in topic.partitionIds { partitions.insert(TopicPartition(topic.topic, number)) }
        }
        (lastUpdate, start) = (value.transactionLastUpdateTimestampMs, value.transactionStartTimestampMs)
        clientVersion = value.clientTransactionVersion
    }

    /// - Parameter version: of the value: 0 has no room for what came with KIP-890.
    func record(id: String, version: Int16) throws(WireError) -> CoordinatorRecord {
        var value = TransactionLogValue()
        (value.producerId, value.producerEpoch) = (producerId, epoch)
        value.transactionTimeoutMs = timeoutMillis
        value.transactionStatus = status.rawValue
        value.transactionPartitions = status == .empty ? nil : Self.rows(partitions)
        (value.transactionLastUpdateTimestampMs, value.transactionStartTimestampMs) = (lastUpdate, start)
        if version > 0 {
            (value.previousProducerId, value.nextProducerId) = (previousProducerId, nextProducerId)
            value.nextProducerEpoch = nextEpoch
            value.clientTransactionVersion = clientVersion
        }
        return try CoordinatorRecord(Self.key(id), value, version: version)
    }

    private static func rows(_ partitions: Set<TopicPartition>) -> [TransactionLogValue.PartitionsSchema] {
        var rows: [TransactionLogValue.PartitionsSchema] = []
        for partition in partitions.sorted() {
            if rows.last?.topic != partition.topic {
                var row = TransactionLogValue.PartitionsSchema()
                row.topic = partition.topic
                rows.append(row)
            }
            rows[rows.count - 1].partitionIds.append(partition.partition)
        }
        return rows
    }

    static func key(_ id: String) -> TransactionLogKey {
        var key = TransactionLogKey()
        key.transactionalId = id
        return key
    }
}

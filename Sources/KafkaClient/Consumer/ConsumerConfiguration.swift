import KafkaConnection
import KafkaRecords
import NIOCore

/// A consumer's configuration. Keys and defaults are Kafka's. Durations count in whole milliseconds, 0 to 2,147,483,647 unless a key says otherwise;
/// sizes are bytes. `assign` and `subscribe` refuse values that are out of range, with an error that names all of them.
public struct ConsumerConfiguration: Sendable {
    /// `isolation.level`.
    public enum Isolation: Int8, Sendable {
        case readUncommitted = 0
        /// Records of committed transactions, and non-transactional ones.
        case readCommitted = 1
    }

    /// `auto.offset.reset`: the position when no committed offset exists, or it is out of range.
    public enum Reset: Sendable {
        case earliest
        case latest
        /// The first record of the last so much time, or the end when there is none (KIP-1106).
        case byDuration(Duration)
        /// The call fails.
        case none
    }

    public var client: ClientConfiguration
    public var isolation = Isolation.readUncommitted
    public var reset = Reset.latest
    /// `fetch.max.wait.ms`, 0 ms or more: how long a broker waits for `fetchMinBytes`.
    public var fetchMaxWait = Duration.milliseconds(500)
    /// `fetch.min.bytes`, 0 or more.
    public var fetchMinBytes: Int32 = 1
    /// `fetch.max.bytes`, 1 or more: the largest response of one broker.
    public var fetchMaxBytes: Int32 = 50 << 20
    /// `max.partition.fetch.bytes`, 1 or more: of one partition in a response; also the bound of what is prefetched of it.
    public var partitionMaxBytes: Int32 = 1 << 20
    /// `check.crcs`: whether checksums are computed.
    public var checksChecksums = true
    /// Bytes that are prefetched of all partitions, 1 or more; one more response may come on top.
    public var prefetchBytes = 64 << 20
    /// `client.rack`: where this runs; brokers then name the closest replica (KIP-392).
    public var rackId: String?

    /// `group.id`: the group whose offsets are kept, and in which `subscribe` makes this a member.
    public var groupId: String?
    /// `group.instance.id`: makes the membership outlast a restart that is shorter than the session (KIP-345).
    public var groupInstanceId: String?
    /// `partition.assignment.strategy`: the first that all members have in common is used.
    public var assignors: [any PartitionAssignor] = [.range, .cooperativeSticky]
    /// `session.timeout.ms`, 1 ms or more: a member without a heartbeat for this time is removed from the group.
    public var sessionTimeout = Duration.seconds(45)
    /// `heartbeat.interval.ms`, 1 ms or more, less than `session.timeout.ms`.
    public var heartbeatInterval = Duration.seconds(3)
    /// `max.poll.interval.ms`, 1 ms or more: a member that takes longer between two calls of `next` leaves the group; also how long a rebalance waits
    /// for it.
    public var maxPollInterval = Duration.seconds(300)
    /// `enable.auto.commit`: commits what was processed, that is returned before the latest call of `next`. Needs `group.id`, and `run` to be running.
    public var autoCommit = true
    /// `auto.commit.interval.ms`, 0 ms or more.
    public var autoCommitInterval = Duration.seconds(5)
    /// Notified of assigned, revoked and lost partitions.
    public var listener: (any RebalanceListener)?
    /// `interceptor.classes`: see what is returned and committed.
    public var interceptors: [any ConsumerInterceptor] = []

    public init(_ client: ClientConfiguration) { self.client = client }
}

/// Intercepts a consumer's batches and commits. It must be fast and must not call the consumer.
public protocol ConsumerInterceptor: Sendable {
    /// Before `next` returns the batch.
    func willHandOut(_ batch: ConsumedBatch)
    /// Offsets were committed.
    func didCommit(_ offsets: [TopicPartition: CommittedOffset])
}

extension ConsumerInterceptor {
    public func willHandOut(_ batch: ConsumedBatch) {}
    public func didCommit(_ offsets: [TopicPartition: CommittedOffset]) {}
}

/// Notified of changes of a group member's assignment. Called from `Consumer.next`, which waits for it.
public protocol RebalanceListener: Sendable {
    /// Partitions were assigned; none of their records was returned yet, and `seek` can change the position.
    func assigned(_ partitions: [TopicPartition], to consumer: Consumer) async
    /// Partitions are revoked after this call. With `autoCommit` processed records are committed already; others can be committed here.
    func revoked(_ partitions: [TopicPartition], from consumer: Consumer) async
    /// Partitions were lost to other members, because this one missed its session or poll timeout; nothing can be committed for them.
    func lost(_ partitions: [TopicPartition], by consumer: Consumer) async
}

extension RebalanceListener {
    public func assigned(_ partitions: [TopicPartition], to consumer: Consumer) async {}
    public func revoked(_ partitions: [TopicPartition], from consumer: Consumer) async {}
    public func lost(_ partitions: [TopicPartition], by consumer: Consumer) async {
        await revoked(partitions, from: consumer)
    }
}

/// A record batch of one partition. Without records where the consumer skips a batch that it must not return, such as one of an aborted
/// transaction.
public struct ConsumedBatch: Sendable {
    public let partition: TopicPartition
    /// The first offset after this batch.
    public let nextOffset: Int64
    /// The partition's high watermark when the batch was fetched.
    public let highWatermark: Int64
    /// Of the leader that appended the batch; -1 when unknown.
    public let leaderEpoch: Int32
    /// Offsets below this one were read before.
    let firstOffset: Int64
    let batch: RecordBatch?

    /// Bytes as they were received.
    var size: Int { batch?.bytes.readableBytes ?? 0 }
    /// The number of its records, including those that were read before.
    public var count: Int { Int(batch?.header.recordCount ?? 0) }

    /// Calls `body` for each record, in order. Keys and values are views of the bytes received.
    ///
    /// - Throws: `KafkaError` with `.malformed` when the batch is damaged.
    public func forEach(_ body: (RecordView) throws -> Void) throws {
        guard var cursor = try cursor() else { return }
        while let record = try next(&cursor) { try body(record) }
    }

    /// Walks the records; nil where there is none to see.
    func cursor() throws(KafkaError) -> RecordCursor? {
        do { return try batch?.records() } catch { throw damaged(error) }
    }

    /// The next record that was not read before.
    func next(_ cursor: inout RecordCursor) throws(KafkaError) -> RecordView? {
        do {
            while let record = try cursor.next() {
                if record.offset >= firstOffset { return record }
            }
            return nil
        } catch { throw damaged(error) }
    }

    private func damaged(_ error: RecordError) -> KafkaError {
        KafkaError(.malformed, "\(partition) at offset \(batch?.header.baseOffset ?? firstOffset): \(error)")
    }
}

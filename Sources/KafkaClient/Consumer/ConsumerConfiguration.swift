import KafkaRecords
import NIOCore

/// How records are read. Names and defaults are Kafka's.
public struct ConsumerConfiguration: Sendable {
    /// `isolation.level`.
    public enum Isolation: Int8, Sendable {
        case readUncommitted = 0
        /// Only records of transactions that were committed, and of none.
        case readCommitted = 1
    }

    /// `auto.offset.reset`: where to go on when an offset does not exist.
    public enum Reset: Sendable {
        case earliest
        case latest
        /// The call fails.
        case none
    }

    public var client: ClientConfiguration
    public var isolation = Isolation.readUncommitted
    public var reset = Reset.latest
    /// `fetch.max.wait.ms`: how long a broker waits for `fetchMinBytes`.
    public var fetchMaxWait = Duration.milliseconds(500)
    /// `fetch.min.bytes`.
    public var fetchMinBytes: Int32 = 1
    /// `fetch.max.bytes`: of one answer of one broker; also the bound of what is read ahead from it.
    public var fetchMaxBytes: Int32 = 50 << 20
    /// `max.partition.fetch.bytes`.
    public var partitionMaxBytes: Int32 = 1 << 20
    /// `check.crcs`: whether checksums are computed.
    public var checksChecksums = true

    public init(_ client: ClientConfiguration) { self.client = client }
}

/// Records of one partition that were stored together; none where a consumer passes over what it shall not see, such as the records of an
/// aborted transaction.
public struct ConsumedBatch: Sendable {
    public let partition: TopicPartition
    /// The first offset after this batch.
    public let nextOffset: Int64
    /// Where the partition ended when this was read.
    public let highWatermark: Int64
    /// Offsets below this one were read before.
    let firstOffset: Int64
    let batch: RecordBatch?

    /// Calls `body` for each record, in order. Keys and values are views of the bytes received.
    ///
    /// - Throws: `KafkaError` with `.malformed` when the batch is damaged.
    public func forEach(_ body: (RecordView) throws -> Void) throws {
        guard let batch else { return }
        do {
            var cursor = try batch.records()
            while let record = try cursor.next() {
                if record.offset >= firstOffset { try body(record) }
            }
        } catch let error as RecordError {
            throw KafkaError(.malformed, "\(partition) at offset \(batch.header.baseOffset): \(error)")
        }
    }
}

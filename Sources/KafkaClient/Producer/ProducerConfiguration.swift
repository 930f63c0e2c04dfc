import KafkaConnection
import KafkaRecords
import NIOCore

/// A header of a record.
public typealias RecordHeader = Record.Header

/// A record to be sent.
public struct ProducerRecord: Sendable, Equatable {
    public var topic: String
    /// Nil lets the partitioner choose.
    public var partition: Int32?
    public var key: ByteBuffer?
    /// Nil is a tombstone.
    public var value: ByteBuffer?
    public var headers: [RecordHeader]
    /// Milliseconds since 1970; nil is now.
    public var timestamp: Int64?

    public init(
        topic: String,
        partition: Int32? = nil,
        key: ByteBuffer? = nil,
        value: ByteBuffer?,
        headers: [RecordHeader] = [],
        timestamp: Int64? = nil
    ) {
        self.topic = topic
        self.partition = partition
        self.key = key
        self.value = value
        self.headers = headers
        self.timestamp = timestamp
    }

    /// A bound for the bytes that it takes in a batch.
    var size: Int {
        var size = 40 + (key?.readableBytes ?? 0) + (value?.readableBytes ?? 0)
        for header in headers { size += 10 + header.keySize + (header.value?.readableBytes ?? 0) }
        return size
    }
}

/// Where a record went.
public struct RecordMetadata: Sendable, Equatable {
    public var topic: String
    public var partition: Int32
    /// -1 when the broker does not return it: with acks 0, and for a batch that turned out to be a duplicate.
    public var offset: Int64
}

/// `acks`: when a record counts as sent.
public enum Acknowledgement: Int16, Sendable {
    /// When it was written to the socket.
    case none = 0
    /// When the leader has it.
    case leader = 1
    /// When all in-sync replicas have it.
    case all = -1
}

/// Intercepts a producer's records and their acknowledgements. It must be fast and must not call the producer.
public protocol ProducerInterceptor: Sendable {
    /// Before the partition is chosen; may change the record.
    func willSend(_ record: inout ProducerRecord)
    /// Records of one partition were acknowledged, or failed.
    ///
    /// - Parameter result: the first one's offset, -1 when not known.
    func didSend(_ records: Int, to partition: TopicPartition, _ result: Result<Int64, KafkaError>)
}

extension ProducerInterceptor {
    public func willSend(_ record: inout ProducerRecord) {}
    public func didSend(_ records: Int, to partition: TopicPartition, _ result: Result<Int64, KafkaError>) {}
}

/// A producer's configuration. Keys and defaults are Kafka's. Durations count in whole milliseconds, 0 to 2,147,483,647 unless a key says otherwise;
/// sizes are bytes. `Producer.init` refuses values that are out of range, with an error that names all of them.
public struct ProducerConfiguration: Sendable {
    public var client: ClientConfiguration
    /// `acks`. Idempotence needs `.all`.
    public var acks = Acknowledgement.all
    /// `enable.idempotence`: each record is written once and in order, however often it is retried (KIP-98).
    public var isIdempotent = true
    /// `transactional.id`: enables transactions; a producer with the same id, after a restart for example, takes over and fences the earlier one.
    public var transactionalId: String?
    /// `transaction.timeout.ms`, 1 ms or more: how long a transaction may be open before the coordinator aborts it.
    public var transactionTimeout = Duration.seconds(60)
    /// `transaction.two.phase.commit.enable`: transactions have no time limit, because something outside, a database for example, decides how
    /// they end (KIP-939): see `Producer.prepareTransaction`. Brokers have to allow it, by the key of the same name.
    public var isTwoPhase = false
    /// `linger.ms`, 0 ms or more: how long a batch waits for more records.
    public var linger = Duration.milliseconds(5)
    /// `batch.size`, 1 to 2^30: bytes of a batch, before compression, at which it stops waiting.
    public var batchBytes = 16384
    /// While another batch of its partition is under way, a full batch goes on growing beyond `batch.size`, to so many bytes before
    /// compression, 1 to 2^30, but for no longer than `linger.ms`. A broker that refuses one as too large gets it in parts, and none so large
    /// after that. With `batch.size` or less no batch grows, as in Kafka's own clients.
    public var batchMaxBytes = 131_072
    /// `buffer.memory`, at least `max.request.size`: bytes of records that are not acknowledged yet; beyond, `send` waits.
    public var bufferBytes = 32 << 20
    /// `compression.type`.
    public var compression = Compression.none
    /// `delivery.timeout.ms`, 0 ms or more: how long a record may take with all its retries.
    public var deliveryTimeout = Duration.seconds(120)
    /// `max.in.flight.requests.per.connection`: requests to a broker under way at once, 1 or more. With idempotence up to 5, because brokers
    /// remember no more batches of a producer; without it a batch that has to be repeated comes behind those that were under way with it,
    /// unless this is 1. Nil, the default, stands for 5 with idempotence and 20 without, where Kafka's clients have 5: small batches, such as
    /// those of `batchBytes` by default, then keep the broker busy while the client does something else.
    public var maxInFlight: Int?
    /// `max.request.size`, 1 to 2^30: the largest record, and the bound of a request, in bytes.
    public var requestMaxBytes = 1 << 20
    /// `allow.auto.create.topics`: whether the broker may create a topic that does not exist, if `auto.create.topics.enable` is true there.
    public var allowsTopicCreation = true
    public var partitioner: any Partitioner = DefaultPartitioner()
    /// `interceptor.classes`: see and change records on their way, in this order.
    public var interceptors: [any ProducerInterceptor] = []

    public init(_ client: ClientConfiguration) { self.client = client }

    /// Brokers remember no more batches of a producer.
    static let idempotentInFlight = 5

    var inFlightLimit: Int { maxInFlight ?? (isIdempotent ? Self.idempotentInFlight : 20) }
}

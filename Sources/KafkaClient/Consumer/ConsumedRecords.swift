import KafkaConnection
import KafkaRecords
import NIOCore

/// A record that was consumed.
public struct ConsumedRecord: Sendable {
    public let partition: TopicPartition
    let view: RecordView

    public var topic: String { partition.topic }
    public var offset: Int64 { view.offset }
    /// Milliseconds since 1970, -1 for none.
    public var timestamp: Int64 { view.timestamp }
    /// A view of the bytes received, like `value`.
    public var key: ByteBuffer? { view.key }
    public var value: ByteBuffer? { view.value }
    public var headers: [Record.Header] { view.headers }
}

/// The batches that a consumer reads, as an endless sequence: the fast way.
public struct ConsumedBatches: AsyncSequence, Sendable {
    public typealias Element = ConsumedBatch
    public typealias Failure = KafkaError

    let consumer: Consumer

    public func makeAsyncIterator() -> Iterator { Iterator(consumer: consumer) }

    public struct Iterator: AsyncIteratorProtocol {
        let consumer: Consumer

        public mutating func next(isolation actor: isolated (any Actor)?) async throws(KafkaError) -> ConsumedBatch? {
            try await consumer.next()
        }

        public mutating func next() async throws(KafkaError) -> ConsumedBatch? { try await consumer.next() }
    }
}

/// The records that a consumer reads, as an endless sequence.
public struct ConsumedRecords: AsyncSequence, Sendable {
    public typealias Element = ConsumedRecord
    public typealias Failure = KafkaError

    let consumer: Consumer

    public func makeAsyncIterator() -> Iterator { Iterator(consumer: consumer) }

    public struct Iterator: AsyncIteratorProtocol {
        let consumer: Consumer
        private var reading: Reading?

        init(consumer: Consumer) { self.consumer = consumer }

        public mutating func next(isolation actor: isolated (any Actor)?) async throws(KafkaError) -> ConsumedRecord? {
            while true {
                if let record = try reading?.next() { return record }
                guard let batch = try await consumer.next() else { return nil }
                reading = try Reading(batch)
            }
        }

        public mutating func next() async throws(KafkaError) -> ConsumedRecord? { try await next(isolation: nil) }
    }

    /// Somewhere in a batch.
    private struct Reading {
        let batch: ConsumedBatch
        var cursor: RecordCursor

        init?(_ batch: ConsumedBatch) throws(KafkaError) {
            guard let cursor = try batch.cursor() else { return nil }
            self.batch = batch
            self.cursor = cursor
        }

        mutating func next() throws(KafkaError) -> ConsumedRecord? {
            guard let view = try batch.next(&cursor) else { return nil }
            return ConsumedRecord(partition: batch.partition, view: view)
        }
    }
}

extension Consumer {
    /// All batches from now on.
    public var batches: ConsumedBatches { ConsumedBatches(consumer: self) }

    /// All records from now on. Whoever stops in the middle of a batch and iterates again continues with the next batch.
    public var records: ConsumedRecords { ConsumedRecords(consumer: self) }
}

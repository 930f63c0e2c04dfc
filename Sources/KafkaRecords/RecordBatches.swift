import KafkaProtocol
import NIOCore

/// The batches that lie one after another in a buffer, as Fetch answers and segments hold them.
public struct RecordBatches: Sequence, Sendable {
    public var buffer: ByteBuffer

    public init(_ buffer: ByteBuffer) { self.buffer = buffer }

    public func makeIterator() -> Iterator { Iterator(buffer: buffer) }

    /// Ends before the first bytes that are not a complete batch of format 2.
    public struct Iterator: IteratorProtocol {
        var buffer: ByteBuffer

        public mutating func next() -> RecordBatch? {
            guard buffer.readableBytes > 0, let batch = try? RecordBatch(buffer) else { return nil }
            buffer.moveReaderIndex(forwardBy: batch.bytes.readableBytes)
            return batch
        }
    }
}

import KafkaProtocol
import NIOCore

/// The batches that lie one after another in a buffer, as Fetch answers and segments hold them.
package struct RecordBatches: Sequence, Sendable {
    package var buffer: ByteBuffer

    package init(_ buffer: ByteBuffer) { self.buffer = buffer }

    package func makeIterator() -> Iterator { Iterator(buffer: buffer) }

    /// Ends before the first bytes that are not a complete batch of format 2.
    package struct Iterator: IteratorProtocol {
        var buffer: ByteBuffer

        package mutating func next() -> RecordBatch? {
            guard buffer.readableBytes > 0, let batch = try? RecordBatch(buffer) else { return nil }
            buffer.moveReaderIndex(forwardBy: batch.bytes.readableBytes)
            return batch
        }
    }
}

import KafkaProtocol
import KafkaRecords
import NIOCore

/// A request on its way to the socket, and the batches that belong into it.
struct OutgoingRequest {
    /// Up to this size a batch's records are copied, which costs less than one more piece to write.
    private static let copyLimit = 2048

    let frame: Frame
    /// What `WireRecords.external` stands for, by id.
    let batches: [SealedBatch]

    /// The request's bytes, to be written behind each other; at least one piece.
    func pieces() -> [ByteBuffer] {
        var result: [ByteBuffer] = []
        var rest = frame.buffer
        var small = ByteBuffer()
        for region in frame.regions {
            small.writeImmutableBuffer(rest.readSlice(length: region.position - rest.readerIndex) ?? ByteBuffer())
            let batch = batches[region.id]
            small.writeImmutableBuffer(batch.header)
            if batch.records.readableBytes <= Self.copyLimit {
                small.writeImmutableBuffer(batch.records)
            } else {
                result += [small, batch.records]
                small = ByteBuffer()
            }
        }
        if small.readableBytes == 0 { small = rest } else { small.writeImmutableBuffer(rest) }
        return small.readableBytes == 0 ? result : result + [small]
    }
}

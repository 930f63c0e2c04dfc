import KafkaProtocol
import KafkaRecords
import NIOCore
import Testing

@testable import KafkaConnection

/// What a request's pieces amount to, beside the same request in one piece.
@Suite struct OutgoingRequestTests {
    @Test(arguments: [[10], [5000], [10, 5000, 20], [5000, 5000], [2048 - 9, 2049, 1]], [Int16(3), 8, 9, 12])
    func piecesAreTheWholeRequest(sizes: [Int], version: Int16) throws {
        let builders = sizes.map { size in
            var builder = RecordBatchBuilder()
            builder.append(timestamp: 7, key: nil, value: ByteBuffer(repeating: 0x61, count: size))
            return builder
        }
        let batches = try builders.map { try $0.seal() }
        let whole = try builders.map { WireRecords.bytes(try $0.build()) }
        let apart = batches.enumerated().map { WireRecords.external(id: $0, count: $1.size) }
        let expected = try Self.request(whole).frame(version: version, correlationId: 5, clientId: "c").buffer
        let frame = try Self.request(apart).frame(version: version, correlationId: 5, clientId: "c")

        let pieces = OutgoingRequest(frame: frame, batches: batches).pieces()
        var joined = ByteBuffer()
        for piece in pieces { joined.writeImmutableBuffer(piece) }
        #expect(joined == expected)
        #expect(pieces.allSatisfy { $0.readableBytes > 0 })
        // Large records are not copied.
        let large = batches.map(\.records).filter { $0.readableBytes > 2048 }
        #expect(large.allSatisfy { records in pieces.contains { address($0) == address(records) } })
    }

    @Test func aRequestWithoutBatchesIsOnePiece() throws {
        let frame = try MetadataRequest().frame(version: 9, correlationId: 1, clientId: nil)
        #expect(OutgoingRequest(frame: frame, batches: []).pieces() == [frame.buffer])
    }

    private static func request(_ records: [WireRecords]) -> ProduceRequest {
        var request = ProduceRequest()
        var topic = ProduceRequest.TopicProduceData()
        topic.name = "t"
        topic.partitionData = records.enumerated().map { index, records in
            var partition = ProduceRequest.PartitionProduceData()
            partition.index = Int32(index)
            partition.records = records
            return partition
        }
        request.topicData = [topic]
        return request
    }

    private func address(_ buffer: ByteBuffer) -> UnsafeRawPointer? {
        buffer.withUnsafeReadableBytes { $0.baseAddress }
    }
}

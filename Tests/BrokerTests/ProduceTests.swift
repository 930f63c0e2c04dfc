import KafkaRecords
import NIOCore
import Testing
import World

@testable import Broker
@testable import KafkaProtocol

/// What a producer is told, version by version.
@Suite(.serialized)
struct ProduceTests {
    typealias Answer = ProduceResponse.PartitionProduceResponse

    private static let stale = [
        "message.timestamp.before.max.ms": "1000", "message.timestamp.after.max.ms": "1000",
    ]

    private func batch(
        _ keys: [String?],
        timestamp: Int64 = WorldTime.real.wall.milliseconds,
        value: Int = 1,
        _ compression: Compression = .none
    ) throws -> ByteBuffer {
        var builder = RecordBatchBuilder(compression: compression)
        for key in keys {
            builder.append(
                timestamp: timestamp,
                key: key.map { ByteBuffer(string: $0) },
                value: ByteBuffer(repeating: 7, count: value)
            )
        }
        return try builder.build()
    }

    private func request(_ topic: String, _ batches: [ByteBuffer?]) -> ProduceRequest {
        var row = ProduceRequest.TopicProduceData()
        row.name = topic
        row.partitionData = batches.enumerated().map { index, batch in
            var data = ProduceRequest.PartitionProduceData()
            data.index = Int32(index)
            data.records = batch.map { .bytes($0) }
            return data
        }
        var request = ProduceRequest()
        request.acks = -1
        request.timeoutMs = 10_000
        request.topicData = [row]
        return request
    }

    private func answers(_ client: TestClient, _ request: ProduceRequest, version: Int16 = 9) throws -> [Answer] {
        try client.call(request, ProduceResponse.self, version: version).responses.first?.partitionResponses ?? []
    }

    private func answer(_ client: TestClient, _ topic: String, _ batch: ByteBuffer?, version: Int16 = 9) throws
        -> Answer
    {
        try #require(try answers(client, request(topic, [batch]), version: version).first)
    }

    @Test(arguments: [3, 7, 8, 9, 12] as [Int16])
    func theRecordsThatAreToBlameAreNamed(version: Int16) throws {
        let node = try TestNode()
        let client = try node.client()
        #expect(try client.createTopic("compacted", ["cleanup.policy": "compact"]) == ErrorCode.none)
        #expect(try client.createTopic("stale", Self.stale) == ErrorCode.none)
        let keys = (0..<100).map { $0 % 10 == 3 ? nil : "k\($0)" }
        let refused = try answer(client, "compacted", try batch(keys), version: version)
        #expect(refused.errorCode == .invalidRecord && refused.baseOffset == -1)
        let old = try answer(client, "stale", try batch(["a", "b"], timestamp: 1000), version: version)
        #expect(old.errorCode == .invalidTimestamp)
        if version < 8 {
            #expect(refused.recordErrors.isEmpty && refused.errorMessage == nil)
        } else {
            #expect(refused.recordErrors.map(\.batchIndex) == (0..<10).map { $0 * 10 + 3 })
            let reason = "it has no key, and the topic is compacted"
            #expect(refused.recordErrors.allSatisfy { $0.batchIndexErrorMessage == reason })
            #expect(
                refused.errorMessage
                    == "10 of the 100 records of the batch are refused; the first is record 3: \(reason)"
            )
            #expect(old.recordErrors.map(\.batchIndex) == [0, 1])
            #expect(old.errorMessage?.hasPrefix("2 of the 2 records of the batch are refused") == true)
        }
        // Nothing of it was written, and what is in order has neither errors nor a message.
        let taken = try answer(client, "compacted", try batch(["k"]), version: version)
        #expect(taken.errorCode == .none && taken.baseOffset == 0)
        #expect(taken.recordErrors.isEmpty && taken.errorMessage == nil)
        node.running.stop()
    }

    @Test func anAnswerNamesABoundedNumberOfRecords() throws {
        let node = try TestNode()
        let client = try node.client()
        #expect(try client.createTopic("compacted", partitions: 3, ["cleanup.policy": "compact"]) == ErrorCode.none)
        let many = try batch(Array(repeating: nil, count: 40_000))
        let named = try answers(client, request("compacted", [many, many, many])).map(\.recordErrors.count)
        #expect(named == [40_000, RecordError.namedLimit - 40_000, 0])
        node.running.stop()
    }

    @Test func limitsHoldForWhatIsStored() throws {
        let node = try TestNode()
        let client = try node.client()
        let stored = ["compression.type": "uncompressed", "max.message.bytes": "10000"]
        #expect(try client.createTopic("small", stored) == ErrorCode.none)
        let segment = ["compression.type": "uncompressed", "max.message.bytes": "3000000", "segment.bytes": "1048576"]
        #expect(try client.createTopic("segment", segment) == ErrorCode.none)
        #expect(try client.createTopic("packed", ["max.message.bytes": "10000"]) == ErrorCode.none)
        let half = try batch(["k"], value: 500_000, .gzip)
        #expect(half.readableBytes < 10_000)
        #expect(try answer(client, "small", half).errorCode == .messageTooLarge)
        #expect(try answer(client, "packed", half).errorCode == .none)
        let whole = try batch(["k"], value: 1_500_000, .gzip)
        #expect(try answer(client, "segment", whole).errorCode == .recordListTooLarge)
        #expect(try answer(client, "segment", half).errorCode == .none)
        #expect(try answer(client, "small", try batch(["k"], value: 9000, .gzip)).baseOffset == 0)
        node.running.stop()
    }

    @Test func whatIsOddInARequestIsAccepted() throws {
        let node = try TestNode()
        let client = try node.client()
        #expect(try client.createTopic("t") == ErrorCode.none)
        var odd = request("t", [try batch([nil])])
        let tags = [TaggedField(tag: 9, content: ByteBuffer(string: "?"))]
        odd.unknownTaggedFields = tags
        odd.topicData[0].unknownTaggedFields = tags
        odd.topicData[0].partitionData[0].unknownTaggedFields = tags
        #expect(try answers(client, odd).map(\.errorCode) == [.none])
        for id in ["", "nobody"] {
            odd.transactionalId = id
            #expect(try answers(client, odd).map(\.errorCode) == [.none], "the batch is not transactional")
        }
        odd.timeoutMs = -1
        #expect(try answers(client, odd).map(\.errorCode) == [.none])
        #expect(try answer(client, "t", nil).errorCode == .invalidRecord)
        #expect(try answer(client, "t", ByteBuffer()).errorCode == .invalidRecord)
        #expect(try answers(client, request("t", [])).isEmpty)
        node.running.stop()
    }
}

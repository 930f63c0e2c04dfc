import KafkaProtocol
import KafkaRecords
import NIOCore
import Testing
import World

@testable import Broker

/// Requests that Kafka answers with an error, and so do we: the connection stays.
@Suite(.serialized)
struct RefusedRequestTests {
    private let requests = NodeTests()

    /// Sends a request in which a name was made bytes that are no UTF-8.
    private func call<Response: ResponseMessage>(
        _ client: TestClient,
        _ request: some RequestMessage,
        _ type: Response.Type,
        version: Int16,
        spoiling name: String = "spoiled"
    ) throws -> Response {
        var bytes = Array(
            try request.frame(version: version, correlationId: 1, clientId: "test").buffer.readableBytesView
        )
        let wanted = Array(name.utf8)
        for index in bytes.indices where bytes[index...].starts(with: wanted) {
            (bytes[index], bytes[index + 1]) = (0xff, 0xc3)
        }
        try client.send(ByteBuffer(bytes: bytes))
        return try #require(try client.receive(type, version: version), "the connection was closed")
    }

    @Test func aNameThatIsNoTextIsOneThatNobodyHas() throws {
        let node = try TestNode()
        defer { node.running.stop() }
        let client = try node.client()
        let produced = try call(
            client,
            try requests.produceRequest("spoiled", 0, "x"),
            ProduceResponse.self,
            version: 9
        )
        #expect(produced.responses.first?.partitionResponses.first?.errorCode == .unknownTopicOrPartition)
        let created = try call(client, create("spoiled"), CreateTopicsResponse.self, version: 7)
        #expect(created.topics.first?.errorCode == .invalidTopicException)
        let fetched = try call(client, requests.fetchRequest("spoiled", 0), FetchResponse.self, version: 12)
        #expect(fetched.responses.first?.partitions.first?.errorCode == .unknownTopicOrPartition)
        // As in Kafka, it is a group of that name.
        let asked = make(FindCoordinatorRequest()) { $0.key = "spoiled" }
        #expect(try call(client, asked, FindCoordinatorResponse.self, version: 3).errorCode == .none)
        let joined = try call(client, join("spoiled", ""), JoinGroupResponse.self, version: 5)
        #expect(joined.errorCode == .memberIdRequired)
        let committed = try call(client, commit("spoiled"), OffsetCommitResponse.self, version: 8)
        #expect(committed.topics.first?.partitions.first?.errorCode == .unknownTopicOrPartition)
        // What would not fit into any answer ends the connection.
        let long = String(repeating: "spoiled", count: 4000)
        try client.send(ByteBuffer(bytes: try spoiled(create(long))))
        #expect(try client.receive(CreateTopicsResponse.self, version: 7) == nil)
    }

    private func spoiled(_ request: CreateTopicsRequest) throws -> [UInt8] {
        let bytes = Array(try request.frame(version: 7, correlationId: 1, clientId: "test").buffer.readableBytesView)
        return bytes.map { $0 == UInt8(ascii: "s") || $0 == UInt8(ascii: "p") || $0 == UInt8(ascii: "o") ? 0xff : $0 }
    }

    @Test func aTransactionalBatchNeedsATransactionalId() throws {
        let node = try TestNode()
        defer { node.running.stop() }
        let client = try node.client()
        try requests.create(client, "t")
        for id in [-1, 5] as [Int64] {
            var builder = RecordBatchBuilder()
            builder.setProducer(id: id, epoch: 0, baseSequence: 0, isTransactional: true)
            builder.append(timestamp: 1, key: nil, value: ByteBuffer(string: "x"))
            var request = try requests.produceRequest("t", 0, "y")
            var data = ProduceRequest.PartitionProduceData()
            (data.index, data.records) = (0, .bytes(try builder.build()))
            request.topicData[0].partitionData.append(data)
            request.topicData[0].partitionData[0].index = 1
            let response = try client.call(request, ProduceResponse.self, version: 9)
            let codes = response.responses.first?.partitionResponses.map(\.errorCode)
            #expect(codes == [.transactionalIdAuthorizationFailed, .transactionalIdAuthorizationFailed])
        }
    }

    @Test func aDirectoryThatFailsIsToldToAllWhoWaitForItsPartitions() throws {
        let node = try TestNode(directories: ["/one", "/two"], settings: ["ottla.flush.policy": "ack"])
        defer { node.running.stop() }
        let (client, reader, other) = (try node.client(), try node.client(), try node.client())
        try requests.create(client, "t", partitions: 4)
        for number in 0..<4 as Range<Int32> {
            #expect(try requests.produce(client, "t", number, "a").errorCode == .none)
        }
        let failing = (0..<4 as Range<Int32>).filter { node.disk.exists("/two/t-\($0)") }
        let (written, waited) = (try #require(failing.first), try #require(failing.last))
        #expect(failing.count == 2)
        try reader.send(requests.fetchRequest("t", waited, offset: 1, wait: 60_000), version: 12)
        let elsewhere = try #require((0..<4 as Range<Int32>).first { !failing.contains($0) })
        try other.send(requests.fetchRequest("t", elsewhere, offset: 1, wait: 60_000), version: 12)
        node.disk.setPlan { _, operation, path in
            operation == "sync" && path.hasPrefix("/two/t-\(written)/") ? .fail(errno: 5) : .proceed
        }
        #expect(try requests.produce(client, "t", written, "lost").errorCode == .kafkaStorageError)
        let told = try #require(try reader.receive(FetchResponse.self, version: 12))
        #expect(told.responses.first?.partitions.first?.errorCode == .kafkaStorageError)
        #expect(try requests.produce(client, "t", elsewhere, "b").errorCode == .none)
        let served = try #require(try other.receive(FetchResponse.self, version: 12))
        #expect(served.responses.first?.partitions.first?.errorCode == ErrorCode.none)
    }
}

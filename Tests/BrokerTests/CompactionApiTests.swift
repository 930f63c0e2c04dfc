import KafkaProtocol
import KafkaRecords
import NIOCore
import Testing
import World

@testable import Broker

/// The APIs that Kafka does not have: compaction that is asked for, and how logs stand to it.
struct CompactionApiTests {
    /// Nothing is compacted unless somebody asks for it.
    private static let config = ["cleanup.policy": "compact", "min.cleanable.dirty.ratio": "1"]

    private func produce(_ client: TestClient, _ topic: String, _ rows: [(String, String?)]) throws {
        var builder = RecordBatchBuilder()
        for (key, value) in rows {
            builder.append(
                timestamp: 1_700_000_000_000,
                key: ByteBuffer(string: key),
                value: value.map { ByteBuffer(string: $0) }
            )
        }
        let records = try builder.build()
        let request = make(ProduceRequest()) { request in
            request.topicData = [
                make(ProduceRequest.TopicProduceData()) { row in
                    row.name = topic
                    row.partitionData = [make(ProduceRequest.PartitionProduceData()) { $0.records = .bytes(records) }]
                }
            ]
            (request.acks, request.timeoutMs) = (-1, 10_000)
        }
        let response = try client.call(request, ProduceResponse.self, version: 12)
        #expect(response.responses.first?.partitionResponses.first?.errorCode == ErrorCode.none)
    }

    private func start(_ client: TestClient, _ topic: String, _ number: Int32 = 0) throws
        -> StartCompactionResponse.PartitionResult
    {
        let response = try client.call(compact(topic, [number]), StartCompactionResponse.self, version: 0)
        return try #require(response.topics.first?.partitions.first)
    }

    private func state(_ client: TestClient, _ topic: String) throws -> DescribeCompactionResponse.CompactedPartition {
        let request = make(DescribeCompactionRequest()) { request in
            request.topics = [
                make(DescribeCompactionRequest.CompactedTopicRequest()) { ($0.name, $0.partitions) = (topic, [0]) }
            ]
        }
        let response = try client.call(request, DescribeCompactionResponse.self, version: 0)
        return try #require(response.topics.first?.partitions.first)
    }

    /// The state once a pass is over.
    private func ended(_ client: TestClient, _ topic: String, _ pass: Int64) throws
        -> DescribeCompactionResponse.CompactedPartition
    {
        while true {
            let found = try state(client, topic)
            if found.passesEnded >= pass { return found }
            try #require(
                found.wait == CompactionWait.turn.rawValue || found.wait == CompactionWait.passUnderWay.rawValue
            )
        }
    }

    @Test func aPassIsMadeWhenItIsAskedFor() throws {
        let node = try TestNode()
        defer { node.running.stop() }
        let client = try node.client()
        #expect(try client.createTopic("t", Self.config) == ErrorCode.none)
        #expect(try state(client, "t").wait == CompactionWait.nothingDirty.rawValue)
        for number in 0..<10 { try produce(client, "t", [("a", "\(number)"), ("b", "\(number)")]) }
        let before = try state(client, "t")
        #expect(before.isCompacted && before.wait == CompactionWait.activeSegment.rawValue)
        #expect(before.heldBytes > 0 && before.cleanableBytes == 0 && before.minCleanableRatio == 1)
        let answer = try start(client, "t")
        #expect(answer.errorCode == .none && answer.outcome == CompactionOutcome.started.rawValue)
        #expect(answer.rolledAtOffset == 20 && answer.pass == 1)
        let after = try ended(client, "t", answer.pass)
        let last = try #require(after.lastPass)
        #expect(last.cause == CompactionCause.asked.rawValue && last.errorMessage == nil && last.cleanedOffset == 20)
        #expect(last.recordsRead == 20 && last.recordsKept == 2 && last.bytesAfter < last.bytesBefore)
        #expect(last.startedAtMs > 1_700_000_000_000 && after.cleanBytes == last.bytesAfter)
        #expect(after.wait == CompactionWait.nothingDirty.rawValue && after.passUnderWay == nil)
        // There is nothing left to do.
        let again = try start(client, "t")
        #expect(again.outcome == CompactionOutcome.nothing.rawValue && again.pass == -1 && again.rolledAtOffset == -1)
        #expect(again.wait == CompactionWait.nothingDirty.rawValue)
    }

    @Test func whatIsTooYoungStays() throws {
        let node = try TestNode()
        defer { node.running.stop() }
        let client = try node.client()
        var config = Self.config
        config["min.compaction.lag.ms"] = "4000000000000"
        config["max.compaction.lag.ms"] = "5000000000000"
        #expect(try client.createTopic("t", config) == ErrorCode.none)
        try produce(client, "t", [("a", "1"), ("a", "2")])
        let answer = try start(client, "t")
        #expect(answer.outcome == CompactionOutcome.nothing.rawValue && answer.rolledAtOffset == -1)
        #expect(answer.wait == CompactionWait.youngRecords.rawValue && answer.waitUntilMs == 5_700_000_000_000)
        #expect(try state(client, "t").waitUntilMs == 5_700_000_000_000)
    }

    @Test func whatCannotBeCompactedIsRefused() throws {
        let node = try TestNode()
        defer { node.running.stop() }
        let client = try node.client()
        #expect(try client.createTopic("plain") == ErrorCode.none)
        let plain = try start(client, "plain")
        #expect(plain.errorCode == .policyViolation)
        #expect(plain.errorMessage == "topic 'plain' is not compacted: its cleanup.policy is 'delete'")
        #expect(try start(client, "nowhere").errorCode == .unknownTopicOrPartition)
        #expect(try start(client, "plain", 7).errorCode == .unknownTopicOrPartition)
        #expect(try state(client, "nowhere").errorCode == .unknownTopicOrPartition)
        #expect(try !state(client, "plain").isCompacted)
    }

    @Test func aLogThatCannotBeCompactedSaysWhy() throws {
        let node = try TestNode()
        defer { node.running.stop() }
        let client = try node.client()
        #expect(try client.createTopic("t", Self.config) == ErrorCode.none)
        try produce(client, "t", [("a", "1"), ("a", "2")])
        let path = "/one/t-0/00000000000000000000.log"
        let byte = try #require(node.disk.peek(path))[65]
        node.disk.damage(path, at: 65, [byte ^ 1])
        #expect(try start(client, "t").outcome == CompactionOutcome.started.rawValue)
        let after = try ended(client, "t", 1)
        #expect(after.wait == CompactionWait.setAside.rawValue)
        // Who mends logs has been told, too.
        let told = node.running.node.decisions.last(10) { $0 == .partition(TopicPartition("t", 0)) }.map(\.decision)
            .filter { $0.source == .cleaner }
        #expect(told.map(\.account.kind) == ["setAside"])
        #expect(told.first?.account.evidence.map(\.value) == after.waitReason.map { [$0] })
    }

    @Test func withoutACleanerNothingIsPromised() throws {
        let node = try TestNode(settings: ["log.cleaner.enable": "false"])
        defer { node.running.stop() }
        let client = try node.client()
        #expect(try client.createTopic("t", Self.config) == ErrorCode.none)
        try produce(client, "t", [("a", "1")])
        let answer = try start(client, "t")
        #expect(answer.errorCode == .policyViolation && answer.rolledAtOffset == -1)
        #expect(answer.errorMessage == "node 1 compacts nothing: its log.cleaner.enable is false")
        #expect(try state(client, "t").wait == CompactionWait.cleanerOff.rawValue)
    }

    @Test func allThatIsCompactedIsTold() throws {
        let node = try TestNode()
        defer { node.running.stop() }
        let client = try node.client()
        #expect(try client.createTopic("a", partitions: 2, Self.config) == ErrorCode.none)
        #expect(try client.createTopic("b") == ErrorCode.none)
        #expect(try client.createTopic("c", Self.config) == ErrorCode.none)
        let request = make(DescribeCompactionRequest()) { $0.topics = nil }
        let response = try client.call(request, DescribeCompactionResponse.self, version: 0)
        #expect(response.topics.map(\.name) == ["a", "c"])
        #expect(response.topics.map { $0.partitions.map(\.partitionIndex) } == [[0, 1], [0]])
    }

    @Test(arguments: [Int16(0), 3, 4, 5]) func onlyThoseWhoAskAreToldOfApisThatKafkaDoesNotHave(_ version: Int16) throws
    {
        let node = try TestNode()
        defer { node.running.stop() }
        let client = try node.client()
        func keys(_ listsOwn: Bool) throws -> [Int16] {
            var request = ApiVersionsRequest()
            if version >= 3 {
                (request.clientSoftwareName, request.clientSoftwareVersion) = ("a", "1")
                request.listsOwn = listsOwn
            }
            return try client.call(request, ApiVersionsResponse.self, version: version).apiKeys.map(\.apiKey)
        }
        let kafkas = try keys(false)
        #expect(kafkas.allSatisfy { $0 < 1000 } && kafkas.count > 30)
        if version >= 3 { #expect(try keys(true) == kafkas + [20_000, 20_001, 20_002]) }
    }
}

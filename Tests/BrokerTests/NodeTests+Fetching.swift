import KafkaProtocol
import KafkaRecords
import LogStorage
import NIOCore
import Synchronization
import TestSupport
import Testing
import World

@testable import Broker

extension NodeTests {
    @Test func aFetchSessionSaysOnlyWhatIsNew() throws {
        let node = try TestNode()
        let client = try node.client()
        try create(client, "t", partitions: 2)
        var row = FetchRequest.FetchTopic()
        row.topic = "t"
        row.partitions = [Int32(0), 1].map { index in
            var asked = FetchRequest.FetchPartition()
            asked.partition = index
            asked.partitionMaxBytes = 1000
            return asked
        }
        var request = FetchRequest()
        request.topics = [row]
        request.sessionEpoch = 0
        let full = try client.call(request, FetchResponse.self, version: 12)
        #expect(full.sessionId != 0 && full.responses.first?.partitions.count == 2)
        request.topics = []
        request.sessionId = full.sessionId
        request.sessionEpoch = 1
        #expect(try client.call(request, FetchResponse.self, version: 12).responses.isEmpty)
        #expect(try produce(client, "t", 1, "x").errorCode == .none)
        request.sessionEpoch = 2
        let news = try client.call(request, FetchResponse.self, version: 12)
        #expect(news.responses.first?.partitions.map(\.partitionIndex) == [1])
        node.running.stop()
    }

    @Test func aWaitingFetchIsWokenAndDoesNotBlockTheConnection() throws {
        let node = try TestNode()
        let client = try node.client()
        let producer = try node.client()
        try create(client, "t")
        var asked = FetchRequest.FetchPartition()
        asked.partitionMaxBytes = 1000
        var row = FetchRequest.FetchTopic()
        row.topic = "t"
        row.partitions = [asked]
        var request = FetchRequest()
        request.topics = [row]
        request.maxWaitMs = 20_000
        request.minBytes = 1
        let began = WorldTime.real.now.milliseconds
        try client.send(request, version: 12)
        try client.send(try produceRequest("t", 0, "own"), version: 9)
        let fetched = try #require(try client.receive(FetchResponse.self, version: 12))
        #expect(
            (fetched.responses.first?.partitions.first?.records?.count ?? 0) > 0,
            "its own produce, sent behind it, woke it"
        )
        #expect(try client.receive(ProduceResponse.self, version: 9) != nil)
        _ = try produce(producer, "t", 0, "x")
        #expect(WorldTime.real.now.milliseconds - began < 5000)
        node.running.stop()
    }
}

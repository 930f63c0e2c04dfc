import KafkaProtocol
import LogStorage
import NIOCore
import Testing
import World

@testable import Broker

/// Work that nobody asks for: when it begins, and how often.
struct BackgroundTaskTests {
    private let requests = NodeTests()

    private func eventually(_ condition: () throws -> Bool) throws -> Bool {
        let end = WorldTime.real.now.milliseconds + 20_000
        while WorldTime.real.now.milliseconds < end {
            if try condition() { return true }
            WorldTime.real.pause(milliseconds: 5)
        }
        return false
    }

    private func producers(_ client: TestClient, _ topic: String) throws -> Int {
        var asked = DescribeProducersRequest.TopicRequest()
        asked.name = topic
        asked.partitionIndexes = [0]
        var request = DescribeProducersRequest()
        request.topics = [asked]
        let response = try client.call(request, DescribeProducersResponse.self, version: 0)
        return try #require(response.topics.first?.partitions.first).activeProducers.count
    }

    @Test func producersAreForgottenAsOftenAsConfiguredAndByTheTimeInForce() throws {
        let node = try TestNode(settings: ["producer.id.expiration.check.interval.ms": "20"])
        defer { node.running.stop() }
        let client = try node.client()
        #expect(try client.createTopic("t") == ErrorCode.none)
        #expect(try requests.produce(client, "t", 0, "a", producer: (1, 0)).errorCode == .none)
        #expect(try eventually { try producers(client, "t") == 0 })

        let slow = try TestNode()
        defer { slow.running.stop() }
        let other = try slow.client()
        #expect(try other.createTopic("t") == ErrorCode.none)
        #expect(try requests.produce(other, "t", 0, "a", producer: (1, 0)).errorCode == .none)
        #expect(try producers(other, "t") == 1)
    }

    @Test func retentionBeginsWhenItIsToldTo() throws {
        let disk = MemoryFileSystem()
        let settings = ["log.retention.check.interval.ms": "600000"]
        let first = try TestNode(disk, settings: settings)
        let client = try first.client()
        let small = ["internal.segment.bytes": "200", "retention.bytes": "100"]
        #expect(try client.createTopic("t", small) == ErrorCode.none)
        for number in 0..<10 {
            let value = String(repeating: "\(number)", count: 100)
            #expect(try requests.produce(client, "t", 0, value).errorCode == .none)
        }
        #expect(try requests.fetch(client, "t", 0).0 == .none)
        first.running.stop()
        disk.restartProcess()
        let second = try TestNode(disk, settings: settings.merging(["log.initial.task.delay.ms": "0"]) { $1 })
        defer { second.running.stop() }
        let again = try second.client()
        #expect(try eventually { try requests.fetch(again, "t", 0).0 == .offsetOutOfRange })
    }
}

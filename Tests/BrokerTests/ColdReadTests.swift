import Glibc
import KafkaProtocol
import NIOCore
import Synchronization
import Testing
import World

@testable import Broker

/// What the page cache does not have is never waited for on an event loop.
@Suite(.serialized)
struct ColdReadTests {
    private let requests = NodeTests()

    /// A topic of ten records whose log the page cache has lost.
    private func node() throws -> (TestNode, TestClient) {
        let node = try TestNode()
        let client = try node.client()
        try requests.create(client, "t")
        for index in 0..<10 { #expect(try requests.produce(client, "t", 0, "\(index)").errorCode == .none) }
        node.disk.setPlan { _, operation, path in
            path.contains("/t-0/") && operation == "read cached" ? .fail(errno: EAGAIN) : .proceed
        }
        return (node, client)
    }

    /// The next read of the topic's log takes so long that everything else is answered before.
    ///
    /// - Returns: whether it has begun.
    private func holdNextRead(_ disk: MemoryFileSystem) -> @Sendable () -> Bool {
        let hasBegun = Flag()
        disk.setPlan { _, operation, path in
            guard path.contains("/t-0/") else { return .proceed }
            if operation == "read cached" { return .fail(errno: EAGAIN) }
            return operation == "read" && hasBegun.set() ? .slow(millis: 1500) : .proceed
        }
        return { hasBegun.isSet }
    }

    private final class Flag: Sendable {
        private let value = Mutex(false)
        /// True for the first.
        func set() -> Bool {
            value.withLock { value in
                defer { value = true }
                return !value
            }
        }
        var isSet: Bool { value.withLock { $0 } }
    }

    /// Other requests are answered while one waits for the disk.
    private func expectFreeLoops(_ node: TestNode, _ waiting: TestClient, _ hasBegun: () -> Bool) throws {
        let deadline = ContinuousClock.now + .seconds(20)
        while !hasBegun(), ContinuousClock.now < deadline { usleep(1000) }
        try #require(hasBegun(), "the disk is not asked")
        let others = try (0..<4).map { _ in try node.client() }
        for other in others {
            for _ in 0..<5 { _ = try other.call(ApiVersionsRequest(), ApiVersionsResponse.self, version: 0) }
        }
        #expect(!waiting.hasAnswer, "the others were answered after the one that waits for the disk")
    }

    @Test func aFetchReadsOnAnotherThread() throws {
        let (node, client) = try node()
        defer { node.running.stop() }
        let reader = try node.client()
        #expect(try requests.fetch(reader, "t", 0).1 == (0..<10).map { "\($0)" })
        #expect(try requests.fetch(reader, "t", 0, offset: 7).1 == ["7", "8", "9"])
        let hasBegun = holdNextRead(node.disk)
        try client.send(requests.fetchRequest("t", 0), version: 12)
        try expectFreeLoops(node, client, hasBegun)
        let response = try #require(try client.receive(FetchResponse.self, version: 12))
        #expect(response.responses.first?.partitions.first?.errorCode == ErrorCode.none)
        // A fetch that waits for more finds what comes.
        #expect(try requests.fetch(reader, "t", 0, offset: 10).1 == [])
    }

    /// What the disk has changed is not sent, and all before it is.
    @Test func whatTheDeviceGivesIsComparedWithItsChecksums() throws {
        let (node, _) = try node()
        defer { node.running.stop() }
        let path = "/one/t-0/00000000000000000000.log"
        let log = try node.disk.open(path, .readWrite)
        let batch = try log.size() / 10
        try log.write(ByteBuffer(integer: UInt8(0xEE)), at: 3 * batch + 65)
        let reader = try node.client()
        #expect(try requests.fetch(reader, "t", 0).1 == ["0", "1", "2"])
        #expect(try requests.fetch(reader, "t", 0, offset: 3).0 == .kafkaStorageError)
        #expect(try requests.fetch(reader, "t", 0, offset: 4).1 == ["4", "5", "6", "7", "8", "9"])
        let partition = try #require(node.running.node.store[TopicPartition("t", 0)])
        try eventually("it is told") {
            partition.directory.decisions.last(10).contains { entry in
                guard case .storage(.damaged(_, let offsets, _)) = entry.decision else { return false }
                return offsets == 3..<4
            }
        }
    }

    @Test func aSearchByTimeReadsOnAnotherThread() throws {
        let (node, client) = try node()
        defer { node.running.stop() }
        var partition = ListOffsetsRequest.ListOffsetsPartition()
        (partition.partitionIndex, partition.timestamp) = (0, 1_700_000_000_000)
        var topic = ListOffsetsRequest.ListOffsetsTopic()
        (topic.name, topic.partitions) = ("t", [partition])
        var request = ListOffsetsRequest()
        request.topics = [topic]
        let hasBegun = holdNextRead(node.disk)
        try client.send(request, version: 7)
        try expectFreeLoops(node, client, hasBegun)
        let response = try #require(try client.receive(ListOffsetsResponse.self, version: 7))
        #expect(response.topics.first?.partitions.first?.offset == 0)
        #expect(response.topics.first?.partitions.first?.timestamp == 1_700_000_000_000)
    }
}

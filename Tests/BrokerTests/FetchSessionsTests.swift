import KafkaProtocol
import KafkaRecords
import NIOCore
import Synchronization
import TestSupport
import Testing

@testable import Broker

/// Fetch sessions over the socket: what is not visited is what has nothing new.
@Suite(.serialized)
struct FetchSessionsTests {
    private let requests = NodeTests()

    /// A client with one session, and what its answers have said.
    private final class Fetcher {
        struct Position: Hashable {
            var topic: String
            var partition: Int32
        }
        struct Told: Equatable {
            var code = ErrorCode.none
            var highWatermark: Int64
            var logStart: Int64
            var values: [String] = []
        }

        let client: TestClient
        var id: Int32 = 0
        var epoch: Int32 = 0
        /// In the session, and from which offset.
        var offsets: [Position: Int64] = [:]
        var known: [Position: Told] = [:]

        init(_ client: TestClient) { self.client = client }

        func request(_ named: [Position], forgotten: [Position] = [], wait: Int32 = 0, minBytes: Int32 = 0)
            -> FetchRequest
        {
            make(FetchRequest()) { request in
                (request.sessionId, request.sessionEpoch) = (id, epoch)
                (request.maxWaitMs, request.minBytes) = (wait, minBytes)
                request.topics = named.map { position in
                    make(FetchRequest.FetchTopic()) { topic in
                        topic.topic = position.topic
                        topic.partitions = [
                            make(FetchRequest.FetchPartition()) {
                                ($0.partition, $0.partitionMaxBytes) = (position.partition, 1 << 20)
                                $0.fetchOffset = offsets[position] ?? 0
                            }
                        ]
                    }
                }
                request.forgottenTopicsData = forgotten.map { position in
                    make(FetchRequest.ForgottenTopic()) {
                        ($0.topic, $0.partitions) = (position.topic, [position.partition])
                    }
                }
            }
        }

        func send(_ request: FetchRequest) throws {
            try client.send(request, version: 12)
            epoch += 1
        }

        func receive() throws -> [Position: Told] {
            let response = try #require(try client.receive(FetchResponse.self, version: 12))
            #expect(response.errorCode == .none)
            id = response.sessionId
            return try Self.read(response)
        }

        func fetch(_ request: FetchRequest) throws -> [Position: Told] {
            try send(request)
            return try receive()
        }

        static func read(_ response: FetchResponse) throws -> [Position: Told] {
            var result: [Position: Told] = [:]
            for topic in response.responses {
                for data in topic.partitions {
                    var told = Told(
                        code: data.errorCode,
                        highWatermark: data.highWatermark,
                        logStart: data.logStartOffset
                    )
                    for batch in RecordBatches(data.records?.buffer ?? ByteBuffer()) {
                        told.values += try batch.allRecords().map { $0.value.map { String(buffer: $0) } ?? "" }
                    }
                    result[Position(topic: topic.topic, partition: data.partitionIndex)] = told
                }
            }
            return result
        }

        /// What an incremental answer has to say, given all that there is.
        func news(_ all: [Position: Told]) -> [Position: Told] {
            let news = all.filter { position, told in
                let before = known[position]
                return told.code != .none || !told.values.isEmpty || before?.highWatermark != told.highWatermark
                    || before?.logStart != told.logStart
            }
            for (position, told) in all {
                known[position] = told
                if told.code != .none { known[position]?.highWatermark = -1 }
            }
            return news
        }
    }

    private struct Random {
        var generator: SeededGenerator
        mutating func chance(_ percent: Int) -> Bool { generator.next(below: 100) < percent }
        mutating func pick<T>(_ list: [T]) -> T { list[generator.next(below: list.count)] }
    }

    private static let positions = ["a", "b", "c"].flatMap { topic in
        (0..<4 as Range<Int32>).map { Fetcher.Position(topic: topic, partition: $0) }
    }

    private func change(_ client: TestClient, _ random: inout Random, _ step: Int) throws {
        let position = random.pick(Self.positions)
        switch random.generator.next(below: 20) {
        case 0: #expect(try client.deleteTopic(position.topic) != nil)
        case 1, 2, 3: _ = try client.createTopic(position.topic, partitions: 4)
        case 4, 5: _ = try client.deleteRecords(position.topic, position.partition, before: -1)
        default: _ = try requests.produce(client, position.topic, position.partition, "\(step)")
        }
    }

    @Test(arguments: 0..<6 as Range<UInt64>) func aSessionTellsAllThatVisitingEverythingTells(_ seed: UInt64) throws {
        let node = try TestNode(settings: ["auto.create.topics.enable": "false"])
        defer { node.running.stop() }
        let client = try node.client()
        let (fetcher, visitor) = (Fetcher(try node.client()), Fetcher(client))
        var random = Random(generator: SeededGenerator(seed: seed))
        for topic in ["a", "b"] { try requests.create(client, topic, partitions: 4) }
        for step in 0..<150 {
            for _ in 0..<random.generator.next(below: 3) { try change(client, &random, step) }
            if random.chance(3) {
                // The next request begins another session in its place.
                (fetcher.epoch, fetcher.offsets, fetcher.known) = (0, [:], [:])
            }
            var named: [Fetcher.Position] = []
            for position in Self.positions where random.chance(fetcher.epoch == 0 ? 60 : 10) {
                fetcher.offsets[position] = max(0, (fetcher.known[position]?.highWatermark ?? 0))
                named.append(position)
            }
            let forgotten = fetcher.offsets.keys.sorted { ($0.topic, $0.partition) < ($1.topic, $1.partition) }
                .filter { !named.contains($0) && random.chance(5) }
            if fetcher.epoch == 0, named.isEmpty { continue }
            for position in forgotten {
                fetcher.offsets[position] = nil
                fetcher.known[position] = nil
            }
            (visitor.epoch, visitor.offsets) = (-1, fetcher.offsets)
            let all = try visitor.fetch(visitor.request(Array(fetcher.offsets.keys)))
            let isNew = fetcher.epoch == 0
            let news = fetcher.news(all)
            let told = try fetcher.fetch(fetcher.request(named, forgotten: isNew ? [] : forgotten))
            #expect(told == (isNew ? all : news), "seed \(seed), step \(step)")
            if fetcher.id == 0 { fetcher.epoch = 0 }
        }
        #expect(try attachments(node) > 0)
        (fetcher.epoch, fetcher.offsets) = (-1, [:])
        _ = try fetcher.fetch(fetcher.request([]))
        #expect(try attachments(node) == 0, "partitions know a session that has ended")
    }

    private func attachments(_ node: TestNode) throws -> Int {
        node.running.node.store.all.reduce(0) { $0 + $1.state.withLock { $0.readers.count } }
    }

    @Test func aWaitingSessionIsWokenByWhatItHasNotLookedAt() throws {
        let node = try TestNode()
        defer { node.running.stop() }
        let client = try node.client()
        let fetcher = Fetcher(try node.client())
        try requests.create(client, "a", partitions: 4)
        let positions = (0..<4 as Range<Int32>).map { Fetcher.Position(topic: "a", partition: $0) }
        _ = try fetcher.fetch(fetcher.request(positions))
        for number in [2, 0, 3] as [Int32] {
            let position = Fetcher.Position(topic: "a", partition: number)
            try fetcher.send(fetcher.request([], wait: 20_000, minBytes: 1))
            #expect(try requests.produce(client, "a", number, "x\(number)").errorCode == .none)
            #expect(try fetcher.receive()[position]?.values == ["x\(number)"])
            // What was not taken is told again.
            #expect(
                try fetcher.fetch(fetcher.request([], wait: 20_000, minBytes: 1)).keys.sorted(by: {
                    $0.partition < $1.partition
                }) == [position]
            )
            fetcher.offsets[position] = 1
            #expect(try fetcher.fetch(fetcher.request([position])).isEmpty)
        }
        try fetcher.send(fetcher.request([], wait: 20_000, minBytes: 1))
        #expect(try client.deleteTopic("a") == ErrorCode.none)
        #expect(try fetcher.receive().values.contains { $0.code == .unknownTopicOrPartition })
    }

    @Test func aLaterFetchOfTheSessionAnswersTheOneThatWaits() throws {
        let node = try TestNode()
        defer { node.running.stop() }
        let client = try node.client()
        let fetcher = Fetcher(try node.client())
        try requests.create(client, "a")
        let position = Fetcher.Position(topic: "a", partition: 0)
        _ = try fetcher.fetch(fetcher.request([position]))
        try fetcher.send(fetcher.request([], wait: 20_000, minBytes: 1 << 20))
        #expect(try requests.produce(client, "a", 0, "x").errorCode == .none)
        try fetcher.send(fetcher.request([], wait: 20_000, minBytes: 1))
        _ = try fetcher.receive()
        #expect(try fetcher.receive()[position]?.values == ["x"])
    }
}

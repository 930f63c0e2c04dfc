import KafkaProtocol
import KafkaRecords
import NIOCore
import TestSupport
import Testing

@testable import KafkaClient
@testable import KafkaConnection

/// The consumer's reading ahead, with brokers that move partitions, lose requests and answer late, and a caller who changes his mind.
struct FetchEngineTests {
    /// A cluster of two brokers with a topic of some partitions, all of whose records are there already.
    private struct Cluster {
        var leaders: [Int32]
        var topicId = KafkaUUID.zero
        /// For each partition its batches, as first offset and bytes.
        let batches: [[(first: Int64, next: Int64, bytes: ByteBuffer)]]

        init(partitions: Int, using dice: inout SeededGenerator) throws {
            leaders = (0..<partitions).map { _ in Int32(dice.next(below: 2)) }
            var all: [[(first: Int64, next: Int64, bytes: ByteBuffer)]] = []
            for _ in 0..<partitions {
                var list: [(first: Int64, next: Int64, bytes: ByteBuffer)] = []
                var offset: Int64 = 0
                for _ in 0..<30 {
                    var builder = RecordBatchBuilder(baseOffset: offset)
                    let count = dice.next(below: 3) + 1
                    for number in 0..<count {
                        let value = ByteBuffer(string: "\(offset + Int64(number))")
                        builder.append(timestamp: 1, key: nil, value: value)
                    }
                    // A gap now and then, as compaction leaves it.
                    let next = offset + Int64(count)
                    list.append((offset, next, try builder.build()))
                    offset = next + Int64(dice.next(below: 5) == 0 ? 2 : 0)
                }
                all.append(list)
            }
            batches = all
        }

        /// Of all leaders; -1 from brokers that don't tell.
        var epoch: Int32 = -1

        func end(_ partition: Int32) -> Int64 { batches[Int(partition)].last?.next ?? 0 }

        var metadata: MetadataResponse.MetadataResponseTopic {
            var topic = MetadataResponse.MetadataResponseTopic()
            (topic.name, topic.topicId) = ("t", topicId)
            topic.partitions = leaders.indices.map { index in
                var entry = MetadataResponse.MetadataResponsePartition()
                (entry.partitionIndex, entry.leaderId, entry.leaderEpoch) = (Int32(index), leaders[index], epoch)
                return entry
            }
            return topic
        }

        func answer(_ ask: FetchEngine.BrokerFetch, limit: Int) -> [TopicPartition: FetchResponse.PartitionData] {
            var result: [TopicPartition: FetchResponse.PartitionData] = [:]
            for part in ask.parts {
                var data = FetchResponse.PartitionData()
                data.partitionIndex = part.key.partition
                if leaders[Int(part.key.partition)] != ask.broker {
                    data.errorCode = .notLeaderOrFollower
                } else if part.offset > end(part.key.partition) {
                    data.errorCode = .offsetOutOfRange
                } else {
                    var bytes = ByteBuffer()
                    for batch in batches[Int(part.key.partition)] where batch.next > part.offset {
                        if bytes.readableBytes > 0, bytes.readableBytes + batch.bytes.readableBytes > limit { break }
                        bytes.writeImmutableBuffer(batch.bytes)
                    }
                    data.highWatermark = end(part.key.partition)
                    data.records = .bytes(bytes)
                }
                result[part.key] = data
            }
            return result
        }
    }

    private static let limit: Int32 = 300

    private struct World {
        var dice: SeededGenerator
        var cluster: Cluster
        var engine: FetchEngine
        var topics = TopicMap(maxAgeMillis: 300_000, retryMillis: 100, retryMaxMillis: 1000)
        /// Where each assigned partition has to go on.
        var expected: [TopicPartition: Int64] = [:]
        var asked: [FetchEngine.BrokerFetch] = []
        /// What came and nobody has looked into.
        var arrivals: [FetchEngine.Arrival] = []
        var read = 0

        init(seed: UInt64) throws {
            dice = SeededGenerator(seed: seed)
            cluster = try Cluster(partitions: 4, using: &dice)
            var configuration = ConsumerConfiguration(ClientConfiguration(bootstrapServers: []))
            configuration.partitionMaxBytes = FetchEngineTests.limit
            configuration.prefetchBytes = 900
            engine = FetchEngine(configuration)
        }

        mutating func ask(of broker: Int32? = nil) {
            for ask in engine.fetches(of: broker, topics, nowMillis: 0) {
                #expect(broker ?? ask.broker == ask.broker)
                #expect(!asked.contains { $0.broker == ask.broker }, "one request to a broker at a time")
                #expect(!ask.parts.isEmpty && ask.parts.allSatisfy { !engine.paused.contains($0.key) })
                asked.append(ask)
            }
        }

        /// One of the requests comes back, or doesn't.
        mutating func answer(calmly: Bool) {
            guard !asked.isEmpty else { return }
            let ask = asked.remove(at: dice.next(below: asked.count))
            switch calmly ? 9 : dice.next(below: 10) {
            case 0: engine.failed(ask, &topics)
            case 1: engine.unanswered(ask)
            default:
                var data = cluster.answer(ask, limit: Int(FetchEngineTests.limit))
                // A session leaves out what has not changed.
                if !calmly, dice.next(below: 5) == 0 { data[ask.parts[0].key] = nil }
                take(ask, data)
                if dice.next(below: 2) == 0 { self.ask(of: ask.broker) }
            }
        }

        mutating func take(_ ask: FetchEngine.BrokerFetch, _ data: [TopicPartition: FetchResponse.PartitionData]) {
            arrivals += engine.answered(ask, data, &topics, nowMillis: 0).arrivals
        }

        /// Something that came is looked into; it may be damaged.
        mutating func check(calmly: Bool = true) throws {
            guard !arrivals.isEmpty else { return }
            let arrival = arrivals.remove(at: dice.next(below: arrivals.count))
            let isDamaged = !calmly && dice.next(below: 8) == 0
            let configuration = ConsumerConfiguration(ClientConfiguration(bootstrapServers: []))
            let (key, offset) = (arrival.part.key, arrival.part.offset)
            engine.checked(
                arrival,
                isDamaged ? nil : try FetchedPartition.batches(key, arrival.data, from: offset, configuration)
            )
        }

        mutating func next() {
            engine.finishLast()
            guard let batch = engine.next() else { return }
            let wanted = expected[batch.partition]
            #expect(wanted != nil, "\(batch.partition) is not assigned")
            #expect(!engine.paused.contains(batch.partition))
            let header = batch.batch?.header
            #expect(wanted.map { $0 < batch.nextOffset } ?? false, "\(batch.partition) was read twice")
            let between = cluster.batches[Int(batch.partition.partition)].filter {
                $0.next > wanted ?? 0 && $0.first < header?.baseOffset ?? 0
            }
            #expect(between.isEmpty, "something of \(batch.partition) was left out")
            expected[batch.partition] = batch.nextOffset
            #expect(engine.position(batch.partition) == batch.nextOffset)
            read += 1
        }

        mutating func changeMind() {
            let key = TopicPartition("t", Int32(dice.next(below: 4)))
            let offset = Int64(dice.next(below: 20))
            switch dice.next(below: 5) {
            case 0:
                engine.add(key, at: offset)
                expected[key] = offset
            case 1:
                engine.remove([key])
                expected[key] = nil
            case 2:
                let isAssigned = expected[key] != nil
                let isDone = engine.seek(key, to: offset)
                #expect(isDone == isAssigned)
                if isAssigned { expected[key] = offset }
            default: engine.pause(key, dice.next(below: 2) == 0)
            }
        }

        mutating func findLeaders() {
            if !engine.topicsWithoutLeader(topics, nowMillis: 0).isEmpty { _ = locate() }
        }

        /// Asks the cluster about the topic.
        mutating func locate() -> [TopicPartition] {
            topics.learn(cluster.metadata, nowMillis: 0)
            return engine.located([cluster.metadata])
        }
    }

    @Test(arguments: 0..<150 as Range<UInt64>) func nothingIsReadTwiceOrLeftOutWhateverHappens(seed: UInt64) throws {
        var world = try World(seed: seed)
        for number in 0..<4 {
            world.engine.add(TopicPartition("t", Int32(number)), at: 0)
            world.expected[TopicPartition("t", Int32(number))] = 0
        }
        for _ in 0..<600 {
            switch world.dice.next(below: 20) {
            case 0: world.changeMind()
            case 1: world.cluster.leaders[world.dice.next(below: 4)] = Int32(world.dice.next(below: 2))
            case 2..<5: world.findLeaders()
            case 5..<9: world.ask()
            case 9..<12: world.answer(calmly: false)
            case 12..<15: try world.check(calmly: false)
            default: world.next()
            }
        }
        #expect(world.read > 5, "seed \(seed)")
        // In calm, all that is assigned is read to its end.
        for key in world.engine.keys { world.engine.pause(key, false) }
        for _ in 0..<1500 {
            world.findLeaders()
            world.ask()
            world.answer(calmly: true)
            try world.check()
            world.next()
        }
        for (key, offset) in world.expected {
            #expect(offset >= world.cluster.end(key.partition), "\(key) stopped at \(offset), seed \(seed)")
        }
    }

    @Test func noMoreIsAskedForThanThereIsRoomFor() throws {
        var world = try World(seed: 1)
        world.cluster.leaders = [0, 0, 0, 0]
        for number in 0..<4 { world.engine.add(TopicPartition("t", Int32(number)), at: 0) }
        _ = world.locate()
        var bytes = 0
        while true {
            world.ask()
            guard let ask = world.asked.popLast() else { break }
            let data = world.cluster.answer(ask, limit: Int(Self.limit))
            for entry in data.values { bytes += entry.records?.count ?? 0 }
            world.take(ask, data)
        }
        while !world.arrivals.isEmpty { try world.check() }
        // 900 bytes to be read ahead, and one answer of 300 from each partition on top.
        #expect((300...900 + 4 * 300).contains(bytes))
        _ = world.engine.next()
        while world.engine.next() != nil {}
        #expect(world.engine.mayFetch)
        world.ask()
        #expect(world.asked.map(\.parts.count) == [4])
    }

    /// A partition is assigned, and its leader was asked for its beginning.
    private func asked(for key: TopicPartition, seed: UInt64) throws -> (World, FetchEngine.BrokerFetch) {
        var world = try World(seed: seed)
        world.engine.add(key, at: 0)
        _ = world.locate()
        world.ask()
        return (world, try #require(world.asked.first))
    }

    @Test func answersToWhatWasAskedBeforeASeekAreNotWanted() throws {
        let key = TopicPartition("t", 0)
        var (world, ask) = try asked(for: key, seed: 2)
        let isDone = world.engine.seek(key, to: 12)
        #expect(isDone)
        world.take(ask, world.cluster.answer(ask, limit: 300))
        #expect(world.arrivals.isEmpty)
        let unwanted = world.engine.next()
        #expect(unwanted == nil)
        world.asked = []
        world.ask()
        #expect(world.asked.first?.parts.map(\.offset) == [12])
    }

    @Test func whatFollowsIsAskedForBeforeAnybodyHasLookedAndAskedForAgainWhenSomethingWasWrong() throws {
        let key = TopicPartition("t", 0)
        var (world, ask) = try asked(for: key, seed: 4)
        world.asked = []
        world.take(ask, world.cluster.answer(ask, limit: 100))
        world.ask(of: ask.broker)
        let early = try #require(world.asked.last)
        world.asked = []
        #expect(early.parts.map(\.offset) != [0])
        let arrival = try #require(world.arrivals.last)
        world.arrivals = []
        world.engine.checked(arrival, nil)
        world.take(early, world.cluster.answer(early, limit: 100))
        #expect(world.arrivals.isEmpty, "it would be read without what comes before")
        world.ask()
        #expect(world.asked.last?.parts.map(\.offset) == [0])
    }

    @Test func onlyWhatWasWorkedOnIsToBeCommitted() throws {
        let key = TopicPartition("t", 0)
        var (world, ask) = try asked(for: key, seed: 3)
        world.take(ask, world.cluster.answer(ask, limit: 300))
        try world.check()
        let next = world.engine.next()
        let first = try #require(next)
        #expect(world.engine.uncommitted() == [:], "it is being worked on")
        world.engine.finishLast()
        #expect(world.engine.uncommitted() == [key: first.nextOffset])
        world.engine.committed([key: first.nextOffset])
        #expect(world.engine.uncommitted() == [:])
        // What was got before the partition was given anew says nothing about where it is now.
        _ = world.engine.next()
        world.engine.add(key, at: 1)
        world.engine.finishLast()
        #expect(world.engine.uncommitted() == [:])
    }

    @Test func aLeaderThatIsKnownFromBeforeIsNotBelievedUntilTheClusterWasAsked() throws {
        var world = try World(seed: 5)
        let key = TopicPartition("t", 0)
        world.topics.learn(world.cluster.metadata, nowMillis: 0)
        world.engine.add(key, at: 0)
        #expect(world.engine.topicsWithoutLeader(world.topics, nowMillis: 0) == ["t"])
        world.ask()
        #expect(world.asked.isEmpty)
        world.findLeaders()
        world.ask()
        #expect(world.asked.map(\.broker) == [world.cluster.leaders[0]])
    }

    @Test func aTopicThatWasMadeAgainIsNotReadFromPositionsOfTheEarlierOne() throws {
        var world = try World(seed: 6)
        let key = TopicPartition("t", 0)
        world.cluster.topicId = KafkaUUID(high: 1, low: 1)
        world.engine.add(key, at: 7)
        let none = world.locate()
        #expect(none.isEmpty)
        world.cluster.topicId = KafkaUUID(high: 2, low: 2)
        // Somebody else asked.
        world.topics.learn(world.cluster.metadata, nowMillis: 0)
        world.ask()
        #expect(world.asked.isEmpty && world.engine.topicsWithoutLeader(world.topics, nowMillis: 0) == ["t"])
        let replaced = world.locate()
        #expect(replaced == [key] && world.engine.withoutPosition == [key])
    }

    @Test func whoDoesNotLeadAnyMoreSaysWhoDoes() throws {
        let key = TopicPartition("t", 0)
        var (world, ask) = try asked(for: key, seed: 7)
        var data = FetchResponse.PartitionData()
        data.errorCode = .notLeaderOrFollower
        (data.currentLeader.leaderId, data.currentLeader.leaderEpoch) = (1 - ask.broker, 5)
        let told = world.engine.answered(ask, [key: data], &world.topics, nowMillis: 0)
        #expect(told.failure == nil && world.engine.topicsWithoutLeader(world.topics, nowMillis: 0).isEmpty)
        world.asked = []
        world.ask()
        let next = try #require(world.asked.first)
        #expect(next.broker == 1 - ask.broker)
        // Nobody knows any more than that it is not that one.
        data.currentLeader = FetchResponse.LeaderIdAndEpoch()
        let lost = world.engine.answered(next, [key: data], &world.topics, nowMillis: 0)
        #expect(lost.failure?.serverCode == .notLeaderOrFollower)
        #expect(world.engine.topicsWithoutLeader(world.topics, nowMillis: 0) == ["t"])
    }

    // MARK: Epochs (KIP-320)

    /// Simulated seed 3043 of three nodes: a leader that had been paused still took itself for one, and called an offset out of range that its
    /// successor had committed; the group began anew.
    @Test func aLeaderOfAnEarlierEpochThanThePositionIsNotAsked() throws {
        let key = TopicPartition("t", 0)
        var world = try World(seed: 8)
        world.cluster.epoch = 5
        world.engine.add(key, at: 0, epoch: 6, nowMillis: 1000)
        _ = world.locate()
        #expect(world.engine.topicsWithoutLeader(world.topics, nowMillis: 30_999) == ["t"])
        #expect(world.engine.fetches(world.topics, nowMillis: 30_999).isEmpty)
        // The epoch may be that of a former topic: nobody waits for ever.
        #expect(world.engine.topicsWithoutLeader(world.topics, nowMillis: 31_000) == [])
        let late = try #require(world.engine.fetches(world.topics, nowMillis: 31_000).first)
        #expect(late.parts.first?.leaderEpoch == 5 && late.parts.first?.lastEpoch == -1, "it would be out of range")
        world.engine.unanswered(late)
        world.cluster.epoch = 6
        _ = world.locate()
        let asked = world.engine.fetches(world.topics, nowMillis: 1000)
        #expect(asked.first?.parts.first?.leaderEpoch == 6 && asked.first?.parts.first?.lastEpoch == 6)
    }

    @Test func aBrokerThatTellsNoEpochsIsAskedWhateverWasCommitted() throws {
        var world = try World(seed: 8)
        world.engine.add(TopicPartition("t", 0), at: 0, epoch: 6, nowMillis: 0)
        _ = world.locate()
        let asked = world.engine.fetches(world.topics, nowMillis: 0)
        #expect(asked.first?.parts.first?.leaderEpoch == -1)
    }

    @Test func theEpochOfWhatWasReadIsAskedForAndCommitted() throws {
        let key = TopicPartition("t", 0)
        var (world, ask) = try asked(for: key, seed: 3)
        #expect(ask.parts.first?.lastEpoch == -1)
        world.cluster.epoch = 4
        _ = world.locate()
        world.asked = []
        let data = world.cluster.answer(ask, limit: 100).mapValues { data in
            var data = data
            var bytes = data.records?.buffer ?? ByteBuffer()
            bytes.setInteger(Int32(4), at: bytes.readerIndex + 12)
            data.records = .bytes(bytes)
            return data
        }
        world.take(ask, data)
        world.ask(of: ask.broker)
        #expect(world.asked.last?.parts.first?.lastEpoch == 4)
        try world.check()
        let batch = world.engine.next()
        let offset = try #require(batch).nextOffset
        #expect(batch?.leaderEpoch == 4)
        let told = world.engine.withEpochs([key: CommittedOffset(offset), TopicPartition("t", 1): CommittedOffset(1)])
        #expect(told[key]?.leaderEpoch == 4 && told[TopicPartition("t", 1)]?.leaderEpoch == -1)
        #expect(world.engine.withEpochs([key: CommittedOffset(offset + 1)])[key]?.leaderEpoch == -1)
        #expect(world.engine.withEpochs([key: CommittedOffset(offset, leaderEpoch: 2)])[key]?.leaderEpoch == 2)
        world.engine.unanswered(world.asked.removeLast())
        _ = world.engine.seek(key, to: 0)
        world.ask()
        #expect(world.asked.last?.parts.first?.lastEpoch == -1)
    }

    @Test func whatTheLeaderHasNotIsReadAgainFromWhereTheLogsDiverge() throws {
        let key = TopicPartition("t", 0)
        var (world, ask) = try asked(for: key, seed: 3)
        ask.parts[0].offset = 9
        var data = FetchResponse.PartitionData()
        (data.divergingEpoch.epoch, data.divergingEpoch.endOffset) = (3, 7)
        let outcome = world.engine.answered(ask, [key: data], &world.topics, nowMillis: 0)
        #expect(outcome.failure == nil && outcome.arrivals.isEmpty)
        #expect(outcome.moves == [.truncated(key, 9, to: 7)] && world.engine.position(key) == 7)
    }
}

import ClusterMetadata
import KafkaProtocol
import NIOCore
import Testing
import World

@testable import Broker
@testable import Replication

/// What replicas and leaders ask is, byte by byte, what Apache Kafka's asked when a cluster of it was in the same place.
struct ReplicaMessageTests {
    private let first = KafkaUUID(high: 0x46ac_1885_42b8_45d5, low: 0xba96_8006_924b_0fb9)
    private let second = KafkaUUID(high: 0x50ae_33bd_30d2_4e97, low: 0xb6f0_8ca9_462c_b930)
    private let third = KafkaUUID(high: 0x21a9_0c9c_30fd_46aa, low: 0xbc27_a100_c514_71cc)

    private func hex(_ message: some RequestMessage, version: Int16) throws -> String {
        var writer = WireWriter(capacity: 256)
        try message.encode(into: &writer, version: version)
        return writer.buffer.readableBytesView.map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }

    private func surroundings() throws -> FetcherSurroundings {
        let config = try BrokerConfig([:])
        let epoch = BrokerEpoch()
        epoch.set(70)
        return FetcherSurroundings(
            world: .real(),
            nodeId: 2,
            settings: ReplicaFetchers.Settings(config),
            listener: "PLAINTEXT",
            cluster: PublishedView(.empty(config)),
            brokerEpoch: epoch,
            lost: LostLeaders(),
            metrics: BrokerMetrics(),
            decisions: .silent,
            logger: .silent
        )
    }

    /// A former leader comes back and is told where its log parts.
    @Test func aFollowerThatDivergesAsksAsKafkasDid() throws {
        let surroundings = try surroundings()
        var fetcher = ReplicaFetcher(options: surroundings.settings.options)
        func follow(_ offsets: (Int64, Int64), last: LeaderEpoch) {
            for (topic, id, offset) in [("a", first, offsets.0), ("b", second, offsets.1)] {
                let position = FetchPosition(
                    leader: 3,
                    leaderEpoch: 1,
                    offset: offset,
                    lastFetchedEpoch: last,
                    logStart: 0
                )
                fetcher.follow(TopicPartition(topic, 0), topicId: id, position, now: MonotonicTime(milliseconds: 0))
            }
        }
        func next() throws -> String {
            let request = fetcher.next(now: MonotonicTime(milliseconds: 0))
            return try hex(FetchRequest(try #require(request), surroundings, version: 18), version: 18)
        }
        follow((40, 40), last: 0)
        #expect(
            try next()
                == "000001f40000000100a000000000000000000000000346ac188542b845d5ba968006924b0fb902000000000000000100"
                + "0000000000002800000000000000000000000000100000000050ae33bd30d24e97b6f08ca9462cb93002000000000000"
                + "00010000000000000028000000000000000000000000001000000000010101010d00000002000000000000004600"
        )
        fetcher.answered(session: 349_517_872)
        follow((30, 30), last: 0)
        #expect(
            try next()
                == "000001f40000000100a000000014d53830000000010346ac188542b845d5ba968006924b0fb902000000000000000100"
                + "0000000000001e00000000000000000000000000100000000050ae33bd30d24e97b6f08ca9462cb93002000000000000"
                + "0001000000000000001e000000000000000000000000001000000000010101010d00000002000000000000004600"
        )
        fetcher.answered(session: 349_517_872)
        follow((35, 45), last: 1)
        #expect(
            try next()
                == "000001f40000000100a000000014d53830000000020346ac188542b845d5ba968006924b0fb902000000000000000100"
                + "0000000000002300000001000000000000000000100000000050ae33bd30d24e97b6f08ca9462cb93002000000000000"
                + "0001000000000000002d000000010000000000000000001000000000010101010d00000002000000000000004600"
        )
    }

    @Test func aLeaderAsksForInSyncSetsAsKafkasDid() throws {
        func request(_ isr: [IsrRequest.Member], partitionEpoch: Int32) throws -> String {
            let asked = IsrRequest(number: 1, leaderEpoch: 0, partitionEpoch: partitionEpoch, isr: isr)
            return try hex(AlterPartitionRequest([(third, 0, asked)], broker: 2, epoch: 14), version: 3)
        }
        let own = IsrRequest.Member(id: 2, brokerEpoch: -1)
        #expect(
            try request([own], partitionEpoch: 2)
                == "00000002000000000000000e0221a90c9c30fd46aabc27a100c51471cc0200000000000000000200000002"
                + "000000000000000e000000000002000000"
        )
        #expect(
            try request([own, IsrRequest.Member(id: 3, brokerEpoch: 13)], partitionEpoch: 3)
                == "00000002000000000000000e0221a90c9c30fd46aabc27a100c51471cc0200000000000000000300000002"
                + "000000000000000e0000000003000000000000000d000000000003000000"
        )
    }

    @Test func theControllersAnswerIsUnderstood() {
        var response = AlterPartitionResponse()
        var topic = AlterPartitionResponse.TopicData()
        topic.topicId = third
        var accepted = AlterPartitionResponse.PartitionData()
        (accepted.leaderEpoch, accepted.partitionEpoch, accepted.isr) = (4, 7, [2, 3])
        var refused = accepted
        (refused.partitionIndex, refused.errorCode) = (1, .ineligibleReplica)
        topic.partitions = [accepted, refused]
        response.topics = [topic]
        let answers = response.answers
        #expect(
            answers[.init(topicId: third, partition: 0)] == .accepted(leaderEpoch: 4, partitionEpoch: 7, isr: [2, 3])
        )
        #expect(answers[.init(topicId: third, partition: 1)] == .refused(.ineligibleReplica))
        #expect(answers[.init(topicId: first, partition: 0)] == nil)
    }

    @Test func theVersionOfAFetchFollowsTheMetadata() throws {
        #expect(try surroundings().fetchVersion == 17)
        // Kafka's 4.3-IV0, and the level before.
        #expect(try [29, 30].map { try #require(MetadataVersion(level: $0)).replicaFetch } == [17, 18])
    }
}

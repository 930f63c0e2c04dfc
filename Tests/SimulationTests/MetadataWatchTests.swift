import KafkaProtocol
import Testing

@testable import Broker
@testable import ClusterMetadata
@testable import Simulation

/// What may not be seen in nodes' images and replicas.
struct MetadataWatchTests {
    private let topic = KafkaUUID(high: 1, low: 2)
    private var watch = MetadataWatch(minInSync: 2)

    private func partition(_ isr: [Int32], leader: Int32, epoch: Int32 = 4, partitionEpoch: Int32 = 7) -> PartitionImage
    {
        PartitionImage(
            replicas: [1, 2, 3],
            isr: isr,
            leader: leader,
            leaderEpoch: epoch,
            partitionEpoch: partitionEpoch
        )
    }

    private func image(_ partition: PartitionImage, fenced: Set<Int32> = []) -> MetadataImage {
        var image = MetadataImage()
        for id in Int32(1)...3 {
            var registration = RegisterBrokerRecord()
            registration.brokerId = id
            image.brokers[id] = BrokerImage(
                registration: registration,
                isFenced: fenced.contains(id),
                isInControlledShutdown: false
            )
        }
        var table = PartitionTable()
        table.set(0, partition)
        image.topics[topic] = TopicImage(name: "t", id: topic, partitions: table)
        return image
    }

    private func replica(
        epoch: Int32 = 4,
        partitionEpoch: Int32 = 7,
        isr: [Int32] = [1, 2, 3],
        mark: Int64,
        end: Int64 = 100,
        isLeader: Bool = true
    ) -> NodeInspection.Replica {
        NodeInspection.Replica(
            id: TopicPartition("t", 0),
            topicId: topic,
            isLeader: isLeader,
            leaderEpoch: epoch,
            partitionEpoch: partitionEpoch,
            isr: isr,
            highWatermark: mark,
            logStart: 0,
            logEnd: end
        )
    }

    @Test mutating func anEpochHasOneLeader() {
        #expect(watch.sawController("a", 1, epoch: 3).isEmpty)
        #expect(watch.sawController("b", -1, epoch: 3).isEmpty)
        #expect(watch.sawController("b", 2, epoch: 4).isEmpty)
        #expect(watch.sawController("b", 2, epoch: 3).map(\.invariant) == ["M5"])
    }

    @Test mutating func votersOfAnOffsetAreTheSame() {
        #expect(watch.sawVoters("a", ["1", "2"], 10).isEmpty)
        #expect(watch.sawVoters("b", ["1", "2"], 10).isEmpty)
        #expect(watch.sawVoters("b", ["1"], 11).isEmpty)
        #expect(watch.sawVoters("c", ["1"], 10).map(\.invariant) == ["M6"])
        // Nothing is committed as far as that node knows.
        #expect(watch.sawVoters("d", ["4"], 0).isEmpty)
        #expect(watch.sawVoters("e", ["5"], 0).isEmpty)
    }

    @Test mutating func imagesOfAnOffsetAreTheSame() {
        let first = image(partition([1, 2], leader: 1))
        #expect(watch.sawImage("a", first, 10).isEmpty)
        #expect(watch.sawImage("b", first, 10).isEmpty)
        let other = image(partition([1, 3], leader: 1, partitionEpoch: 8))
        #expect(watch.sawImage("c", other, 10).map(\.invariant) == ["M2"])
        // Nobody has seen this offset, but one of these states is not of this partition epoch.
        let wrong = image(partition([1, 3], leader: 1))
        #expect(watch.sawImage("c", wrong, 11).map(\.invariant) == ["M4"])
    }

    struct Wrong: Sendable {
        var isr: [Int32]
        var leader: Int32
        var fenced: Set<Int32> = []
    }

    @Test(arguments: [
        Wrong(isr: [], leader: -1), Wrong(isr: [4], leader: 4), Wrong(isr: [1, 2], leader: 3),
        Wrong(isr: [1, 2], leader: 1, fenced: [2]), Wrong(isr: [1], leader: 1, fenced: [1]),
    ])
    func someStatesNoControllerMayDecideOn(_ wrong: Wrong) {
        var watch = watch
        let image = image(partition(wrong.isr, leader: wrong.leader), fenced: wrong.fenced)
        #expect(watch.sawImage("a", image, 1).map(\.invariant) == ["M3"])
    }

    @Test mutating func theLastInSyncMayBeFencedWhileNobodyLeads() {
        #expect(watch.sawImage("a", image(partition([1], leader: -1), fenced: [1]), 1).isEmpty)
        // Or is remembered in another way.
        var rest = partition([], leader: -1, partitionEpoch: 8)
        rest.eligibleLeaderReplicas = [2]
        #expect(watch.sawImage("a", image(rest), 2).isEmpty)
        (rest.eligibleLeaderReplicas, rest.lastKnownElr, rest.partitionEpoch) = ([], [1], 9)
        #expect(watch.sawImage("a", image(rest), 3).isEmpty)
    }

    @Test mutating func aLeaderHasTheControllersInSyncSet() {
        _ = watch.sawImage("a", image(partition([1, 2, 3], leader: 1)), 1)
        #expect(watch.sawReplica("a", replica(mark: 5)).isEmpty)
        #expect(watch.sawReplica("a", replica(isr: [1, 2], mark: 5)).map(\.invariant) == ["M3"])
        // Which set that is, nobody has seen.
        #expect(watch.sawReplica("a", replica(partitionEpoch: 8, isr: [1, 2], mark: 5)).isEmpty)
    }

    @Test mutating func watermarksOnlyRise() {
        #expect(watch.sawReplica("a", replica(mark: 50)).isEmpty)
        #expect(watch.sawReplica("a", replica(mark: 49)).map(\.invariant) == ["I6"])
        #expect(watch.sawReplica("b", replica(mark: 101, isLeader: false)).map(\.invariant) == ["I6"])
    }

    @Test mutating func watermarksStandWhileTooFewAreInSync() {
        #expect(watch.sawReplica("a", replica(isr: [1], mark: 50)).isEmpty)
        #expect(watch.sawReplica("a", replica(isr: [1], mark: 51)).map(\.invariant) == ["I1"])
        #expect(watch.sawReplica("a", replica(partitionEpoch: 8, isr: [1, 2], mark: 60)).isEmpty)
    }

    @Test mutating func laterLeadersHaveWhatWasCommitted() {
        _ = watch.sawReplica("a", replica(mark: 50))
        // Who led before and does not know that it is over has less.
        #expect(watch.sawReplica("b", replica(epoch: 3, mark: 10, end: 20)).isEmpty)
        #expect(watch.sawReplica("c", replica(epoch: 5, mark: 10, end: 50)).isEmpty)
        #expect(watch.sawReplica("b", replica(epoch: 6, mark: 10, end: 49)).map(\.invariant) == ["I1"])
    }

    @Test mutating func whoWasAloneInSyncAndLostSomethingIsExcused() {
        _ = watch.sawImage("a", image(partition([1, 2], leader: 1)), 1)
        _ = watch.sawReplica("a", replica(isr: [1, 2], mark: 50))
        watch.lostCache(1)
        #expect(watch.newlyExcused().isEmpty)
        // It has registered again, and is out.
        _ = watch.sawImage("a", image(partition([2], leader: 2, epoch: 5, partitionEpoch: 8)), 2)
        #expect(watch.newlyExcused().isEmpty)
        _ = watch.sawImage("a", image(partition([1], leader: 1, epoch: 6, partitionEpoch: 9)), 3)
        #expect(watch.newlyExcused().isEmpty)
        watch.lostCache(1)
        #expect(watch.newlyExcused() == [TopicPartition("t", 0)])
        #expect(watch.newlyExcused().isEmpty, "it is told once")
        #expect(watch.sawReplica("d", replica(epoch: 7, partitionEpoch: 10, mark: 10, end: 49)).isEmpty)
    }
}

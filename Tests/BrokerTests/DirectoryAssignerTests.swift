import ClusterMetadata
import KafkaProtocol
import LogStorage
import Logging
import NIOCore
import NIOEmbedded
import Synchronization
import Testing

@testable import Broker

/// What a broker tells the controller of where its replicas lie (KIP-858).
struct DirectoryAssignerTests {
    private static let (topic, one, two) = (
        KafkaUUID(high: 7, low: 1), KafkaUUID(high: 1, low: 1), KafkaUUID(high: 1, low: 2)
    )

    private static let lost = BrokerImage.lostDirectory

    private struct Call: Sendable {
        var request: AssignReplicasToDirsRequest
        var done: @Sendable (AssignReplicasToDirsResponse) -> Void
    }

    /// An assigner of broker 1, and what it asks.
    private final class World: Sendable {
        let assigner = DirectoryAssigner(nodeId: 1, logger: .silent)
        let calls = Mutex<[Call]>([])

        init(on loop: any EventLoop) {
            let epoch = BrokerEpoch()
            epoch.set(5)
            assigner.begin(brokerEpoch: epoch, on: loop) { [unowned self] request, done in
                calls.withLock { $0.append(Call(request: request, done: done)) }
            }
        }

        /// Partitions of the topic, with the directory that the metadata has of each.
        func look(
            known: [KafkaUUID],
            actual: [KafkaUUID?],
            offline: Set<KafkaUUID> = [],
            full: Set<Int32> = [],
            inSync: [Int32] = [2, 1],
            isOtherFenced: Bool = false
        ) throws {
            var image = MetadataImage()
            var delta = MetadataDelta()
            var other = RegisterBrokerRecord()
            (other.brokerId, other.fenced) = (2, isOtherFenced)
            try image.apply(.registerBroker(other), &delta)
            var record = TopicRecord()
            (record.name, record.topicId) = ("t", DirectoryAssignerTests.topic)
            try image.apply(.topic(record), &delta)
            for (number, directory) in known.enumerated() {
                var partition = PartitionRecord()
                (partition.partitionId, partition.topicId) = (Int32(number), DirectoryAssignerTests.topic)
                (partition.replicas, partition.isr, partition.leader) = ([2, 1], inSync, inSync[0])
                partition.directories = [.zero, directory]
                try image.apply(.partition(partition), &delta)
            }
            assigner.look(at: image, delta) { id in
                actual[Int(id.partition)].map { directory in
                    let isFull = full.contains(id.partition)
                    return DirectoryAssigner.Location(
                        directory: directory,
                        condition: offline.contains(directory) ? .failed : isFull ? .full : .works
                    )
                }
            }
        }

        var asked: [[KafkaUUID: [Int32]]] {
            calls.withLock { calls in
                calls.map { call in
                    let entries = call.request.directories.map { directory in
                        (directory.id, directory.topics.flatMap { $0.partitions.map(\.partitionIndex) })
                    }
                    return Dictionary(entries) { $1 }
                }
            }
        }

        func answer(_ code: ErrorCode = .none) {
            guard let call = calls.withLock({ $0.last }) else { return }
            var response = AssignReplicasToDirsResponse()
            response.errorCode = code
            call.done(response)
        }
    }

    @Test func whatTheMetadataDoesNotSayIsTold() throws {
        let world = World(on: EmbeddedEventLoop())
        try world.look(known: [Self.one, .zero, Self.one, .zero], actual: [Self.one, Self.one, Self.two, nil])
        #expect(world.asked == [[Self.one: [1], Self.two: [2]]])
        let request = try #require(world.calls.withLock { $0.first }).request
        #expect(request.brokerId == 1 && request.brokerEpoch == 5)
        world.answer()
        try world.look(known: [Self.one, Self.one, Self.two], actual: [Self.one, Self.one, Self.two])
        #expect(world.asked.count == 1, "there is nothing more to tell")
    }

    @Test func oneRequestIsUnderWayAtATime() throws {
        let world = World(on: EmbeddedEventLoop())
        try world.look(known: [.zero], actual: [Self.one])
        try world.look(known: [.zero, .zero], actual: [Self.one, Self.two])
        #expect(world.asked == [[Self.one: [0]]])
        world.answer()
        #expect(world.asked.last == [Self.two: [1]])
    }

    @Test func whatWasRefusedIsToldAgainAfterAPause() throws {
        let loop = EmbeddedEventLoop()
        let world = World(on: loop)
        try world.look(known: [.zero], actual: [Self.one])
        world.answer(.notController)
        #expect(world.asked.count == 1)
        loop.advanceTime(by: .milliseconds(50))
        #expect(world.asked == [[Self.one: [0]], [Self.one: [0]]])
        world.answer(.staleBrokerEpoch)
        // The metadata says it meanwhile.
        try world.look(known: [Self.one], actual: [Self.one])
        loop.advanceTime(by: .seconds(5))
        #expect(world.asked.count == 2)
    }

    /// That its directory has failed the controller hears by a heartbeat, of the replicas that it knows there.
    @Test func replicasOfAFailedDirectoryAreLostUnlessTheControllerKnewOfThem() throws {
        let world = World(on: EmbeddedEventLoop())
        try world.look(
            known: [Self.one, .zero, Self.lost, Self.two],
            actual: [Self.one, Self.one, Self.one, Self.two],
            offline: [Self.one]
        )
        #expect(world.asked == [[Self.lost: [1]]])
    }

    /// Others lead, and are in sync, where there are others.
    @Test func aReplicaWithoutSpaceIsLostAsLongAsAnotherOneIsInSync() throws {
        let loop = EmbeddedEventLoop()
        let world = World(on: loop)
        try world.look(known: [Self.one, Self.one], actual: [Self.one, Self.one], full: [1])
        #expect(world.asked == [[Self.lost: [1]]])
        world.answer()
        // It stays so; there is space again.
        try world.look(known: [Self.one, Self.lost], actual: [Self.one, Self.one], full: [1])
        #expect(world.asked.count == 1)
        try world.look(known: [Self.one, Self.lost], actual: [Self.one, Self.one])
        #expect(world.asked.last == [Self.one: [1]])
        world.answer()
        // Nobody else is there, or was in sync: what this one has can be read.
        try world.look(known: [Self.one], actual: [Self.one], full: [0], isOtherFenced: true)
        try world.look(known: [Self.one], actual: [Self.one], full: [0], inSync: [1])
        #expect(world.asked.count == 2)
        // The others have gone since.
        try world.look(known: [Self.lost], actual: [Self.one], full: [0], inSync: [1])
        #expect(world.asked.last == [Self.one: [0]])
    }

    /// The controller refuses a request with a directory that it does not count as this broker's any more, with all that is in it.
    @Test func aDirectoryThatFailsWhileItIsToldHoldsNothingUp() throws {
        let loop = EmbeddedEventLoop()
        let world = World(on: loop)
        try world.look(known: [.zero, .zero], actual: [Self.one, Self.two])
        #expect(world.asked == [[Self.one: [0], Self.two: [1]]])
        world.assigner.directoryFailed(Self.one)
        world.answer(.invalidRequest)
        loop.advanceTime(by: .milliseconds(50))
        #expect(world.asked.last == [Self.lost: [0], Self.two: [1]])
        world.answer()
        #expect(world.asked.count == 2)
    }

    @Test func aRequestIsOfABoundedSize() throws {
        let world = World(on: EmbeddedEventLoop())
        let count = DirectoryAssigner.limit + 1
        try world.look(
            known: Array(repeating: .zero, count: count),
            actual: Array(repeating: Self.one, count: count)
        )
        world.answer()
        #expect(world.asked.map { $0[Self.one]?.count } == [DirectoryAssigner.limit, 1])
    }

    /// A node of two directories has told its controller soon where everything is.
    @Test func aNodeTellsWhereItsReplicasAre() throws {
        let node = try TestNode(directories: ["/one", "/two"])
        defer { node.running.stop() }
        let client = try node.client()
        _ = try client.createTopic("t", partitions: 4)
        let ids = Set(node.running.node.store.directories.map(\.meta.directoryId))
        try eventually("the metadata says where all are") {
            let topic = node.running.inspect().image.topic(named: "t")
            let told = (topic?.partitions ?? PartitionTable()).flatMap(\.value.directories)
            return told.count == 4 && Set(told) == ids
        }
    }
}

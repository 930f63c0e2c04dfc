import Glibc
import KafkaProtocol
import KafkaRecords
import LogStorage
import NIOCore
import NIOEmbedded
import Synchronization
import Testing
import World

@testable import Broker
@testable import ClusterMetadata

/// Logs after a crash: what was found is flushed, and those that there was no room to open are opened later.
struct ReopeningTests {
    private let disk = MemoryFileSystem()
    private let threads = ManualThreads()
    private let topicId = KafkaUUID(high: 7, low: 9)
    private let partition = TopicPartition("t", 0)
    private let log = "/one/t-0/00000000000000000000.log"
    private let resolver = ConfigResolver(staticBroker: [:], ownDefaults: [:])

    /// A log of two records in two batches that no checkpoint knows, and a start that finds it so.
    private func openAfterCrash() throws -> (store: PartitionStore, image: MetadataImage) {
        try disk.createDirectory("/one")
        var opening = LogOpening()
        opening.topicId = topicId
        let log = try PartitionLog.open(disk, directory: "/one/t-0", config: LogConfig(), opening: opening)
        for value in ["v", "w"] {
            var builder = RecordBatchBuilder()
            builder.append(timestamp: 1, key: nil, value: ByteBuffer(string: value))
            _ = try log.append(try ValidatedBatch(own: try builder.build()), leaderEpoch: 0, now: 1, isFromClient: true)
        }
        try log.close()
        let world = World.manual(disk, threads, VirtualTicks(nanoseconds: 0))
        let store = try PartitionStore.ofOneDirectory(world, id: KafkaUUID(high: 7, low: 9))
        let (image, _) = try image(leaderEpoch: 0)
        return (store, image)
    }

    private func image(leaderEpoch: Int32) throws -> (MetadataImage, MetadataDelta) {
        var image = MetadataImage()
        var delta = MetadataDelta()
        var topic = TopicRecord()
        (topic.name, topic.topicId) = ("t", topicId)
        try image.apply(.topic(topic), &delta)
        var record = PartitionRecord()
        (record.partitionId, record.topicId, record.leader) = (0, topicId, 1)
        (record.replicas, record.isr, record.leaderEpoch, record.partitionEpoch) = ([1], [1], leaderEpoch, 0)
        try image.apply(.partition(record), &delta)
        return (image, delta)
    }

    private func open(_ store: PartitionStore, _ image: MetadataImage) {
        let remembered = PartitionStore.Remembered(isClean: false, present: [partition])
        store.open(image, remembered: [remembered], resolver: resolver)
    }

    private func refuseIndexes(errno: Int32) {
        disk.setPlan { _, operation, path in
            operation == "truncate" && path.hasSuffix(".index") ? .fail(errno: errno) : .proceed
        }
    }

    @Test func whatACrashLeftIsFlushedInTheBackground() throws {
        let (store, image) = try openAfterCrash()
        open(store, image)
        #expect(store[partition]?.facts.flushedOffset == 0, "the start does not wait for that")
        threads.runAll()
        #expect(store[partition]?.facts.flushedOffset == 2)
    }

    @Test func aLogForWhichThereWasNoSpaceIsOpenedWhenThereIs() throws {
        let (store, image) = try openAfterCrash()
        refuseIndexes(errno: ENOSPC)
        open(store, image)
        #expect(store[partition] == nil)
        #expect(store.reopen(image).isEmpty, "there is still none")
        disk.setPlan { _, _, _ in .proceed }
        let reopened = store.reopen(image)
        #expect(reopened.map(\.id) == [partition] && store[partition] == nil, "nobody knows it yet")
        // A leader was elected meanwhile.
        let (later, _) = try self.image(leaderEpoch: 3)
        #expect(store.adopt(reopened, later, resolver).map(\.id) == [partition])
        let facts = try #require(store[partition]?.facts)
        #expect(facts.logEndOffset == 2 && facts.leaderEpoch == 3)
        #expect(store.reopen(image).isEmpty, "once")
        let told = store.decisions.last(10) { $0 == .partition(partition) }.map(\.decision.account)
        #expect(told.map(\.kind) == ["notOpened", "opened"] && told.first?.reason == "noRoom")
        threads.runAll()
        #expect(store[partition]?.facts.flushedOffset == 2)
        // Its durable part is known to checkpoints all the time.
        store.checkpoint()
        #expect(try store.directories[0].storage.checkpoint(OffsetCheckpoint.recoveryPoint) == [partition: 2])
    }

    @Test func aTopicThatWasDeletedMeanwhileStaysAway() throws {
        let (store, image) = try openAfterCrash()
        refuseIndexes(errno: ENOSPC)
        open(store, image)
        disk.setPlan { _, _, _ in .proceed }
        let reopened = store.reopen(image)
        #expect(reopened.count == 1)
        store.remove(topic: "t", exceptId: nil)
        #expect(store.adopt(reopened, image, resolver).isEmpty)
        #expect(store[partition] == nil && store.reopen(image).isEmpty)
        #expect(!disk.exists("/one/t-0"))
    }

    private func openDamaged(_ store: PartitionStore, _ image: MetadataImage) throws -> UInt8 {
        let byte = try #require(disk.peek(log))[65]
        disk.damage(log, at: 65, [byte ^ 1])
        open(store, image)
        return byte
    }

    /// The metadata in which this process is registered, with replicas on three brokers.
    private func image(
        incarnation: KafkaUUID,
        leader: Int32,
        isr: [Int32],
        change: (inout PartitionRecord) -> Void = { _ in }
    ) throws -> MetadataImage {
        var (image, delta) = try image(leaderEpoch: 4)
        var broker = RegisterBrokerRecord()
        (broker.brokerId, broker.brokerEpoch, broker.incarnationId) = (1, 7, incarnation)
        try image.apply(.registerBroker(broker), &delta)
        var record = PartitionRecord()
        (record.partitionId, record.topicId, record.leader) = (0, topicId, leader)
        (record.replicas, record.isr, record.leaderEpoch, record.partitionEpoch) = ([1, 2, 3], isr, 4, 1)
        change(&record)
        try image.apply(.partition(record), &delta)
        return image
    }

    @Test func aDamagedLogBeginsAnewOnceOthersStandForIt() throws {
        let own = KafkaUUID(high: 5, low: 5)
        let (store, first) = try openAfterCrash()
        store.incarnationId.withLock { $0 = own }
        _ = try openDamaged(store, first)
        let counting = try [
            image(incarnation: own, leader: 2, isr: [2, 1]),
            image(incarnation: own, leader: -1, isr: []),
            image(incarnation: own, leader: 2, isr: [2]) { $0.eligibleLeaderReplicas = [1] },
            image(incarnation: own, leader: 2, isr: [2]) { $0.lastKnownElr = [1] },
            // What this process does not know to be after its registration may be old.
            image(incarnation: KafkaUUID(high: 5, low: 6), leader: 2, isr: [2]),
        ]
        for image in counting { #expect(store.reopen(image).isEmpty && disk.exists(log), "\(image)") }

        let image = try image(incarnation: own, leader: 2, isr: [2])
        let reopened = store.reopen(image)
        #expect(reopened.map(\.id) == [partition] && !disk.exists("/one/t-0"))
        let former = try #require(
            disk.paths.first { $0.hasPrefix("/one/t-0.") && $0.hasSuffix("-stray/" + Path.name(log)) }
        )
        #expect(disk.peek(former)?.isEmpty == false, "an operator may still look into it")
        #expect(store.adopt(reopened, image, resolver).map(\.id) == [partition])
        let facts = try #require(store[partition]?.facts)
        #expect(facts.logEndOffset == 0 && facts.leaderEpoch == 4 && !facts.isMade)
        let told = store.decisions.last(10) { $0 == .partition(partition) }.map(\.decision.account)
        #expect(told.map(\.kind) == ["notOpened", "begunAnew", "opened"])
        #expect(told[1].evidence.first.map { former.hasPrefix($0.value) } == true)
    }

    @Test func checkpointsForgetTheDamagedLogBeforeItBeginsAnew() throws {
        let own = KafkaUUID(high: 5, low: 5)
        let (store, first) = try openAfterCrash()
        store.incarnationId.withLock { $0 = own }
        _ = try openDamaged(store, first)
        let storage = store.directories[0].storage
        try storage.write(checkpoint: OffsetCheckpoint.recoveryPoint, [partition: 2])
        let image = try image(incarnation: own, leader: 2, isr: [2])
        disk.setPlan { _, operation, path in
            operation == "rename" && path.contains("checkpoint") ? .fail(errno: ENOSPC) : .proceed
        }
        #expect(store.reopen(image).isEmpty, "it would be taken for one that has lost its end")
        #expect(!disk.exists("/one/t-0"))
        disk.setPlan { _, _, _ in .proceed }
        #expect(store.reopen(image).map(\.id) == [partition], "it is tried again")
        #expect(try storage.checkpoint(OffsetCheckpoint.recoveryPoint)[partition] ?? 0 == 0)
    }

    @Test func aDamagedLogIsNotTriedAgain() throws {
        let (store, image) = try openAfterCrash()
        let byte = try openDamaged(store, image)
        #expect(store[partition] == nil)
        let told = store.decisions.last(10) { $0 == .partition(partition) }.map(\.decision.account)
        #expect(told.map(\.kind) == ["notOpened"] && told.first?.reason == "unusable")
        disk.damage(log, at: 65, [byte])
        #expect(store.reopen(image).isEmpty, "only a start looks again")
    }

    @Test func aViewShowsAPartitionThatIsOnlineAgain() throws {
        let (store, image) = try openAfterCrash()
        refuseIndexes(errno: EMFILE)
        let cluster = PublishedView(.empty(store.config))
        let world = World.manual(disk, threads, VirtualTicks(nanoseconds: 0))
        let publisher = MetadataPublisher(
            config: store.config,
            nodeId: 1,
            logger: .silent,
            metrics: BrokerMetrics(),
            files: try FileBudget(limit: 1000, config: store.config, logs: disk.segmentFiles, time: world.time),
            store: store,
            groups: GroupRuntime(
                world: world,
                config: store.config,
                session: BrokerSession(millis: 9000, time: world.time),
                eventLoops: EmbeddedEventLoop(),
                logger: .silent,
                decisions: .silent
            ),
            cluster: cluster
        )
        let (_, delta) = try self.image(leaderEpoch: 0)
        let first = MetadataLoader.Publication(image: image, delta: delta, offset: 5)
        publisher.begin(first, remembered: [PartitionStore.Remembered(isClean: false, present: [partition])])
        #expect(cluster.view.topics["t"]?.absence(of: 0) == .kafkaStorageError)
        disk.setPlan { _, _, _ in .proceed }
        publisher.reopen { $0() }
        #expect(cluster.view.topics["t"]?.partition(0)?.facts.logEndOffset == 2)
        #expect(cluster.view.offset == 5)
    }
}

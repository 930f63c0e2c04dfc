import ClusterMetadata
import KafkaProtocol
import KafkaRecords
import LogStorage
import NIOCore
import Replication
import Synchronization
import TestSupport
import Testing
import World

@testable import Broker

/// The copy of a log on its way to another directory, while the log is cut, begins later, or is compacted.
struct MoveStepTests {
    private static let topicId = KafkaUUID(high: 71, low: 93)
    private let disk = MemoryFileSystem()
    private let threads = ManualThreads()
    private let store: PartitionStore
    private let partition: Partition

    /// A follower of node 2, in `/one`.
    init() throws {
        let world = World.manual(disk, threads, VirtualTicks(nanoseconds: 0))
        store = try PartitionStore.of(["/one": KafkaUUID(high: 7, low: 1), "/two": KafkaUUID(high: 7, low: 2)], world)
        var log = LogConfig()
        log.segmentBytes = 300
        let placed = PartitionStore.Placed(
            id: TopicPartition("t", 0),
            topicId: Self.topicId,
            metadata: Self.metadata(epoch: 1),
            settings: PartitionSettings(log: log, replica: ReplicaSettings())
        )
        var opening = LogOpening()
        opening.isClean = true
        store.add(placed, store.directories[0], opening, highWatermark: nil)
        partition = try #require(store[placed.id])
        threads.runAll()
    }

    /// Of a follower of node 2.
    static func metadata(epoch: Int32) -> ReplicaMetadata {
        ReplicaMetadata(
            leader: NodeId(2),
            leaderEpoch: LeaderEpoch(epoch),
            partitionEpoch: epoch,
            isr: [NodeId(2)],
            replicas: [ReplicaMember(NodeId(1)), ReplicaMember(NodeId(2))]
        )
    }

    /// The leader sends some records of one batch each.
    private func append(_ values: [String], epoch: Int32 = 1, highWatermark: Int64 = 0) throws {
        for value in values {
            let end = partition.facts.logEndOffset
            var bytes = batch(value)
            bytes.setInteger(end, at: bytes.readerIndex)
            bytes.setInteger(epoch, at: bytes.readerIndex + 12)
            let data = Partition.LeaderData(
                epoch: LeaderEpoch(epoch),
                offset: end,
                records: bytes,
                highWatermark: highWatermark,
                logStart: 0
            )
            _ = partition.follow(data)
            #expect(partition.facts.logEndOffset == end + 1)
        }
        threads.runAll()
    }

    /// The log of a leader of epoch 2 leaves this one at an offset.
    private func cut(to offset: Int64) {
        partition.follow(Self.metadata(epoch: 2))
        let diverging = EpochEnd(epoch: LeaderEpoch(1), offset: offset)
        let data = Partition.LeaderData(
            epoch: LeaderEpoch(2),
            offset: partition.facts.logEndOffset,
            records: nil,
            highWatermark: 0,
            logStart: 0,
            diverging: diverging
        )
        _ = partition.follow(data)
        threads.runAll()
        #expect(partition.facts.logEndOffset == offset)
    }

    private func begin() -> ReplicaMove {
        let (source, target) = (store.directories[0], store.directories[1])
        return ReplicaMove(
            partition,
            from: source,
            to: target,
            path: "/two/t-0.0123456789abcdef0123456789abcdef-future"
        )
    }

    /// Copies until both logs end at the same offset.
    private func catchUp(_ move: ReplicaMove, slice: Int = 200) throws {
        var rounds = 0
        while true {
            let copied = try #require(try move.copyNext(atMost: slice))
            if copied.bytes == 0, move.progress.end == partition.facts.logEndOffset { return }
            rounds += 1
            try #require(rounds < 1000)
        }
    }

    private func finish(_ move: ReplicaMove) throws -> Bool {
        _ = move.advance(from: .waiting, to: .finishing)
        guard let prepared = try move.prepare() else { return false }
        let isDone = try store.exchange(move, prepared)
        threads.runAll()
        return isDone
    }

    /// What the log on the disk holds.
    private var content: [String] {
        get throws {
            let size = Int(partition.facts.sizeBytes)
            return try partition.state.withLock { state in
                var (values, offset): ([String], Int64) = ([], state.log.logStartOffset)
                while let slice = try state.log.read(
                    from: offset,
                    maxBytes: size,
                    upTo: state.log.logEndOffset,
                    isFirstBatchWhole: true
                ) {
                    for batch in RecordBatches(try slice.file.read(at: slice.position, count: slice.count)) {
                        values += try batch.allRecords().map { $0.value.map { String(buffer: $0) } ?? "" }
                        offset = batch.header.nextOffset
                    }
                }
                return values
            }
        }
    }

    private func values(_ range: Range<Int>, _ name: String = "v") -> [String] { range.map { "\(name)\($0)" } }

    @Test func whatAFollowerCutsTheCopyCutsToo() throws {
        try append(values(0..<20))
        let move = begin()
        try catchUp(move)
        cut(to: 12)
        try append(values(0..<15, "w"), epoch: 2)
        #expect(partition.facts.logEndOffset == 27)
        try catchUp(move)
        #expect(try finish(move))
        #expect(partition.directory === store.directories[1])
        #expect(try content == values(0..<12) + values(0..<15, "w"))
        #expect(partition.state.withLock { $0.log.epochs.entries.map(\.startOffset) } == [0, 12])
        // It goes on where it was, and a start finds it.
        try append(["end"], epoch: 2)
        #expect(disk.exists("/two/t-0") && !disk.exists("/one/t-0"))
    }

    /// Between the copying and the exchange.
    @Test func aCutBeforeTheExchangeIsNotMissed() throws {
        try append(values(0..<8))
        let move = begin()
        try catchUp(move)
        _ = move.advance(from: .waiting, to: .finishing)
        let prepared = try #require(try move.prepare())
        cut(to: 5)
        #expect(try !store.exchange(move, prepared))
        try append(["w"], epoch: 2)
        #expect(try !store.exchange(move, prepared), "the copy still has what was cut")
        try catchUp(move)
        #expect(try finish(move))
        #expect(try content == values(0..<5) + ["w"])
    }

    @Test func theCopyBeginsWhereTheLogBeginsByThen() throws {
        try append(values(0..<20))
        let move = begin()
        for _ in 0..<3 { _ = try move.copyNext(atMost: 200) }
        let copied = move.progress.end
        #expect(copied > 0 && copied < 10)
        // Retention has gone beyond what is copied.
        partition.state.withLock { state in
            try? state.log.deletePrefix(before: 15, highWatermark: 20)
            _ = try? state.log.retire(now: 0, highWatermark: 20)
        }
        try catchUp(move)
        #expect(try finish(move))
        #expect(partition.facts.logStartOffset == 15 && partition.facts.logEndOffset == 20)
        #expect(try content == values(15..<20))
    }

    /// The checkpoint of the new directory would have the start before.
    @Test func aStartThatMovesBeforeTheExchangeIsWrittenFirst() throws {
        try append(values(0..<8))
        let move = begin()
        try catchUp(move)
        _ = move.advance(from: .waiting, to: .finishing)
        let prepared = try #require(try move.prepare())
        partition.state.withLock { state in try? state.log.deletePrefix(before: 3, highWatermark: 8) }
        #expect(try !store.exchange(move, prepared))
        #expect(try finish(move))
        let starts = try store.directories[1].storage.checkpoint(OffsetCheckpoint.logStart)
        #expect(starts[partition.id] == 3)
    }

    /// In the offset of a batch, which its checksum leaves out, or in a record.
    @Test(arguments: [70, 100] as [Int64]) func damageInTheLogIsNotCopied(at position: Int64) throws {
        try append(values(0..<8))
        let file = try disk.open("/one/t-0/00000000000000000000.log", .readWrite)
        try file.write(ByteBuffer(repeating: 7, count: 4), at: position)
        let move = begin()
        #expect(throws: ReplicaMove.Failure.self) { try catchUp(move) }
        #expect(partition.directory === store.directories[0])
    }

    @Test func aReplicaWithoutRecordsIsMovedToo() throws {
        let move = begin()
        try catchUp(move)
        #expect(try finish(move))
        #expect(partition.directory === store.directories[1])
        try append(["a"])
        #expect(try content == ["a"])
        #expect(disk.exists("/two/t-0/partition.metadata") && !disk.exists("/one/t-0"))
    }

    /// What was acknowledged as durable must be so in the new directory before anything there counts.
    @Test func aFlushThatWaitedForTheOldDirectoryGoesToTheNewOne() throws {
        try append(values(0..<3))
        let move = begin()
        try catchUp(move)
        #expect(try finish(move))
        try append(["more"])
        store.directories[0].flush(partition)
        threads.runAll()
        #expect(partition.facts.flushedOffset == 4)
        var random = SeededGenerator(seed: 5)
        disk.crash(using: &random)
        #expect(disk.exists("/two/t-0"))
    }
}

import ClusterMetadata
import KafkaProtocol
import KafkaRecords
import LogStorage
import NIOCore
import Replication
import TestSupport
import Testing
import World

@testable import Broker

/// Simulated seed 940004 of three nodes: a leader that was deposed had records that nobody else had. Before it fetched again all up to their end was
/// deleted, in the middle of a batch of the next leader, and it never came in sync again.
struct LeaderStartTests {
    private let threads = ManualThreads()
    private let partition: Partition

    /// A follower of node 2 with ten records of epoch 1.
    init() throws {
        let world = World.manual(MemoryFileSystem(), threads, VirtualTicks(nanoseconds: 0))
        let store = try PartitionStore.of(["/one": KafkaUUID(high: 7, low: 1)], world)
        let placed = PartitionStore.Placed(
            id: TopicPartition("t", 0),
            topicId: KafkaUUID(high: 71, low: 93),
            metadata: MoveStepTests.metadata(epoch: 1),
            settings: PartitionSettings(log: LogConfig(), replica: ReplicaSettings())
        )
        var opening = LogOpening()
        opening.isClean = true
        store.add(placed, store.directories[0], opening, highWatermark: nil)
        partition = try #require(store[placed.id])
        threads.runAll()
        for offset in 0..<10 { _ = try follow(["old"], at: Int64(offset), epoch: 1, leaderStart: 0) }
        #expect(partition.facts.logEndOffset == 10)
    }

    /// The leader answers a fetch from the log's end with one batch.
    private func follow(_ values: [String], at base: Int64, epoch: Int32, leaderStart: Int64) throws
        -> Partition.Followed
    {
        var builder = RecordBatchBuilder()
        for value in values { builder.append(timestamp: 0, key: nil, value: ByteBuffer(string: value)) }
        var bytes = try builder.build()
        bytes.setInteger(base, at: bytes.readerIndex)
        bytes.setInteger(epoch, at: bytes.readerIndex + 12)
        let data = Partition.LeaderData(
            epoch: LeaderEpoch(epoch),
            offset: partition.facts.logEndOffset,
            records: bytes,
            highWatermark: base + Int64(values.count),
            logStart: leaderStart
        )
        let followed = partition.follow(data)
        threads.runAll()
        return followed
    }

    @Test func aLogOfWhichTheLeaderHasNothingBeginsWhereTheLeaderDoes() throws {
        partition.follow(MoveStepTests.metadata(epoch: 2))
        let values = ["new", "new", "new"]
        #expect(try follow(values, at: 9, epoch: 2, leaderStart: 10) == .fetches(nil))
        #expect(partition.facts.logStartOffset == 10 && partition.facts.logEndOffset == 10)
        _ = try follow(values, at: 9, epoch: 2, leaderStart: 10)
        #expect(partition.facts.logStartOffset == 10 && partition.facts.logEndOffset == 12)
        _ = try follow(["next"], at: 12, epoch: 2, leaderStart: 12)
        #expect(partition.facts.logStartOffset == 12 && partition.facts.logEndOffset == 13, "it was compared before")
    }

    @Test func deletionBehindWhatWasComparedKeepsTheLog() throws {
        partition.follow(MoveStepTests.metadata(epoch: 2))
        _ = try follow(["new"], at: 10, epoch: 2, leaderStart: 9)
        _ = try follow(["new"], at: 11, epoch: 2, leaderStart: 11)
        #expect(partition.facts.logStartOffset == 11 && partition.facts.logEndOffset == 12)
    }
}

import Testing
import World

@testable import LogStorage

/// A flush runs beside what happens to its log.
struct FlushWorkTests {
    @Test func aFlushOfADeletedLogWritesNothingIntoItsSuccessor() throws {
        let disk = MemoryFileSystem()
        let log = try PartitionLog.open(disk, directory: "/d/t-0", config: LogConfig(), opening: LogOpening())
        try log.add(["a"], epoch: 7)
        let work = try #require(log.beginFlush())
        let gate = try #require(log.abandon())
        gate.close()
        try disk.rename("/d/t-0", to: "/d/t-0.deleted")
        let next = try PartitionLog.open(disk, directory: "/d/t-0", config: LogConfig(), opening: LogOpening())
        try next.add(["b"], epoch: 0)
        try work.run()
        #expect(!disk.exists("/d/t-0/leader-epoch-checkpoint"))
        try #require(next.beginFlush()).run()
        let written = try disk.contents("/d/t-0/leader-epoch-checkpoint")
        #expect(try LeaderEpochs.decode(written, path: "").entries.map(\.epoch) == [0])
    }
}

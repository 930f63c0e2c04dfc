import KafkaProtocol
import KafkaRecords
import NIOCore
import Testing
import World

@testable import LogStorage

/// How old a segment is, when timestamps and clocks cannot be believed.
struct RetentionTests {
    private static let hour: Int64 = 3_600_000
    private static let year: Int64 = 365 * 24 * hour
    private static let start: Int64 = 1_700_000_000_000

    /// A clock on the wall that is set.
    private struct Clock {
        let virtual = VirtualClock(
            VirtualTicks(nanoseconds: 0),
            wall: WallTime(milliseconds: RetentionTests.start),
            sleep: { _ in }
        )
        var now: Int64 { virtual.wall.milliseconds }
        func set(_ time: Int64) { virtual.moveWall(milliseconds: time - now) }
    }

    private let clock = Clock()

    private func disk() -> MemoryFileSystem { MemoryFileSystem(time: WorldTime(clock.virtual)) }

    private func open(_ disk: MemoryFileSystem, change: (inout LogConfig) -> Void = { _ in }) throws -> PartitionLog {
        var config = LogConfig()
        config.retentionMillis = 10 * Self.hour
        config.segmentBytes = 100
        change(&config)
        var opening = LogOpening()
        opening.now = clock.now
        return try PartitionLog.open(disk, directory: "/d/t-0", config: config, opening: opening)
    }

    private func retire(_ log: PartitionLog) throws -> [Int64] {
        try log.retire(now: clock.now, highWatermark: log.logEndOffset).map(\.baseOffset)
    }

    @Test func aRecordOfTheFutureKeepsItsSegmentNoLongerThanItsFileIsOld() throws {
        let disk = disk()
        let log = try open(disk)
        try log.add(["a"], timestamp: clock.now + Self.year)
        try log.roll(now: clock.now)
        try log.add(["b"], timestamp: clock.now)
        clock.set(Self.start + 10 * Self.hour)
        #expect(try retire(log).isEmpty, "not before its time")
        clock.set(Self.start + 10 * Self.hour + 1)
        #expect(try retire(log).first == 0)
    }

    @Test func whatWasWrittenWhileTheClockWasAYearAheadGoesInItsTimeAfterTheNextStart() throws {
        let disk = disk()
        clock.set(Self.start + Self.year)
        var log = try open(disk)
        try log.add(["a"], timestamp: clock.now)
        try log.roll(now: clock.now)
        try log.add(["b"], timestamp: clock.now)
        try log.close()
        clock.set(Self.start)
        disk.restartProcess()
        log = try open(disk)
        #expect(try retire(log).isEmpty)
        clock.set(Self.start + 10 * Self.hour)
        #expect(try retire(log).isEmpty)
        clock.set(Self.start + 10 * Self.hour + 1)
        #expect(try retire(log).first == 0)
    }

    @Test func aClockThatWentBackTakesNothingEarly() throws {
        let log = try open(disk())
        try log.add(["a"], timestamp: clock.now)
        try log.roll(now: clock.now)
        try log.add(["b"], timestamp: clock.now)
        clock.set(Self.start - Self.year)
        #expect(try retire(log).isEmpty)
        clock.set(Self.start + 10 * Self.hour)
        #expect(try retire(log).isEmpty)
    }

    /// Found by the simulation (seed 2002): the node started while its clock was behind, and retention goes on by the time that has passed.
    @Test func whatIsWrittenAfterTheClockJumpedAheadIsNotAsOldAsTheOpening() throws {
        let disk = disk()
        var log = try open(disk)
        clock.set(Self.start + Self.year)
        try log.add(["a"], timestamp: clock.now)
        #expect(try log.retire(now: Self.start + 11 * Self.hour, highWatermark: 1).isEmpty)
        try log.close()
        disk.restartProcess()
        log = try open(disk)
        clock.set(Self.start + Self.year + 11 * Self.hour)
        #expect(try retire(log) == [0])
    }

    @Test func segmentsOfManyLogsEndAtDifferentTimes() throws {
        let disk = disk()
        var ends: Set<Int64> = []
        for number in 0..<20 {
            var config = LogConfig()
            config.segmentMillis = 100_000
            config.segmentJitterMillis = 50_000
            let log = try PartitionLog.open(
                disk,
                directory: "/d/t-\(number)",
                config: config,
                opening: LogOpening()
            )
            var time: Int64 = 1
            while log.segmentCount == 1 {
                try log.add(["a"], timestamp: time)
                time += 1000
            }
            #expect((50_000...102_000).contains(time))
            ends.insert(time)
        }
        #expect(ends.count > 5)
    }

    @Test func whatCompactionHasEmptiedIsInNobodysWay() throws {
        let log = try open(disk()) {
            $0.isCompacted = true
            $0.segmentBytes = 80
        }
        func add(_ key: String) throws {
            var builder = RecordBatchBuilder()
            builder.append(timestamp: clock.now, key: ByteBuffer(string: key), value: ByteBuffer(string: "1"))
            _ = try log.append(
                try ValidatedBatch(own: builder.build()),
                leaderEpoch: 0,
                now: clock.now,
                isFromClient: true
            )
        }
        for key in ["a", "b", "a", "b", "c"] { try add(key) }
        let plan = try #require(try log.planCompaction(lastStableOffset: log.logEndOffset, now: clock.now))
        let host = CompactionHost(onLog: { body throws(LogError) in try body(log) }, replaced: { _ in })
        var pass = CompactionPass(plan, limits: CompactionLimits(), seed: (1, 1), host: host)
        _ = try #require(try pass.run())
        #expect(log.segmentCount == 5 && log.logStartOffset == 0)
        #expect(try retire(log) == [0, 1], "they hold nothing any more")
        #expect(log.logStartOffset == 2)
        clock.set(Self.start + 10 * Self.hour + 1)
        #expect(try retire(log) == [2, 3, 4])
    }
}

import KafkaProtocol
import KafkaRecords
import NIOCore
import Testing
import World

@testable import LogStorage

/// Leader epochs whose first batches compaction has removed.
struct CompactedEpochsTests {
    private let disk = MemoryFileSystem()

    private func config() -> LogConfig {
        var config = LogConfig()
        config.segmentBytes = 700
        config.isCompacted = true
        config.deletesOldSegments = false
        return config
    }

    private func open(recoveryPoint: Int64 = 0, cleaned: Int64? = 0) throws -> PartitionLog {
        var how = opening(recoveryPoint: recoveryPoint)
        how.cleanedOffset = cleaned
        return try PartitionLog.open(disk, directory: "/d/t-0", config: config(), opening: how)
    }

    private func add(_ log: PartitionLog, _ key: String, epoch: Int32) throws {
        var builder = RecordBatchBuilder(compression: .none)
        builder.append(
            timestamp: 1000,
            key: ByteBuffer(string: key),
            value: ByteBuffer(string: String(repeating: "x", count: 50))
        )
        _ = try log.append(
            try ValidatedBatch(own: try builder.build()),
            leaderEpoch: epoch,
            now: 1000,
            isFromClient: true
        )
    }

    private func compact(_ log: PartitionLog) throws {
        let end = log.logEndOffset
        let plan = try #require(try log.planCompaction(lastStableOffset: end, now: 2000))
        let host = CompactionHost(onLog: { body throws(LogError) in try body(log) }, replaced: { _ in })
        var pass = CompactionPass(plan, limits: CompactionLimits(), seed: (1, 2), host: host)
        let report = try #require(try pass.run())
        log.compacted(upTo: report.cleanedOffset)
    }

    /// Epochs 1 to 4, of which 2 and 3 keep no batch and 4 not its first ones.
    private func compactedLog() throws -> PartitionLog {
        let log = try open(cleaned: nil)
        for epoch in 1...4 as ClosedRange<Int32> {
            for index in 0..<6 { try add(log, "key \(index)", epoch: epoch) }
        }
        for index in 0..<6 { try add(log, "key \(index)", epoch: 4) }
        try log.roll(now: 1000)
        try add(log, "last", epoch: 4)
        let work = try #require(log.beginFlush())
        try work.run()
        log.completeFlush(work)
        return log
    }

    @Test(arguments: [0, 12, 31] as [Int64]) func aStartAfterACrashKnowsWhereTheyBegan(recoveryPoint: Int64) throws {
        let log = try compactedLog()
        let before = log.epochs
        #expect(before.entries.map(\.startOffset) == [0, 6, 12, 18])
        try compact(log)
        #expect(try log.readAll().map(\.offset) == [24, 25, 26, 27, 28, 29, 30])
        let again = try open(recoveryPoint: recoveryPoint)
        #expect(again.logEndOffset == 31)
        #expect(again.epochs == before)
        // A follower with records of epoch 3 that nobody else has leaves them out.
        #expect(again.epochs.endOffset(of: 3, logEndOffset: 31)?.offset == 18)
    }

    @Test func epochsBehindTheEndThatRecoveryFindsAreNotKept() throws {
        let log = try compactedLog()
        try add(log, "more", epoch: 5)
        let work = try #require(log.beginFlush())
        try work.run()
        log.completeFlush(work)
        try compact(log)
        let path = try #require(disk.paths.filter { $0.hasSuffix(".log") }.max())
        let file = try disk.open(path, .readWrite)
        // The batch of epoch 5 is torn.
        try file.truncate(to: try file.size() - 1)
        let again = try open(recoveryPoint: 31)
        #expect(again.logEndOffset == 31)
        #expect(again.epochs.entries.map(\.epoch) == [1, 2, 3, 4])
    }
}

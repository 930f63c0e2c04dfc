import KafkaRecords
import Testing
import World

@testable import LogStorage

/// What waits for compaction, and what holds it back.
struct CompactionBacklogTests {
    @Test func whatCompactionStopsAtIsTold() throws {
        var model = try CompactionModel()
        func backlog(_ stable: Int64? = nil) throws -> CompactionBacklog {
            try #require(
                model.log.compactionBacklog(lastStableOffset: stable ?? model.log.logEndOffset, now: model.now)
            )
        }
        func roll(_ stable: Int64? = nil) throws -> Int64? {
            try model.log.rollForCompaction(lastStableOffset: stable ?? model.log.logEndOffset, now: model.now)
        }
        #expect(model.log.compactionBacklog(lastStableOffset: 0, now: model.now) == nil, "it has no files yet")
        try model.append([("a", "1"), ("a", "2")])
        let active = try backlog()
        #expect(active.hold == .activeSegment && active.isEmpty && active.heldBytes == model.log.sizeBytes)
        #expect(try backlog(1).hold == .unstableRecords)
        #expect(try roll(1) == nil, "it would change nothing")
        #expect(try roll() == 2 && model.log.segmentCount == 2)
        let closed = try backlog()
        #expect(closed.hold == nil && !closed.isEmpty && closed.heldBytes == 0)
        #expect(try roll() == nil, "the active segment is empty")
        try model.compact()
        let clean = try backlog()
        #expect(clean.isEmpty && clean.hold == nil && clean.cleanBytes == model.log.sizeBytes)
        var config = CompactionModel.config
        config.minCompactionLagMillis = 50
        model.log.reconfigure(config)
        try model.append([("a", "3")])
        #expect(try backlog().hold == .youngRecords(until: model.now + 50))
        #expect(try roll() == nil)
        model.now += 51
        #expect(try roll() == 3)
        try model.compact()
        try model.check("rolled")
        #expect(try CompactionModel.committed(model.log).map(\.offset) == [2])
    }

    @Test func aPlanFindsTransactionsInMemory() throws {
        var model = try CompactionModel()
        for number in 0..<5 {
            try model.append([("a", "\(number)")], producer: 1)
            try model.end(1, commits: false)
            try model.log.roll(now: model.now)
        }
        try model.flush()
        model.log = try CompactionModel.open(model.disk, cleaned: nil, isClean: true)
        // Of the active segment, too.
        #expect(try model.log.prepareCompaction(atMost: 2))
        #expect(try model.log.prepareCompaction(atMost: 2))
        #expect(try !model.log.prepareCompaction(atMost: 2))
        let before = model.disk.operationCount
        let plan = try #require(try model.log.planCompaction(lastStableOffset: 10, now: model.now))
        #expect(plan.aborted.count == 5 && model.disk.operationCount == before)
    }

    @Test func anIndexThatLacksTheLatestTimesMakesNoRecordOld() throws {
        var model = try CompactionModel()
        for number in 0..<8 {
            try model.append([("a", "\(number)")])
            model.now += 1000
        }
        let newest = model.now - 1000
        try model.log.roll(now: model.now)
        try model.flush()
        // As a power cut leaves it: whole entries, but not the last.
        let index = "\(CompactionModel.directory)/00000000000000000000.timeindex"
        let bytes = try #require(model.disk.peek(index))
        #expect(bytes.count > 12)
        model.disk.replace(index, with: Array(bytes.prefix(12)))
        let end = model.log.logEndOffset
        model.log = try CompactionModel.open(model.disk, cleaned: nil, recoveryPoint: end)
        var config = CompactionModel.config
        config.minCompactionLagMillis = 500
        model.log.reconfigure(config)
        #expect(try model.log.planCompaction(lastStableOffset: end, now: newest + 499) == nil)
        #expect(try model.log.planCompaction(lastStableOffset: end, now: newest + 501) != nil)
    }

    @Test func whatIsOverdueSaysSo() throws {
        var model = try CompactionModel()
        var config = CompactionModel.config
        config.maxCompactionLagMillis = 500
        model.log.reconfigure(config)
        try model.append([("a", "1")])
        try model.log.roll(now: model.now)
        #expect(model.log.compactionBacklog(lastStableOffset: 1, now: model.now + 500)?.isOverdue == false)
        #expect(model.log.compactionBacklog(lastStableOffset: 1, now: model.now + 501)?.isOverdue == true)
        #expect(model.log.compactionBacklog(lastStableOffset: 1, now: model.now)?.dirtyRatio == 1)
    }
}

import Glibc
import KafkaProtocol
import NIOCore
import Synchronization
import TestSupport
import Testing
import World

@testable import LogStorage

/// Which files logs keep open, and what happens when there may be only a few.
struct OpenFilesTests {
    let disk = MemoryFileSystem()

    private var config: LogConfig {
        var config = LogConfig()
        config.segmentBytes = 400
        config.indexIntervalBytes = 100
        return config
    }

    private func open(_ name: String = "t-0", _ opening: LogOpening = LogOpening()) throws -> PartitionLog {
        try PartitionLog.open(disk, directory: "/d/\(name)", config: config, opening: opening)
    }

    private func flush(_ log: PartitionLog) throws {
        guard let work = log.beginFlush() else { return }
        try work.run()
        log.completeFlush(work)
    }

    /// A log of several segments whose first one was read last.
    private func logReadAtItsBeginning() throws -> PartitionLog {
        let log = try open()
        for index in 0..<20 { try log.add(["value \(index)"]) }
        try flush(log)
        #expect(log.segmentCount > 3 && disk.openPaths.count == 1, "\(disk.openPaths)")
        _ = try log.read(from: 0, maxBytes: 10, upTo: .max, isFirstBatchWhole: true)
        #expect(disk.openPaths.first == "/d/t-0/00000000000000000000.log" && disk.openPaths.count == 2)
        return log
    }

    @Test func aSegmentThatRetentionTakesOutIsClosedThoughItWasReadLast() throws {
        let log = try logReadAtItsBeginning()
        var limited = config
        limited.retentionBytes = 500
        log.reconfigure(limited)
        let retired = try log.retire(now: 2000, highWatermark: log.logEndOffset)
        #expect(!retired.isEmpty)
        #expect(disk.openPaths == ["/d/t-0/\(SegmentName.file(try #require(log.segmentBaseOffsets.last), ".log"))"])
        for segment in retired { try segment.remove() }
    }

    @Test func aSegmentBelowTheStartThatAFetchStillSendsIsClosedWhenItIsDone() throws {
        let log = try logReadAtItsBeginning()
        var slice = try log.read(from: 0, maxBytes: 10, upTo: .max, isFirstBatchWhole: true)
        try log.deletePrefix(before: 15, highWatermark: log.logEndOffset)
        for segment in try log.retire(now: 2000, highWatermark: log.logEndOffset) { try segment.remove() }
        #expect(disk.openPaths.count == 2)
        let sent = try #require(slice)
        #expect(try sent.file.read(at: sent.position, count: sent.count).readableBytes == sent.count)
        withExtendedLifetime(sent) { slice = nil }
    }

    @Test func segmentsThatTruncationRemovesAreClosed() throws {
        let log = try logReadAtItsBeginning()
        _ = try log.read(from: log.logEndOffset - 1, maxBytes: 10, upTo: .max, isFirstBatchWhole: true)
        try log.truncate(to: 1)
        #expect(disk.openPaths == ["/d/t-0/00000000000000000000.log"])
        try log.restart(at: 100)
        #expect(disk.openPaths == ["/d/t-0/00000000000000000100.log"])
    }

    @Test func aDeletedLogHasNoOpenFiles() throws {
        let log = try logReadAtItsBeginning()
        try log.add(["not durable"])
        let work = try #require(log.beginFlush())
        log.abandon()
        #expect(disk.openPaths == [])
        #expect(throws: LogError.self) { try log.read(from: 0, maxBytes: 10, upTo: .max, isFirstBatchWhole: true) }
        try work.run()
        #expect(disk.openPaths == [], "what a flush opens again nobody would close")
    }

    @Test func manyLogsShareFewFiles() throws {
        disk.segmentFiles.setLimit(3)
        let logs = try (0..<12).map { try open("t-\($0)") }
        for round in 0..<10 {
            for (number, log) in logs.enumerated() { try log.add(["\(number) \(round)"]) }
            #expect(disk.openPaths.count <= 3 && disk.segmentFiles.count <= 3)
        }
        for (number, log) in logs.enumerated() {
            #expect(try log.values() == (0..<10).map { "\(number) \($0)" })
            #expect(disk.openPaths.count <= 3)
        }
        // What gave way before it was durable is made durable all the same.
        for log in logs { try flush(log) }
        var random = SeededGenerator(seed: 1)
        disk.crash(using: &random)
        for number in 0..<12 {
            #expect(try open("t-\(number)", opening(recoveryPoint: 10)).values() == (0..<10).map { "\(number) \($0)" })
        }
        #expect(disk.segmentFiles.closedForOthers > 100)
    }

    @Test func aFileInUseStaysUsableWhenItGivesWay() throws {
        disk.segmentFiles.setLimit(1)
        let (one, two) = (try open("t-1"), try open("t-2"))
        try one.add(["first"])
        let slice = try #require(try one.read(from: 0, maxBytes: 1000, upTo: .max, isFirstBatchWhole: true))
        try two.add(["second"])
        #expect(disk.segmentFiles.count == 1)
        #expect(try slice.file.read(at: slice.position, count: slice.count).readableBytes == slice.count)
    }

    @Test func whenTheSystemRefusesAFileLogsGiveWay() throws {
        let logs = try (0..<10).map { try open("t-\($0)") }
        disk.setOpenFileLimit(10)
        for (number, log) in logs.enumerated() {
            for round in 0..<20 { try log.add(["\(number) \(round)"]) }
            #expect(try log.values().count == 20)
        }
        disk.setOpenFileLimit(0)
        #expect(throws: StorageError.self) { _ = try disk.open("/d/t-0/\(SegmentName.file(0, ".log"))", .read) }
    }

    @Test func aFlushWaitsForAFileAndSyncsThen() throws {
        let log = try open()
        try log.add(["value"])
        let work = try #require(log.beginFlush())
        let refusals = Mutex(3)
        disk.setPlan { _, operation, path in
            guard operation == "open", path.contains("leader-epoch-checkpoint") else { return .proceed }
            return refusals.withLock { left in
                left -= 1
                return left >= 0 ? .fail(errno: EMFILE) : .proceed
            }
        }
        try work.run()
        log.completeFlush(work)
        #expect(log.flushedOffset == 1 && refusals.withLock { $0 } < 0)
    }

    @Test func theFilesOfALogThatMustNotWaitStayOpen() throws {
        var pinned = config
        pinned.filesGiveWay = false
        let log = try PartitionLog.open(disk, directory: "/d/pinned-0", config: pinned, opening: LogOpening())
        disk.segmentFiles.setLimit(1)
        for number in 0..<5 { try open("t-\(number)").add(["value"]) }
        #expect(disk.openPaths.contains("/d/pinned-0/00000000000000000000.log"))
        try log.add(["value"])
        log.abandon()
        #expect(!disk.openPaths.contains("/d/pinned-0/00000000000000000000.log"))
    }

    @Test func aLogThatCannotBeOpenedLeavesNoFileOpen() throws {
        let log = try open()
        try log.add(["value"])
        log.abandon()
        disk.setPlan { _, operation, path in
            operation == "read" && path.hasSuffix(".log") ? .fail(errno: 5) : .proceed
        }
        #expect(throws: LogError.self) { _ = try open() }
        #expect(disk.openPaths == [] && disk.segmentFiles.count == 0)
    }
}

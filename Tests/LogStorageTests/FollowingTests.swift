import KafkaProtocol
import KafkaRecords
import NIOCore
import Testing
import World

@testable import LogStorage

/// A replica's log as its leaderships come and go.
struct FollowingTests {
    private let disk = MemoryFileSystem()

    private func log(_ name: String = "/d/t-0", clean: Bool = false, recoveryPoint: Int64 = 0, bytes: Int64 = 1 << 20)
        throws -> PartitionLog
    {
        var config = LogConfig()
        config.segmentBytes = bytes
        config.indexIntervalBytes = 50
        if !disk.exists("/d") { try disk.createDirectory("/d") }
        return try PartitionLog.open(
            disk,
            directory: name,
            config: config,
            opening: opening(clean: clean, recoveryPoint: recoveryPoint)
        )
    }

    /// A batch as a leader sends it.
    private func sent(
        _ values: [String],
        at offset: Int64,
        epoch: Int32,
        producer: (id: Int64, epoch: Int16, sequence: Int32)? = nil
    ) throws -> ByteBuffer {
        var bytes = try batch(values, producer: producer).bytes
        bytes.setInteger(offset, at: bytes.readerIndex)
        bytes.setInteger(epoch, at: bytes.readerIndex + 12)
        return bytes
    }

    private func joined(_ parts: ByteBuffer...) -> ByteBuffer {
        var all = ByteBuffer()
        for part in parts { all.writeImmutableBuffer(part) }
        return all
    }

    @discardableResult
    private func follow(_ log: PartitionLog, _ bytes: ByteBuffer, maxEpoch: Int32 = 9, contiguous: Bool = false) throws
        -> PartitionLog.Followed?
    {
        try log.appendFromLeader(bytes, maxEpoch: maxEpoch, isContiguous: contiguous, now: 1000, highWatermark: 0)
    }

    @Test func whatLiesBehindAnOffsetIsEstimatedWithoutReading() throws {
        let log = try log(bytes: 400)
        for offset in 0..<12 { try follow(log, try sent(["value"], at: Int64(offset), epoch: 1)) }
        #expect(log.segmentCount > 2)
        let reads = disk.operationCount
        let estimates = (0...12).map { log.estimatedBytes(behind: Int64($0)) }
        #expect(disk.operationCount == reads)
        // All batches have one size.
        #expect(estimates == (0...12).map { (12 - Int64($0)) * log.sizeBytes / 12 })
        #expect(log.estimatedBytes(behind: -1) == log.sizeBytes && log.estimatedBytes(behind: 99) == 0)
        let empty = try self.log("/d/t-1")
        #expect(empty.estimatedBytes(behind: 0) == 0)
    }

    private func refusal(_ log: PartitionLog, _ bytes: ByteBuffer, maxEpoch: Int32 = 9, contiguous: Bool = false)
        -> ErrorCode?
    {
        do throws(LogError) {
            _ = try log.appendFromLeader(
                bytes,
                maxEpoch: maxEpoch,
                isContiguous: contiguous,
                now: 1000,
                highWatermark: 0
            )
        } catch { if case .refused(let record) = error { return record.code } }
        return nil
    }

    @Test func takesALeadersBatchesAsTheyAre() throws {
        let log = try log()
        let bytes = joined(
            try sent(["a", "b"], at: 0, epoch: 1),
            try sent(["c"], at: 2, epoch: 3),
            try sent(["d"], at: 7, epoch: 3)
        )
        // An answer may end in the middle of a batch.
        let result = try follow(log, bytes.getSlice(at: 0, length: bytes.readableBytes - 5) ?? bytes)
        #expect(result == PartitionLog.Followed(batchCount: 2, lastOffset: 2, lastEpoch: 3))
        #expect(log.logEndOffset == 3)
        try follow(log, try sent(["d"], at: 7, epoch: 3))
        #expect(log.logEndOffset == 8 && log.lastBatchEpoch == 3)
        #expect(log.epochs.entries == [.init(epoch: 1, startOffset: 0), .init(epoch: 3, startOffset: 2)])
        #expect(try log.values() == ["a", "b", "c", "d"])
        // The bytes are the leader's.
        let slice = try #require(try log.read(from: 0, maxBytes: 1 << 20, upTo: 8, isFirstBatchWhole: true))
        #expect(try slice.bytes() == bytes)
        #expect(try follow(log, ByteBuffer()) == nil)
    }

    @Test func takesAllOrNothing() throws {
        let log = try log()
        try follow(log, try sent(["a", "b"], at: 0, epoch: 2))
        let good = try sent(["c"], at: 2, epoch: 2)
        #expect(refusal(log, joined(good, try sent(["x"], at: 2, epoch: 2))) == .corruptMessage, "offsets fall")
        #expect(refusal(log, try sent(["x"], at: 1, epoch: 2)) == .corruptMessage, "below the end")
        #expect(refusal(log, joined(good, try sent(["x"], at: 3, epoch: 1))) == .corruptMessage, "epochs fall")
        #expect(refusal(log, try sent(["x"], at: 2, epoch: 1)) == .corruptMessage, "epochs fall")
        #expect(
            refusal(log, try sent(["x"], at: 2, epoch: 5), maxEpoch: 4) == .corruptMessage,
            "later than the leader's"
        )
        #expect(refusal(log, try sent(["x"], at: 3, epoch: 2), contiguous: true) == .corruptMessage, "a gap")
        #expect(refusal(log, try sent(["x"], at: .max - 1, epoch: 2)) == nil, "the last offset there is")
        var damaged = good
        damaged.setInteger(UInt8(0xff), at: damaged.writerIndex - 1)
        #expect(refusal(log, joined(good, damaged)) == .corruptMessage)
        var delta = try sent(["x"], at: 2, epoch: 2)
        delta.setInteger(Int32(-1), at: 23)
        #expect(refusal(log, delta) == .corruptMessage)
        var old = good
        old.setInteger(Int8(1), at: 16)
        #expect(refusal(log, old) != nil)
    }

    @Test func nothingIsWrittenWhereSomethingIsRefused() throws {
        let log = try log()
        let good = try sent(["a"], at: 0, epoch: 2)
        #expect(refusal(log, joined(good, try sent(["x"], at: 0, epoch: 2))) != nil)
        #expect(log.logEndOffset == 0 && !log.isMade)
    }

    @Test func longGapsBeginSegmentsOfTheirOwn() throws {
        let log = try log()
        try follow(log, try sent(["a"], at: 0, epoch: 0))
        try follow(log, try sent(["b"], at: 5_000_000_000, epoch: 0))
        #expect(log.segmentBaseOffsets == [0, 5_000_000_000])
        #expect(try log.values() == ["a", "b"])
    }

    @Test func filesAreMadeWhenTheyAreFirstWritten() throws {
        let id = KafkaUUID.metadataTopic
        try disk.createDirectory("/d")
        var opening = LogOpening()
        opening.isClean = true
        opening.topicId = id
        let log = try PartitionLog.open(disk, directory: "/d/t-0", config: LogConfig(), opening: opening)
        log.beginEpoch(4)
        #expect(log.epochs.endOffset(of: 4, logEndOffset: 0)?.epoch == 4)
        #expect(try log.read(from: 0, maxBytes: 100, upTo: 0, isFirstBatchWhole: true) == nil)
        #expect(try log.find(timestamp: 5) == nil)
        #expect(try log.findMaxTimestamp() == nil)
        #expect(try log.abortedTransactions(from: 0, upTo: 0).isEmpty)
        #expect(try log.retire(now: 1 << 40, highWatermark: 0).isEmpty)
        #expect(log.beginFlush() == nil)
        try log.close()
        #expect(!disk.exists("/d/t-0"))
        try log.add(["a"], epoch: 4)
        #expect(disk.exists("/d/t-0/00000000000000000000.log"))
        #expect(String(buffer: try disk.contents("/d/t-0/partition.metadata")).contains("\(id)"))
        try log.close()
        let again = try PartitionLog.open(disk, directory: "/d/t-0", config: LogConfig(), opening: opening)
        #expect(try again.values() == ["a"])
    }

    @Test func aLeadershipIsNotWrittenUntilItHasRecords() throws {
        let log = try log()
        try log.add(["a"], epoch: 1)
        try log.beginFlush()?.run()
        let before = try disk.contents("/d/t-0/leader-epoch-checkpoint")
        #expect(String(buffer: before) == "0\n1\n1 0\n")
        log.beginEpoch(3)
        #expect(log.epochs.latest == 3 && log.lastBatchEpoch == 1)
        #expect(log.epochs.endOffset(of: 1, logEndOffset: 1)?.offset == 1)
        #expect(try disk.contents("/d/t-0/leader-epoch-checkpoint") == before)
        // Elections without records between them leave one epoch (KAFKA-10706).
        log.beginEpoch(4)
        #expect(log.epochs.entries.map(\.epoch) == [1, 4])
        try log.truncate(to: 1)
        #expect(log.epochs.entries.map(\.epoch) == [1])
        log.beginEpoch(5)
        log.endEpoch()
        #expect(log.epochs.entries.map(\.epoch) == [1])
        log.beginEpoch(6)
        try log.close()
        #expect(String(buffer: try disk.contents("/d/t-0/leader-epoch-checkpoint")) == "0\n1\n1 0\n")
    }

    /// Found by the simulation (seed 11): a power cut left a recovery point behind an epoch that no file knew.
    @Test func theFirstRecordOfALeadershipHasItsEpochWrittenWithTheNextFlush() throws {
        let log = try log()
        log.beginEpoch(1)
        try log.add(["a"], epoch: 1)
        try log.beginFlush()?.run()
        log.beginEpoch(3)
        try log.add(["b"], epoch: 3)
        try log.add(["c"], epoch: 3)
        try log.beginFlush()?.run()
        #expect(String(buffer: try disk.contents("/d/t-0/leader-epoch-checkpoint")) == "0\n2\n1 0\n3 1\n")
    }

    @Test func epochsComeBackFromTheBatches() throws {
        let first = try log()
        try first.add(["a"], epoch: 1)
        try first.beginFlush()?.run()
        try first.add(["b"], epoch: 4)
        try first.add(["c"], epoch: 4)
        // The process ends without a flush: the file knows of epoch 1 only.
        let second = try log(recoveryPoint: 1)
        #expect(second.epochs.entries == [.init(epoch: 1, startOffset: 0), .init(epoch: 4, startOffset: 1)])
    }

    /// Found by the simulation (seed 60475): the file had lost the last digit of an offset, and what lay behind it could not be read.
    @Test func aFileOfEpochsThatWasCutOffIsNotBelieved() throws {
        let first = try log()
        for number in 0..<12 { try first.add(["\(number)"], epoch: 1) }
        try first.add(["x"], epoch: 4)
        try first.close()
        let path = "/d/t-0/leader-epoch-checkpoint"
        #expect(String(buffer: try disk.contents(path)) == "0\n2\n1 0\n4 12\n")
        disk.replace(path, with: Array("0\n2\n1 0\n4 1".utf8))
        let second = try log(clean: true, recoveryPoint: 13)
        #expect(second.epochs.entries == [.init(epoch: 1, startOffset: 0), .init(epoch: 4, startOffset: 12)])
        #expect(try second.values().count == 13)
    }

    @Test func aCutLogGoesOnUnderOtherEpochs() throws {
        let log = try log(bytes: 220)
        let producer: (Int64) -> (Int64, Int16, Int32) = { ($0, 0, 0) }
        try follow(log, try sent(["a", "b"], at: 0, epoch: 1, producer: producer(7)))
        try follow(log, try sent(["c"], at: 2, epoch: 3, producer: producer(8)))
        try follow(log, try sent(["d"], at: 3, epoch: 3))
        try follow(log, try sent(["e"], at: 4, epoch: 5, producer: producer(9)))
        try log.beginFlush()?.run()
        #expect(log.segmentCount > 1)
        try log.truncate(to: 2)
        #expect(log.logEndOffset == 2 && log.flushedOffset <= 2 && log.lastBatchEpoch == 1)
        #expect(log.producers.producers.keys.sorted() == [7])
        #expect(String(buffer: try disk.contents("/d/t-0/leader-epoch-checkpoint")) == "0\n1\n1 0\n")
        // The new leader's records have an epoch between those that were cut off.
        try follow(log, try sent(["x"], at: 2, epoch: 2))
        try follow(log, try sent(["y"], at: 3, epoch: 6))
        #expect(try log.values() == ["a", "b", "x", "y"])
        #expect(try log.find(timestamp: 1000)?.offset == 0)
        // Also after a crash, whatever of it had reached the disk.
        let again = try self.log(recoveryPoint: 2, bytes: 220)
        #expect(try again.values() == ["a", "b", "x", "y"])
        #expect(again.epochs.entries.map(\.epoch) == [1, 2, 6])
        #expect(again.producers.producers.keys.sorted() == [7])
    }

    @Test func aLogBeginsAnewWhereItsLeaderDoes() throws {
        let log = try log()
        try follow(log, try sent(["a"], at: 0, epoch: 3))
        try log.restart(at: 50)
        #expect(log.logStartOffset == 50 && log.logEndOffset == 50 && log.lastBatchEpoch == nil)
        try follow(log, try sent(["b"], at: 50, epoch: 1))
        let again = try self.log()
        #expect(try again.values() == ["b"])
        #expect(again.epochs.entries == [.init(epoch: 1, startOffset: 50)])
        // One that has no files yet, too.
        let fresh = try self.log("/d/u-0")
        try fresh.restart(at: 9)
        try follow(fresh, try sent(["z"], at: 9, epoch: 1))
        #expect(try fresh.values() == ["z"])
    }

    /// DeleteRecords lets the leader's log begin within a batch; who follows gets that batch whole.
    @Test func aLogThatIsEmptyMayBeginWithinABatch() throws {
        let log = try log()
        try log.restart(at: 32)
        let bytes = joined(try sent(["a", "b", "c"], at: 31, epoch: 3), try sent(["d"], at: 34, epoch: 3))
        let followed = try follow(log, bytes)
        #expect(followed?.beganEarlier == true && followed?.lastOffset == 34)
        #expect(log.logStartOffset == 32 && log.logEndOffset == 35 && log.segmentBaseOffsets == [31])
        #expect(log.flushedOffset <= 31 && log.lastBatchEpoch == 3)
        #expect(try follow(log, try sent(["e"], at: 35, epoch: 3))?.beganEarlier == false)
        let again = try self.log()
        #expect(try again.values() == ["a", "b", "c", "d", "e"])
        // What ends before, and what is damaged, is refused and changes nothing; so is all of it where the log has something.
        let other = try self.log("/d/u-0")
        try other.restart(at: 32)
        #expect(refusal(other, try sent(["a"], at: 31, epoch: 3)) == .corruptMessage)
        var damaged = try sent(["a", "b"], at: 31, epoch: 3)
        damaged.setInteger(UInt8(1), at: damaged.writerIndex - 1)
        #expect(refusal(other, damaged) == .corruptMessage)
        #expect(refusal(other, try sent(["a", "b"], at: 31, epoch: 3), contiguous: true) == .corruptMessage)
        #expect(other.segmentBaseOffsets == [32] && other.logEndOffset == 32)
        #expect(refusal(log, try sent(["x", "y", "z"], at: 34, epoch: 3)) == .corruptMessage)
    }

    /// Any sequence of leaderships, appends, cuts and starts leaves what a list of records says.
    @Test(arguments: 1...60) func followsAModel(_ seed: UInt64) throws {
        var random = seed &* 0x9E37_79B9_7F4A_7C15
        func below(_ bound: Int) -> Int {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((random >> 33) % UInt64(bound))
        }
        var log = try log(bytes: 400)
        var model: [(offset: Int64, epoch: Int32, value: String)] = []
        var end: Int64 = 0
        var epoch: Int32 = 0
        var durable: Int64 = 0
        for step in 0..<60 {
            switch below(10) {
            case 0..<5:
                let gap = Int64(below(6) == 0 ? below(4) : 0)
                let values = (0...below(3)).map { "\(step)-\($0)" }
                try follow(log, try sent(values, at: end + gap, epoch: epoch), maxEpoch: epoch)
                for (index, value) in values.enumerated() { model.append((end + gap + Int64(index), epoch, value)) }
                end += gap + Int64(values.count)
            case 5: epoch += Int32(1 + below(3))
            case 6:
                let target = Int64(below(Int(end) + 1))
                try log.truncate(to: target)
                end = log.logEndOffset
                #expect(end <= target)
                model.removeAll { $0.offset >= end }
                durable = min(durable, end)
                // A leader with other records has a later epoch.
                epoch = max(log.lastBatchEpoch ?? 0, epoch - Int32(below(3)))
            case 7:
                if let work = log.beginFlush() {
                    try work.run()
                    log.completeFlush(work)
                    durable = log.flushedOffset
                }
            case 8:
                log.beginEpoch(epoch + 1)
                log.endEpoch()
            default:
                let isClean = below(2) == 0
                if isClean { try log.close() }
                var opening = opening(clean: isClean, recoveryPoint: isClean ? log.logEndOffset : durable)
                opening.cleanedOffset = 0
                log = try PartitionLog.open(disk, directory: "/d/t-0", config: log.config, opening: opening)
            }
            #expect(log.logEndOffset == end)
            #expect(log.lastBatchEpoch == model.last?.epoch)
            for entry in model where log.epochs.epoch(at: entry.offset) != entry.epoch {
                Issue.record("seed \(seed), step \(step): offset \(entry.offset) has another epoch")
            }
        }
        #expect(try log.values() == model.map(\.value), "seed \(seed)")
        #expect(try log.readAll().map(\.offset) == model.map(\.offset), "seed \(seed)")
    }
}

import KafkaProtocol
import KafkaRecords
import NIOCore
import Testing
import World

@testable import LogStorage

struct PartitionLogTests {
    let disk = MemoryFileSystem()

    func config(_ change: (inout LogConfig) -> Void = { _ in }) -> LogConfig {
        var config = LogConfig()
        config.segmentBytes = 1000
        config.indexIntervalBytes = 100
        change(&config)
        return config
    }

    func open(
        _ opening: LogOpening = LogOpening(),
        _ config: LogConfig? = nil,
        report: (RecoveryEvent) -> Void = { _ in }
    ) throws -> PartitionLog {
        try PartitionLog.open(
            disk,
            directory: "/d/t-0",
            config: config ?? self.config(),
            opening: opening,
            report: report
        )
    }

    @Test func appendsAreReadBackInOrderOverSegments() throws {
        let log = try open()
        var expected: [String] = []
        for index in 0..<60 {
            let values = (0...index % 4).map { "value-\(index)-\($0)" }
            let result = try log.add(values, timestamp: Int64(1000 + index * 10))
            #expect(result.firstOffset == Int64(expected.count))
            expected += values
        }
        #expect(log.segmentCount > 3)
        #expect(try log.values() == expected)
        for start in 0..<expected.count {
            #expect(try log.readAll(from: Int64(start), maxBytes: 1).first?.offset == Int64(start))
        }
        #expect(try log.read(from: Int64(expected.count), maxBytes: 10, upTo: .max, isFirstBatchWhole: true) == nil)
        #expect(throws: LogError.outOfRange(offset: 500, start: 0, end: Int64(expected.count))) {
            try log.read(from: 500, maxBytes: 1, upTo: .max, isFirstBatchWhole: true)
        }
        let half = Int64(expected.count / 2)
        let seen = try log.readAll(upTo: half)
        #expect(seen.count >= Int(half) - 4 && seen.count <= Int(half), "whole batches below the bound")
    }

    /// What was read while a batch was looked for is not read again, and is the same as what lies in the file.
    @Test func bytesThatWereReadBesideTheSearchAreThoseOfTheFile() throws {
        let log = try open()
        for index in 0..<60 { try log.add((0...index % 4).map { "value-\(index)-\($0)" }) }
        var heldCount = 0
        for offset in 0..<log.logEndOffset {
            for maxBytes in [1, 150, 700, 1 << 20] {
                let found = try log.read(from: offset, maxBytes: maxBytes, upTo: .max, isFirstBatchWhole: true)
                let slice = try #require(found)
                guard let held = slice.held else { continue }
                heldCount += 1
                #expect(try held == slice.file.read(at: slice.position, count: slice.count))
            }
        }
        #expect(heldCount > 0)
        let last = try log.read(from: log.logEndOffset - 1, maxBytes: 1 << 20, upTo: .max, isFirstBatchWhole: true)
        #expect(last?.held != nil)
    }

    @Test(arguments: [0, 1, 2, Int64(Int32.max), Int64(Int32.max) + 1].map { Int64.max - $0 })
    func aLogWhoseFilesNameTheLastOffsetsIsOpenedAndTakesNoMore(base: Int64) throws {
        try disk.createDirectory("/d")
        try disk.createDirectory("/d/t-0")
        var builder = RecordBatchBuilder(baseOffset: base)
        builder.append(timestamp: 1, key: nil, value: ByteBuffer(string: "v"))
        let path = Path.join("/d/t-0", SegmentName.file(base, ".log"))
        try disk.open(path, .replace).write(try builder.build(), at: 0)
        let log = try open()
        #expect(log.logEndOffset == (base == .max ? base : base + 1), "behind the last offset there is none")
        #expect(throws: LogError.self) { try log.add(["a", "b"]) }
        try log.close()
        disk.restartProcess()
        #expect(try open().logEndOffset == log.logEndOffset)
    }

    @Test func aMessageOfAnOldFormatWithAnOffsetFarAwayIsCutOffWithWhatIsDamagedBehindIt() throws {
        try disk.createDirectory("/d")
        try disk.createDirectory("/d/t-0")
        var message = ByteBuffer()
        message.writeInteger(Int64.max - 7)
        message.writeInteger(Int32(22))
        message.writeRepeatingByte(0, count: 22)
        message.writeRepeatingByte(7, count: 100)
        try disk.open(Path.join("/d/t-0", SegmentName.file(0, ".log")), .replace).write(message, at: 0)
        #expect(try open().logEndOffset == 0)
    }

    /// A batch's entry names its last offset, as Kafka's and its tool for looking at them have it; earlier versions of Ottla named
    /// the record with the largest time. Both kinds lead to the first record that is not older.
    @Test(arguments: [Compression.none, .lz4], [false, true])
    func timeEntriesNameTheLastOffsetOfABatch(_ compression: Compression, _ isOld: Bool) throws {
        var config = LogConfig()
        config.indexIntervalBytes = 100
        let log = try PartitionLog.open(disk, directory: "/d/t-0", config: config, opening: opening())
        func append(_ times: [Int64]) throws {
            var builder = RecordBatchBuilder(compression: compression)
            for time in times {
                builder.append(timestamp: time, key: nil, value: ByteBuffer(string: String(repeating: "v", count: 60)))
            }
            _ = try log.append(
                try ValidatedBatch(own: try builder.build()),
                leaderEpoch: 0,
                now: 1,
                isFromClient: true
            )
        }
        for index in 0..<20 as Range<Int64> { try append([index * 10, index * 10 + 5, index * 10 + 2]) }
        try append([10, 20])  // late ones change nothing
        try log.close()
        let path = "/d/t-0/00000000000000000000.timeindex"
        var entries: [(Int64, Int32)] = []
        var bytes = try disk.contents(path)
        while let entry = bytes.readMultipleIntegers(as: (Int64, Int32).self) { entries.append(entry) }
        #expect(entries.count > 5 && entries.allSatisfy { $0.0 == Int64($0.1 / 3) * 10 + 5 && $0.1 % 3 == 2 })
        if isOld {
            var old = ByteBuffer()
            for (time, offset) in entries { old.writeMultipleIntegers(time, offset - 1) }
            try disk.open(path, .replace).write(old, at: 0)
        }
        let again = try PartitionLog.open(disk, directory: "/d/t-0", config: config, opening: opening(clean: true))
        for index in 0..<20 as Range<Int64> {
            #expect(try again.find(timestamp: index * 10 + 3)?.offset == index * 3 + 1)
            #expect(try again.find(timestamp: index * 10)?.offset == index * 3)
        }
        #expect(try again.findMaxTimestamp() == TimestampedOffset(timestamp: 195, offset: 58, leaderEpoch: 0))
        #expect(try again.find(timestamp: 196) == nil)
    }

    /// Records behind the last entry of the time index count after a truncation, and after a torn tail was cut.
    @Test(arguments: [false, true]) func timesAreKnownAfterACut(_ isTorn: Bool) throws {
        let log = try PartitionLog.open(disk, directory: "/d/t-0", config: LogConfig(), opening: opening())
        for time in [100, 900, 300, 200] as [Int64] { try log.add(["v"], timestamp: time) }
        let end: PartitionLog
        if isTorn {
            try log.close()
            let file = try disk.open("/d/t-0/00000000000000000000.log", .readWrite)
            try file.truncate(to: try file.size() - 1)
            end = try PartitionLog.open(disk, directory: "/d/t-0", config: LogConfig(), opening: opening())
        } else {
            try log.truncate(to: 3)
            end = log
        }
        #expect(end.logEndOffset == 3)
        #expect(try end.find(timestamp: 500)?.offset == 1)
        #expect(try end.findMaxTimestamp()?.timestamp == 900)
        try end.add(["v"], timestamp: 800)
        #expect(try end.find(timestamp: 500)?.offset == 1)
    }

    @Test func anEmptyLogLeavesNoProducerSnapshot() throws {
        let log = try PartitionLog.open(disk, directory: "/d/t-0", config: LogConfig(), opening: opening())
        try log.makeFiles()
        try log.close()
        #expect(try disk.list("/d/t-0").filter { $0.hasSuffix(".snapshot") } == [])
        let again = try PartitionLog.open(disk, directory: "/d/t-0", config: LogConfig(), opening: opening(clean: true))
        #expect(again.logEndOffset == 0)
    }

    @Test func timestampsAreFound() throws {
        let log = try open()
        for index in 0..<50 { try log.add(["a", "b"], timestamp: Int64(1000 + index * 10)) }
        #expect(try log.find(timestamp: 1000)?.offset == 0)
        #expect(try log.find(timestamp: 1001)?.offset == 1)
        #expect(try log.find(timestamp: 1002)?.offset == 2)
        #expect(try log.find(timestamp: 1245)?.offset == 50)
        #expect(try log.find(timestamp: 5000) == nil)
        #expect(try log.findMaxTimestamp() == TimestampedOffset(timestamp: 1491, offset: 99, leaderEpoch: 0))
    }

    @Test func aCleanStopOpensToTheSameLogWithoutEvents() throws {
        var log = try open()
        for index in 0..<30 { try log.add(["v\(index)"], epoch: Int32(index / 10)) }
        let before = try log.values()
        let (epochs, producers) = (log.epochs, log.producers)
        try log.close()
        disk.restartProcess()
        var events: [RecoveryEvent] = []
        log = try open(opening(clean: true)) { events.append($0) }
        #expect(events == [])
        #expect(try log.values() == before)
        #expect(log.logEndOffset == 30 && log.flushedOffset == 30)
        #expect(log.epochs == epochs && log.producers == producers)
        #expect(log.epochs.endOffset(of: 1, logEndOffset: 30).map { $0.offset } == 20)
        #expect(try log.find(timestamp: 1000)?.offset == 0)
    }

    @Test func tornTailsAreCutAndReportedAndRotIsNot() throws {
        let log = try open(opening(), config { $0.segmentBytes = 1 << 20 })
        for index in 0..<20 { try log.add(["value \(index)"]) }
        let path = "/d/t-0/00000000000000000000.log"
        let size = try disk.size(path)
        try disk.open(path, .readWrite).truncate(to: size - 5)
        disk.restartProcess()
        var events: [RecoveryEvent] = []
        var again = try open(opening(), config { $0.segmentBytes = 1 << 20 }) { events.append($0) }
        #expect(again.logEndOffset == 19)
        guard case .cut(path, let position, let bytes, _)? = events.first else {
            Issue.record("no cut in \(events)")
            return
        }
        #expect(position + bytes == size - 5)
        // One flipped bit in the middle, with valid batches behind it.
        let middle = size / 2
        var byte = try disk.open(path, .read).read(at: middle, count: 1)
        byte.setInteger((byte.getInteger(at: 0, as: UInt8.self) ?? 0) ^ 1, at: 0)
        try disk.open(path, .readWrite).write(byte, at: middle)
        do {
            again = try open(opening(), config { $0.segmentBytes = 1 << 20 })
            Issue.record("rot in the middle was accepted up to \(again.logEndOffset)")
        } catch LogError.corrupt(let where_, _, _) {
            #expect(where_ == path)
        }
    }

    @Test func oneFlippedBitNeverCutsWhatFollowsIt() throws {
        let config = config { $0.segmentBytes = 1 << 20 }
        let log = try open(opening(), config)
        var starts: [Int64] = []
        for index in 0..<8 {
            starts.append(log.sizeBytes)
            try log.add(["value \(index)", "more"])
        }
        let values = try log.values()
        let path = "/d/t-0/00000000000000000000.log"
        let good = try disk.contents(path)
        for position in 0..<good.readableBytes {
            let batch = starts.lastIndex { $0 <= Int64(position) } ?? 0
            let inBatch = position - Int(starts[batch])
            for bit in [0, 3, 7] {
                var flipped = good
                let byte = try #require(good.getInteger(at: position, as: UInt8.self))
                flipped.setInteger(byte ^ (1 << UInt8(bit)), at: position)
                let file = try disk.open(path, .replace)
                try file.write(flipped, at: 0)
                disk.restartProcess()
                do {
                    var opening = opening()
                    opening.maxLeaderEpoch = 0
                    let found = try open(opening, config)
                    #expect(batch == 7, "byte \(position) bit \(bit) was not noticed")
                    #expect(try found.values() == Array(values.prefix(14)), "byte \(position) bit \(bit)")
                } catch LogError.corrupt {
                    // A leader epoch that contradicts the checkpoint is never taken for a torn end.
                    let isEpoch = (12..<16).contains(inBatch)
                    #expect(batch < 7 || isEpoch, "byte \(position) bit \(bit): a damaged tail is cut")
                }
            }
        }
    }

    @Test func anOldMessageWithTheLastOffsetThereIsEndsTheLogAndNotTheProcess() throws {
        let path = "/d/t-0/00000000000000000000.log"
        try disk.createDirectory("/d/t-0")
        var message = ByteBuffer()
        message.writeMultipleIntegers(Int64.max, 14 as Int32, 0xa7ec6803 as UInt32, 0 as Int8, 0 as Int8)
        message.writeMultipleIntegers(-1 as Int32, -1 as Int32)
        try disk.open(path, .replace).write(message, at: 0)
        var events: [RecoveryEvent] = []
        let log = try open(opening()) { events.append($0) }
        #expect(log.logEndOffset == 0)
        #expect(events.contains { if case .cut(path, 0, 26, _) = $0 { true } else { false } }, "\(events)")
    }

    @Test func oldMessagesThatGoBackEndTheLog() throws {
        let path = "/d/t-0/00000000000000000000.log"
        try disk.createDirectory("/d/t-0")
        var messages = ByteBuffer()
        for offset in [5, 6, 3] as [Int64] {
            messages.writeMultipleIntegers(offset, 14 as Int32, 0xa7ec6803 as UInt32, 0 as Int8, 0 as Int8)
            messages.writeMultipleIntegers(-1 as Int32, -1 as Int32)
        }
        try disk.open(path, .replace).write(messages, at: 0)
        var events: [RecoveryEvent] = []
        let log = try open(opening()) { events.append($0) }
        #expect(log.logEndOffset == 7)
        #expect(events.contains { if case .cut(path, 52, 26, _) = $0 { true } else { false } }, "\(events)")
        try log.close()
        #expect(try open(opening(clean: true)).logEndOffset == 7)
    }

    @Test func readErrorsNeverLeadToACut() throws {
        let log = try open()
        for index in 0..<40 { try log.add(["value \(index)"]) }
        disk.restartProcess()
        let sizes = try disk.list("/d/t-0").filter { $0.hasSuffix(".log") }.map { try disk.size("/d/t-0/" + $0) }
        disk.setPlan { _, operation, path in operation == "read" && path.hasSuffix(".log") ? .fail(errno: 5) : .proceed
        }
        #expect(throws: LogError.self) { try open() }
        disk.restartProcess()
        #expect(try disk.list("/d/t-0").filter { $0.hasSuffix(".log") }.map { try disk.size("/d/t-0/" + $0) } == sizes)
        #expect(try open().logEndOffset == 40)
    }

    @Test func aFullDiskRefusesWholeBatchesAndRecovers() throws {
        let log = try open(opening(), config { $0.segmentBytes = 1 << 20 })
        try log.add(["first"])
        disk.setCapacity(Int(try disk.size("/d/t-0/00000000000000000000.log")) + 20)
        do {
            try log.add(["second"])
            Issue.record("written beyond the capacity")
        } catch LogError.storage(let error) {
            #expect(error.kind == .noSpace)
        }
        disk.setCapacity(.max)
        #expect(try log.add(["third"]).firstOffset == 1)
        #expect(try log.values() == ["first", "third"])
    }

    @Test func aFlushThatFindsNoSpaceForTheEpochsIsDoneLater() throws {
        let log = try open()
        try log.add(["first"], epoch: 3)
        disk.setPlan { _, operation, path in
            operation == "write" && path.contains("leader-epoch-checkpoint") ? .fail(errno: 28) : .proceed
        }
        let work = try #require(log.beginFlush())
        do {
            try work.run()
            Issue.record("written without space")
        } catch {
            #expect(error.kind == .noSpace)
        }
        log.postponeFlush(work)
        #expect(log.flushedOffset == 0)
        disk.setPlan { _, _, _ in .proceed }
        let again = try #require(log.beginFlush())
        try again.run()
        log.completeFlush(again)
        #expect(log.flushedOffset == 1)
        let epochs = try disk.contents("/d/t-0/leader-epoch-checkpoint")
        #expect(String(buffer: epochs) == "0\n1\n3 0\n")
    }

    @Test func aSyncThatFailsForWantOfSpaceIsFinal() throws {
        let log = try open()
        try log.add(["first"])
        disk.setPlan { _, operation, path in
            operation == "sync" && path.hasSuffix(".log") ? .fail(errno: 28) : .proceed
        }
        let work = try #require(log.beginFlush())
        do {
            try work.run()
            Issue.record("synced without space")
        } catch {
            #expect(error.kind == .io)
        }
    }

    @Test func anIndexThatTheDiskHasNoSpaceForCostsNoOffset() throws {
        let settings = config {
            $0.segmentBytes = 1 << 20
            $0.indexIntervalBytes = 1
        }
        let log = try open(opening(), settings)
        let values = (0..<IndexFile.pendingLimit + 100).map { "value \($0)" }
        disk.setPlan { _, operation, path in
            operation == "write" && path.hasSuffix(".index") ? .fail(errno: 28) : .proceed
        }
        for value in values { try log.add([value]) }
        #expect(try log.values() == values)
        disk.setPlan { _, _, _ in .proceed }
        try log.add(["last"])
        try log.close()
        #expect(try open(opening(clean: true), settings).values() == values + ["last"])
    }

    @Test func idempotentProducersAreCheckedAndRemembered() throws {
        var log = try open()
        func send(_ sequence: Int32, epoch: Int16 = 0, count: Int = 2) throws -> PartitionLog.Appended {
            try log.append(
                try batch((0..<count).map { "s\(sequence)-\($0)" }, producer: (7, epoch, sequence)),
                leaderEpoch: 0,
                now: 1000,
                isFromClient: true
            )
        }
        func code(_ body: () throws -> PartitionLog.Appended) -> ErrorCode? {
            do { _ = try body(); return nil } catch LogError.refused(let error) { return error.code } catch {
                return .unknownServerError
            }
        }
        for index in 0..<6 { #expect(try send(Int32(index * 2)).firstOffset == Int64(index * 2)) }
        #expect(
            try send(4) == PartitionLog.Appended(firstOffset: 4, lastOffset: 5, appendTime: 1001, isDuplicate: true)
        )
        #expect(code { try send(0) } == .outOfOrderSequenceNumber, "older than the last five")
        #expect(code { try send(14) } == .outOfOrderSequenceNumber)
        try log.close()
        disk.restartProcess()
        log = try open(opening(clean: true))
        #expect(try send(10).isDuplicate, "the snapshot remembers the last batch")
        #expect(code { try send(13) } == .outOfOrderSequenceNumber)
        #expect(try send(12).firstOffset == 12)
        disk.restartProcess()
        log = try open()
        #expect(try send(8).isDuplicate, "recovery remembers five batches")
        #expect(code { try send(5, epoch: 1) } == .outOfOrderSequenceNumber)
        #expect(try send(0, epoch: 1).firstOffset == 14)
        #expect(code { try send(14, epoch: 0) } == .invalidProducerEpoch)
    }

    @Test func sequencesWrapAround() throws {
        let log = try open()
        func send(_ sequence: Int32) throws -> Int64 {
            try log.append(
                try batch(["a", "b"], producer: (7, 0, sequence)),
                leaderEpoch: 0,
                now: 1,
                isFromClient: true
            ).firstOffset
        }
        #expect(try send(Int32.max - 3) == 0)
        #expect(try send(Int32.max - 1) == 2)
        #expect(try send(0) == 4)
        #expect(try send(Int32.max - 1) == 2)
    }

    @Test func whereOffsetsMayBeMissingADamagedOffsetDoesNotCutWhatFollows() throws {
        let log = try open()
        for value in ["a", "b", "c"] { try log.add([value]) }
        let path = "/d/t-0/" + SegmentName.file(0, ".log")
        let bytes = try #require(disk.peek(path))
        let second = bytes.count / 3
        // Outside of the batch's checksum: it follows the one before, behind a gap, and the next one seems to go back.
        disk.damage(path, at: second + 4, [1])
        disk.restartProcess()
        var opening = LogOpening()
        opening.cleanedOffset = 0
        #expect(throws: LogError.self) { try open(opening) }
        #expect(disk.peek(path)?.count == bytes.count)
        disk.damage(path, at: second + 4, [0])
        disk.restartProcess()
        #expect(try open(opening).values() == ["a", "b", "c"])
    }
}

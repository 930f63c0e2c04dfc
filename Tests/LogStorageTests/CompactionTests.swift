import KafkaProtocol
import KafkaRecords
import NIOCore
import TestSupport
import Testing
import World

@testable import LogStorage

struct CompactionTests {
    static let padding = String(repeating: "x", count: 60)

    /// One event of a random history.
    static func step(_ model: inout CompactionModel, _ random: inout SeededGenerator) throws {
        switch random.next(below: 20) {
        case 0...12:
            let records: [(key: String?, value: String?)] = (0...random.next(below: 4)).map { _ in
                let value = random.next(below: 5) == 0 ? nil : "\(random.next(below: 1000)) \(padding)"
                return (key: "key \(random.next(below: 9))", value: value)
            }
            let producer = [nil, nil, 1, 2, 3, 4][random.next(below: 6)].map { Int64($0) }
            let codec = random.next(below: 3) == 0 ? Compression.lz4 : .none
            try model.append(records, producer: producer, compression: codec)
        case 13...14:
            let producers = model.open.keys.sorted()
            if producers.isEmpty { return }
            try model.end(producers[random.next(below: producers.count)], commits: random.next(below: 2) == 0)
        case 15: model.now += Int64(random.next(below: 900))
        case 16: try model.flush()
        default:
            model.limits.mapBytes = random.next(below: 3) == 0 ? 24 * (2 + random.next(below: 12)) : 1 << 16
            try model.compact()
        }
    }

    @Test func noHistoryLosesALastValue() throws {
        for seed in 0..<60 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            var model = try CompactionModel()
            for step in 0..<150 {
                try Self.step(&model, &random)
                if step % 10 == 9 { try model.check("seed \(seed), step \(step)") }
            }
            for producer in model.open.keys.sorted() { try model.end(producer, commits: true) }
            try model.log.roll(now: model.now)
            model.limits.mapBytes = 1 << 16
            try model.compact()
            try model.check("seed \(seed), at the end")
            try model.checkUnique("seed \(seed)")
            try model.checkProducers("seed \(seed)")
            // What was kept for a time, tombstones and the markers of transactions that are empty, goes.
            for pass in 0..<3 {
                model.now += 2 * CompactionModel.deleteRetention
                try model.append([("key 0", "\(pass)")])
                try model.log.roll(now: model.now)
                try model.compact()
                try model.check("seed \(seed), later pass \(pass)")
                try model.checkProducers("seed \(seed), later pass \(pass)")
            }
        }
    }

    @Test func everyCrashPointOfAPassRecovers() throws {
        for seed in 0..<5 as Range<UInt64> {
            var random = SeededGenerator(seed: 500 + seed)
            var model = try CompactionModel()
            for _ in 0..<70 { try Self.step(&model, &random) }
            for producer in model.open.keys.sorted() { try model.end(producer, commits: false) }
            try model.log.roll(now: model.now)
            model.now += 2000
            try model.flush()
            model.limits.mapBytes = 1 << 16
            let (disk, end, cleaned) = (model.disk.forNextProcess(), model.log.logEndOffset, model.log.cleanedOffset)
            var point = 0
            var isOver = false
            while !isOver {
                point += 1
                let stop = point
                model.disk = disk.forNextProcess()
                model.log = try CompactionModel.open(model.disk, cleaned: cleaned, recoveryPoint: end)
                let before = model.disk.operationCount
                model.disk.setPlan { number, _, _ in number == before + stop ? .crash : .proceed }
                isOver = (try? model.compact()) != nil
                var fate = SeededGenerator(seed: seed &* 1000 &+ UInt64(stop))
                model.disk.crash(using: &fate)
                let context = "seed \(seed), crash at operation \(stop)"
                // What had reached the disk is all there, and the next pass comes to the same as if nothing had been.
                model.log = try CompactionModel.open(
                    model.disk,
                    cleaned: isOver ? model.cleaned : cleaned,
                    recoveryPoint: end
                )
                #expect(model.log.logEndOffset == end, "\(context): the log's end")
                try model.check(context)
                if !isOver { _ = try model.compact() }
                try model.check("\(context), compacted again")
                try model.checkUnique(context)
                try model.checkProducers(context)
                let left = try model.disk.list(CompactionModel.directory)
                #expect(!left.contains { $0.hasSuffix(".cleaned") || $0.hasSuffix(".swap") }, "\(context): \(left)")
            }
            #expect(point > 20, "seed \(seed) has only \(point) operations")
        }
    }

    @Test func tombstonesStayForTheirTime() throws {
        var model = try CompactionModel()
        try model.append([("a", "1"), ("b", "1")])
        try model.append([("a", nil)])
        try model.log.roll(now: model.now)
        try model.compact()
        #expect(try CompactionModel.committed(model.log).map(\.offset) == [1, 2])
        // The horizon counts from the first pass that saw it, not from when it was written.
        model.now += CompactionModel.deleteRetention - 1
        try model.append([("c", "1")])
        try model.log.roll(now: model.now)
        try model.compact()
        #expect(try CompactionModel.committed(model.log).map(\.offset) == [1, 2, 3])
        model.now += 1
        try model.append([("d", "1")])
        try model.log.roll(now: model.now)
        let report = try #require(try model.compact())
        #expect(report.tombstonesDropped == 1)
        #expect(try CompactionModel.committed(model.log).map(\.offset) == [1, 3, 4])
    }

    @Test func timestampsAndHeadersSurviveTheHorizon() throws {
        var model = try CompactionModel()
        var builder = RecordBatchBuilder(compression: .zstd)
        let headers = [Record.Header(key: "trace", value: ByteBuffer(string: "17"))]
        for (offset, value) in ["1", nil, "3"].enumerated() {
            builder.append(
                timestamp: 5_000 + Int64(offset),
                key: ByteBuffer(string: "k\(offset)"),
                value: value.map { ByteBuffer(string: $0) },
                headers: headers
            )
        }
        _ = try model.log.append(
            try ValidatedBatch(own: try builder.build()),
            leaderEpoch: 3,
            now: 1,
            isFromClient: true
        )
        let before = try model.log.readAll()
        try model.log.roll(now: model.now)
        try model.compact()
        let slice = try #require(try model.log.read(from: 0, maxBytes: 1, upTo: 3, isFirstBatchWhole: true))
        let batch = try RecordBatch(try slice.bytes())
        #expect(batch.header.hasDeleteHorizon && batch.header.baseTimestamp == model.now + 1_000)
        #expect(batch.header.compression == .zstd && batch.header.partitionLeaderEpoch == 3)
        #expect(batch.header.maxTimestamp == 5_002 && batch.isChecksumValid)
        #expect(try model.log.readAll() == before)
    }

    @Test func aBatchThatKeepsAllIsCopiedAsItIs() throws {
        var model = try CompactionModel()
        try model.append([("a", "1"), ("b", "2")], compression: .gzip)
        try model.append([("c", "3")])
        try model.log.roll(now: model.now)
        let before = try model.disk.contents(LogSegment.path(CompactionModel.directory, 0, ".log"))
        let operations = model.disk.operationCount
        let report = try #require(try model.compact())
        #expect(report.cleanedOffset == 3)
        #expect(try model.disk.contents(LogSegment.path(CompactionModel.directory, 0, ".log")) == before)
        // Nothing to drop, nothing to write.
        #expect(model.disk.operationCount - operations < 12)
        try model.append([("c", "4")])
        try model.log.roll(now: model.now)
        try model.compact()
        let after = try model.disk.contents(LogSegment.path(CompactionModel.directory, 0, ".log"))
        let first = RecordBatchHeader(before, at: before.readerIndex)?.totalSize ?? 0
        #expect(after.getSlice(at: after.readerIndex, length: first) == before.getSlice(at: 0, length: first))
    }

    @Test func smallSegmentsBecomeOne() throws {
        var model = try CompactionModel()
        for number in 0..<30 {
            try model.append([("key \(number % 3)", "\(number)")])
            try model.log.roll(now: model.now)
        }
        #expect(model.log.segmentCount == 31)
        let report = try #require(try model.compact())
        #expect(model.log.segmentCount < 5)
        #expect(report.segmentsBefore == 30 && report.recordsKept == 3 && report.keys == 3)
        try model.check("merged")
        try model.checkProducers("merged")
    }

    @Test func aMapOfOneKeyStillConverges() throws {
        var model = try CompactionModel()
        model.limits.mapBytes = 1
        for number in 0..<20 { try model.append([("key \(number % 4)", "\(number)"), ("key \(number % 3)", "b")]) }
        try model.log.roll(now: model.now)
        var (passes, partial) = (0, 0)
        while let report = try model.compact() {
            passes += 1
            partial += report.isPartial ? 1 : 0
        }
        #expect(passes > 10 && partial == passes - 1 && model.log.cleanedOffset == 40)
        try model.check("converged")
        try model.checkUnique("converged")
    }

    /// Who has read what a tombstone deletes has its time from there on, so it does not begin with another tombstone of the batch.
    @Test func theTimeOfATombstoneBeginsWhenItsKeyWasNoted() throws {
        var model = try CompactionModel()
        model.limits.mapBytes = 1
        try model.append([("a", "1"), ("b", "1")])
        try model.append([("a", nil), ("b", nil)])
        try model.log.roll(now: model.now)
        while model.log.cleanedOffset < 3 { try model.compact() }
        #expect(try CompactionModel.committed(model.log).map(\.offset) == [1, 2, 3])
        model.now += 2 * CompactionModel.deleteRetention
        try model.compact()
        #expect(model.log.cleanedOffset == 4)
        #expect(try CompactionModel.committed(model.log).map(\.offset) == [2, 3])
    }

    @Test func aCheckpointBeyondTheEndSaysNothingOfWhatIsWrittenThere() throws {
        var model = try CompactionModel()
        for number in 0..<4 { try model.append([("a", "\(number)")]) }
        try model.log.roll(now: model.now)
        try model.flush()
        model.log = try CompactionModel.open(model.disk, cleaned: 6, recoveryPoint: 4)
        for number in 4..<8 { try model.append([("a", "\(number)")]) }
        try model.log.roll(now: model.now)
        try model.compact()
        #expect(try CompactionModel.committed(model.log).map(\.offset) == [7])
        // The same for a log that has lost its directory.
        let log = try CompactionModel.open(MemoryFileSystem(), cleaned: 6)
        #expect(log.cleanedOffset == 0)
    }

    @Test func whatIsWrittenCountsForTheRateToo() throws {
        var model = try CompactionModel()
        for number in 0..<12 { try model.append([("key \(number % 3)", "\(number) \(Self.padding)")]) }
        try model.log.roll(now: model.now)
        let log = model.log
        let plan = try #require(try log.planCompaction(lastStableOffset: log.logEndOffset, now: model.now))
        var passed = 0
        let host = CompactionHost(
            pace: { passed += $0 },
            onLog: { body throws(LogError) in try body(log) },
            replaced: { for segment in $0 { try? segment.remove() } }
        )
        var pass = CompactionPass(plan, limits: CompactionLimits(), seed: (1, 2), host: host)
        let report = try #require(try pass.run())
        // What is dirty is read twice.
        #expect(passed > Int(2 * report.bytesBefore))
    }

    @Test func openTransactionsAndYoungRecordsAreLeftAlone() throws {
        var model = try CompactionModel()
        try model.append([("a", "1")])
        try model.log.roll(now: model.now)
        try model.append([("a", "2")], producer: 1)
        try model.log.roll(now: model.now)
        try model.append([("a", "3")])
        try model.log.roll(now: model.now)
        #expect(model.log.compactionBacklog(lastStableOffset: 1, now: model.now)?.firstUncleanableOffset == 1)
        try model.compact()
        #expect(model.log.cleanedOffset == 1)
        try model.end(1, commits: false)
        var config = CompactionModel.config
        config.minCompactionLagMillis = 50
        model.log.reconfigure(config)
        let young = try #require(model.log.compactionBacklog(lastStableOffset: 4, now: model.now))
        #expect(young.isEmpty)
        model.now += 100
        try model.compact()
        try model.check("after the end")
        #expect(try CompactionModel.committed(model.log).map(\.offset) == [2])
    }

    @Test func theTimesThatTheBrokerGaveStay() throws {
        var model = try CompactionModel()
        var rules = BatchRules()
        rules.isLogAppendTime = true
        let written: [[String?]] = [["1", "1"], [nil, "2", nil], ["3"]]
        for (index, values) in written.enumerated() {
            var builder = RecordBatchBuilder()
            for (place, value) in values.enumerated() {
                builder.append(
                    timestamp: 5,
                    key: ByteBuffer(string: "\(place)"),
                    value: value.map { ByteBuffer(string: $0) }
                )
            }
            let batch = try BatchValidation.validate(
                produced: try builder.build(),
                rules: rules,
                now: model.now + Int64(index),
                allowsZstd: true
            )
            _ = try model.log.append(batch, leaderEpoch: 0, now: model.now, isFromClient: true)
        }
        model.log.highWatermarkMoved(to: model.log.logEndOffset)
        try model.log.roll(now: model.now)
        try model.compact()
        // The second batch has lost a record and has a delete horizon: its other records have its time all the same.
        let times = try CompactionModel.committed(model.log).map { [$0.offset, $0.timestamp] }
        #expect(times == [[3, model.now + 1], [4, model.now + 1], [5, model.now + 2]])
    }

    @Test func damageIsNotCopied() throws {
        var model = try CompactionModel()
        try model.append([("a", "1")])
        try model.append([("a", "2")])
        try model.log.roll(now: model.now)
        let path = LogSegment.path(CompactionModel.directory, 0, ".log")
        let size = try model.disk.size(path)
        for position in 0..<size where position < 8 || position > 11 {
            let file = try model.disk.open(path, .readWrite)
            let before = try file.read(at: position, count: 1)
            try file.write(ByteBuffer(bytes: before.readableBytesView.map { $0 ^ 0x10 }), at: position)
            #expect(throws: LogError.self, "byte \(position)") { try model.compact() }
            try file.write(before, at: position)
        }
        #expect(model.log.cleanedOffset == 0)
        #expect(try !model.disk.list(CompactionModel.directory).contains { $0.hasSuffix(".cleaned") })
    }

    @Test func aLogThatBeginsAnewMeanwhileIsLeftAlone() throws {
        var model = try CompactionModel()
        for number in 0..<6 { try model.append([("a", "\(number) \(Self.padding)")]) }
        try model.log.roll(now: model.now)
        let log = model.log
        let plan = try #require(try log.planCompaction(lastStableOffset: log.logEndOffset, now: model.now))
        var steps = 0
        let host = CompactionHost(
            onLog: { body throws(LogError) in
                steps += 1
                if steps == 1 { try log.restart(at: 100) }
                return try body(log)
            },
            replaced: { _ in Issue.record("segments of another log were replaced") }
        )
        var pass = CompactionPass(plan, limits: CompactionLimits(), seed: (1, 2), host: host)
        #expect(try pass.run() == nil)
        #expect(log.segmentBaseOffsets == [100])
        #expect(try !model.disk.list(CompactionModel.directory).contains { $0.hasSuffix(".swap") })
    }

    @Test func aFullDiskAtAnyCallLeavesTheLogWholeAndTheNextPassGoesThrough() throws {
        var point = 0
        var isOver = false
        while !isOver {
            point += 1
            var model = try CompactionModel()
            for number in 0..<12 { try model.append([("key \(number % 3)", "\(number) \(Self.padding)")]) }
            try model.log.roll(now: model.now)
            try model.flush()
            let stop = model.disk.operationCount + point
            model.disk.setPlan { number, _, _ in number == stop ? .fail(errno: 28) : .proceed }
            var failure: StorageError?
            do { _ = try model.compact() } catch LogError.storage(let error) { failure = error }
            isOver = model.disk.operationCount < stop
            model.disk.setPlan { _, _, _ in .proceed }
            let context = "no space at call \(point): \(failure.map { "\($0)" } ?? "nothing failed")"
            // What failed on the way to the exchange is tried again; behind it only a start goes on.
            if failure?.kind == .io {
                model.disk.restartProcess()
                model.log = try CompactionModel.open(model.disk, cleaned: 0, recoveryPoint: model.log.logEndOffset)
            }
            try model.check(context)
            _ = try model.compact()
            try model.check("\(context), compacted again")
            try model.checkUnique(context)
            try model.checkProducers(context)
        }
        #expect(point > 10)
    }

    /// Logs that Kafka wrote, one of them compacted by Kafka, the others with codecs and transactions.
    @Test(arguments: ["clean", "crashed"])
    func kafkasLogsAreCompactedOn(_ variant: String) throws {
        let temporary = try TemporaryDirectory()
        let directory = try LogDirectory(try Fixture.unpack(variant, into: temporary), fileSystem: LinuxFileSystem())
        let points = try directory.checkpoint(OffsetCheckpoint.recoveryPoint)
        let cleaned = try directory.checkpoint(OffsetCheckpoint.cleaner)
        var config = LogConfig()
        config.isCompacted = true
        var compacted = 0
        var dropped = 0
        for id in try directory.partitions() where ["compacted", "keyed", "txn", "codecs"].contains(id.topic) {
            var opening = opening(clean: variant == "clean", recoveryPoint: points[id] ?? 0)
            opening.cleanedOffset = cleaned[id]
            let folder = directory.directory(of: id)
            func open() throws -> PartitionLog {
                try PartitionLog.open(directory.fileSystem, directory: folder, config: config, opening: opening)
            }
            var log = try open()
            log.highWatermarkMoved(to: log.logEndOffset)
            let before = try CompactionModel.committed(log)
            let now = (before.map(\.timestamp).max() ?? 0) + 1
            try log.roll(now: now)
            let stable = min(log.logEndOffset, log.producers.firstUnstableOffset ?? .max)
            guard let plan = try log.planCompaction(lastStableOffset: stable, now: now) else { continue }
            let host = CompactionHost(
                onLog: { body throws(LogError) in try body(log) },
                replaced: { for segment in $0 { try? segment.remove() } }
            )
            var pass = CompactionPass(plan, limits: CompactionLimits(), seed: (3, 5), host: host)
            let report = try #require(try pass.run())
            compacted += 1
            dropped += report.recordsRead - report.recordsKept
            log.compacted(upTo: report.cleanedOffset)
            try log.close()
            opening.cleanedOffset = report.cleanedOffset
            opening.isClean = false
            opening.recoveryPoint = 0
            log = try open()
            log.highWatermarkMoved(to: log.logEndOffset)
            let after = try CompactionModel.committed(log)
            #expect(after.map(\.offset) == after.map(\.offset).sorted())
            var last: [ByteBuffer: Record] = [:]
            for record in before { if let key = record.key { last[key] = record } }
            let kept = Dictionary(uniqueKeysWithValues: after.map { ($0.offset, $0) })
            for record in last.values { #expect(kept[record.offset] == record, "\(id), offset \(record.offset)") }
            #expect(after.allSatisfy { $0.key != nil || $0.offset >= report.cleanedOffset }, "\(id)")
        }
        #expect(compacted > 3 && dropped > 0)
    }

    @Test func theHashIsSipHash() {
        // From the reference implementation's vectors: the key 00..0f, messages 00, 00 01, ... of 0 and 15 bytes.
        let hash = KeyHash(seed: (0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908))
        let message = (0..<15).map { UInt8($0) }
        message.withUnsafeBytes { bytes in
            let empty = hash.digest(UnsafeRawBufferPointer(rebasing: bytes[..<0]))
            #expect(empty.low == 0xe6a8_25ba_047f_81a3 && empty.high == 0x9302_55c7_1472_f66d)
            let whole = hash.digest(bytes)
            #expect(whole.low == 0x11a8_b033_99e9_9354 && whole.high == 0xd9c3_cf97_0fec_087e)
        }
    }
}

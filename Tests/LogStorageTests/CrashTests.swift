import KafkaProtocol
import KafkaRecords
import NIOCore
import TestSupport
import Testing
import World

@testable import LogStorage

/// Power cuts at every operation: what was synced is there, nothing is invented, offsets are continuous, recovery repeats.
struct CrashTests {
    struct Run {
        var disk = MemoryFileSystem()
        var written: [String] = []
        /// Records below are synced.
        var synced = 0
        var start: Int64 = 0
    }

    static var config: LogConfig {
        var config = LogConfig()
        config.segmentBytes = 900
        config.indexIntervalBytes = 80
        config.retentionBytes = 4000
        config.retentionMillis = -1
        return config
    }

    /// Appends, flushes, rolls and retires until the disk stops.
    static func work(_ run: inout Run, _ random: inout SeededGenerator, steps: Int) {
        do {
            let log = try PartitionLog.open(run.disk, directory: "/d/t-0", config: config, opening: LogOpening())
            for step in 0..<steps {
                switch random.next(below: 10) {
                case 0...6:
                    let values = (0...random.next(below: 3)).map {
                        "record \(step).\($0) " + String(repeating: "x", count: random.next(below: 200))
                    }
                    // Noted before it is tried: a failed append may still have reached the disk.
                    let before = run.written.count
                    run.written += values
                    guard Int64(before) == log.logEndOffset else { return }
                    try log.add(values)
                case 7...8:
                    if let flush = log.beginFlush() {
                        try flush.run()
                        log.completeFlush(flush)
                        run.synced = Int(flush.upTo)
                    }
                default:
                    // If the disk stops in the middle, anything that retention may take can be gone.
                    run.start = log.logEndOffset
                    for segment in try log.retire(now: 0, highWatermark: log.logEndOffset) { try segment.remove() }
                    run.start = log.logStartOffset
                }
            }
        } catch {
            // The disk stopped: what counts is what is found afterwards.
        }
    }

    static func verify(_ run: Run, _ context: String) throws {
        let log = try PartitionLog.open(run.disk, directory: "/d/t-0", config: config, opening: LogOpening())
        #expect(log.logEndOffset >= run.synced, "\(context): synced records are gone")
        #expect(log.logEndOffset <= run.written.count, "\(context): records were invented")
        #expect(log.logStartOffset <= run.start, "\(context): more than retention took is gone")
        let records = try log.readAll()
        for record in records {
            #expect(
                record.value.map { String(buffer: $0) } == run.written[Int(record.offset)],
                "\(context): offset \(record.offset)"
            )
        }
        #expect(records.map(\.offset) == Array(log.logStartOffset..<log.logEndOffset), "\(context): offsets")
        var events: [RecoveryEvent] = []
        run.disk.restartProcess()
        let again = try PartitionLog.open(run.disk, directory: "/d/t-0", config: config, opening: LogOpening()) {
            events.append($0)
        }
        #expect(events.isEmpty, "\(context): recovery found something to do twice: \(events)")
        #expect(
            again.logEndOffset == log.logEndOffset && again.producers == log.producers && again.epochs == log.epochs,
            "\(context)"
        )
        #expect(try again.readAll() == records, "\(context)")
    }

    @Test func everyCrashPointOfAScriptRecovers() throws {
        for seed in 0..<6 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            var complete = Run()
            Self.work(&complete, &random, steps: 60)
            for point in 1...complete.disk.operationCount {
                var run = Run()
                random = SeededGenerator(seed: seed)
                run.disk.setPlan { number, _, _ in number == point ? .crash : .proceed }
                Self.work(&run, &random, steps: 60)
                var fate = SeededGenerator(seed: seed &* 1000 &+ UInt64(point))
                run.disk.crash(using: &fate)
                try Self.verify(run, "seed \(seed), crash at operation \(point)")
            }
        }
    }

    @Test func aCrashDuringRecoveryIsRecoveredFrom() throws {
        for seed in 100..<140 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            var run = Run()
            let point = 20 + random.next(below: 200)
            run.disk.setPlan { number, _, _ in number == point ? .crash : .proceed }
            Self.work(&run, &random, steps: 80)
            run.disk.crash(using: &random)
            let second = run.disk.operationCount + 1 + random.next(below: 60)
            run.disk.setPlan { number, _, _ in number == second ? .crash : .proceed }
            _ = try? PartitionLog.open(run.disk, directory: "/d/t-0", config: Self.config, opening: LogOpening())
            run.disk.crash(using: &random)
            try Self.verify(run, "seed \(seed)")
        }
    }

    @Test func aKilledProcessLosesNothing() throws {
        for seed in 200..<260 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            var run = Run()
            Self.work(&run, &random, steps: 50)
            run.disk.restartProcess()
            run.synced = run.written.count
            try Self.verify(run, "seed \(seed)")
        }
    }

    /// Wherever the sector ends, also within the first bytes of a batch, which are zero in any case.
    @Test func aSectorThatWasNeverWrittenIsATornEnd() throws {
        var config = LogConfig()
        config.segmentBytes = 1 << 20
        for size in 0..<160 {
            let disk = MemoryFileSystem()
            let log = try PartitionLog.open(disk, directory: "/d/t-0", config: config, opening: LogOpening())
            for number in 0..<14 { try log.add([String(repeating: "x", count: number == 0 ? size : 70)]) }
            let file = try disk.open("/d/t-0/00000000000000000000.log", .readWrite)
            try file.write(ByteBuffer(repeating: 0, count: 512), at: 512)
            disk.restartProcess()
            let again = try PartitionLog.open(disk, directory: "/d/t-0", config: config, opening: LogOpening())
            #expect((1..<8).contains(again.logEndOffset), "size \(size)")
        }
    }
}

import KafkaProtocol
import KafkaRecords
import NIOCore
import TestSupport
import Testing
import World

@testable import LogStorage

/// Damaged segments, and how they get what other replicas have.
struct RepairTests {
    private let disk = MemoryFileSystem()

    private func config() -> LogConfig {
        var config = LogConfig()
        config.segmentBytes = 1000
        config.indexIntervalBytes = 200
        return config
    }

    private func open(_ name: String) throws -> PartitionLog {
        try PartitionLog.open(disk, directory: "/d/\(name)-0", config: config(), opening: opening())
    }

    /// Two replicas that have the same.
    private func replicas(_ count: Int = 40) throws -> (here: PartitionLog, there: PartitionLog) {
        let (here, there) = (try open("here"), try open("there"))
        for index in 0..<count {
            let values = (0...index % 3).map { "value-\(index)-\($0)" }
            for log in [here, there] {
                try log.add(values, timestamp: Int64(1000 + index * 10), epoch: index < 20 ? 3 : 5)
            }
        }
        return (here, there)
    }

    private func path(_ log: PartitionLog, _ base: Int64) -> String { LogSegment.path(log.directory, base, ".log") }

    private func flip(_ path: String, at position: Int64, _ mask: UInt8 = 0x10) throws {
        let file = try disk.open(path, .readWrite)
        let byte = try #require(try file.read(at: position, count: 1).getInteger(at: 0, as: UInt8.self))
        try file.write(ByteBuffer(integer: byte ^ mask), at: position)
    }

    private func damages(_ plan: SegmentPlan) throws -> [LogDamage] {
        var scan = try SegmentScan(plan)
        var found: [LogDamage] = []
        while let next = try scan.next() { if case .damaged(let damage) = next { found.append(damage) } }
        #expect(scan.position == plan.size)
        return found
    }

    private func positions(_ log: PartitionLog, _ base: Int64) throws -> [(position: Int64, header: RecordBatchHeader)]
    {
        var scan = try SegmentScan(try #require(log.segmentPlan(base)))
        var all: [(Int64, RecordBatchHeader)] = []
        while let next = try scan.next() {
            if case .whole(let batch, let position) = next { all.append((position, batch.header)) }
        }
        return all
    }

    private func fetched(_ log: PartitionLog, _ damage: LogDamage, of plan: SegmentPlan, maxBytes: Int = 150) throws
        -> ByteBuffer
    {
        var replacement = plan.replacement(for: damage)
        while !replacement.isComplete {
            let slice = try log.read(
                from: replacement.next,
                maxBytes: maxBytes,
                upTo: .max,
                isFirstBatchWhole: true
            )
            try replacement.take(try slice?.bytes() ?? ByteBuffer(), highWatermark: log.logEndOffset)
        }
        return replacement.bytes
    }

    /// Mends a segment with what the other log has.
    private func repair(_ log: PartitionLog, _ base: Int64, from other: PartitionLog) throws -> [LogDamage] {
        let plan = try #require(try log.repairPlan(base, now: 0))
        let found = try damages(plan)
        let parts = try found.map { (damage: $0, bytes: try fetched(other, $0, of: plan)) }
        var replaced: [RetiredSegment] = []
        let host = CompactionHost(
            onLog: { body throws(LogError) in try body(log) },
            replaced: { replaced += $0 }
        )
        #expect(try SegmentRepair(plan).run(parts, host: host))
        #expect(replaced.map(\.reason) == [.repaired])
        for segment in replaced { try segment.remove() }
        return found
    }

    @Test func wholeSegmentsHaveNoDamage() throws {
        let (here, _) = try replicas()
        #expect(here.segmentCount > 3)
        for base in here.segmentBaseOffsets { #expect(try damages(#require(here.segmentPlan(base))).isEmpty) }
    }

    /// Each byte of a segment, one after the other: none changes unseen, and each is mended.
    @Test func everyByteOfASegmentIsMended() throws {
        let (here, there) = try replicas(20)
        let base = here.segmentBaseOffsets[1]
        let expected = try there.values()
        let whole = try disk.contents(path(here, base))
        for position in 0..<Int64(whole.readableBytes) {
            try flip(path(here, base), at: position)
            let found = try repair(here, base, from: there)
            #expect(found.count == 1, "byte \(position)")
            #expect(found.first.map { $0.bytes.contains(position) || $0.offsets.count > 0 } == true)
            #expect(try disk.contents(path(here, base)) == whole, "byte \(position)")
        }
        #expect(try here.values() == expected)
        #expect(try open("here").values() == expected)
    }

    @Test func theActiveSegmentIsMendedToo() throws {
        let (here, there) = try replicas()
        let base = try #require(here.segmentBaseOffsets.last)
        let batches = try positions(here, base)
        #expect(batches.count > 1)
        try flip(path(here, base), at: batches[1].position + 70)
        let found = try repair(here, base, from: there)
        #expect(found.map(\.offsets) == [batches[1].header.baseOffset..<batches[1].header.nextOffset])
        #expect(found[0].reason == "the checksum of the batch is wrong")
        #expect(try here.values() == there.values())
        for log in [here, there] { try log.add(["more"], timestamp: 2000, epoch: 5) }
        #expect(try here.values() == there.values())
    }

    @Test func manyDamagesAreMendedAtOnce() throws {
        let (here, there) = try replicas()
        for (index, base) in here.segmentBaseOffsets.dropLast().enumerated() {
            let batches = try positions(here, base)
            // The first, the last, a length, an offset, an epoch.
            try flip(path(here, base), at: batches[0].position + [8, 0, 12, 70, 21][index % 5])
            try flip(path(here, base), at: try #require(batches.last).position + 65)
            let found = try repair(here, base, from: there)
            #expect(found.count == (batches.count > 1 ? 2 : 1))
        }
        #expect(try here.values() == there.values())
        #expect(try open("here").values() == there.values())
    }

    @Test func anEndThatIsMissingIsMended() throws {
        let (here, there) = try replicas()
        let base = here.segmentBaseOffsets[0]
        let batches = try positions(here, base)
        let last = try #require(batches.last)
        // Zeros where the last batches were, as of a disk that lost its sectors.
        let size = try disk.size(path(here, base))
        let zeros = ByteBuffer(repeating: 0, count: Int(size - batches[1].position))
        try disk.open(path(here, base), .readWrite).write(zeros, at: batches[1].position)
        let found = try repair(here, base, from: there)
        #expect(found.map(\.offsets) == [batches[1].header.baseOffset..<last.header.nextOffset])
        #expect(try here.values() == there.values())
    }

    @Test func whatIsDeletedNeedsNoReplacement() throws {
        let (here, there) = try replicas()
        let base = here.segmentBaseOffsets[0]
        let batches = try positions(here, base)
        let start = batches[1].header.nextOffset
        for log in [here, there] { try log.deletePrefix(before: start, highWatermark: log.logEndOffset) }
        try flip(path(here, base), at: batches[0].position + 70)
        let found = try repair(here, base, from: there)
        #expect(found.map(\.offsets) == [batches[0].header.baseOffset..<batches[0].header.nextOffset])
        #expect(try here.values() == there.values())
    }

    @Test func aReplicaThatIsDamagedItselfIsNotBelieved() throws {
        let (here, there) = try replicas()
        let base = here.segmentBaseOffsets[0]
        let batches = try positions(here, base)
        for log in [here, there] { try flip(path(log, base), at: batches[1].position + 70) }
        let plan = try #require(try here.repairPlan(base, now: 0))
        let damage = try #require(try damages(plan).first)
        #expect(throws: Replacement.Failure.self) { try fetched(there, damage, of: plan) }
        // Nor is one that knows less, or another log.
        var replacement = plan.replacement(for: damage)
        #expect(throws: Replacement.Failure.notThere("it knows of offsets below 1 only")) {
            try replacement.take(ByteBuffer(), highWatermark: 1)
        }
        let other = try open("other")
        for index in 0..<20 { try other.add(["other-\(index)"], epoch: 4) }
        #expect(throws: Replacement.Failure.self) { try fetched(other, damage, of: plan) }
    }

    @Test func aLogThatWentOnOrWasCutMeanwhileIsLeftAsItIs() throws {
        let (here, there) = try replicas()
        let base = here.segmentBaseOffsets[1]
        try flip(path(here, base), at: 70)
        let plan = try #require(try here.repairPlan(base, now: 0))
        let found = try damages(plan)
        let parts = try found.map { (damage: $0, bytes: try fetched(there, $0, of: plan)) }
        try here.truncate(to: base)
        let host = CompactionHost(onLog: { body throws(LogError) in try body(here) }, replaced: { _ in })
        #expect(throws: LogError.self) { try SegmentRepair(plan).run(parts, host: host) }
        #expect(here.logEndOffset == base)
        #expect(try disk.list(here.directory).allSatisfy { !$0.hasSuffix(".cleaned") && !$0.hasSuffix(".swap") })
        #expect(try open("here").logEndOffset == base)
    }
}

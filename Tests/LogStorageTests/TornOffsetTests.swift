import KafkaRecords
import NIOCore
import Testing
import World

@testable import LogStorage

/// A batch that begins in the last bytes of a sector that never reached the disk: its checksum covers neither its offset nor its length.
struct TornOffsetTests {
    private let disk = MemoryFileSystem()
    private static let path = "/d/t-0/00000000000000000000.log"

    private func open(
        compacted: Bool = false,
        on disk: MemoryFileSystem? = nil,
        report: (RecoveryEvent) -> Void = { _ in }
    ) throws -> PartitionLog {
        var config = LogConfig()
        config.isCompacted = compacted
        return try PartitionLog.open(
            disk ?? self.disk,
            directory: "/d/t-0",
            config: config,
            opening: LogOpening(),
            report: report
        )
    }

    /// Adds a batch behind which so many bytes of a sector are left.
    private func add(to log: PartitionLog, leaving room: Int64) throws {
        let trial = try open(on: MemoryFileSystem())
        try trial.add([String(repeating: "x", count: 200)])
        let missing = (1536 - room - (log.sizeBytes + trial.sizeBytes) % 512) % 512
        try log.add([String(repeating: "x", count: 200 + Int(missing))])
        #expect(log.sizeBytes % 512 == 512 - room)
    }

    /// Batches up to offset 300, behind which so many bytes of a sector are left.
    private func fill(_ log: PartitionLog, upTo room: Int64) throws {
        try log.add((0..<300).map { "value \($0)" })
        try add(to: log, leaving: room)
        #expect(log.logEndOffset == 301)
    }

    private func lose(_ count: Int64, at position: Int64) throws {
        let file = try disk.open(Self.path, .readWrite)
        try file.write(ByteBuffer(repeating: 0, count: Int(count)), at: position)
        disk.restartProcess()
    }

    @Test(arguments: Int64(1)...11) func whatIsBeforeTheBatchTellsItsOffset(_ room: Int64) throws {
        let log = try open()
        try fill(log, upTo: room)
        let position = log.sizeBytes
        // Long enough for its length to have two bytes, short enough for them to be the last ones.
        try log.add([String(repeating: "y", count: room == 11 ? 100 : 1000), "z"])
        let last = log.sizeBytes
        try log.add(["last"])
        let values = try log.values()
        try lose(room, at: position)
        var events: [RecoveryEvent] = []
        let again = try open { events.append($0) }
        #expect(again.logEndOffset == 304)
        #expect(try again.values() == values)
        // The offset's upper bytes are zero.
        let isTorn = room >= 7
        #expect(events == (isTorn ? [.restoredOffset(path: Self.path, position: position, offset: 301)] : []))
        #expect(again.sizeBytes > last)
        #expect(try again.add(["more"]).firstOffset == 304)
    }

    /// Its length is torn, too, or there is more that the disk never wrote.
    @Test(arguments: [8, 11] as [Int64]) func withoutTheRestTheBatchIsATornEnd(_ room: Int64) throws {
        let log = try open()
        try fill(log, upTo: room)
        let position = log.sizeBytes
        try log.add([String(repeating: "y", count: 1000), "z"])
        try log.add(["last"])
        try lose(room, at: position)
        if room == 8 { try lose(512, at: position + room) }
        #expect(try open().logEndOffset == 301)
    }

    /// Compaction leaves gaps, so what is before a batch does not tell its offset.
    @Test(arguments: Int64(7)...11) func whereOffsetsMayBeMissingTheBatchIsATornEnd(_ room: Int64) throws {
        let log = try open(compacted: true)
        try fill(log, upTo: room)
        let position = log.sizeBytes
        try log.add([String(repeating: "y", count: 100), "z"])
        try log.add(["last"])
        try lose(room, at: position)
        #expect(try open(compacted: true).logEndOffset == 301)
    }

    /// The checksum of the batch that begins there is right, since it does not cover what is missing of it.
    @Test(arguments: [1, 7, 8, 11] as [Int64]) func theSectorMayEndWithTheFrontOfABatch(_ room: Int64) throws {
        let log = try open()
        try fill(log, upTo: 155)
        try add(to: log, leaving: room)
        let end = log.sizeBytes
        try log.add([String(repeating: "y", count: 100), "z"])
        try log.add(["last"])
        let position = end + room - 512
        try disk.open(Self.path, .readWrite).write(ByteBuffer(repeating: 0, count: 512), at: position)
        disk.restartProcess()
        #expect(try open().logEndOffset == 301)
    }

    /// Bytes that are not zero were written, so something has changed them since.
    @Test func anotherOffsetThereIsDamage() throws {
        let log = try open()
        try fill(log, upTo: 8)
        let position = log.sizeBytes
        try log.add(["y", "z"])
        try log.add(["last"])
        try disk.open(Self.path, .readWrite).write(ByteBuffer(integer: Int64(7)), at: position)
        disk.restartProcess()
        #expect(throws: LogError.self) { try open() }
    }
}

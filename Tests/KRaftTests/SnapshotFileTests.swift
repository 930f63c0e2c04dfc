import KafkaProtocol
import KafkaRecords
import LogStorage
import NIOCore
import TestSupport
import Testing

@testable import KRaft

/// Snapshot files as they are written, read, and damaged.
struct SnapshotFileTests {
    private let id = SnapshotId(endOffset: 4200, epoch: 7)

    private func voters() -> QuorumVoters {
        QuorumVoters(
            only: 3,
            directoryId: KafkaUUID(high: 1, low: 2),
            endpoints: [
                VoterEndpoint(listener: "CONTROLLER", host: "h", port: 9093)
            ]
        )
    }

    private func file(_ count: Int) throws -> ByteBuffer {
        let values = (0..<count).map { ByteBuffer(string: "value \($0)") }
        return try SnapshotFile.encode(values, voters: voters(), id: id, lastTimestamp: 99, now: 100)
    }

    @Test func whatIsWrittenIsRead() throws {
        for count in [0, 1, 999, 1000, 1001, 2500] {
            let content = try SnapshotFile.decode(try file(count), path: "p")
            #expect(content.values.map { String(buffer: $0) } == (0..<count).map { "value \($0)" })
            #expect(content.lastTimestamp == 99 && content.voters.kraftVersion == 1)
            #expect(content.voters.record == voters().record)
        }
    }

    @Test func offsetsOfItsBatchesHaveNoGaps() throws {
        var next: Int64 = 0
        var count = 0
        for batch in RecordBatches(try file(2500)) {
            #expect(batch.header.baseOffset == next && batch.header.partitionLeaderEpoch == 7)
            #expect(batch.isChecksumValid)
            next = batch.header.nextOffset
            count += 1
        }
        #expect(count == 5 && next == 3 + 2500 + 1, "a header with the voters, three batches, a footer")
    }

    /// A file that was cut off anywhere is not taken for a whole one.
    @Test func aFileThatEndsEarlyIsDamaged() throws {
        let whole = try file(30)
        for length in 0..<whole.readableBytes {
            let part = try #require(whole.getSlice(at: whole.readerIndex, length: length))
            #expect(throws: LogError.self, "\(length) bytes") { try SnapshotFile.decode(part, path: "p") }
        }
    }

    /// One bit that has turned is found, wherever it is in what a checksum covers.
    @Test func aBitThatHasTurnedIsFound() throws {
        let whole = try file(10)
        var offset = 0
        for batch in RecordBatches(whole) {
            let size = batch.bytes.readableBytes
            // Behind the base offset, length, epoch and magic, and the checksum itself.
            for place in (offset + 17)..<(offset + size) {
                var damaged = whole
                let byte: UInt8 = damaged.getInteger(at: place) ?? 0
                damaged.setInteger(byte ^ 0x10, at: place)
                #expect(
                    damagePosition(in: damaged) == Int64(offset),
                    "byte \(place) was changed, and the batch is named"
                )
            }
            offset += size
        }
    }

    /// Where the damage is, as it is told.
    private func damagePosition(in damaged: ByteBuffer) -> Int64? {
        do throws(LogError) { _ = try SnapshotFile.decode(damaged, path: "the path") } catch {
            if case .corrupt("the path", let position, _) = error { return position }
        }
        return nil
    }

    @Test func rubbishIsRefused() throws {
        for seed in 0..<200 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            var bytes = seed % 2 == 0 ? try file(3) : ByteBuffer()
            for _ in 0..<(1 + random.next(below: 300)) { bytes.writeInteger(UInt8(truncatingIfNeeded: random.next())) }
            #expect(throws: LogError.self, "seed \(seed)") { try SnapshotFile.decode(bytes, path: "p") }
        }
    }

    // MARK: Names

    @Test func aNameSaysWhereTheSnapshotEnds() {
        #expect(id.fileName == "00000000000000004200-0000000007.checkpoint")
        #expect(SnapshotId(fileName: id.fileName) == id)
        #expect(SnapshotId(fileName: SnapshotId.bootstrap.fileName) == .bootstrap)
        #expect("\(id)" == "4200-7")
        for name in [
            "", "x", "00000000000000004200-0000000007.checkpoint.part",
            "00000000000000004200-0000000007.checkpoint.deleted",
            "4200-7.checkpoint", "0000000000000000420x-0000000007.checkpoint",
            "00000000000000004200-000000000y.checkpoint",
            "00000000000000004200_0000000007.checkpoint", "00000000000000004200-9999999999.checkpoint",
            "00000000000000004200.log",
        ] {
            #expect(SnapshotId(fileName: name) == nil, "\(name)")
        }
    }

    @Test func snapshotsAreOrderedByTheirEndsThenEpochs() {
        let sorted = [(1, 9), (2, 1), (2, 3), (10, 0)].map { SnapshotId(endOffset: Int64($0.0), epoch: Int32($0.1)) }
        #expect(sorted.reversed().sorted() == sorted)
    }
}

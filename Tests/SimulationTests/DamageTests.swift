import KafkaProtocol
import Testing
import World

@testable import Simulation

/// What an operator mends is what was damaged, and not what was written there since.
struct DamageTests {
    private static let path = "/data/records-0/00000000000000000000.log"

    /// What stands for two batches: an offset, a size, and a text.
    private func segment(_ texts: String...) -> [UInt8] {
        texts.enumerated().flatMap { index, text in
            [UInt8](repeating: 0, count: 7) + [UInt8(index), 0, 0, 0, UInt8(text.utf8.count)] + Array(text.utf8)
        }
    }

    private func damaged(_ bytes: [UInt8], at position: Int) -> (disk: MemoryFileSystem, damage: Damage) {
        let disk = MemoryFileSystem()
        let (before, after) = (bytes[position], bytes[position] ^ 1)
        disk.replace(Self.path, with: bytes)
        disk.damage(Self.path, at: position, [after])
        let kind = Damage.Kind.flip(position: position, before: before, after: after)
        return (disk, Damage(Self.path, kind, bytes: bytes, at: position))
    }

    @Test func aByteIsPutBack() {
        let bytes = segment("abcdef", "ghijkl")
        let (disk, damage) = damaged(bytes, at: 32)
        #expect(damage.partition == TopicPartition("records", 0) && damage.firstOffset == 1 && !damage.hasFollowers)
        #expect(damage.mend(disk) && disk.peek(Self.path) == bytes)
    }

    @Test func whatWasWrittenAgainAsItWasIsNoLoss() {
        let bytes = segment("abcdef", "ghijkl")
        let (disk, damage) = damaged(bytes, at: 32)
        disk.replace(Self.path, with: bytes)
        #expect(damage.mend(disk) && disk.peek(Self.path) == bytes)
    }

    /// Seed 70079: a log that was cut at the damage and grew again had by chance the same byte there.
    @Test(arguments: [0, 1] as [UInt8])
    func whatLiesThereAnewIsLeftAlone(_ difference: UInt8) {
        let bytes = segment("abcdef", "ghijkl")
        let (disk, damage) = damaged(bytes, at: 32)
        var anew = segment("abcdef", "mnopqr", "st")
        anew[32] = bytes[32] ^ difference
        disk.replace(Self.path, with: anew)
        #expect(!damage.mend(disk) && disk.peek(Self.path) == anew)
        disk.replace(Self.path, with: Array(bytes.prefix(20)))
        #expect(!damage.mend(disk))
    }

    /// A batch's first twelve bytes and so many more.
    private func batch(_ offset: UInt8, _ count: UInt8) -> [UInt8] {
        [0, 0, 0, 0, 0, 0, 0, offset, 0, 0, 0, count] + [UInt8](repeating: 7, count: Int(count))
    }

    /// Simulated seed 70934: what was written after a cut of a compacted log lay where records had been that were compacted before.
    @Test func whatIsCutOffACompactedLogBeginsBehindTheBatchBefore() {
        var first = batch(3, 30)
        first.replaceSubrange(23..<27, with: [0, 0, 0, 4])
        let bytes = first + batch(20, 30)
        #expect(Damage.endBefore(bytes, 50) == 8 && Damage.endBefore(bytes, 20) == nil)
        let kind = Damage.Kind.flip(position: 50, before: 7, after: 8)
        #expect(Damage("/data/table-0/00000000000000000000.log", kind, bytes: bytes, at: 50).firstOffset == 8)
        #expect(Damage(Self.path, kind, bytes: bytes, at: 50).firstOffset == 20)
    }

    @Test func aByteBelongsToABatch() {
        let bytes = batch(3, 10) + batch(5, 20) + batch(9, 4)
        #expect(Damage.batchOffset(bytes, at: 0) == 3)
        #expect(Damage.batchOffset(bytes, at: 21) == 3)
        #expect(Damage.batchOffset(bytes, at: 22) == 5)
        #expect(Damage.batchOffset(bytes, at: bytes.count - 1) == 9)
        #expect(Damage.lastBatch(bytes) == 54)
    }
}

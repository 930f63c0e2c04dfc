import NIOCore
import TestSupport
import Testing

@testable import KafkaClient
@testable import KafkaConnection

struct PartitionerTests {
    /// Hashes that the Java client's own tests name.
    @Test(
        arguments: [
            ("21", -973_932_308), ("foobar", -790_332_482), ("a-little-bit-long-string", -985_981_536),
            ("a-little-bit-longer-string", -1_486_304_829),
            ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971),
            ("abc", 479_470_107),
        ] as [(String, Int32)]
    )
    func keysHashAsInTheJavaClient(_ key: String, _ expected: Int32) {
        let hash = ByteBuffer(string: key).withUnsafeReadableBytes { Murmur2.hash($0) }
        #expect(Int32(bitPattern: hash) == expected)
    }

    @Test func recordsWithoutAKeyStayUntilABatchIsFull() {
        var partitioner = DefaultPartitioner(bytesBeforeChange: 100, random: SeededGenerator(seed: 1))
        let chosen = (0..<40).map { _ in partitioner.partition(topic: "t", key: nil, size: 25, partitions: 5) }
        for start in stride(from: 0, to: 40, by: 4) {
            #expect(Set(chosen[start..<start + 4]).count == 1)
            if start > 0 { #expect(chosen[start] != chosen[start - 1], "another partition has its turn") }
        }
        #expect(Set(chosen).count > 2)
    }

    @Test func aTopicThatGrewIsUsedWhole() {
        var partitioner = DefaultPartitioner(bytesBeforeChange: 1, random: SeededGenerator(seed: 2))
        for _ in 0..<10 { #expect(partitioner.partition(topic: "t", key: nil, size: 1, partitions: 1) == 0) }
        let later = (0..<100).map { _ in partitioner.partition(topic: "t", key: nil, size: 1, partitions: 3) }
        #expect(Set(later) == [0, 1, 2])
    }

    @Test func partitionsForWhichMuchWaitsAreDrawnLessOften() {
        var partitioner = DefaultPartitioner(bytesBeforeChange: 1, random: SeededGenerator(seed: 3))
        func counts() -> [Int] {
            var counts = [0, 0, 0]
            for _ in 0..<12_000 {
                counts[Int(partitioner.partition(topic: "t", key: nil, size: 1, partitions: 3))] += 1
            }
            return counts
        }
        // Weights 10, 1 and 9.
        partitioner.queues(topic: "t", batches: [0, 9, 1])
        let slow = counts()
        #expect((5700...6300).contains(slow[0]) && (450...750).contains(slow[1]) && (5100...5700).contains(slow[2]))
        partitioner.queues(topic: "t", batches: [4, 4, 4])
        #expect(counts().allSatisfy { (3700...4300).contains($0) }, "none is slower than the others")
        partitioner.queues(topic: "t", batches: [0, 9])
        #expect(counts().allSatisfy { (3700...4300).contains($0) }, "the topic has grown meanwhile")
        let isFixed = DefaultPartitioner(bytesBeforeChange: 1, isAdaptive: false, random: SeededGenerator(seed: 3))
        partitioner = isFixed
        partitioner.queues(topic: "t", batches: [0, 9, 1])
        #expect(counts().allSatisfy { (3700...4300).contains($0) })
    }

    @Test func roundRobinTakesThemInTurn() {
        var partitioner = RoundRobinPartitioner()
        let key = ByteBuffer(string: "k")
        #expect(
            (0..<7).map { _ in partitioner.partition(topic: "a", key: key, size: 1, partitions: 3) } == [
                0, 1, 2, 0, 1, 2, 0,
            ]
        )
        #expect(partitioner.partition(topic: "b", key: nil, size: 1, partitions: 3) == 0)
    }
}

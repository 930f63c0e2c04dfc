import KafkaProtocol
import Testing

@testable import Simulation

/// L1, told of moments that are made up.
struct ProgressTests {
    private let partition = TopicPartition("t", 0)
    private var progress = Progress(limitNanoseconds: 100)

    private mutating func look(_ well: Set<Int32>, inSync: [Int32] = [1, 2, 3], at now: Int64) -> String? {
        progress.look(partition, well: well, replicas: [1, 2, 3], inSync: inSync, now: now)
    }

    @Test mutating func writesGoOnWhileAMajorityIsWell() {
        #expect(look([1, 2], at: 0) == nil)
        #expect(look([1, 2, 3], at: 100) == nil)
        #expect(look([1, 2], at: 101) != nil)
        #expect(look([1, 2], at: 300) == nil, "it is told once")
    }

    @Test mutating func anAcknowledgementBeginsItAnew() {
        _ = look([1, 2], at: 0)
        progress.acknowledges(partition, now: 90)
        #expect(look([1, 2], at: 190) == nil)
        #expect(look([1, 2], at: 191) != nil)
    }

    @Test(arguments: [Set<Int32>([1]), [], [2, 3], [4, 5, 1]])
    func nothingIsExpectedOfTooFewOrOfThoseThatMayNotHaveAll(_ others: Set<Int32>) {
        var progress = progress
        func look(_ well: Set<Int32>, at now: Int64) -> String? {
            progress.look(partition, well: well, replicas: [1, 2, 3], inSync: [1], now: now)
        }
        #expect(look([1, 2], at: 0) == nil)
        #expect(look(others, at: 90) == nil)
        #expect(look([1, 2], at: 110) == nil)
        #expect(look([1, 2], at: 210) == nil)
        #expect(look([1, 2], at: 211) != nil)
    }

    @Test mutating func whoLeavesTakesItsTimeAlong() {
        _ = look([1, 2], at: 0)
        #expect(look([2, 3], at: 90) == nil)
        #expect(look([2, 3], at: 190) == nil)
        #expect(look([2, 3], at: 191) != nil)
    }
}

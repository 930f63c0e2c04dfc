import KafkaProtocol
import Testing
import World

@testable import Broker

/// `log.cleaner.io.max.bytes.per.second`.
struct PaceTests {
    private let clock = VirtualClock(VirtualTicks(nanoseconds: 0), wall: WallTime(milliseconds: 0), sleep: { _ in })

    private var passedMillis: Int64 { clock.now.milliseconds }

    @Test func aRateIsHeldWhateverTheSizeOfAPiece() {
        let pace = Pace(bytesPerSecond: 1000, time: WorldTime(clock))
        for size in [5000, 1, 500, 10_000] { pace.passed(size) { false } }
        #expect((15_490...15_510).contains(passedMillis))
    }

    @Test func aStopDoesNotWaitForASlowRate() {
        let pace = Pace(bytesPerSecond: 1, time: WorldTime(clock))
        pace.passed(1_000_000) { passedMillis > 1000 }
        #expect(passedMillis < 1500)
    }

    @Test func withoutALimitNobodyWaits() {
        let pace = Pace(bytesPerSecond: .greatestFiniteMagnitude, time: WorldTime(clock))
        pace.passed(.max / 2) { false }
        #expect(passedMillis == 0)
    }
}

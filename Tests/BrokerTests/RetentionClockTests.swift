import KafkaProtocol
import Testing

@testable import Broker

struct RetentionClockTests {
    private let start = WallTime(milliseconds: 1_000_000_000)

    private func time(_ clock: inout RetentionClock, wall: Int64, passed: Int64) -> (millis: Int64, hasJumped: Bool) {
        clock.time(
            wall: WallTime(milliseconds: start.milliseconds + wall),
            now: MonotonicTime(nanoseconds: 5_000_000 + passed * 1_000_000)
        )
    }

    @Test func aJumpForwardIsToldOnceAndNotBelieved() {
        var clock = RetentionClock(wall: start, now: MonotonicTime(nanoseconds: 5_000_000))
        #expect(time(&clock, wall: 1000, passed: 1000) == (start.milliseconds + 1000, false))
        // As clocks are corrected.
        #expect(time(&clock, wall: 31_000, passed: 1000) == (start.milliseconds + 31_000, false))
        #expect(time(&clock, wall: 86_400_000, passed: 2000) == (start.milliseconds + 2000, true))
        #expect(time(&clock, wall: 86_401_000, passed: 3000) == (start.milliseconds + 3000, false))
        // Set right, it is believed again, and another jump is another.
        #expect(time(&clock, wall: 4000, passed: 4000) == (start.milliseconds + 4000, false))
        #expect(time(&clock, wall: 86_400_000, passed: 5000) == (start.milliseconds + 5000, true))
    }

    @Test func backIsAlwaysBelieved() {
        var clock = RetentionClock(wall: start, now: MonotonicTime(nanoseconds: 5_000_000))
        #expect(time(&clock, wall: -86_400_000, passed: 1000) == (start.milliseconds - 86_400_000, false))
        var late = RetentionClock(wall: WallTime(milliseconds: .max - 1), now: MonotonicTime(nanoseconds: 0))
        #expect(late.time(wall: WallTime(milliseconds: .max), now: MonotonicTime(nanoseconds: .max)).millis == .max)
    }
}

import KafkaProtocol

/// The time by which data, and what groups have committed, is too old. A wall clock that jumps forward would make all data look old at once: what it shows beyond the time that
/// has passed since the node started is believed after the next start only.
struct RetentionClock: Sendable {
    /// Steps by which clocks are commonly corrected.
    static let toleranceMillis: Int64 = 60_000

    private let wall: WallTime
    private let began: MonotonicTime
    /// Whether the wall clock is ahead of the time that has passed.
    private(set) var isAhead = false

    init(wall: WallTime, now: MonotonicTime) {
        self.wall = wall
        began = now
    }

    /// - Returns: the time to go by, and whether the wall clock has just jumped ahead of it.
    mutating func time(wall: WallTime, now: MonotonicTime) -> (millis: Int64, hasJumped: Bool) {
        let (expected, isTooFar) = self.wall.milliseconds.addingReportingOverflow(now.milliseconds(since: began))
        let wasAhead = isAhead
        isAhead = !isTooFar && wall.milliseconds > expected && wall.milliseconds - expected > Self.toleranceMillis
        return (isAhead ? expected : wall.milliseconds, isAhead && !wasAhead)
    }
}

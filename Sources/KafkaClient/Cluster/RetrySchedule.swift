/// When a call that failed is tried again: pauses that double, until there is no time left.
struct RetrySchedule {
    private var pause: Duration
    private let longest: Duration
    private let timeout: Duration

    init(first: Duration, longest: Duration, timeout: Duration) {
        (pause, self.longest, self.timeout) = (first, longest, timeout)
    }

    /// The pause before the next try, with up to a fifth of jitter; nil when there is no time for one.
    mutating func next(elapsed: Duration, using random: inout some RandomNumberGenerator) -> Duration? {
        guard elapsed + pause < timeout else { return nil }
        defer { pause = min(pause * 2, longest) }
        return pause * Double.random(in: 0.8...1.2, using: &random)
    }
}

import KafkaProtocol

/// How long an address that could not be reached is left alone: pauses that double with each attempt that fails, with jitter. Without IO.
struct ReconnectBackoff {
    private struct Failure {
        var pause: Duration
        var until: MonotonicTime
    }

    /// Beyond so many addresses those whose pause is over are forgotten.
    private static let remembered = 64

    private let first: Duration
    private let longest: Duration
    private var failures: [BrokerAddress: Failure] = [:]

    init(first: Duration, longest: Duration) { (self.first, self.longest) = (first, max(first, longest)) }

    /// The pause before the next attempt; zero when there is no reason for one.
    func pause(before address: BrokerAddress, now: MonotonicTime) -> Duration {
        guard let until = failures[address]?.until, until > now else { return .zero }
        return .nanoseconds(until.nanoseconds - now.nanoseconds)
    }

    /// - Parameter random: moves the pause by up to a fifth.
    mutating func failed(_ address: BrokerAddress, now: MonotonicTime, using random: inout some RandomNumberGenerator) {
        if failures.count >= Self.remembered { failures = failures.filter { $0.value.until > now } }
        let pause = failures[address].map { min($0.pause * 2, longest) } ?? first
        let millis = (pause * Double.random(in: 0.8...1.2, using: &random)).milliseconds
        failures[address] = Failure(pause: pause, until: now.adding(milliseconds: millis))
    }

    mutating func succeeded(_ address: BrokerAddress) { failures[address] = nil }
}

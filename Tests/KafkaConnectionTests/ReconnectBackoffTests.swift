import KafkaProtocol
import TestSupport
import Testing

@testable import KafkaConnection

/// When an address that could not be reached is tried again.
struct ReconnectBackoffTests {
    private let address = BrokerAddress(host: "a", port: 1)
    private let other = BrokerAddress(host: "b", port: 1)

    @Test func pausesDoubleUpToTheLongestUntilItSucceeds() {
        var random = SeededGenerator(seed: 1)
        var backoff = ReconnectBackoff(first: .milliseconds(50), longest: .seconds(1))
        var now = MonotonicTime(milliseconds: 1000)
        #expect(backoff.pause(before: address, now: now) == .zero)
        for expected in [50, 100, 200, 400, 800, 1000, 1000] {
            backoff.failed(address, now: now, using: &random)
            let pause = backoff.pause(before: address, now: now)
            #expect((.milliseconds(expected) * 0.79...(.milliseconds(expected) * 1.2)).contains(pause))
            #expect(backoff.pause(before: other, now: now) == .zero)
            now = now.adding(milliseconds: 10)
            #expect(backoff.pause(before: address, now: now) == pause - .milliseconds(10))
            now = now.adding(milliseconds: 2000)
            #expect(backoff.pause(before: address, now: now) == .zero, "the pause is over")
        }
        backoff.succeeded(address)
        backoff.failed(address, now: now, using: &random)
        #expect(backoff.pause(before: address, now: now) <= .milliseconds(60))
    }

    @Test func aFirstPauseLongerThanTheLongestCounts() {
        var random = SeededGenerator(seed: 1)
        var backoff = ReconnectBackoff(first: .seconds(5), longest: .seconds(1))
        let now = MonotonicTime(milliseconds: 0)
        for _ in 0..<3 {
            backoff.failed(address, now: now, using: &random)
            #expect(backoff.pause(before: address, now: now) >= .seconds(4))
        }
    }

    @Test func addressesThatComeAndGoAreForgotten() {
        var random = SeededGenerator(seed: 1)
        var backoff = ReconnectBackoff(first: .milliseconds(50), longest: .seconds(1))
        var now = MonotonicTime(milliseconds: 0)
        for _ in 0..<9 { backoff.failed(address, now: now, using: &random) }
        #expect(backoff.pause(before: address, now: now) >= .milliseconds(800))
        now = now.adding(milliseconds: 5000)
        for port in 2...100 {
            backoff.failed(BrokerAddress(host: "a", port: port), now: now, using: &random)
        }
        backoff.failed(address, now: now, using: &random)
        #expect(backoff.pause(before: address, now: now) <= .milliseconds(60), "it begins again")
        #expect(backoff.pause(before: BrokerAddress(host: "a", port: 2), now: now) > .zero, "whose time is not over")
    }
}

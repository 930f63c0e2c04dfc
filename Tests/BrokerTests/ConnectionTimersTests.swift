import NIOCore
import NIOEmbedded
import Testing

@testable import Broker

struct ConnectionTimersTests {
    private let loop = EmbeddedEventLoop()
    private let timers: ConnectionTimers

    init() { timers = ConnectionTimers(eventLoop: loop) }

    private final class Calls { var names: [String] = [] }

    @Test func eachIsCalledOnceWhenItIsDue() {
        let calls = Calls()
        _ = timers.set(in: .milliseconds(500)) { calls.names.append("late") }
        _ = timers.set(in: .milliseconds(5)) { calls.names.append("early") }
        loop.advanceTime(by: .milliseconds(4))
        #expect(calls.names.isEmpty)
        loop.advanceTime(by: .milliseconds(1))
        #expect(calls.names == ["early"])
        loop.advanceTime(by: .milliseconds(494))
        #expect(calls.names == ["early"])
        loop.advanceTime(by: .milliseconds(1))
        #expect(calls.names == ["early", "late"])
        loop.advanceTime(by: .seconds(5))
        #expect(calls.names.count == 2)
    }

    /// What was cleared is not called, and what was set after it is due at its own time: the timer of the loop was for the former.
    @Test func whatWasClearedIsNotCalled() {
        let calls = Calls()
        for _ in 0..<100 {
            let number = timers.set(in: .milliseconds(50)) { calls.names.append("cleared") }
            loop.advanceTime(by: .milliseconds(1))
            timers.clear(number)
        }
        _ = timers.set(in: .milliseconds(50)) { calls.names.append("kept") }
        loop.advanceTime(by: .milliseconds(49))
        #expect(calls.names.isEmpty)
        loop.advanceTime(by: .milliseconds(1))
        #expect(calls.names == ["kept"])
    }

    @Test func oneMaySetTheNextOne() {
        let calls = Calls()
        _ = timers.set(in: .milliseconds(5)) { [timers] in
            calls.names.append("first")
            _ = timers.set(in: .milliseconds(10)) { calls.names.append("second") }
        }
        loop.advanceTime(by: .milliseconds(14))
        #expect(calls.names == ["first"])
        loop.advanceTime(by: .milliseconds(1))
        #expect(calls.names == ["first", "second"])
    }
}

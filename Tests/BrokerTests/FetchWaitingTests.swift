import NIOCore
import NIOEmbedded
import Synchronization
import Testing

@testable import Broker

/// A fetch that waits is woken by what it waits for, and looks at what has changed.
struct FetchWaitingTests {
    private let loop = EmbeddedEventLoop()

    private func waiter(missing: Int, count: Int = 4) -> (FetchWaiter, @Sendable () -> Int) {
        let wakings = Counter()
        let waiter = FetchWaiter(missing: missing, count: count, eventLoop: loop) { _ in wakings.add() }
        return (waiter, { wakings.count })
    }

    private final class Counter: Sendable {
        private let value = Mutex(0)
        func add() { value.withLock { $0 += 1 } }
        var count: Int { value.withLock { $0 } }
    }

    @Test func enoughBytesWakeItAndOnlyWhatChangedIsMarked() {
        let (waiter, wakings) = waiter(missing: 10)
        waiter.arrived(bytes: 4, at: 2)
        waiter.arrived(bytes: 4, at: 2)
        waiter.mark(0)
        loop.run()
        #expect(wakings() == 0)
        waiter.arrived(bytes: 2, at: 1)
        waiter.arrived(bytes: 9, at: 1)
        loop.run()
        #expect(wakings() == 1, "once until it has looked")
        #expect(waiter.takeMarks() == [0, 1, 2])
        #expect(waiter.takeMarks() == [])
    }

    @Test func itWaitsOnUnlessSomethingChangedMeanwhile() {
        let (waiter, wakings) = waiter(missing: 1)
        waiter.arrived(bytes: 1, at: 3)
        loop.run()
        #expect(waiter.takeMarks() == [3])
        waiter.changed(1)
        #expect(!waiter.wait(missing: 5), "it has to look again")
        #expect(waiter.takeMarks() == [1])
        #expect(waiter.wait(missing: 5))
        waiter.arrived(bytes: 4, at: 0)
        loop.run()
        #expect(wakings() == 1)
        waiter.changed(2)
        loop.run()
        #expect(wakings() == 2)
        #expect(waiter.takeMarks() == [0, 2])
    }

    @Test func timeWakesItAndItsEndIsFinal() {
        let (waiter, wakings) = waiter(missing: 1)
        waiter.wake(afterMillis: 500)
        loop.advanceTime(by: .milliseconds(499))
        #expect(wakings() == 0)
        loop.advanceTime(by: .milliseconds(1))
        #expect(wakings() == 1 && waiter.takeMarks() == [])
        waiter.end()
        waiter.arrived(bytes: 5, at: 0)
        waiter.changed(0)
        loop.run()
        #expect(wakings() == 1 && waiter.isDone)
    }
}

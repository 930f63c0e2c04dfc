import NIOCore
import NIOEmbedded
import Synchronization
import Testing

@testable import Broker

/// A fetch that waits is woken by what it waits for, and hears what has changed.
struct FetchSignalTests {
    private let loop = EmbeddedEventLoop()
    private let signal = FetchSignal(places: 4)
    private let wakings = Counter()

    private final class Counter: Sendable {
        private let value = Mutex(0)
        func add() { value.withLock { $0 += 1 } }
        var count: Int { value.withLock { $0 } }
    }

    private func wait(missing: Int, turn: UInt64 = 0) -> Bool {
        signal.wait(missing: missing, turn: turn, eventLoop: loop) { [wakings] in wakings.add() }
    }

    @Test func enoughBytesWakeItAndOnlyWhatChangedIsMarked() {
        #expect(wait(missing: 10))
        signal.arrived(bytes: 4, at: 2)
        signal.arrived(bytes: 4, at: 2)
        signal.mark(0)
        loop.run()
        #expect(wakings.count == 0)
        signal.arrived(bytes: 2, at: 1)
        signal.arrived(bytes: 9, at: 1)
        loop.run()
        #expect(wakings.count == 1, "once until it has looked")
        #expect(signal.takeMarks(turn: 0).sorted() == [0, 1, 2])
        #expect(signal.takeMarks(turn: 0) == [])
    }

    @Test func itWaitsOnUnlessSomethingChangedMeanwhile() {
        #expect(wait(missing: 1))
        signal.arrived(bytes: 1, at: 3)
        loop.run()
        #expect(signal.takeMarks(turn: 0) == [3])
        signal.changed(1)
        #expect(!wait(missing: 5), "it has to look again")
        #expect(signal.takeMarks(turn: 0) == [1])
        #expect(wait(missing: 5))
        signal.arrived(bytes: 4, at: 0)
        loop.run()
        #expect(wakings.count == 1)
        signal.changed(2)
        loop.run()
        #expect(wakings.count == 2)
        #expect(signal.takeMarks(turn: 0).sorted() == [0, 2])
    }

    @Test func timeWakesOnlyItsOwnFetch() {
        #expect(wait(missing: 1))
        signal.timeIsUp(turn: 0)
        loop.run()
        #expect(wakings.count == 1 && signal.takeMarks(turn: 0) == [])
        signal.begin(turn: 1)
        #expect(wait(missing: 1, turn: 1))
        signal.timeIsUp(turn: 0)
        loop.run()
        #expect(wakings.count == 1)
    }

    @Test func aLaterFetchWakesTheOneBeforeAndTakesItsPlace() {
        #expect(wait(missing: 1))
        signal.begin(turn: 1)
        loop.run()
        #expect(wakings.count == 1 && signal.isOver(turn: 0) && !signal.isOver(turn: 1))
        signal.mark(2)
        #expect(signal.takeMarks(turn: 0) == [] && !wait(missing: 1))
        #expect(signal.takeMarks(turn: 1) == [2])
    }

    @Test func marksOfPlacesThatThereAreNotAreNone() {
        signal.changed(4)
        #expect(signal.takeMarks(turn: 0) == [])
        signal.reserve(6)
        signal.changed(4)
        #expect(signal.takeMarks(turn: 0) == [4])
    }
}

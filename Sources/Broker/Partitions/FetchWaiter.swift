import NIOCore
import Synchronization

/// A partition's place in a fetch that waits.
struct FetchReader: Sendable {
    var waiter: FetchWaiter
    /// Of the partition in the request.
    var index: Int
}

/// A fetch that waits for bytes. Partitions mark themselves in it when something changes, so that waking up costs what has changed;
/// it wakes up when enough has come or time is up.
final class FetchWaiter: Sendable {
    private struct State {
        var missing: Int
        /// It is on its way to look.
        var isAwake = false
        /// It has answered.
        var isDone = false
        var marked: [Int] = []
        var isMarked: [Bool]
        var timer: Scheduled<Void>?
        var resume: (@Sendable (FetchWaiter) -> Void)?

        mutating func mark(_ index: Int) {
            if isMarked[index] { return }
            isMarked[index] = true
            marked.append(index)
        }
    }
    private let state: Mutex<State>
    private let eventLoop: any EventLoop

    /// - Parameters:
    ///   - count: of the request's partitions.
    ///   - resume: called on `eventLoop` at each waking.
    init(missing: Int, count: Int, eventLoop: any EventLoop, resume: @escaping @Sendable (FetchWaiter) -> Void) {
        var state = State(missing: missing, isMarked: [Bool](repeating: false, count: count))
        state.resume = resume
        self.state = Mutex(state)
        self.eventLoop = eventLoop
    }

    var isDone: Bool { state.withLock { $0.isDone } }

    /// There is more to read in a partition.
    func arrived(bytes: Int, at index: Int) {
        let wakes = state.withLock { state in
            if state.isDone { return false }
            state.mark(index)
            state.missing -= bytes
            if state.missing > 0 || state.isAwake { return false }
            state.isAwake = true
            return true
        }
        if wakes { run() }
    }

    /// Something other than bytes has changed in a partition, and has to be told at once.
    func changed(_ index: Int) {
        mark(index)
        wake()
    }

    /// Something has changed in a partition that may wait until there is more to tell.
    func mark(_ index: Int) { state.withLock { $0.mark(index) } }

    /// Wakes up after `millis`.
    func wake(afterMillis millis: Int64) {
        let timer = eventLoop.scheduleTask(in: .milliseconds(millis)) { self.wake() }
        let isLate = state.withLock { state in
            state.timer = timer
            return state.isDone
        }
        if isLate { timer.cancel() }
    }

    private func wake() {
        let wakes = state.withLock { state in
            if state.isDone || state.isAwake { return false }
            state.isAwake = true
            return true
        }
        if wakes { run() }
    }

    /// Never inline: the appender may hold a lock that the resumed fetch needs.
    private func run() {
        eventLoop.execute {
            let resume = self.state.withLock { $0.resume }
            resume?(self)
        }
    }

    /// The partitions that have changed since this was called last, in the order of the request.
    func takeMarks() -> [Int] {
        state.withLock { state in
            let marked = state.marked.sorted()
            for index in marked { state.isMarked[index] = false }
            state.marked = []
            return marked
        }
    }

    /// Waits on. False when something has changed meanwhile: then it has to look again at once.
    func wait(missing: Int) -> Bool {
        state.withLock { state in
            guard state.marked.isEmpty else { return false }
            state.missing = missing
            state.isAwake = false
            return true
        }
    }

    /// The fetch answers: nothing wakes it any more.
    func end() {
        let timer = state.withLock { state in
            state.isDone = true
            // Partitions may know it for some time.
            state.resume = nil
            return state.timer
        }
        timer?.cancel()
    }
}

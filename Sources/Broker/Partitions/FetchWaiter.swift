import NIOCore
import Synchronization

/// A fetch that waits for bytes. Appends tell it how much came; it runs once, when that is enough or time is up.
final class FetchWaiter: Sendable {
    private struct State {
        var missing: Int
        var isDone = false
        var timer: Scheduled<Void>?
    }
    private let state: Mutex<State>
    private let eventLoop: any EventLoop
    private let resume: @Sendable () -> Void

    /// - Parameter resume: called on `eventLoop`, once.
    init(missing: Int, eventLoop: any EventLoop, resume: @escaping @Sendable () -> Void) {
        state = Mutex(State(missing: missing))
        self.eventLoop = eventLoop
        self.resume = resume
    }

    var isDone: Bool { state.withLock { $0.isDone } }

    func arrived(bytes: Int) {
        let fires = state.withLock { state in
            state.missing -= bytes
            guard state.missing <= 0, !state.isDone else { return false }
            state.isDone = true
            return true
        }
        if fires { run() }
    }

    /// Time is up, or something other than bytes changed.
    func fire() {
        let fires = state.withLock { state in
            defer { state.isDone = true }
            return !state.isDone
        }
        if fires { run() }
    }

    /// Gives up without running.
    func cancel() { state.withLock { $0.isDone = true } }

    /// Fires after `millis` unless something else did before.
    func fire(afterMillis millis: Int64, cleanUp: @escaping @Sendable () -> Void) {
        let timer = eventLoop.scheduleTask(in: .milliseconds(millis)) {
            if self.isDone { return }
            cleanUp()
            self.fire()
        }
        let isLate = state.withLock { state in
            state.timer = timer
            return state.isDone
        }
        if isLate { timer.cancel() }
    }

    private func run() {
        state.withLock { $0.timer }?.cancel()
        // Never inline: the appender may hold a lock that the resumed fetch needs.
        eventLoop.execute(resume)
    }
}

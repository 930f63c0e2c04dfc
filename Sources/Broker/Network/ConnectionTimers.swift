import NIOCore

/// Timers of the requests of a connection that wait. Nearly all of them are cleared before they are due, so one timer of the event loop
/// stands for all of them, and is set anew only when one is due before it. Lives on its connection's event loop.
final class ConnectionTimers {
    private struct Entry {
        var number: UInt64
        var due: NIODeadline
        var action: () -> Void
    }

    private let eventLoop: any EventLoop
    /// As many as requests may be under way, and a second one for some: a handful.
    private var entries: [Entry] = []
    private var armed: (due: NIODeadline, timer: Scheduled<Void>)?
    private var lastNumber: UInt64 = 0

    init(eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    /// Calls back once, unless the timer is cleared before.
    ///
    /// - Returns: the timer's number.
    func set(in delay: TimeAmount, _ action: @escaping () -> Void) -> UInt64 {
        lastNumber += 1
        let due = eventLoop.now + delay
        entries.append(Entry(number: lastNumber, due: due, action: action))
        arm(at: due)
        return lastNumber
    }

    func clear(_ number: UInt64) { entries.removeAll { $0.number == number } }

    private func arm(at due: NIODeadline) {
        if let armed, armed.due <= due { return }
        armed?.timer.cancel()
        armed = (due, eventLoop.assumeIsolated().scheduleTask(deadline: due) { self.fire() })
    }

    private func fire() {
        armed = nil
        let now = eventLoop.now
        let due = entries.filter { $0.due <= now }
        entries.removeAll { $0.due <= now }
        if let next = entries.map(\.due).min() { arm(at: next) }
        for entry in due { entry.action() }
    }
}

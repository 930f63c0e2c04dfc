import Glibc

/// Work that may wait in the midst of itself while the rest of the world goes on: it has a thread of its own, which never runs while another one
/// does, so the seed decides this order too.
/// Sendable: it and the scheduler's thread take turns.
final class Strand: @unchecked Sendable {
    let lane: Lane
    private let scheduler: Scheduler
    private var body: (() -> Void)?
    private let onEnd: () -> Void
    private let itsTurn = Semaphore()
    private let othersTurn = Semaphore()
    private var hasBegun = false
    private var isOver = false
    fileprivate let began: Int64
    /// Its process is over: it ends without waiting, and nobody sees what it does.
    private var isAbandoned = false

    init(_ scheduler: Scheduler, _ lane: Lane, _ body: @escaping () -> Void, onEnd: @escaping () -> Void) {
        (self.scheduler, self.lane, self.body, self.onEnd) = (scheduler, lane, body, onEnd)
        began = scheduler.now
    }

    /// Runs it, on the scheduler's thread, until it waits or ends.
    func resume() {
        if isOver { return }
        let before = scheduler.strands.current
        scheduler.strands.current = self
        if hasBegun {
            itsTurn.signal()
        } else {
            hasBegun = true
            scheduler.strands.alive.append(self)
            begin()
        }
        othersTurn.wait()
        scheduler.hasTurn()
        scheduler.strands.current = before
        if !isOver { return }
        scheduler.strands.ended(self, now: scheduler.now)
        if !isAbandoned { onEnd() }
    }

    private func begin() {
        var thread = pthread_t()
        let this = Unmanaged.passRetained(self).toOpaque()
        let code = pthread_create(
            &thread,
            nil,
            { argument in
                if let argument { Unmanaged<Strand>.fromOpaque(argument).takeRetainedValue().main() }
                return nil
            },
            this
        )
        precondition(code == 0, "the machine has no more threads for the simulated ones")
        pthread_detach(thread)
    }

    private func main() {
        scheduler.hasTurn()
        body?()
        body = nil
        isOver = true
        othersTurn.signal()
    }

    /// Lets others go on for some time.
    ///
    /// - Returns: false when there is nothing to wait for any more.
    func wait(nanoseconds: Int64) -> Bool {
        if isAbandoned { return false }
        scheduler.at(scheduler.now + max(0, nanoseconds), on: lane) { [self] in resume() }
        othersTurn.signal()
        itsTurn.wait()
        scheduler.hasTurn()
        return !isAbandoned
    }

    func abandon() {
        isAbandoned = true
        resume()
    }
}

/// Those that have begun and are not over.
struct Strands {
    /// The one that runs; nil while the scheduler's own thread does.
    var current: Strand?
    var alive: [Strand] = []
    private var lastLong: Int64?
    private static let long: Int64 = 5_000_000_000
    private static let recently: Int64 = 40_000_000_000

    mutating func ended(_ strand: Strand, now: Int64) {
        alive.removeAll { $0 === strand }
        if now - strand.began > Self.long { lastLong = now }
    }

    /// Whether one takes or took long not long ago.
    func areSlow(now: Int64) -> Bool {
        alive.contains { now - $0.began > Self.long } || lastLong.map { now - $0 < Self.recently } ?? false
    }
}

extension Scheduler {
    /// Ends the strands of a process, or of all, whose thread would wait for ever. Not at once: what is on the process's disk now stays as it is.
    func abandonStrands(of process: Process) {
        for strand in strands.alive where strand.lane.process === process { outsideLane.add { strand.abandon() } }
    }

    /// At the end of a run.
    func abandonStrands() { for strand in strands.alive { strand.abandon() } }
}

/// Sendable: the system's semaphores are.
private final class Semaphore: @unchecked Sendable {
    private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

    init() { sem_init(semaphore, 0, 0) }

    deinit {
        sem_destroy(semaphore)
        semaphore.deallocate()
    }

    func signal() { sem_post(semaphore) }

    /// A signal to the process may interrupt it.
    func wait() { while sem_wait(semaphore) != 0 {} }
}

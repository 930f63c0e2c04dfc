import DequeModule
import World

/// Threads whose work is an event each: it takes no time of its own, but begins when what was before it is done. Only the cleaner's may wait in the
/// midst of it.
/// Sendable: only the thread of the scheduler touches it.
final class VirtualThreads: Threads, @unchecked Sendable {
    private let scheduler: Scheduler
    private let process: Process
    private let pace: Pace
    let shared: any Worker
    /// Workers that were made and not stopped.
    private(set) var running = 0

    /// How long work takes that is given to threads; a slow disk makes it longer.
    /// Sendable: only the thread of the scheduler touches it.
    package final class Pace: @unchecked Sendable {
        package var nanoseconds: ClosedRange<Int64> = 10_000...2_000_000
        /// The next piece of work takes so much longer.
        package var extra: Int64 = 0
        /// When the last piece of work ends that took longer.
        var extraEnd: Int64 = 0

        fileprivate func end(after start: Int64, _ nanoseconds: Int64) -> Int64 {
            if extra == 0 { return start + nanoseconds }
            extraEnd = max(extraEnd, start + nanoseconds + extra)
            defer { extra = 0 }
            return start + nanoseconds + extra
        }
    }

    init(_ scheduler: Scheduler, _ process: Process, _ pace: Pace) {
        self.scheduler = scheduler
        self.process = process
        self.pace = pace
        shared = VirtualWorker(scheduler, process.makeLane("shared"), pace) {}
    }

    func makeWorker(_ name: String, threads: Int) -> any Worker {
        running += 1
        return VirtualWorker(scheduler, process.makeLane(name), pace, waits: name == "cleaner") { self.running -= 1 }
    }

    /// One of them does it all.
    func run(_ count: Int, _ body: @escaping @Sendable () -> Void) { body() }
}

/// A thread, or a few, on a lane.
/// Sendable: only the thread of the scheduler touches it.
private final class VirtualWorker: Worker, @unchecked Sendable {
    private let scheduler: Scheduler
    private let lane: Lane
    private let pace: VirtualThreads.Pace
    private var isStopped = false
    /// When it has done what it was given.
    private var free: Int64 = 0

    private let onStop: () -> Void
    /// Whether its work may wait, so it needs a strand.
    private let waits: Bool
    /// The work that has begun, and what comes after it.
    private var strand: Strand?
    private var later: Deque<() -> Void> = []

    init(
        _ scheduler: Scheduler,
        _ lane: Lane,
        _ pace: VirtualThreads.Pace,
        waits: Bool = false,
        onStop: @escaping () -> Void
    ) {
        self.onStop = onStop
        self.waits = waits
        self.scheduler = scheduler
        self.lane = lane
        self.pace = pace
    }

    func submit(_ body: @escaping @Sendable () -> Void) -> Bool {
        if isStopped { return false }
        free = pace.end(after: max(free, scheduler.now), scheduler.draw(pace.nanoseconds))
        scheduler.at(free, on: lane) { [self] in begin(body) }
        return true
    }

    func stop(then done: @escaping @Sendable () -> Void) {
        if !isStopped { onStop() }
        isStopped = true
        scheduler.at(max(free, scheduler.now), on: lane) { [self] in begin(done) }
    }

    private func begin(_ body: @escaping () -> Void) {
        if !waits { return body() }
        if strand != nil { return later.append(body) }
        let new = Strand(scheduler, lane, body) { [self] in
            strand = nil
            if let next = later.popFirst() { begin(next) }
        }
        strand = new
        new.resume()
    }
}

import DequeModule

/// A process on a simulated machine: it runs, is paused, or is over.
/// Sendable: only the thread of the scheduler touches it.
package final class Process: @unchecked Sendable {
    package let machine: String
    fileprivate(set) var isPaused = false
    fileprivate(set) var isOver = false
    fileprivate var lanes: [Lane] = []
    private let scheduler: Scheduler

    init(_ machine: String, _ scheduler: Scheduler) {
        self.machine = machine
        self.scheduler = scheduler
    }

    /// What runs in turn: an event loop, a thread.
    func makeLane(_ name: String) -> Lane {
        let lane = Lane(name, id: scheduler.nextLaneId(), self, scheduler)
        lanes.append(lane)
        return lane
    }

    /// Nothing of it runs until `resume`.
    package func pause() { isPaused = true }

    package func resume() {
        isPaused = false
        for lane in lanes { lane.announce() }
    }

    /// Nothing of it runs any more.
    package func end() {
        isOver = true
        scheduler.abandonStrands(of: self)
        Unreleased.keep(lanes)
        lanes = []
    }

    fileprivate var mayRun: Bool { !isPaused && !isOver }
}

/// Things of one owner that run one after another in their order; which owner is next, the seed decides.
package final class Lane {
    let name: String
    let id: UInt64
    let process: Process
    private let scheduler: Scheduler
    private var queue: Deque<() -> Void> = []
    /// Whether the scheduler has it among those that have something to run.
    private var isAnnounced = false

    fileprivate init(_ name: String, id: UInt64, _ process: Process, _ scheduler: Scheduler) {
        self.name = name
        self.id = id
        self.process = process
        self.scheduler = scheduler
    }

    var isOver: Bool { process.isOver }

    func add(_ work: @escaping () -> Void) {
        if process.isOver { return Unreleased.keep(work) }
        queue.append(work)
        announce()
    }

    fileprivate func announce() {
        guard !isAnnounced, process.mayRun, !queue.isEmpty else { return }
        isAnnounced = true
        scheduler.announce(self)
    }

    /// The next thing to run, for the scheduler; afterwards it has to be announced again.
    func takeNext() -> (() -> Void)? {
        isAnnounced = false
        if !process.mayRun { return nil }
        return queue.popFirst()
    }

    func announceRest() { announce() }
}

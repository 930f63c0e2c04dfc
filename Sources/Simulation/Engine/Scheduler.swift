import Glibc
import Synchronization
import World

/// A world in one thread: what is ready runs in an order that the seed chooses; when nothing is, time moves to the next deadline.
///
/// Sendable: used by the thread that made it, and by strands in turn with it. Others may only hand work in, under a lock; then runs of one seed may differ.
package final class Scheduler: @unchecked Sendable {
    package let ticks = VirtualTicks(nanoseconds: 1_000_000_000)
    package var random: SeededRandom
    /// Of everything that ran, and of what was noted.
    package private(set) var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    package private(set) var steps: UInt64 = 0
    /// The lane whose work is being run.
    private(set) var current: Lane?
    private var ready: [Lane] = []
    private var timers = TimerHeap()
    private var lastLaneId: UInt64 = 0
    /// The thread whose turn it is: the one that made this, or a strand's.
    private let thread = Atomic(pthread_self())
    var strands = Strands()
    private let foreign = Mutex<[@Sendable () -> Void]>([])
    private let foreignCount = Atomic(0)
    /// What belongs to no simulated machine: faults, tasks.
    package private(set) lazy var outside = Process("outside", self)
    private(set) lazy var outsideLane = outside.makeLane("outside")
    private(set) lazy var taskLane = outside.makeLane("tasks")

    package init(seed: UInt64) { random = SeededRandom(seed) }

    package var now: Int64 { ticks.now }
    package var isOnThread: Bool { thread.load(ordering: .acquiring) == pthread_self() }
    /// How often another thread handed work in.
    package var foreignWork: Int { foreignCount.load(ordering: .relaxed) }

    /// It is the calling thread's turn.
    func hasTurn() { thread.store(pthread_self(), ordering: .releasing) }

    package func makeProcess(_ machine: String) -> Process { Process(machine, self) }

    func nextLaneId() -> UInt64 {
        lastLaneId += 1
        return lastLaneId
    }

    func announce(_ lane: Lane) { ready.append(lane) }

    /// Hands work to a lane, from any thread.
    func add(to lane: Lane, _ work: @escaping () -> Void) {
        if isOnThread { return lane.add(work) }
        foreignCount.add(1, ordering: .relaxed)
        let handed = Handed(lane: lane, work: work)
        foreign.withLock { $0.append { handed.lane.add(handed.work) } }
    }

    /// Sendable: on its way to the scheduler's thread, which alone touches it then.
    private struct Handed: @unchecked Sendable {
        let lane: Lane
        let work: () -> Void
    }

    /// Runs work on a lane at a time, which is now at the earliest.
    @discardableResult
    func at(_ time: Int64, on lane: Lane, _ work: @escaping () -> Void) -> VirtualTimer {
        precondition(isOnThread, "timers are set by the scheduler's thread")
        return timers.add(max(time, now), lane, work)
    }

    /// The same for what belongs to no machine.
    @discardableResult
    package func after(nanoseconds: Int64, _ work: @escaping () -> Void) -> VirtualTimer {
        at(now + nanoseconds, on: outsideLane, work)
    }

    /// Adds to the hash what a run has to have in common with another of its seed.
    package func note(_ value: UInt64) { hash = (hash ^ value) &* 0x100_0000_01b3 }

    package func draw(_ range: ClosedRange<Int64>) -> Int64 { Int64.random(in: range, using: &random) }
    /// Whether something happens that has this probability.
    package func happens(_ probability: Double) -> Bool {
        probability > 0 && Double.random(in: 0..<1, using: &random) < probability
    }

    /// What waits for its time in a process.
    func timers(of process: Process) -> Int { timers.count(of: process) }

    // MARK: Running

    /// Runs until `isDone`, or until nothing is left to do.
    package func run(until isDone: () -> Bool) {
        var idle = 0
        while !isDone() {
            if foreignCount.load(ordering: .relaxed) > 0 { takeForeign() }
            if step() || advance() {
                idle = 0
                continue
            }
            // A task may be on another thread for a moment, unless the program runs all of them here, as `ottla-sim` does. That thread
            // needs the processor and the machine's time, not the world's; nothing tells when it is done, so it gets a second.
            idle += 1
            if idle > 2000 { return }
            usleep(500)
            takeForeign()
        }
    }

    private func takeForeign() {
        let all = foreign.withLock { list in
            defer { list = [] }
            return list
        }
        for hand in all { hand() }
    }

    private func step() -> Bool {
        while !ready.isEmpty {
            let index = ready.count == 1 ? 0 : Int(random.next() % UInt64(ready.count))
            let lane = ready[index]
            ready.swapAt(index, ready.count - 1)
            ready.removeLast()
            guard let work = lane.takeNext() else { continue }
            steps += 1
            note(UInt64(bitPattern: now))
            note(lane.id)
            current = lane
            work()
            current = nil
            lane.announceRest()
            return true
        }
        return false
    }

    /// Moves the time to the next deadline and makes ready what is due.
    private func advance() -> Bool {
        guard let next = timers.next else { return false }
        ticks.advance(to: next)
        while let timer = timers.takeDue(now) { timer.fire() }
        return true
    }
}

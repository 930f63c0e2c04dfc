import CPlatform
import Dispatch
import Glibc
import Synchronization

struct MachineThreads: Threads {

    func makeWorker(_ name: String, threads: Int) -> any Worker { MachineWorker(name, threads: threads) }

    var shared: any Worker { SharedWorker.worker }

    func canBegin(_ count: Int) -> Bool {
        let end = DispatchSemaphore(value: 0)
        var begun: [pthread_t] = []
        while begun.count < count, let thread = Thread.begin({ end.wait() }) { begun.append(thread) }
        for _ in begun { end.signal() }
        for thread in begun { pthread_join(thread, nil) }
        return begun.count == count
    }

    func run(_ count: Int, _ body: @escaping @Sendable () -> Void) {
        let threads = (1..<max(1, count)).compactMap { _ in Thread.begin(body) }
        body()
        for thread in threads { pthread_join(thread, nil) }
    }
}

/// The worker of all clients of the process.
private enum SharedWorker {
    static let worker: any Worker = MachineThreads().canBegin(2) ? MachineWorker("client-work", threads: 2) : NoWorker()
}

/// Takes no work: the system has no threads left.
private struct NoWorker: Worker {
    func submit(_ body: @escaping @Sendable () -> Void) -> Bool { false }
    func stop(then done: @escaping @Sendable () -> Void) { done() }
}

/// Threads of the system.
private enum Thread {
    private final class Job: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    /// Nil when the system has none left.
    static func begin(_ body: @escaping @Sendable () -> Void) -> pthread_t? {
        var thread = pthread_t()
        let job = Unmanaged.passRetained(Job(body))
        let status = pthread_create(
            &thread,
            nil,
            { argument in
                // Retained above for exactly this call; `argument` is what was passed, never nil.
                if let argument { Unmanaged<Job>.fromOpaque(argument).takeRetainedValue().body() }
                return nil
            },
            job.toOpaque()
        )
        if status == 0 { return thread }
        job.release()
        return nil
    }
}

/// Threads that wait for work, in the order in which it comes.
final class MachineWorker: Worker {
    private struct State {
        var queue: [@Sendable () -> Void] = []
        /// Where the queue begins: what is before it is done.
        var head = 0
        var running = 0
        var isStopping = false
        var whenStopped: [@Sendable () -> Void] = []

        mutating func next() -> (@Sendable () -> Void)? {
            if head == queue.count { return nil }
            let body = queue[head]
            // Nothing of what is done is kept, also where there is always more to do.
            queue[head] = {}
            head += 1
            if head == queue.count {
                (queue, head) = ([], 0)
            } else if head >= 64, 2 * head >= queue.count {
                queue.removeFirst(head)
                head = 0
            }
            return body
        }
    }

    private let state = Mutex(State())
    /// Counts what is in the queue, and each thread's end.
    private let signals = DispatchSemaphore(value: 0)
    private let threads: Int

    init(_ name: String, threads: Int) {
        self.threads = threads
        for _ in 0..<threads {
            let thread = Thread.begin { [self] in work(name) }
            precondition(thread != nil, "the system has no thread for \(name)")
            if let thread {
                state.withLock { $0.running += 1 }
                pthread_detach(thread)
            }
        }
    }

    private func work(_ name: String) {
        ottla_name_thread(name)
        while true {
            signals.wait()
            guard let body = state.withLock({ $0.next() }) else { break }
            body()
        }
        let done = state.withLock { state -> [@Sendable () -> Void] in
            state.running -= 1
            if state.running > 0 { return [] }
            defer { state.whenStopped = [] }
            return state.whenStopped
        }
        for done in done { done() }
    }

    @discardableResult
    func submit(_ body: @escaping @Sendable () -> Void) -> Bool {
        let isTaken = state.withLock { state in
            if state.isStopping { return false }
            state.queue.append(body)
            return true
        }
        if isTaken { signals.signal() }
        return isTaken
    }

    func stop(then done: @escaping @Sendable () -> Void) {
        let (isFirst, isOver) = state.withLock { state in
            let isFirst = !state.isStopping
            state.isStopping = true
            let isOver = state.running == 0
            if !isOver { state.whenStopped.append(done) }
            return (isFirst, isOver)
        }
        if isOver { done() }
        // A signal for which there is nothing in the queue ends a thread.
        if isFirst { for _ in 0..<threads { signals.signal() } }
    }
}

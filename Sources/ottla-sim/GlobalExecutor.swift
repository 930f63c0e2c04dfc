import Simulation
import Synchronization
@_spi(ExperimentalScheduling) @_spi(ExperimentalCustomExecutors) import _Concurrency

/// Runs all tasks of the process on the scheduler of the run that goes on, so that none of them escapes to another thread. All that the
/// simulator needs of the standard library's experimental interface is in this file.
enum GlobalExecutor {
    /// The run's; between runs there is none, and nothing to be run.
    static let scheduler = Mutex<Scheduler?>(nil)

    /// Before anything else in the process.
    static func install() { _createExecutors(factory: Factory.self) }

    private struct Factory: ExecutorFactory {
        static let main = OnlyThread()
        static let tasks = Tasks()
        static var mainExecutor: any MainExecutor { main }
        static var defaultExecutor: any TaskExecutor { tasks }
    }

    /// Of tasks without an executor of their own. On a task executor, debug and release builds would differ.
    private static var generic: UnownedSerialExecutor {
        // The generic executor is the one whose identity and implementation are zero, in as many bytes.
        unsafeBitCast((UInt(0), UInt(0)), to: UnownedSerialExecutor.self)
    }

    private final class Tasks: TaskExecutor, SchedulingExecutor {
        func enqueue(_ job: consuming ExecutorJob) {
            let job = UnownedJob(job)
            scheduler.withLock { $0 }?.addTask { job.runSynchronously(on: generic) }
        }

        func enqueue<C: Clock>(
            _ job: consuming ExecutorJob,
            after delay: C.Duration,
            tolerance: C.Duration?,
            clock: C
        ) {
            let job = UnownedJob(job)
            let (seconds, attoseconds) = (delay as? Duration ?? .zero).components
            scheduler.withLock { $0 }?.after(nanoseconds: seconds * 1_000_000_000 + attoseconds / 1_000_000_000) {
                job.runSynchronously(on: generic)
            }
        }

        func enqueue<C: Clock>(
            _ job: consuming ExecutorJob,
            at instant: C.Instant,
            tolerance: C.Duration?,
            clock: C
        ) {
            enqueue(job, after: clock.now.duration(to: instant), tolerance: tolerance, clock: clock)
        }
    }

    private final class OnlyThread: MainExecutor {
        func enqueue(_ job: consuming ExecutorJob) {
            let job = UnownedJob(job)
            scheduler.withLock { $0 }?.addTask { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
        }

        // `main` is synchronous: nobody runs these.
        func run() throws {}
        func runUntil(_ condition: () -> Bool) throws {}
        func stop() {}
    }
}

/// Runs the jobs of tasks on a lane.
/// Sendable: it only hands the lane on to the scheduler, which takes work from any thread and adds it by its own.
package final class LaneExecutor: TaskExecutor, @unchecked Sendable {
    private let scheduler: Scheduler
    private let lane: Lane

    init(_ scheduler: Scheduler, _ lane: Lane) {
        self.scheduler = scheduler
        self.lane = lane
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        scheduler.add(to: lane) { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}

extension Scheduler {
    /// For tasks that belong to no machine.
    package func makeTaskExecutor() -> LaneExecutor { LaneExecutor(self, outside.makeLane("tasks")) }

    /// Runs a job of a task that has no executor of its own.
    package func addTask(_ work: @escaping () -> Void) { add(to: taskLane, work) }

    /// Waits in virtual time.
    ///
    /// - Throws: when the task is cancelled.
    package func sleep(_ duration: Duration) async throws {
        let (seconds, attoseconds) = duration.components
        let deadline = now + seconds * 1_000_000_000 + attoseconds / 1_000_000_000
        let sleeper = Sleeper()
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                if Task.isCancelled { return continuation.resume(throwing: CancellationError()) }
                sleeper.continuation = continuation
                sleeper.timer = at(deadline, on: outsideLane) { sleeper.end(.success(())) }
            }
        } onCancel: {
            sleeper.end(.failure(CancellationError()))
        }
    }

    /// Sendable: only the thread of the scheduler touches it.
    private final class Sleeper: @unchecked Sendable {
        var continuation: CheckedContinuation<Void, any Error>?
        var timer: VirtualTimer?

        func end(_ result: Result<Void, any Error>) {
            timer?.cancel()
            let waiting = continuation
            continuation = nil
            waiting?.resume(with: result)
        }
    }
}

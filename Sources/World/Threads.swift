import NIOCore

/// Work on other threads.
package protocol Threads: Sendable {
    /// Threads of that name, made for one node, which stops them.
    func makeWorker(_ name: String, threads: Int) -> any Worker
    /// For what clients have that blocks for a short time. Never stopped.
    var shared: any Worker { get }
    /// Whether the system has so many more threads to give, asked before a node begins: later there would be nobody to tell.
    func canBegin(_ count: Int) -> Bool
    /// Runs `body` on `count` threads at once and returns when all are done.
    func run(_ count: Int, _ body: @escaping @Sendable () -> Void)
}

extension Threads {
    package func canBegin(_ count: Int) -> Bool { true }
}

/// A few threads that take work in turn.
package protocol Worker: Sendable {
    /// Runs the body after all that was submitted before has begun.
    ///
    /// - Returns: false when the worker was stopped: then the body never runs.
    @discardableResult
    func submit(_ body: @escaping @Sendable () -> Void) -> Bool
    /// Takes nothing more, finishes what was submitted, then calls `done`.
    func stop(then done: @escaping @Sendable () -> Void)
}

/// The worker was stopped before.
package struct WorkerStopped: Error {
    package init() {}
}

extension Worker {
    /// The result arrives on the loop.
    package func run<Result: Sendable>(
        on loop: any EventLoop,
        _ body: @escaping @Sendable () throws -> Result
    ) -> EventLoopFuture<Result> {
        let promise = loop.makePromise(of: Result.self)
        let isTaken = submit {
            do { promise.succeed(try body()) } catch { promise.fail(error) }
        }
        if !isTaken { promise.fail(WorkerStopped()) }
        return promise.futureResult
    }

    package func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            let isTaken = submit {
                do { continuation.resume(returning: try body()) } catch { continuation.resume(throwing: error) }
            }
            if !isTaken { continuation.resume(throwing: WorkerStopped()) }
        }
    }
}

import KafkaConnection
import NIOCore
import Synchronization

/// Of several tasks that want to know the same at once, one asks, and the others wait for its answer. Any thread may use it.
final class SharedAnswers<Question: Hashable & Sendable>: Sendable {
    private let pending = Mutex<[Question: EventLoopFuture<Void>]>([:])
    private let loop: any EventLoop

    init(on loop: any EventLoop) { self.loop = loop }

    /// Asks, or waits for somebody who is asking.
    ///
    /// - Parameter ask: asks, and keeps the answer where all find it.
    func answer(to question: Question, _ ask: () async throws(KafkaError) -> Void) async throws(KafkaError) {
        var mayBeOld = true
        while true {
            let (future, mine) = join(question)
            if let mine { return try await answer(question, mine, ask) }
            do { return try await future.get() } catch {
                let error = error as? KafkaError ?? .taskCancelled
                // Who was asked before this call may know more now, and that somebody else was cancelled is no answer.
                if Task.isCancelled || !mayBeOld && error.code != .cancelled { throw error }
                mayBeOld = false
            }
        }
    }

    /// - Returns: a promise for the first, who has to ask.
    private func join(_ question: Question) -> (EventLoopFuture<Void>, EventLoopPromise<Void>?) {
        pending.withLock { pending in
            if let known = pending[question] { return (known, nil) }
            let promise = loop.makePromise(of: Void.self)
            pending[question] = promise.futureResult
            return (promise.futureResult, promise)
        }
    }

    private func answer(
        _ question: Question,
        _ promise: EventLoopPromise<Void>,
        _ ask: () async throws(KafkaError) -> Void
    ) async throws(KafkaError) {
        do throws(KafkaError) {
            try await ask()
            pending.withLock { $0[question] = nil }
            promise.succeed()
        } catch {
            pending.withLock { $0[question] = nil }
            promise.fail(error)
            throw error
        }
    }
}

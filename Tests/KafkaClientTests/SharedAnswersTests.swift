import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import KafkaClient
@testable import KafkaConnection

/// Tasks that want to know the same.
@Suite(.timeLimit(.minutes(1)))
struct SharedAnswersTests {
    private let answers = SharedAnswers<String>(on: MultiThreadedEventLoopGroup.singleton.next())

    /// A question that is answered when a test likes, and from then on at once.
    private final class Broker: Sendable {
        private struct State {
            var waiting: [CheckedContinuation<KafkaError?, Never>] = []
            var isReady = false
            var total = 0
        }

        private let state = Mutex(State())

        /// How often it was asked.
        var total: Int { state.withLock { $0.total } }

        func ask() async throws(KafkaError) {
            let error = await withCheckedContinuation { (continuation: CheckedContinuation<KafkaError?, Never>) in
                let isReady = state.withLock { state in
                    state.total += 1
                    if !state.isReady { state.waiting.append(continuation) }
                    return state.isReady
                }
                if isReady { continuation.resume(returning: nil) }
            }
            if Task.isCancelled { throw .taskCancelled }
            if let error { throw error }
        }

        /// - Parameter error: for those who wait; later ones get none.
        func answer(_ error: KafkaError? = nil) {
            let waiting = state.withLock { state in
                state.isReady = true
                defer { state.waiting = [] }
                return state.waiting
            }
            for continuation in waiting { continuation.resume(returning: error) }
        }
    }

    @Test func ofSeveralWhoWantToKnowOneAsks() async throws {
        let broker = Broker(), answers = answers
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    try await answers.answer(to: "a") { () async throws(KafkaError) in try await broker.ask() }
                }
            }
            while broker.total == 0 { await Task.yield() }
            #expect(broker.total == 1)
            // Another question does not wait for it.
            try await answers.answer(to: "b") { () async throws(KafkaError) in }
            broker.answer()
            try await group.waitForAll()
        }
    }

    @Test(arguments: [false, true]) func aFailureOfWhoAskedBeforeIsNoAnswer(isCancelled: Bool) async throws {
        let broker = Broker(), answers = answers
        let first = Task { try await answers.answer(to: "a") { () async throws(KafkaError) in try await broker.ask() } }
        while broker.total == 0 { await Task.yield() }
        let second = Task {
            try await answers.answer(to: "a") { () async throws(KafkaError) in try await broker.ask() }
        }
        if isCancelled { first.cancel() }
        broker.answer(isCancelled ? nil : .refused(.unknownTopicOrPartition))
        let expected = isCancelled ? KafkaError.taskCancelled : .refused(.unknownTopicOrPartition)
        await #expect(throws: expected) { try await first.value }
        try await second.value
    }
}

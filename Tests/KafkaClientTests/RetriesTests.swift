import KafkaProtocol
import Logging
import Testing
import World

@testable import KafkaClient
@testable import KafkaConnection

/// Calls that fail and are repeated, or are not.
@Suite(.timeLimit(.minutes(1)))
struct RetriesTests {
    private let passing = KafkaError(.timedOut, "no answer")
    private let final = KafkaError.refused(.topicAuthorizationFailed)

    private func retries(backoff: Duration = .milliseconds(1)) -> Retries {
        var configuration = ClientConfiguration(bootstrapServers: [])
        configuration.retryBackoff = backoff
        return Retries(configuration, .real, Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() })
    }

    private struct Outcome: Equatable {
        var calls: Int
        var error: KafkaError?
    }

    /// Fails with these errors, one after the other.
    private func run(
        _ failures: [KafkaError],
        timeout: Duration? = nil,
        mayPass: (KafkaError) -> Bool = { _ in true }
    ) async -> Outcome {
        var calls = 0
        do throws(KafkaError) {
            try await retries().run(timeout: timeout, mayPass: mayPass) { () async throws(KafkaError) in
                calls += 1
                if calls <= failures.count { throw failures[calls - 1] }
            }
            return Outcome(calls: calls)
        } catch { return Outcome(calls: calls, error: error) }
    }

    @Test func whatPassesIsRepeatedUntilItSucceeds() async {
        #expect(await run([]) == Outcome(calls: 1))
        #expect(await run([passing, passing]) == Outcome(calls: 3))
    }

    @Test func whatDoesNotPassIsThrownAtOnce() async {
        #expect(await run([passing, final, passing]) == Outcome(calls: 2, error: final))
        var asked: [KafkaError] = []
        let refused = await run([passing, passing]) { error in
            asked.append(error)
            return asked.count < 2
        }
        #expect(refused == Outcome(calls: 2, error: passing) && asked == [passing, passing])
    }

    @Test func withoutTimeItIsCalledOnce() async {
        #expect(await run([passing], timeout: .zero) == Outcome(calls: 1, error: passing))
    }

    @Test func aPauseEndsWhenTheTaskIsCancelled() async throws {
        let retries = retries(backoff: .seconds(50)), passing = passing
        let (began, begin) = AsyncStream<Void>.makeStream()
        let task = Task {
            try await retries.run(timeout: .seconds(600), mayPass: { _ in true }) { () async throws(KafkaError) in
                begin.yield()
                throw passing
            }
        }
        for await _ in began { break }
        task.cancel()
        await #expect(throws: KafkaError.taskCancelled) { try await task.value }
    }
}

import KafkaConnection
import KafkaProtocol
import Logging
import World

/// Runs calls again while they fail with what passes, until the time for a call is over.
struct Retries: Sendable {
    private let configuration: ClientConfiguration
    private let world: World
    private let logger: Logger

    init(_ configuration: ClientConfiguration, _ world: World, _ logger: Logger) {
        (self.configuration, self.world, self.logger) = (configuration, world, logger)
    }

    /// - Parameters:
    ///   - timeout: how long to try, if not as long as is configured.
    ///   - mayPass: whether a failure that others survive may pass here; called before each pause.
    func run<Result>(
        timeout: Duration?,
        mayPass: (KafkaError) -> Bool,
        _ body: () async throws(KafkaError) -> Result
    ) async throws(KafkaError) -> Result {
        let began = world.time.now
        var random = world.random
        var schedule = RetrySchedule(
            first: configuration.retryBackoff,
            longest: configuration.retryBackoffMax,
            timeout: timeout ?? configuration.apiTimeout
        )
        while true {
            let failure: KafkaError
            do { return try await body() } catch { failure = error }
            let elapsed = Duration.milliseconds(world.time.now.milliseconds(since: began))
            guard failure.isRetriable, mayPass(failure), let pause = schedule.next(elapsed: elapsed, using: &random)
            else { throw failure }
            logger.debug("retrying a call", metadata: ["reason": "\(failure)", "pause": "\(pause)"])
            do { try await world.time.sleep(for: pause) } catch { throw .taskCancelled }
        }
    }
}

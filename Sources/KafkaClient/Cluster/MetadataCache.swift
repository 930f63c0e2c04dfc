import KafkaConnection
import KafkaProtocol
import NIOCore
import Synchronization
import World

/// The one place where a client keeps what brokers have told of their cluster. Any thread may use it.
final class MetadataCache: Sendable {
    /// What several tasks may want to be asked at once.
    enum Question: Hashable { case members, topic(String) }

    let questions: SharedAnswers<Question>
    private let metadata: Mutex<Metadata>
    private let time: WorldTime
    private let began: MonotonicTime

    init(_ configuration: ClientConfiguration, _ world: World, on loop: any EventLoop) {
        let topics = TopicMap(
            maxAgeMillis: configuration.metadataMaxAge.milliseconds,
            retryMillis: configuration.retryBackoff.milliseconds,
            retryMaxMillis: configuration.retryBackoffMax.milliseconds
        )
        metadata = Mutex(Metadata(topics: topics))
        questions = SharedAnswers(on: loop)
        time = world.time
        began = world.time.now
    }

    /// Milliseconds of a clock that never goes back.
    var nowMillis: Int64 { time.now.milliseconds(since: began) }

    /// Locks are taken in this order: a producer's or consumer's, this one, a connection pool's.
    func withLock<Result: Sendable>(_ body: (inout Metadata) -> Result) -> Result { metadata.withLock { body(&$0) } }

    /// Takes what a broker answers.
    @discardableResult
    func learn(_ response: MetadataResponse, areNamed: Bool) -> ClusterDescription {
        let now = nowMillis
        return withLock { $0.learn(response, areNamed: areNamed, nowMillis: now) }
    }
}

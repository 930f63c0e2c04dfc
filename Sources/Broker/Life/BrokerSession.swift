import KafkaProtocol
import Synchronization
import World

/// Whether the controller still counts on this broker, as far as the broker can tell by its own clock.
///
/// A leader whose session is over may have a successor that it has not heard of. It leads on, because a cluster without a controller goes on too; but
/// who waits for replicas that do not come is better sent to look for another leader than told to try again here.
final class BrokerSession: Sendable {
    /// Of `MonotonicTime`; the largest number before the first.
    private let confirmedAt = Atomic<Int64>(.max)
    private let millis: Int64
    /// A follower that has not fetched for longer than this may follow no more: with nothing new it fetches every
    /// `replica.fetch.wait.max.ms`, which is taken to be the same on all brokers.
    let followerMillis: Int64
    private let time: WorldTime

    /// - Parameters:
    ///   - millis: `broker.session.timeout.ms`.
    ///   - fetchWaitMillis: `replica.fetch.wait.max.ms`.
    init(millis: Int64, fetchWaitMillis: Int64 = 500, time: WorldTime) {
        self.millis = millis
        followerMillis = 2 * max(500, fetchWaitMillis)
        self.time = time
    }

    /// A request that left then was answered by the controller.
    func confirm(_ sent: MonotonicTime) { confirmedAt.store(sent.nanoseconds, ordering: .relaxed) }

    var isOver: Bool {
        let now = time.now
        let confirmed = MonotonicTime(nanoseconds: confirmedAt.load(ordering: .relaxed))
        return confirmed < now && now.milliseconds(since: confirmed) > millis
    }
}

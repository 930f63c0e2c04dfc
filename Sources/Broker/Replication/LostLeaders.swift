import KafkaProtocol
import Synchronization

/// Leaders that this broker's fetchers have just lost, from when their connection broke until they answer again.
///
/// Clients that ask meanwhile are told that there is no leader rather than one that is gone: so they ask again at once, and find the next one as
/// soon as it is elected. That holds for a moment only, because a leader may be lost to this broker and to nobody else.
final class LostLeaders: Sendable {
    static let milliseconds: Int64 = 1000
    /// The controller needs less when a process has ended and its address refuses connections.
    static let electionMilliseconds: Int64 = 500

    private let since = Mutex<[Int32: MonotonicTime]>([:])

    /// A connection to it broke, or cannot be opened. The first time counts.
    func lost(_ leader: NodeId, now: MonotonicTime) {
        since.withLock { since in
            if since[leader.rawValue] == nil { since[leader.rawValue] = now }
        }
    }

    /// It answers, or this broker fetches nothing from it any more.
    func forget(_ leader: NodeId) { since.withLock { _ = $0.removeValue(forKey: leader.rawValue) } }

    /// Those that clients need not be sent to.
    func current(now: MonotonicTime) -> Set<Int32> { lost(within: Self.milliseconds, now) }

    /// Those whose partitions probably have other leaders in a moment.
    func awaited(now: MonotonicTime) -> Set<Int32> { lost(within: Self.electionMilliseconds, now) }

    /// Whether a leader has not answered for so long.
    func isLost(_ leader: NodeId, forMillis millis: Int64, now: MonotonicTime) -> Bool {
        since.withLock { since in since[leader.rawValue].map { now.milliseconds(since: $0) > millis } ?? false }
    }

    private func lost(within millis: Int64, _ now: MonotonicTime) -> Set<Int32> {
        since.withLock { since in
            if since.isEmpty { return [] }
            return Set(since.filter { now.milliseconds(since: $0.value) < millis }.keys)
        }
    }
}

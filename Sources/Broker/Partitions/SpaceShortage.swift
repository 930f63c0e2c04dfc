import KafkaProtocol
import World

/// The replicas of a log directory for whose records there was no space. Others take over, as far as there are others, until there is space again.
struct SpaceShortage {
    private static let pauseMillis: Int64 = 1000
    /// Where the space that was seen was gone again within this time, or was none, as a quota looks: longer.
    private static let relapseMillis: Int64 = 30_000
    private static let longPauseMillis: Int64 = 10_000

    private(set) var replicas: Set<TopicPartition> = []
    private var looksAt = MonotonicTime.never
    private var endedAt: MonotonicTime?

    /// There was no space for a record of this replica.
    ///
    /// - Returns: whether that is news.
    mutating func found(_ id: TopicPartition, now: MonotonicTime) -> Bool {
        guard replicas.insert(id).inserted else { return false }
        if replicas.count == 1 {
            let isRelapse = endedAt.map { now.milliseconds(since: $0) < Self.relapseMillis } ?? false
            looksAt = now.adding(milliseconds: isRelapse ? Self.longPauseMillis : Self.pauseMillis)
        }
        return true
    }

    /// Whether it is time to look for space.
    func isDue(now: MonotonicTime) -> Bool { !replicas.isEmpty && looksAt <= now }

    /// Somebody has looked.
    ///
    /// - Returns: the replicas whose records find space again.
    mutating func looked(isEnough: Bool, now: MonotonicTime) -> Set<TopicPartition> {
        guard isEnough else {
            looksAt = now.adding(milliseconds: Self.pauseMillis)
            return []
        }
        defer { (replicas, endedAt) = ([], now) }
        return replicas
    }
}

extension DiskSpace {
    /// Whether so much is free that it does not run out again at once: a 64th of the file system, a mebibyte at least and a gibibyte at most.
    var isEnough: Bool { usableBytes >= min(max(totalBytes / 64, 1 << 20), 1 << 30) }
}

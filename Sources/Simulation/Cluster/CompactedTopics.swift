import KafkaProtocol

/// The topics that are compacted, how their nodes are set up for them, and what was told of them.
/// Sendable: only the thread of the scheduler touches it.
final class CompactedTopics: @unchecked Sendable {
    static let table = "table"
    /// Compacted, and loses what is old.
    static let ledger = "ledger"
    static let partitions = [TopicPartition(table, 0), TopicPartition(table, 1), TopicPartition(ledger, 0)]
    static let deleteRetentionMillis: Int64 = 12_000
    static let retentionMillis: Int64 = 25_000
    private static let keyCount: Int64 = 10

    /// `min.compaction.lag.ms`.
    let minLagMillis: Int64
    /// No fault is left, and clients have gone.
    var isCalm = false
    /// A log was damaged, so some may be set aside.
    var wasDamaged = false
    let history: CompactedHistory
    private let settings: [String: String]
    private let scheduler: Scheduler
    private let began: Int64

    /// - Parameter aim: what the run looks for; nil for anything.
    init(_ scheduler: Scheduler, _ history: History, _ timeline: Timeline, _ aim: Aim?) {
        self.scheduler = scheduler
        began = scheduler.now
        minLagMillis = aim?.minCompactionLagMillis ?? (scheduler.happens(0.3) ? 4000 : 0)
        self.history = CompactedHistory(history, timeline, minLagMillis: minLagMillis)
        // So few, at times, that passes get no further than a part of the log.
        let keys = scheduler.happens(0.5) ? 1 << 16 : scheduler.draw(7...14)
        settings = [
            "log.cleaner.backoff.ms": "\(scheduler.draw(0...1500))",
            "log.cleaner.dedupe.buffer.size": "\(24 * keys)",
            "log.cleaner.io.max.bytes.per.second": "\(scheduler.draw(50_000...500_000))",
            "log.cleaner.min.compaction.lag.ms": "\(minLagMillis)",
        ]
    }

    /// What the nodes' clocks say when they are right; those of clients begin later.
    var wall: Int64 { Scheduler.wall.milliseconds + (scheduler.now - began) / 1_000_000 }

    /// The node's settings; those of an aim come before them.
    func merged(into common: [String: String]) -> [String: String] { common.merging(settings) { $1 } }

    func configs(of topic: String) -> [String: String] {
        [
            "cleanup.policy": topic == Self.ledger ? "compact,delete" : "compact",
            "retention.ms": topic == Self.ledger ? "\(Self.retentionMillis)" : "-1",
            "internal.segment.bytes": "\(scheduler.draw(1500...6000))", "segment.ms": "\(scheduler.draw(800...5000))",
            "min.cleanable.dirty.ratio": "0.01", "delete.retention.ms": "\(Self.deleteRetentionMillis)",
            "file.delete.delay.ms": "\(scheduler.draw(0...2000))",
        ]
    }

    /// For the topic that is not always compacted.
    func somePolicy() -> String { scheduler.happens(0.75) ? "compact" : "delete" }

    func somePartition() -> TopicPartition {
        Self.partitions[Int(scheduler.draw(0...Int64(Self.partitions.count - 1)))]
    }

    /// Most writes go to a few keys, others from time to time, so that many passes carry the last values of the rest.
    func someKey() -> String {
        let turn = scheduler.now / 4_000_000_000
        let near = (turn * 3 + scheduler.draw(0...2)) % Self.keyCount
        let far = scheduler.draw(0...Self.keyCount - 1)
        return "account-\(scheduler.happens(0.85) ? near : far)"
    }
}

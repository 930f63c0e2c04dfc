import KafkaRecords
import World

/// What a topic's configuration means for its logs. Sizes in bytes, times in milliseconds.
public struct LogConfig: Equatable, Sendable {
    public var segmentBytes: Int64 = 1 << 30
    public var segmentMillis: Int64 = 7 * 24 * 3_600_000
    public var indexIntervalBytes = 4096
    public var indexMaxBytes = 10 << 20
    /// -1: no limit.
    public var retentionMillis: Int64 = 7 * 24 * 3_600_000
    /// -1: no limit.
    public var retentionBytes: Int64 = -1
    public var deletesOldSegments = true
    public var isCompacted = false
    public var fileDeleteDelayMillis: Int64 = 60_000
    public var producerIdExpirationMillis: Int64 = 86_400_000
    /// Whether an acknowledgement waits for the disk: `ottla.flush.policy`.
    public var flushesBeforeAck = false
    /// Records after which the log is flushed, `flush.messages`.
    public var flushMessages = Int64.max
    /// Time after which an unflushed log is flushed, `flush.ms`.
    public var flushMillis = Int64.max
    public var rules = BatchRules()
    /// Whether the log's files may be closed for a time when others need theirs.
    public var filesGiveWay = true

    public init() {}
}

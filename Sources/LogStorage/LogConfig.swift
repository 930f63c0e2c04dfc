import KafkaRecords
import World

/// What a topic's configuration means for its logs. Sizes in bytes, times in milliseconds.
package struct LogConfig: Equatable, Sendable {
    package var segmentBytes: Int64 = 1 << 30
    package var segmentMillis: Int64 = 7 * 24 * 3_600_000
    /// Up to so much earlier a segment ends, so that those of many logs do not end at once: `segment.jitter.ms`.
    package var segmentJitterMillis: Int64 = 0
    package var indexIntervalBytes = 4096
    package var indexMaxBytes = 10 << 20
    /// -1: no limit.
    package var retentionMillis: Int64 = 7 * 24 * 3_600_000
    /// -1: no limit.
    package var retentionBytes: Int64 = -1
    package var deletesOldSegments = true
    package var isCompacted = false
    /// How long tombstones are kept, `delete.retention.ms`.
    package var deleteRetentionMillis: Int64 = 86_400_000
    /// `min.cleanable.dirty.ratio`.
    package var minCleanableRatio = 0.5
    /// Records younger than that are left alone, `min.compaction.lag.ms`.
    package var minCompactionLagMillis: Int64 = 0
    /// Records older than that are looked at whatever the ratio, `max.compaction.lag.ms`.
    package var maxCompactionLagMillis = Int64.max
    package var fileDeleteDelayMillis: Int64 = 60_000
    package var producerIdExpirationMillis: Int64 = 86_400_000
    /// Whether an acknowledgement waits for the disk: `ottla.flush.policy`.
    package var flushesBeforeAck = false
    /// Records after which the log is flushed, `flush.messages`.
    package var flushMessages = Int64.max
    /// Time after which an unflushed log is flushed, `flush.ms`.
    package var flushMillis = Int64.max
    package var rules = BatchRules()
    /// Whether the log's files may be closed for a time when others need theirs.
    package var filesGiveWay = true

    package init() {}
}

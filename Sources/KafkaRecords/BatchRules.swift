/// What a topic asks of the records that producers send it.
package struct BatchRules: Equatable, Sendable {
    /// `max.message.bytes`: the largest batch, in bytes with its prefix, as it was sent and as it is stored.
    package var maxBatchBytes = 1_048_588
    /// `message.timestamp.before.max.ms` and `message.timestamp.after.max.ms`.
    package var timestampBeforeMaxMillis = Int64.max
    package var timestampAfterMaxMillis: Int64 = 3_600_000
    /// `message.timestamp.type` is LogAppendTime: the producer's timestamps are not looked at.
    package var isLogAppendTime = false
    /// The topic is compacted: each record needs a key.
    package var isCompacted = false
    /// The codec that the topic stores; nil keeps the producer's (`compression.type=producer`).
    package var storedCompression: Compression?
    package var compressionLevel: Int?

    package init() {}

    /// The timestamps that a record may have, besides -1 for none. Without any bound a time may even be so long ago that the difference to now
    /// is no number any more; Kafka refuses that one otherwise.
    func timestamps(now: Int64) -> ClosedRange<Int64> {
        if isLogAppendTime || timestampBeforeMaxMillis == .max && timestampAfterMaxMillis == .max {
            return .min ... .max
        }
        let (oldest, isBeforeAll) = now.subtractingReportingOverflow(timestampBeforeMaxMillis)
        let (newest, isAfterAll) = now.addingReportingOverflow(timestampAfterMaxMillis)
        let lower = isBeforeAll ? .min : oldest
        return lower...max(lower, isAfterAll ? .max : newest)
    }

    /// What is wrong with a timestamp that is not allowed.
    func problem(_ timestamp: Int64, now: Int64) -> String {
        let (age, isTooFar) = now.subtractingReportingOverflow(timestamp)
        if isTooFar { return "timestamp \(timestamp) is no time that the topic allows" }
        return age >= 0
            ? "timestamp \(timestamp) is \(age) ms before now; the topic allows \(timestampBeforeMaxMillis)"
            : "timestamp \(timestamp) is \(0 &- age) ms after now; the topic allows \(timestampAfterMaxMillis)"
    }
}

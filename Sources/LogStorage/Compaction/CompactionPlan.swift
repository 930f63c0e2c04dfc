import KafkaProtocol
import World

/// How much of a log waits for compaction.
package struct CompactionBacklog: Equatable, Sendable {
    /// Below it every key stands once, but for tombstones that are still kept.
    package var firstDirtyOffset: Int64
    /// Where compaction has to stop: at what may still change, the active segment, or records that are too young.
    package var firstUncleanableOffset: Int64
    package var cleanBytes: Int64
    /// Between the two offsets.
    package var dirtyBytes: Int64
    /// A record is older than `max.compaction.lag.ms`.
    package var isOverdue: Bool
    /// From `firstUncleanableOffset` on.
    package var heldBytes: Int64 = 0
    /// What compaction stops at; nil when nothing is dirty behind `firstUncleanableOffset`.
    package var hold: CompactionHold?

    package var isEmpty: Bool { firstUncleanableOffset <= firstDirtyOffset }

    /// What `min.cleanable.dirty.ratio` is compared with.
    package var dirtyRatio: Double {
        let all = cleanBytes + dirtyBytes
        return all > 0 ? Double(dirtyBytes) / Double(all) : 0
    }
}

/// What compaction has to stop at.
package enum CompactionHold: Equatable, Sendable {
    /// The active segment is never compacted.
    case activeSegment
    /// Records that are not replicated yet, or of a transaction that is open.
    case unstableRecords
    /// Younger than `min.compaction.lag.ms`, until that time; milliseconds since 1970.
    case youngRecords(until: Int64)
}

/// What one pass of compaction works on, taken under the log's lock.
package struct CompactionPlan: Sendable {
    struct Source: Equatable, Sendable {
        var baseOffset: Int64
        /// The offset behind it.
        var nextBase: Int64
        var size: Int64
        /// Of both indexes.
        var indexBytes: Int
    }

    /// What a producer wrote last: the batch must stay, or its sequence numbers would begin anew.
    struct LastBatch: Equatable, Sendable {
        /// nil when it has only ended transactions.
        var lastOffset: Int64?
        var epoch: Int16
    }

    let directory: String
    let fileSystem: any FileSystem
    let config: LogConfig
    /// From the log's first segment to the last that may be rewritten.
    let sources: [Source]
    package let backlog: CompactionBacklog
    let aborted: [AbortedTxn]
    let epochs: LeaderEpochs
    let lastBatches: [Int64: LastBatch]
    /// Milliseconds since 1970.
    let now: Int64

    var files: LogFiles { LogFiles(directory: directory, fileSystem: fileSystem, config: config) }

    /// The dirty part is read twice: for its keys, and with all the rest. Less when the keys find no place in the map.
    package var bytesToRead: Int64 { backlog.dirtyBytes + sources.reduce(0) { $0 + $1.size } }

    /// Neighbouring segments that fit into one: what they become is one segment. Only those that begin below `end`.
    func groups(below end: Int64) -> [[Source]] {
        var groups: [[Source]] = []
        var bytes: Int64 = 0
        var indexBytes = 0
        for source in sources where source.baseOffset < end {
            if let first = groups.last?.first, bytes + source.size <= config.segmentBytes,
                indexBytes + source.indexBytes <= config.indexMaxBytes,
                source.nextBase - first.baseOffset <= Int64(Int32.max)
            {
                groups[groups.count - 1].append(source)
            } else {
                groups.append([source])
                bytes = 0
                indexBytes = 0
            }
            bytes += source.size
            indexBytes += source.indexBytes
        }
        return groups
    }
}

/// The memory that a pass may use.
package struct CompactionLimits: Equatable, Sendable {
    /// For the map of keys, `log.cleaner.dedupe.buffer.size`.
    package var mapBytes = 128 << 20
    /// `log.cleaner.io.buffer.load.factor`.
    package var loadFactor = 0.9
    /// Bytes that are read at once.
    package var windowBytes = 1 << 20

    package init() {}
}

/// What a pass came to.
package struct CompactionReport: Equatable, Sendable {
    /// The log's first dirty offset from now on.
    package var cleanedOffset: Int64 = 0
    /// Not all keys found a place in the map: another pass gets further.
    package var isPartial = false
    package var recordsRead = 0
    package var recordsKept = 0
    /// Marks of deleted keys that were dropped because their time was over.
    package var tombstonesDropped = 0
    /// Records without a key, which a compacted topic cannot keep.
    package var keylessDropped = 0
    /// Of the segments that were looked at.
    package var bytesBefore: Int64 = 0
    package var bytesAfter: Int64 = 0
    package var segmentsBefore = 0
    package var segmentsAfter = 0
    package var keys = 0
    package var mapBytes = 0

    package init() {}

    /// What this pass and the one before it came to, as if they had been one: it has read what the earlier one kept once more.
    package func after(_ earlier: CompactionReport) -> CompactionReport {
        var all = self
        all.recordsRead = earlier.recordsRead + max(0, recordsRead - earlier.recordsKept)
        all.bytesBefore = earlier.bytesBefore + max(0, bytesBefore - earlier.bytesAfter)
        all.segmentsBefore = earlier.segmentsBefore + max(0, segmentsBefore - earlier.segmentsAfter)
        all.tombstonesDropped += earlier.tombstonesDropped
        all.keylessDropped += earlier.keylessDropped
        all.keys += earlier.keys
        all.mapBytes = max(mapBytes, earlier.mapBytes)
        return all
    }
}

/// The segment that a group of segments has become. Its files bear the suffix of how far the exchange is.
package struct CleanedGroup: Sendable {
    let sources: [CompactionPlan.Source]
    let size: Int64
    /// Why the sources are retired.
    var reason = RetentionReason.compacted

    var baseOffset: Int64 { sources[0].baseOffset }  // a group is never empty
}

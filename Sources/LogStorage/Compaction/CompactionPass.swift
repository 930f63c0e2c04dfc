@_spi(Sabotage) import KafkaProtocol
import KafkaRecords
import NIOCore
import World

/// What a pass asks of those who run it.
package struct CompactionHost {
    /// Is told of bytes that were read or written, and may wait, to keep to a rate.
    package var pace: (Int) -> Void
    /// Is told of bytes that stay in the log.
    package var kept: (Int) -> Void
    /// The pass ends at the next batch when this is so; nothing is lost.
    package var isCancelled: () -> Bool
    /// Runs a step under the log's lock.
    package var onLog: ((PartitionLog) throws(LogError) -> Bool) throws(LogError) -> Bool
    /// Segments that were replaced, whose files are to be removed.
    package var replaced: ([RetiredSegment]) -> Void

    package init(
        pace: @escaping (Int) -> Void = { _ in },
        kept: @escaping (Int) -> Void = { _ in },
        isCancelled: @escaping () -> Bool = { false },
        onLog: @escaping ((PartitionLog) throws(LogError) -> Bool) throws(LogError) -> Bool,
        replaced: @escaping ([RetiredSegment]) -> Void
    ) {
        self.pace = pace
        self.kept = kept
        self.isCancelled = isCancelled
        self.onLog = onLog
        self.replaced = replaced
    }
}

/// One pass of compaction over a log: notes the last offset of each key in the dirty part, then writes all segments up to there anew
/// without the records that a later one has replaced. Reads and writes files without the log's lock.
///
/// A key's last value is never dropped, and order and offsets never change. Records at or above what could be noted stay as they are, so
/// a pass whose memory is too small for all keys still gets ahead.
package struct CompactionPass {
    private let plan: CompactionPlan
    private let limits: CompactionLimits
    private let host: CompactionHost
    private let seed: (UInt64, UInt64)
    private var report = CompactionReport()

    /// - Parameter seed: of the hash that stands for the keys, drawn for each pass.
    package init(_ plan: CompactionPlan, limits: CompactionLimits, seed: (UInt64, UInt64), host: CompactionHost) {
        self.plan = plan
        self.limits = limits
        self.host = host
        self.seed = seed
    }

    /// Runs the pass. Blocks on the disk.
    ///
    /// - Returns: nil when it was cancelled, or the log's segments changed meanwhile.
    /// - Throws: `.corrupt` where a batch is damaged, `.refused` for a log that cannot be compacted, `.storage`.
    package mutating func run() throws(LogError) -> CompactionReport? {
        var map = OffsetMap(
            capacity: try countDirtyRecords(),
            bytes: limits.mapBytes,
            loadFactor: limits.loadFactor,
            seed: seed
        )
        guard let end = try fill(&map) else { return nil }
        report.keys = map.count
        report.mapBytes = map.bytes
        var filter = TransactionFilter(plan.aborted)
        for group in plan.groups(below: end) {
            guard try clean(group, map, end, &filter) else { return nil }
        }
        report.cleanedOffset = Sabotage.mapEndIgnored.isOn ? plan.backlog.firstUncleanableOffset : end
        report.isPartial = end > plan.backlog.firstDirtyOffset && end < plan.backlog.firstUncleanableOffset
        return report
    }

    // MARK: The map

    /// How many keys the dirty part may have at most, as far as the map could take them.
    private func countDirtyRecords() throws(LogError) -> Int {
        let most = limits.mapBytes / OffsetMap.entryBytes
        var count = 0
        for source in plan.sources where source.nextBase > plan.backlog.firstDirtyOffset {
            var reader = try reader(of: source, windowBytes: 4096)
            while count < most, !host.isCancelled(), let (header, _) = try reader.next() {
                if header.lastOffset >= plan.backlog.firstDirtyOffset, !header.isControl {
                    count += Int(max(0, header.recordCount))
                }
            }
        }
        return count
    }

    /// Notes the keys of the dirty part; the result is the offset up to which they are all noted, nil when the pass was cancelled.
    private func fill(_ map: inout OffsetMap) throws(LogError) -> Int64? {
        var filter = TransactionFilter(plan.aborted)
        for source in plan.sources where source.nextBase > plan.backlog.firstDirtyOffset {
            var reader = try reader(of: source)
            while let (header, position) = try reader.next() {
                if host.isCancelled() { return nil }
                if header.lastOffset < plan.backlog.firstDirtyOffset || header.recordCount == 0 { continue }
                let batch = try reader.batch(header, at: position)
                host.pace(header.totalSize)
                if header.isControl {
                    if let marker = EndTransactionMarker(batch) { _ = filter.end(marker, header) }
                } else if !filter.isAborted(header), let full = try note(batch, in: &map, reader, position) {
                    return full
                }
            }
        }
        return plan.backlog.firstUncleanableOffset
    }

    /// Notes the keys of a batch; the result is the first offset that found no place.
    private func note(
        _ batch: RecordBatch,
        in map: inout OffsetMap,
        _ reader: CompactionReader,
        _ position: Int64
    ) throws(LogError) -> Int64? {
        var full: Int64?
        let first = plan.backlog.firstDirtyOffset
        do {
            try batch.forEachKey { offset, key in
                if full == nil, offset >= first, !map.note(key, at: offset) { full = offset }
            }
        } catch {
            throw reader.damaged(position, "\(error)")
        }
        return full
    }

    // MARK: The segments

    /// Writes a group of segments anew and exchanges them; false when the pass is to end.
    private mutating func clean(
        _ group: [CompactionPlan.Source],
        _ map: borrowing OffsetMap,
        _ end: Int64,
        _ filter: inout TransactionFilter
    ) throws(LogError) -> Bool {
        var writer = CleanedWriter(plan.files, group)
        do {
            for source in group {
                guard try clean(source, map, end, &filter, &writer) else {
                    writer.discard()
                    return false
                }
            }
            report.segmentsBefore += group.count
            report.segmentsAfter += 1
            report.bytesBefore += group.reduce(0) { $0 + $1.size }
            guard let cleaned = try writer.finish() else {
                report.bytesAfter += group[0].size
                return true
            }
            report.bytesAfter += cleaned.size
            host.pace(Int(cleaned.size))
            return try SegmentExchange(files: plan.files, host: host).run(cleaned, &writer)
        } catch {
            writer.discard()
            throw error
        }
    }

    private mutating func clean(
        _ source: CompactionPlan.Source,
        _ map: borrowing OffsetMap,
        _ end: Int64,
        _ filter: inout TransactionFilter,
        _ writer: inout CleanedWriter
    ) throws(LogError) -> Bool {
        var reader = try reader(of: source)
        while let (header, position) = try reader.next() {
            if host.isCancelled() { return false }
            let batch = try reader.batch(header, at: position)
            host.pace(header.totalSize)
            do {
                switch try decide(batch, map, end, &filter, &writer) {
                case .unchanged:
                    try writer.keep(header, batch.bytes)
                    host.kept(header.totalSize)
                case .nothing: try writer.drop(before: position)
                case .rewritten(let bytes):
                    try writer.replace(bytes, before: position)
                    host.kept(bytes.readableBytes)
                }
            } catch let error as RecordError {
                throw reader.damaged(position, "\(error)")
            } catch let error as LogError {
                throw error
            } catch {
                throw reader.damaged(position, "\(error)")  // nothing else is thrown
            }
        }
        return true
    }

    /// What is left of a batch.
    private mutating func decide(
        _ batch: RecordBatch,
        _ map: borrowing OffsetMap,
        _ end: Int64,
        _ filter: inout TransactionFilter,
        _ writer: inout CleanedWriter
    ) throws -> FilteredBatch.Content {
        let header = batch.header
        let isLast = isLastOfProducer(header)
        let isHorizonPast = header.hasDeleteHorizon && header.baseTimestamp <= plan.now
        if header.isControl {
            if header.recordCount == 0 { return isLast ? .unchanged : .nothing }
            guard let marker = EndTransactionMarker(batch) else { return .unchanged }
            let meaning = filter.end(marker, header)
            if let aborted = meaning.aborted { writer.aborted.append(aborted) }
            if meaning.isOfNothing, isHorizonPast { return isLast ? .rewritten(batch.emptied) : .nothing }
            let horizon = plan.now &+ plan.config.deleteRetentionMillis
            return try batch.filtered(deleteHorizon: horizon, needsHorizon: meaning.isOfNothing) { _, _, _ in true }
                .content
        }
        report.recordsRead += Int(header.recordCount)
        // Also a batch that is empty belongs to its transaction: as long as it is there the marker has to be, or the transaction would
        // be open again after a start.
        let isAborted = filter.isAborted(header)
        if header.recordCount == 0 { return isLast ? .unchanged : .nothing }
        if isAborted { return isLast ? .rewritten(batch.emptied) : .nothing }
        var keyless = 0
        var tombstones = 0
        // The time of a tombstone begins when what it deletes is gone, so not before its key was noted.
        let horizon = header.lastOffset < end ? plan.now &+ plan.config.deleteRetentionMillis : nil
        let filtered = try batch.filtered(deleteHorizon: horizon) {
            offset,
            key,
            isTombstone in
            if offset >= end { return true }
            guard let key else {
                keyless += 1
                return false
            }
            if let last = map.offset(of: key), offset < last { return false }
            if isTombstone, isHorizonPast || Sabotage.tombstonesNotKept.isOn {
                tombstones += 1
                return false
            }
            return true
        }
        report.recordsKept += filtered.keptCount
        report.keylessDropped += keyless
        report.tombstonesDropped += tombstones
        if case .nothing = filtered.content, isLast { return .rewritten(batch.emptied) }
        return filtered.content
    }

    /// Whether the log would forget a producer's sequence numbers, or its epoch, without the batch.
    private func isLastOfProducer(_ header: RecordBatchHeader) -> Bool {
        guard header.hasProducerId, let last = plan.lastBatches[header.producerId] else { return false }
        if let offset = last.lastOffset { return header.lastOffset == offset }
        return header.isControl && header.producerEpoch == last.epoch
    }

    private func reader(of source: CompactionPlan.Source, windowBytes: Int? = nil) throws(LogError) -> CompactionReader
    {
        try CompactionReader(plan, source, windowBytes: windowBytes ?? limits.windowBytes)
    }
}

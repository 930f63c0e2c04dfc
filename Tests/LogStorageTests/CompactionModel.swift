import KafkaProtocol
import KafkaRecords
import NIOCore
import TestSupport
import Testing
import World

@testable import LogStorage

/// A compacted log, and what was written to it: what compaction may and may not take is asked of the latter.
struct CompactionModel {
    struct Written {
        var key: String?
        /// nil: a tombstone.
        var value: String?
        var time: Int64
        var isAborted = false
    }

    static let directory = "/d/t-0"
    static let deleteRetention: Int64 = 1_000

    var disk = MemoryFileSystem()
    var log: PartitionLog
    var now: Int64 = 1_000_000
    /// By offset.
    var written: [Int64: Written] = [:]
    var cleaned: Int64 = 0
    var limits = CompactionLimits()
    private var sequences: [Int64: Int32] = [:]
    /// The records of each transaction that is open, by producer.
    private(set) var open: [Int64: [Int64]] = [:]
    private var step = 0

    static var config: LogConfig {
        var config = LogConfig()
        config.segmentBytes = 1500
        config.indexIntervalBytes = 100
        config.isCompacted = true
        config.deletesOldSegments = false
        config.deleteRetentionMillis = deleteRetention
        return config
    }

    init() throws {
        log = try Self.open(disk, cleaned: nil)
        limits.windowBytes = 256
    }

    static func open(
        _ disk: MemoryFileSystem,
        cleaned: Int64?,
        recoveryPoint: Int64 = 0,
        isClean: Bool = false
    ) throws -> PartitionLog {
        var opening = opening(clean: isClean, recoveryPoint: recoveryPoint)
        opening.cleanedOffset = cleaned
        return try PartitionLog.open(disk, directory: directory, config: config, opening: opening)
    }

    /// Below it no transaction is open.
    var lastStableOffset: Int64 { min(log.logEndOffset, log.producers.firstUnstableOffset ?? .max) }

    // MARK: Events

    /// Appends a batch; a producer's id makes it idempotent, and one below 3 transactional.
    mutating func append(
        _ records: [(key: String?, value: String?)],
        producer: Int64? = nil,
        compression: Compression = .none
    ) throws {
        step += 1
        var builder = RecordBatchBuilder(compression: compression)
        if let producer {
            let sequence = sequences[producer] ?? 0
            builder.setProducer(id: producer, epoch: 0, baseSequence: sequence, isTransactional: producer < 3)
            sequences[producer] = sequence + Int32(records.count)
        }
        let first = log.logEndOffset
        for (index, record) in records.enumerated() {
            builder.append(
                timestamp: now + Int64(index),
                key: record.key.map { ByteBuffer(string: $0) },
                value: record.value.map { ByteBuffer(string: $0) }
            )
            let offset = first + Int64(index)
            written[offset] = Written(key: record.key, value: record.value, time: now)
            if let producer, producer < 3 { open[producer, default: []].append(offset) }
        }
        let batch = try ValidatedBatch(own: try builder.build())
        _ = try log.append(batch, leaderEpoch: 0, now: now, isFromClient: producer != nil)
        log.highWatermarkMoved(to: log.logEndOffset)
    }

    mutating func end(_ producer: Int64, commits: Bool) throws {
        let marker = EndTransactionMarker(isCommit: commits, coordinatorEpoch: 0)
        let batch = try ValidatedBatch(own: marker.batch(producerId: producer, producerEpoch: 0, timestamp: now))
        _ = try log.append(batch, leaderEpoch: 0, now: now, isFromClient: false)
        log.highWatermarkMoved(to: log.logEndOffset)
        for offset in open.removeValue(forKey: producer) ?? [] where !commits { written[offset]?.isAborted = true }
    }

    mutating func flush() throws {
        while let work = log.beginFlush() {
            try work.run()
            log.completeFlush(work)
        }
    }

    /// A pass of compaction.
    @discardableResult
    mutating func compact() throws -> CompactionReport? {
        let log = log
        guard let plan = try log.planCompaction(lastStableOffset: lastStableOffset, now: now) else { return nil }
        let host = CompactionHost(
            onLog: { body throws(LogError) in try body(log) },
            replaced: { for segment in $0 { try? segment.remove() } }
        )
        var pass = CompactionPass(plan, limits: limits, seed: (7, 11), host: host)
        guard let report = try pass.run() else { return nil }
        #expect(report.cleanedOffset > plan.backlog.firstDirtyOffset, "a pass gets ahead")
        log.compacted(upTo: report.cleanedOffset)
        cleaned = log.cleanedOffset
        return report
    }

    // MARK: Checks

    /// What a reader of committed records sees from an offset on.
    static func committed(_ log: PartitionLog, from start: Int64 = 0) throws -> [Record] {
        let end = min(log.logEndOffset, log.producers.firstUnstableOffset ?? .max)
        let aborted = try log.abortedTransactions(from: start, upTo: end)
        var result: [Record] = []
        for (producer, record) in try all(log, from: start) where record.offset < end {
            let isAborted = aborted.contains {
                $0.producerId == producer && $0.firstOffset <= record.offset && record.offset <= $0.lastOffset
            }
            if !isAborted { result.append(record) }
        }
        return result
    }

    /// All records of transactional producers and others, with the id of a transactional one.
    private static func all(_ log: PartitionLog, from start: Int64) throws -> [(producer: Int64, record: Record)] {
        var result: [(Int64, Record)] = []
        var offset = max(start, log.logStartOffset)
        while let slice = try log.read(from: offset, maxBytes: 4000, upTo: log.logEndOffset, isFirstBatchWhole: true) {
            let bytes = try slice.bytes()
            let before = offset
            for batch in RecordBatches(bytes) {
                #expect(batch.isChecksumValid)
                #expect(batch.header.nextOffset > offset)
                offset = batch.header.nextOffset
                if batch.header.isControl { continue }
                let producer = batch.header.isTransactional ? batch.header.producerId : -1
                let records = try batch.allRecords()
                #expect(records.count == Int(batch.header.recordCount))
                result += records.filter { $0.offset >= start }.map { (producer, $0) }
            }
            if offset == before { throw LogError.outOfRange(offset: offset, start: 0, end: log.logEndOffset) }
        }
        return result
    }

    /// The offset of each key's last committed record.
    private func lastOffsets(below end: Int64) -> [String: Int64] {
        var last: [String: Int64] = [:]
        for (offset, entry) in written where !entry.isAborted && offset < end {
            if let key = entry.key { last[key] = max(last[key] ?? -1, offset) }
        }
        return last
    }

    func check(_ context: String) throws { try check(log, context) }

    /// - Parameter log: this model's, or the same opened anew.
    func check(_ log: PartitionLog, _ context: String) throws {
        let records = try Self.committed(log)
        var offsets: Set<Int64> = []
        for record in records {
            let entry = try #require(written[record.offset], "\(context): offset \(record.offset) was never written")
            #expect(!entry.isAborted, "\(context): offset \(record.offset) was aborted")
            #expect(entry.key == record.key.map { String(buffer: $0) }, "\(context): key at \(record.offset)")
            #expect(entry.value == record.value.map { String(buffer: $0) }, "\(context): value at \(record.offset)")
            offsets.insert(record.offset)
        }
        #expect(records.map(\.offset) == offsets.sorted(), "\(context): order")
        let end = min(log.logEndOffset, log.producers.firstUnstableOffset ?? .max)
        for (key, offset) in lastOffsets(below: end) where !offsets.contains(offset) {
            let entry = try #require(written[offset])
            #expect(entry.value == nil, "\(context): the last value of \(key), at \(offset), is gone")
            #expect(now - entry.time >= Self.deleteRetention, "\(context): the tombstone of \(key) is gone too early")
            #expect(
                !records.contains { $0.key.map { String(buffer: $0) } == key },
                "\(context): \(key) was deleted at \(offset) and is back"
            )
        }
        let start = Int64.random(in: 0...log.logEndOffset)
        #expect(
            try Self.committed(log, from: start).map(\.offset) == records.map(\.offset).filter { $0 >= start },
            "\(context): from \(start)"
        )
    }

    /// After passes with enough memory each key stands once in the clean part.
    func checkUnique(_ context: String) throws {
        var seen: Set<String> = []
        for record in try Self.committed(log) where record.offset < cleaned {
            guard let key = record.key.map({ String(buffer: $0) }) else {
                Issue.record("\(context): a record without a key")
                continue
            }
            #expect(seen.insert(key).inserted, "\(context): \(key) stands twice below \(cleaned)")
        }
    }

    /// The producers' sequence numbers are the same when the log is all that tells them.
    func checkProducers(_ context: String) throws {
        let copy = disk.forNextProcess()
        for name in try copy.list(Self.directory) where name.hasSuffix(".snapshot") {
            try copy.remove(Path.join(Self.directory, name))
        }
        let again = try Self.open(copy, cleaned: cleaned)
        #expect(again.logEndOffset == log.logEndOffset, "\(context): the log's end")
        // Else nothing could be read behind a transaction that seems to be open, nor compacted.
        #expect(
            again.producers.firstUnstableOffset == log.producers.firstUnstableOffset,
            "\(context): the last stable offset"
        )
        for (id, entry) in log.producers.producers {
            #expect(again.producers.producers[id]?.lastSequence == entry.lastSequence, "\(context): producer \(id)")
            #expect(again.producers.producers[id]?.lastOffset == entry.lastOffset, "\(context): producer \(id)")
        }
        try check(again, "\(context), opened anew")
    }
}

import KafkaProtocol
import KafkaRecords
import NIOCore
import Testing
import World

@testable import LogStorage

/// Every truncation and every single-bit flip of every file of a small partition: what a consumer that checks checksums gets is
/// what was written, or an error that says where the damage is; never something else, and never a crash.
struct EnumerationTests {
    static let directory = "/d/t-0"

    static var config: LogConfig {
        var config = LogConfig()
        config.segmentBytes = 450
        config.indexIntervalBytes = 150
        config.retentionMillis = -1
        return config
    }

    /// The files of a log of three segments with an aborted transaction, idempotent batches and a change of leader epoch.
    static func files(clean: Bool) throws -> [String: [UInt8]] {
        let disk = MemoryFileSystem()
        let log = try PartitionLog.open(disk, directory: directory, config: config, opening: LogOpening())
        for index in 0..<5 { try log.add(["value \(index)", "second \(index)"], timestamp: Int64(1000 + 10 * index)) }
        for (sequence, isAbort) in [(0, false), (1, false), (2, true)] as [(Int32, Bool)] {
            if isAbort {
                let marker = EndTransactionMarker(isCommit: false, coordinatorEpoch: 1)
                let bytes = try marker.batch(producerId: 7, producerEpoch: 0, timestamp: 1100)
                _ = try log.append(try ValidatedBatch(own: bytes), leaderEpoch: 1, now: 1100, isFromClient: false)
                continue
            }
            let data = try batch(["t\(sequence)"], timestamp: 1090, producer: (7, 0, sequence), transactional: true)
            _ = try log.append(data, leaderEpoch: 1, now: 1090, isFromClient: true)
        }
        for index in 0..<4 { try log.add(["late \(index)"], timestamp: Int64(1200 + 10 * index), epoch: 2) }
        if let flush = log.beginFlush() {
            try flush.run()
            log.completeFlush(flush)
        }
        if clean { try log.close() }
        var files: [String: [UInt8]] = [:]
        for name in try disk.list(directory) {
            files[name] = Array(try disk.contents(Path.join(directory, name)).readableBytesView)
        }
        return files
    }

    static func disk(_ files: [String: [UInt8]]) throws -> MemoryFileSystem {
        let disk = MemoryFileSystem()
        try disk.createDirectory(directory)
        for (name, bytes) in files {
            try disk.open(Path.join(directory, name), .replace).write(ByteBuffer(bytes: bytes), at: 0)
        }
        return disk
    }

    /// All that a client can ask of a log.
    struct Served: Equatable {
        var records: [Record] = []
        var aborted: [AbortedTxn] = []
        var times: [TimestampedOffset?] = []
        var range: Range<Int64> = 0..<0
    }

    enum Outcome {
        case same
        /// An error named the damage, or a batch with a wrong checksum was served, which every client refuses.
        case detected
        /// Fewer records at the end: allowed where nothing says that they had reached the disk.
        case cut
        case wrong(String)
    }

    static func serve(_ log: PartitionLog, checksummed: inout Bool) throws -> Served {
        var served = Served()
        served.range = log.logStartOffset..<log.logEndOffset
        var offset = log.logStartOffset
        while let slice = try log.read(from: offset, maxBytes: 300, upTo: log.logEndOffset, isFirstBatchWhole: true) {
            let start = offset
            for batch in RecordBatches(try slice.bytes()) {
                guard batch.isChecksumValid else {
                    checksummed = false
                    return served
                }
                served.records += try batch.allRecords().filter { $0.offset >= start }
                offset = batch.header.nextOffset
            }
            if offset == start {
                // Not even one batch: a client says so.
                checksummed = false
                return served
            }
        }
        served.aborted = try log.abortedTransactions(from: 0, upTo: log.logEndOffset)
        for timestamp in stride(from: Int64(995), to: 1260, by: 5) {
            served.times.append(try log.find(timestamp: timestamp))
        }
        served.times.append(try log.findMaxTimestamp())
        return served
    }

    static func outcome(_ files: [String: [UInt8]], _ opening: LogOpening, expected: Served) -> Outcome {
        do {
            let log = try PartitionLog.open(try disk(files), directory: directory, config: config, opening: opening)
            var checksummed = true
            let served = try serve(log, checksummed: &checksummed)
            if !checksummed { return .detected }
            if served == expected { return .same }
            if served.range.upperBound < expected.range.upperBound, served.range.upperBound >= opening.recoveryPoint,
                served.records == Array(expected.records.prefix(served.records.count))
            {
                return .cut
            }
            return .wrong("\(served.range) with \(served.records.count) records, \(served.aborted)")
        } catch {
            return .detected
        }
    }

    static func opening(clean: Bool, recoveryPoint: Int64) -> LogOpening {
        var result = LogOpening()
        result.isClean = clean
        result.recoveryPoint = recoveryPoint
        result.maxLeaderEpoch = 2
        return result
    }

    /// - Parameter mayCut: whether a damaged end of the log may be taken for one that a power failure tore.
    private func enumerate(clean: Bool, recoveryPoint: Int64, mayCut: Bool) throws {
        let files = try Self.files(clean: clean)
        let opening = Self.opening(clean: clean, recoveryPoint: recoveryPoint)
        var isValid = true
        let log = try PartitionLog.open(
            try Self.disk(files),
            directory: Self.directory,
            config: Self.config,
            opening: opening
        )
        let expected = try Self.serve(log, checksummed: &isValid)
        #expect(isValid && expected.records.count == 17 && expected.aborted.count == 1 && log.segmentCount >= 3)
        var counts: [String: Int] = [:]
        var wrong: [String] = []
        func judge(_ changed: [String: [UInt8]], _ what: String) {
            switch Self.outcome(changed, opening, expected: expected) {
            case .same: counts["same", default: 0] += 1
            case .detected: counts["detected", default: 0] += 1
            case .cut:
                counts["cut", default: 0] += 1
                if !mayCut { wrong.append("\(what): records are gone without a word") }
            case .wrong(let served): wrong.append("\(what): \(served)")
            }
        }
        for (name, bytes) in files.sorted(by: { $0.key < $1.key }) {
            var changed = files
            for length in 0..<bytes.count {
                changed[name] = Array(bytes[..<length])
                judge(changed, "\(name) cut to \(length) of \(bytes.count) bytes")
            }
            changed[name] = nil
            // A log whose first file is gone cannot be told from one that retention shortened.
            if name != SegmentName.file(0, ".log") { judge(changed, "\(name) is gone") }
            for bit in 0..<bytes.count * 8 {
                var flipped = bytes
                flipped[bit / 8] ^= 1 << UInt8(bit % 8)
                changed[name] = flipped
                judge(changed, "\(name), bit \(bit % 8) of byte \(bit / 8) flipped")
            }
        }
        #expect(wrong.isEmpty, "\(wrong.count) of \(counts): \(wrong.prefix(20).joined(separator: "\n"))")
        #expect(counts["same", default: 0] > 0 && counts["detected", default: 0] > 1000, "\(counts)")
    }

    @Test func afterAnOrderlyStop() throws { try enumerate(clean: true, recoveryPoint: 0, mayCut: false) }

    @Test func afterAKillWithAllOnDisk() throws { try enumerate(clean: false, recoveryPoint: 17, mayCut: false) }

    @Test func afterAPowerFailureWithNothingKnownToBeOnDisk() throws {
        try enumerate(clean: false, recoveryPoint: 0, mayCut: true)
    }
}

import KafkaProtocol
import NIOCore

/// What a topic asks of the records that producers send it.
public struct BatchRules: Equatable, Sendable {
    /// `max.message.bytes`: the largest batch, in bytes with its prefix.
    public var maxBatchBytes = 1_048_588
    /// `message.timestamp.before.max.ms` and `message.timestamp.after.max.ms`.
    public var timestampBeforeMaxMillis = Int64.max
    public var timestampAfterMaxMillis: Int64 = 3_600_000
    /// `message.timestamp.type` is LogAppendTime: the producer's timestamps are not looked at.
    public var isLogAppendTime = false
    /// The topic is compacted: each record needs a key.
    public var isCompacted = false
    /// The codec that the topic stores; nil keeps the producer's (`compression.type=producer`).
    public var storedCompression: Compression?
    public var compressionLevel: Int?

    public init() {}

    /// The timestamps that a record may have, besides -1 for none.
    func timestamps(now: Int64) -> ClosedRange<Int64> {
        let (oldest, isBeforeAll) = now.subtractingReportingOverflow(timestampBeforeMaxMillis)
        let (newest, isAfterAll) = now.addingReportingOverflow(timestampAfterMaxMillis)
        let lower = isBeforeAll ? 0 : max(0, oldest)
        return lower...max(lower, isAfterAll ? .max : newest)
    }
}

/// What a leader found out about a producer's batch.
public struct ValidatedBatch: Sendable {
    public var header: RecordBatchHeader
    public var bytes: ByteBuffer
    /// The delta, from the batch's base, of the first record with the largest timestamp.
    public var maxTimestampOffsetDelta: Int32

    public init(header: RecordBatchHeader, bytes: ByteBuffer, maxTimestampOffsetDelta: Int32) {
        self.header = header
        self.bytes = bytes
        self.maxTimestampOffsetDelta = maxTimestampOffsetDelta
    }

    /// A batch that this process built itself, from `RecordBatchBuilder`.
    public init(own bytes: ByteBuffer) throws(RecordError) {
        let batch = try RecordBatch(bytes)
        self.init(header: batch.header, bytes: bytes, maxTimestampOffsetDelta: batch.header.lastOffsetDelta)
    }

    /// Gives the batch the leader's time, or the largest timestamp of its records, and a new checksum when that changed it.
    fileprivate mutating func stamp(maxTimestamp: Int64, rules: BatchRules, now: Int64) {
        var changed = header
        if rules.isLogAppendTime {
            changed.attributes |= 0x08
            changed.maxTimestamp = now
        } else {
            changed.attributes &= ~0x08
            changed.maxTimestamp = maxTimestamp
        }
        if changed == header { return }
        changed.crc = changed.checksum(over: bytes)
        header = changed
    }
}

extension RecordBatchHeader {
    /// The checksum of this header's fields and the records of `batch`, whose own header is not looked at.
    public func checksum(over batch: ByteBuffer) -> UInt32 {
        var front = ByteBufferAllocator().buffer(capacity: Self.size)
        write(into: &front)
        let crc = CRC32C.of(front, from: Self.crcStart)
        return batch.withUnsafeReadableBytes { CRC32C.extend(crc, UnsafeRawBufferPointer(rebasing: $0[Self.size...])) }
    }
}

/// The checks of a leader on a batch that a producer sent.
public enum BatchValidation {
    /// Checks the single batch of a Produce request's partition.
    ///
    /// - Parameters:
    ///   - records: the request's bytes for the partition; exactly one batch.
    ///   - now: milliseconds since 1970.
    ///   - allowsZstd: false below version 7 of Produce.
    /// - Throws: `RecordError` with the code that the producer gets.
    public static func validate(
        produced records: ByteBuffer,
        rules: BatchRules,
        now: Int64,
        allowsZstd: Bool
    ) throws(RecordError) -> ValidatedBatch {
        if records.readableBytes == 0 { throw .invalid("no record batch in the request") }
        let batch = try RecordBatch(records)
        guard batch.bytes.readableBytes == records.readableBytes else {
            throw .invalid("one partition of a request carries exactly one batch")
        }
        if batch.bytes.readableBytes > rules.maxBatchBytes {
            throw RecordError(
                .messageTooLarge,
                "the batch has \(batch.bytes.readableBytes) bytes; max.message.bytes is \(rules.maxBatchBytes)"
            )
        }
        guard batch.isChecksumValid else { throw .corrupt("the checksum of the batch is wrong") }
        try checkHeader(batch.header, allowsZstd: allowsZstd)
        let (maxTimestamp, delta) = try checkRecords(batch, rules: rules, now: now)
        var result = ValidatedBatch(header: batch.header, bytes: batch.bytes, maxTimestampOffsetDelta: delta)
        if let target = rules.storedCompression, target != batch.header.compression {
            let converted = try recompress(batch, to: target, level: rules.compressionLevel)
            result.header = converted.header
            result.bytes = converted.bytes
        }
        result.stamp(maxTimestamp: maxTimestamp, rules: rules, now: now)
        return result
    }

    private static func checkHeader(_ header: RecordBatchHeader, allowsZstd: Bool) throws(RecordError) {
        guard let compression = header.compression else {
            throw .invalid("compression type \(header.attributes & 7) is not known")
        }
        if compression == .zstd, !allowsZstd {
            throw RecordError(.unsupportedCompressionType, "zstd needs Produce version 7 or later")
        }
        if header.isControl { throw .invalid("clients may not write control batches") }
        guard header.recordCount > 0 else { throw .invalid("record count \(header.recordCount) is not positive") }
        guard header.lastOffsetDelta == header.recordCount - 1 else {
            throw .invalid("\(header.recordCount) records cannot end at offset delta \(header.lastOffsetDelta)")
        }
        if header.producerId >= 0 {
            guard header.producerEpoch >= 0, header.baseSequence >= 0 else {
                throw .invalid(
                    "producer id \(header.producerId) with epoch \(header.producerEpoch) and sequence \(header.baseSequence)"
                )
            }
        } else if header.isTransactional {
            throw .invalid("a transactional batch needs a producer id")
        } else if header.baseSequence < -1 || header.baseSequence >= 0 && header.producerId < 0 {
            throw .invalid("sequence \(header.baseSequence) without a producer id")
        }
    }

    /// Walks the records in place and returns the largest timestamp and the offset delta of the record that has it.
    private static func checkRecords(
        _ batch: RecordBatch,
        rules: BatchRules,
        now: Int64
    ) throws(RecordError) -> (Int64, Int32) {
        let header = batch.header
        let payload = try batch.decompressedPayload()
        guard Int(header.recordCount) <= payload.readableBytes / 7 else {
            throw .invalid("\(header.recordCount) records cannot fit in \(payload.readableBytes) bytes")
        }
        let result = payload.withUnsafeReadableBytes { bytes -> Result<(Int64, Int32), RecordError> in
            walk(bytes, header, rules, now)
        }
        return try result.get()
    }

    private static func walk(
        _ bytes: UnsafeRawBufferPointer,
        _ header: RecordBatchHeader,
        _ rules: BatchRules,
        _ now: Int64
    ) -> Result<(Int64, Int32), RecordError> {
        var position = 0
        var maxTimestamp = Int64.min
        var delta: Int32 = 0
        let allowed = rules.isLogAppendTime ? Int64.min...Int64.max : rules.timestamps(now: now)
        for index in 0..<header.recordCount {
            guard let fields = RecordFields(bytes, at: position) else {
                return .failure(.invalid("record \(index) of \(header.recordCount) is malformed"))
            }
            guard fields.offsetDelta == index else {
                return .failure(.invalid("record \(index) has offset delta \(fields.offsetDelta)"))
            }
            if rules.isCompacted, fields.key == nil {
                return .failure(.invalid("record \(index) has no key, and the topic is compacted"))
            }
            let timestamp = header.baseTimestamp &+ fields.timestampDelta
            if timestamp > maxTimestamp {
                maxTimestamp = timestamp
                delta = index
            }
            if !allowed.contains(timestamp), timestamp != -1 {
                let reason = timestampProblem(timestamp, rules, now)
                return .failure(RecordError(.invalidTimestamp, "record \(index): \(reason)"))
            }
            position = fields.end
        }
        guard position == bytes.count else {
            return .failure(.invalid("\(bytes.count - position) bytes follow the last record"))
        }
        return .success((maxTimestamp, delta))
    }

    private static func timestampProblem(_ timestamp: Int64, _ rules: BatchRules, _ now: Int64) -> String {
        if timestamp < 0 { return "timestamp \(timestamp) is negative" }
        if timestamp <= now {
            return "timestamp \(timestamp) is \(now - timestamp) ms before now; "
                + "the topic allows \(rules.timestampBeforeMaxMillis)"
        }
        return
            "timestamp \(timestamp) is \(timestamp - now) ms after now; the topic allows \(rules.timestampAfterMaxMillis)"
    }

    private static func recompress(
        _ batch: RecordBatch,
        to target: Compression,
        level: Int?
    ) throws(RecordError) -> RecordBatch {
        let payload = try target.compress(try batch.decompressedPayload(), level: level)
        var header = batch.header
        header.attributes = header.attributes & ~7 | Int16(target.rawValue)
        header.batchLength = Int32(RecordBatchHeader.size - RecordBatchHeader.prefixSize + payload.readableBytes)
        var bytes = ByteBufferAllocator().buffer(capacity: header.totalSize)
        header.write(into: &bytes)
        bytes.writeImmutableBuffer(payload)
        bytes.setInteger(CRC32C.of(bytes, from: RecordBatchHeader.crcStart), at: 17)
        return try RecordBatch(bytes)
    }
}

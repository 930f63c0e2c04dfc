import KafkaProtocol
import NIOCore

/// The checks of a leader on a batch that a producer sent.
///
/// What Kafka accepts is accepted, and what it refuses is refused with its code. Some batches are refused that Kafka takes, each because what it
/// stores could not be read by every consumer, or would not be what the producer sent:
/// - bytes behind the batch: Kafka drops them without a word when they are no whole batch;
/// - offset deltas that don't count from 0: two records would have one offset;
/// - lengths below -1, numbers of more bits than they may have, or a record in a compressed batch whose length doesn't fit its fields: some
///   consumers stop there;
/// - a transactional batch without a producer id: no transaction would ever end it.
package enum BatchValidation {
    /// Checks the single batch of a Produce request's partition.
    ///
    /// - Parameters:
    ///   - records: the request's bytes for the partition; exactly one batch.
    ///   - now: milliseconds since 1970.
    ///   - allowsZstd: false below version 7 of Produce.
    /// - Throws: `RecordError` with the code that the producer gets.
    package static func validate(
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
        try checkSize(batch.bytes.readableBytes, rules)
        guard batch.isChecksumValid else { throw .corrupt("the checksum of the batch is wrong") }
        try checkHeader(batch.header, allowsZstd: allowsZstd)
        let payload = try payload(of: batch)
        let maxTimestamp = try checkRecords(payload, batch.header, rules: rules, now: now)
        var result = ValidatedBatch(header: batch.header, bytes: batch.bytes)
        if let target = rules.storedCompression, target != batch.header.compression {
            let converted = try recompress(payload, batch.header, to: target, rules)
            result.header = converted.header
            result.bytes = converted.bytes
        }
        result.stamp(maxTimestamp: maxTimestamp, rules: rules, now: now)
        return result
    }

    private static func checkSize(_ size: Int, _ rules: BatchRules, _ form: String = "") throws(RecordError) {
        if size <= rules.maxBatchBytes { return }
        throw RecordError(
            .messageTooLarge,
            "the batch has \(size) bytes\(form); max.message.bytes is \(rules.maxBatchBytes)"
        )
    }

    /// Producer epoch and sequence mean something only together with a producer id; without one they may be anything. The epoch is
    /// compared with what the partition knows by `ProducerState.check`.
    private static func checkHeader(_ header: RecordBatchHeader, allowsZstd: Bool) throws(RecordError) {
        guard let compression = header.compression else {
            throw .invalid("compression type \(header.attributes & 7) is not known")
        }
        if compression == .zstd, !allowsZstd {
            throw RecordError(.unsupportedCompressionType, "zstd needs Produce version 7 or later")
        }
        guard header.baseOffset == 0 else {
            throw .invalid("base offset \(header.baseOffset) is not 0; the leader gives offsets")
        }
        if header.isControl { throw .invalid("clients may not write control batches") }
        guard header.recordCount > 0 else { throw .invalid("record count \(header.recordCount) is not positive") }
        guard header.lastOffsetDelta == header.recordCount - 1 else {
            throw .invalid("\(header.recordCount) records cannot end at offset delta \(header.lastOffsetDelta)")
        }
        if header.hasProducerId, header.baseSequence < 0 {
            throw .invalid("producer id \(header.producerId) with sequence \(header.baseSequence)")
        }
        if header.isTransactional, !header.hasProducerId {
            throw .invalid("a transactional batch needs a producer id")
        }
    }

    /// The records' bytes, decompressed.
    private static func payload(of batch: RecordBatch) throws(RecordError) -> ByteBuffer {
        if batch.header.compression == .lz4, !LZ4.isReadableByAll(batch.payload) {
            throw .invalid("lz4: Kafka's consumers read one frame of independent blocks only")
        }
        do { return try batch.decompressedPayload() } catch {
            // The checksum was right, so it would be no better when it is sent again, as clients do on CORRUPT_MESSAGE.
            throw error.code == .corruptMessage ? .invalid(error.reason) : error
        }
    }

    /// Walks the records in place and returns the largest timestamp.
    private static func checkRecords(
        _ payload: ByteBuffer,
        _ header: RecordBatchHeader,
        rules: BatchRules,
        now: Int64
    ) throws(RecordError) -> Int64 {
        guard Int(header.recordCount) <= payload.readableBytes / 7 else {
            throw .invalid("\(header.recordCount) records cannot fit in \(payload.readableBytes) bytes")
        }
        // The broker's to say: refused where it does, and without a time.
        if header.isLogAppendTime, rules.isLogAppendTime || header.maxTimestamp == -1 { throw wrongType(header) }
        let result = payload.withUnsafeReadableBytes { bytes -> Result<Int64, RecordError> in
            walk(bytes, header, rules, now)
        }
        return try result.get()
    }

    private static func wrongType(_ header: RecordBatchHeader) -> RecordError {
        let reason = "its timestamp type is LogAppendTime, which only the broker gives"
        var refused = RefusedRecords(of: header)
        for index in 0..<header.recordCount { refused.add(index, .invalidTimestamp, reason) }
        return refused.error ?? RecordError(.invalidTimestamp, reason)
    }

    private static func walk(
        _ bytes: UnsafeRawBufferPointer,
        _ header: RecordBatchHeader,
        _ rules: BatchRules,
        _ now: Int64
    ) -> Result<Int64, RecordError> {
        var position = 0
        var maxTimestamp: Int64 = -1
        let allowed = rules.timestamps(now: now)
        let times = Times(header)
        for index in 0..<header.recordCount {
            guard let fields = RecordFields(bytes, at: position), fields.offsetDelta == index else {
                return .failure(refusal(bytes, header, rules, now))
            }
            let timestamp = times.of(fields)
            maxTimestamp = max(maxTimestamp, timestamp)
            if rules.isCompacted && fields.key == nil || !allowed.contains(timestamp) && timestamp != -1 {
                return .failure(refusal(bytes, header, rules, now))
            }
            position = fields.end
        }
        if position != bytes.count {
            return .failure(.invalid("\(bytes.count - position) bytes follow the last record"))
        }
        return .success(maxTimestamp)
    }

    /// When a batch's records are from.
    private struct Times {
        private let base: Int64
        /// All bits where the deltas count. Where the producer says LogAppendTime, the header's time is that of all records.
        private let deltas: Int64

        init(_ header: RecordBatchHeader) {
            base = header.isLogAppendTime ? header.maxTimestamp : header.baseTimestamp
            deltas = header.isLogAppendTime ? 0 : -1
        }

        func of(_ fields: RecordFields) -> Int64 { base &+ fields.timestampDelta & deltas }
    }

    /// What is wrong with records of which at least one is refused: walks through them once more, so that those that are accepted
    /// don't pay for it.
    @inline(never)
    private static func refusal(
        _ bytes: UnsafeRawBufferPointer,
        _ header: RecordBatchHeader,
        _ rules: BatchRules,
        _ now: Int64
    ) -> RecordError {
        var position = 0
        var refused = RefusedRecords(of: header)
        let allowed = rules.timestamps(now: now)
        let times = Times(header)
        for index in 0..<header.recordCount {
            guard let fields = RecordFields(bytes, at: position) else {
                return .invalid("record \(index) of \(header.recordCount) is malformed")
            }
            if fields.offsetDelta != index { return .invalid("record \(index) has offset delta \(fields.offsetDelta)") }
            let timestamp = times.of(fields)
            if rules.isCompacted, fields.key == nil {
                refused.add(index, .invalidRecord, "it has no key, and the topic is compacted")
            } else if !allowed.contains(timestamp), timestamp != -1 {
                refused.add(index, .invalidTimestamp, rules.problem(timestamp, now: now))
            }
            position = fields.end
        }
        if position != bytes.count { return .invalid("\(bytes.count - position) bytes follow the last record") }
        return refused.error ?? .invalid("a record is refused")
    }

    private static func recompress(
        _ payload: ByteBuffer,
        _ original: RecordBatchHeader,
        to target: Compression,
        _ rules: BatchRules
    ) throws(RecordError) -> RecordBatch {
        let payload = try target.compress(payload, level: rules.compressionLevel)
        let size = RecordBatchHeader.size + payload.readableBytes
        try checkSize(size, rules, " as the topic stores it (\(target.name))")
        var header = original
        header.attributes = header.attributes & ~7 | Int16(target.rawValue)
        header.batchLength = Int32(size - RecordBatchHeader.prefixSize)
        var bytes = ByteBufferAllocator().buffer(capacity: header.totalSize)
        header.write(into: &bytes)
        bytes.writeImmutableBuffer(payload)
        bytes.setInteger(CRC32C.of(bytes, from: RecordBatchHeader.crcStart), at: RecordBatchHeader.crcPosition)
        return try RecordBatch(bytes)
    }
}

@_spi(Sabotage) import KafkaProtocol
import NIOCore

/// What compaction leaves of a batch.
package struct FilteredBatch: Sendable {
    package enum Content: Sendable {
        /// The batch as it is, byte for byte.
        case unchanged
        /// Not one record.
        case nothing
        /// A batch with the same offsets, producer and codec, and fewer records or a delete horizon.
        case rewritten(ByteBuffer)
    }

    package var content: Content
    package var recordCount = 0
    package var keptCount = 0
    /// Records that say that a key was deleted, among those kept.
    package var tombstoneCount = 0
}

extension RecordBatch {
    /// The batch with the records for which `keep` says so.
    ///
    /// A batch that keeps tombstones, or is told to, gets a delete horizon when it has none (KIP-534): the time until which they are kept.
    /// - Parameters:
    ///   - deleteHorizon: for a batch that gets one; milliseconds since 1970. nil when it is too early for that.
    ///   - needsHorizon: the batch gets one though it keeps no tombstone: the marker of a transaction that has no records left.
    ///   - keep: is given the record's offset, key and whether it has no value.
    /// - Throws: when the records are not readable.
    package func filtered(
        deleteHorizon: Int64?,
        needsHorizon: Bool = false,
        keep: (_ offset: Int64, _ key: UnsafeRawBufferPointer?, _ isTombstone: Bool) -> Bool
    ) throws(RecordError) -> FilteredBatch {
        let payload = try decompressedPayload()
        var result = FilteredBatch(content: .unchanged, recordCount: Int(header.recordCount))
        let kept = payload.withUnsafeReadableBytes { select($0, &result, keep) }
        guard let kept else { throw .invalid("the batch at offset \(header.baseOffset) has a malformed record") }
        if result.keptCount == 0, result.recordCount > 0 {
            result.content = .nothing
            return result
        }
        let isHorizonDue = needsHorizon || result.tombstoneCount > 0
        let mayHaveHorizon = deleteHorizon != nil && (!header.hasDeleteHorizon || Sabotage.horizonRenewed.isOn)
        let setsHorizon = isHorizonDue && mayHaveHorizon
        if result.keptCount == result.recordCount, !setsHorizon { return result }
        result.content = .rewritten(
            try rewritten(kept, of: payload, deleteHorizon: setsHorizon ? deleteHorizon : nil)
        )
        return result
    }

    /// Where the records that are kept lie, and the largest of their timestamps; nil when a record is malformed.
    private func select(
        _ bytes: UnsafeRawBufferPointer,
        _ result: inout FilteredBatch,
        _ keep: (Int64, UnsafeRawBufferPointer?, Bool) -> Bool
    ) -> KeptRecords? {
        var kept = KeptRecords()
        var position = 0
        for _ in 0..<max(0, header.recordCount) {
            guard let fields = RecordFields(bytes, at: position) else { return nil }
            let key = fields.key.map { UnsafeRawBufferPointer(rebasing: bytes[$0]) }
            if keep(header.baseOffset &+ Int64(fields.offsetDelta), key, fields.value == nil) {
                kept.add(position..<fields.end, timestampDelta: fields.timestampDelta)
                result.keptCount += 1
                if fields.value == nil { result.tombstoneCount += 1 }
            }
            position = fields.end
        }
        return position == bytes.count ? kept : nil
    }

    private func rewritten(_ kept: KeptRecords, of payload: ByteBuffer, deleteHorizon: Int64?) throws(RecordError)
        -> ByteBuffer
    {
        var records = ByteBufferAllocator().buffer(capacity: payload.readableBytes + (deleteHorizon == nil ? 0 : 64))
        payload.withUnsafeReadableBytes { bytes in
            for range in kept.ranges {
                let part = UnsafeRawBufferPointer(rebasing: bytes[range])
                if let deleteHorizon {
                    // Where the base timestamp stands there is the horizon then, and the records count from it.
                    Self.rebase(part, by: self.header.baseTimestamp &- deleteHorizon, into: &records)
                } else {
                    records.writeBytes(part)
                }
            }
        }
        var header = header
        header.recordCount = Int32(kept.count)
        if !header.isLogAppendTime { header.maxTimestamp = header.baseTimestamp &+ kept.maxTimestampDelta }
        if let deleteHorizon {
            header.attributes |= 0x40
            header.baseTimestamp = deleteHorizon
        }
        let stored = try header.compression?.compress(records) ?? records
        return Self.batch(header, stored)
    }

    /// Copies records whose timestamps count from another base.
    private static func rebase(
        _ records: UnsafeRawBufferPointer,
        by difference: Int64,
        into target: inout ByteBuffer
    ) {
        var position = 0
        while position < records.count, let fields = RecordFields(records, at: position) {
            // The record's length is one varint; attributes are the byte behind it, then comes the timestamp.
            var scanner = VarintScanner(records, at: position)
            _ = scanner.varint()
            let attributes = records[scanner.position]
            scanner = VarintScanner(records, at: scanner.position + 1, upTo: fields.end)
            _ = scanner.varlong()
            let rest = records[scanner.position..<fields.end]
            let delta = fields.timestampDelta &+ difference
            Varint.write(Int64(1 + Varint.size(delta) + rest.count), into: &target)
            target.writeInteger(attributes)
            Varint.write(delta, into: &target)
            target.writeBytes(rest)
            position = fields.end
        }
    }

    /// The batch without any record: what is left of a producer's last batch, so that its sequence numbers go on.
    package var emptied: ByteBuffer {
        var header = header
        header.recordCount = 0
        header.attributes &= ~0x47
        header.baseTimestamp = -1
        return Self.batch(header, ByteBuffer())
    }

    private static func batch(_ header: RecordBatchHeader, _ records: ByteBuffer) -> ByteBuffer {
        var header = header
        header.batchLength = Int32(
            truncatingIfNeeded: RecordBatchHeader.size - RecordBatchHeader.prefixSize + records.readableBytes
        )
        var bytes = ByteBufferAllocator().buffer(capacity: RecordBatchHeader.size + records.readableBytes)
        header.write(into: &bytes)
        bytes.writeImmutableBuffer(records)
        bytes.setInteger(CRC32C.of(bytes, from: RecordBatchHeader.crcStart), at: RecordBatchHeader.crcPosition)
        return bytes
    }
}

/// The records of a batch that are kept: neighbours are one range.
private struct KeptRecords {
    var ranges: [Range<Int>] = []
    var count = 0
    var maxTimestampDelta = Int64.min

    mutating func add(_ range: Range<Int>, timestampDelta: Int64) {
        count += 1
        maxTimestampDelta = max(maxTimestampDelta, timestampDelta)
        if let last = ranges.last, last.upperBound == range.lowerBound {
            ranges[ranges.count - 1] = last.lowerBound..<range.upperBound
        } else {
            ranges.append(range)
        }
    }
}

extension RecordBatch {
    /// Calls `body` with the offset and key of each record that has a key, in order.
    ///
    /// - Throws: when the records are not readable.
    package func forEachKey(_ body: (_ offset: Int64, _ key: UnsafeRawBufferPointer) -> Void) throws(RecordError) {
        let payload = try decompressedPayload()
        let isWhole = payload.withUnsafeReadableBytes { bytes in
            var position = 0
            for _ in 0..<max(0, header.recordCount) {
                guard let fields = RecordFields(bytes, at: position) else { return false }
                if let key = fields.key {
                    body(header.baseOffset &+ Int64(fields.offsetDelta), UnsafeRawBufferPointer(rebasing: bytes[key]))
                }
                position = fields.end
            }
            return position == bytes.count
        }
        guard isWhole else { throw .invalid("the batch at offset \(header.baseOffset) has a malformed record") }
    }
}

import NIOCore

/// What a leader found out about a producer's batch.
package struct ValidatedBatch: Sendable {
    package var header: RecordBatchHeader
    package var bytes: ByteBuffer

    package init(header: RecordBatchHeader, bytes: ByteBuffer) {
        self.header = header
        self.bytes = bytes
    }

    /// A batch that this process built itself, from `RecordBatchBuilder`.
    package init(own bytes: ByteBuffer) throws(RecordError) {
        let batch = try RecordBatch(bytes)
        self.init(header: batch.header, bytes: bytes)
    }

    /// Gives the batch the leader's time, or the largest timestamp of its records, and a new checksum when that changed it.
    mutating func stamp(maxTimestamp: Int64, rules: BatchRules, now: Int64) {
        var changed = header
        // Only compaction decides when deletions have been there long enough; a producer that says so would shorten that.
        changed.attributes &= ~0x48
        changed.maxTimestamp = maxTimestamp
        if rules.isLogAppendTime {
            changed.attributes |= 0x08
            changed.maxTimestamp = now
        }
        if changed == header { return }
        changed.crc = changed.checksum(over: bytes)
        header = changed
    }
}

extension RecordBatchHeader {
    /// The checksum of this header's fields and the records of `batch`, whose own header is not looked at.
    package func checksum(over batch: ByteBuffer) -> UInt32 {
        var front = ByteBufferAllocator().buffer(capacity: Self.size)
        write(into: &front)
        let crc = CRC32C.of(front, from: Self.crcStart)
        return batch.withUnsafeReadableBytes { CRC32C.extend(crc, UnsafeRawBufferPointer(rebasing: $0[Self.size...])) }
    }
}

import KafkaProtocol
import NIOCore

/// Writes one batch of format 2, record by record, straight into its bytes.
package struct RecordBatchBuilder: Sendable {
    private var header = RecordBatchHeader()
    private var records: ByteBuffer
    private let compression: Compression
    private let level: Int?

    /// - Parameters:
    ///   - baseOffset: the first record's offset; a producer leaves it 0.
    ///   - compression: applied to all records when the batch is finished.
    package init(
        baseOffset: Int64 = 0,
        leaderEpoch: Int32 = -1,
        compression: Compression = .none,
        level: Int? = nil,
        capacity: Int = 512
    ) {
        header.baseOffset = baseOffset
        header.partitionLeaderEpoch = leaderEpoch
        self.compression = compression
        self.level = level
        records = ByteBufferAllocator().buffer(capacity: capacity)
    }

    /// Makes it a batch of an idempotent or transactional producer.
    package mutating func setProducer(id: Int64, epoch: Int16, baseSequence: Int32, isTransactional: Bool = false) {
        header.producerId = id
        header.producerEpoch = epoch
        header.baseSequence = baseSequence
        if isTransactional { header.attributes |= 0x10 }
    }

    /// Makes it a batch of control records.
    package mutating func setControl() { header.attributes |= 0x20 }

    package var count: Int { Int(header.recordCount) }
    /// Bytes of the batch before compression.
    package var size: Int { RecordBatchHeader.size + records.readableBytes }

    package mutating func append(
        timestamp: Int64,
        key: ByteBuffer?,
        value: ByteBuffer?,
        headers: [Record.Header] = []
    ) {
        append(offsetDelta: header.recordCount, timestamp: timestamp, key: key, value: value, headers: headers)
    }

    /// Appends a record at a chosen distance from the base offset, as compaction leaves them. Deltas must ascend.
    package mutating func append(
        offsetDelta: Int32,
        timestamp: Int64,
        key: ByteBuffer?,
        value: ByteBuffer?,
        headers: [Record.Header] = []
    ) {
        if header.recordCount == 0 {
            header.baseTimestamp = timestamp
            header.maxTimestamp = timestamp
        } else {
            header.maxTimestamp = max(header.maxTimestamp, timestamp)
        }
        let timestampDelta = timestamp &- header.baseTimestamp
        var length = 1 + Varint.size(timestampDelta) + Varint.size(Int64(offsetDelta))
        length += Varint.blockSize(key?.readableBytes) + Varint.blockSize(value?.readableBytes)
        length += Varint.size(Int64(headers.count))
        for entry in headers {
            length += Varint.blockSize(entry.keySize) + Varint.blockSize(entry.value?.readableBytes)
        }
        records.writeWithUnsafeMutableBytes(minimumWritableBytes: length + Varint.maxSize) { space in
            var place = space
            Varint.write(Int64(length), into: &place)
            place.write(0)
            Varint.write(timestampDelta, into: &place)
            Varint.write(Int64(offsetDelta), into: &place)
            Varint.writeBlock(key, into: &place)
            Varint.writeBlock(value, into: &place)
            Varint.write(Int64(headers.count), into: &place)
            for entry in headers {
                entry.writeKey(into: &place)
                Varint.writeBlock(entry.value, into: &place)
            }
            return space.count - place.count
        }
        header.lastOffsetDelta = offsetDelta
        header.recordCount += 1
    }

    /// The same records in two batches, half of them in each; nil when there is only one. The second has no sequence number of its own yet.
    ///
    /// - Throws: never for records that were appended here.
    package func halves() throws(RecordError) -> (Self, Self)? {
        guard count > 1 else { return nil }
        var cursor = RecordCursor(payload: records, header: header)
        var (front, back) = (emptied(), emptied())
        while let record = try cursor.next()?.materialized() {
            if front.count < count / 2 {
                front.append(timestamp: record.timestamp, key: record.key, value: record.value, headers: record.headers)
            } else {
                back.append(timestamp: record.timestamp, key: record.key, value: record.value, headers: record.headers)
            }
        }
        return (front, back)
    }

    /// Without its records.
    private func emptied() -> Self {
        var copy = self
        copy.header.recordCount = 0
        copy.header.lastOffsetDelta = 0
        copy.records = ByteBufferAllocator().buffer(capacity: size / 2)
        return copy
    }

    /// The finished batch, whose records stay where they are unless they are compressed.
    ///
    /// - Throws: when the codec fails, which it does only for lack of memory.
    package func seal() throws(RecordError) -> SealedBatch {
        let payload = compression == .none ? records : try compression.compress(records, level: level)
        var header = header
        header.attributes |= Int16(compression.rawValue)
        header.batchLength = Int32(RecordBatchHeader.size - RecordBatchHeader.prefixSize + payload.readableBytes)
        header.crc = 0
        var bytes = ByteBufferAllocator().buffer(capacity: RecordBatchHeader.size)
        header.write(into: &bytes)
        let crc = payload.withUnsafeReadableBytes { records in
            CRC32C.extend(CRC32C.of(bytes, from: RecordBatchHeader.crcStart), records)
        }
        bytes.setInteger(crc, at: RecordBatchHeader.crcPosition)
        return SealedBatch(header: bytes, records: payload)
    }

    /// The finished batch as one piece of memory.
    ///
    /// - Throws: as `seal` does.
    package func build() throws(RecordError) -> ByteBuffer {
        let sealed = try seal()
        var batch = ByteBufferAllocator().buffer(capacity: sealed.size)
        batch.writeImmutableBuffer(sealed.header)
        batch.writeImmutableBuffer(sealed.records)
        return batch
    }
}

/// A finished batch in two pieces, which belong behind each other: so the records need not be copied to be sent.
package struct SealedBatch: Sendable {
    /// The 61 bytes of `RecordBatchHeader`.
    package let header: ByteBuffer
    package let records: ByteBuffer

    /// Bytes of both.
    package var size: Int { header.readableBytes + records.readableBytes }
}

/// Zigzag varints as records use them.
package enum Varint {
    package static func size(_ value: Int64) -> Int {
        let raw = UInt64(bitPattern: (value << 1) ^ (value >> 63))
        return raw == 0 ? 1 : (64 - raw.leadingZeroBitCount + 6) / 7
    }

    static func blockSize(_ length: Int?) -> Int { size(Int64(length ?? -1)) + (length ?? 0) }

    static let maxSize = 10

    package static func write(_ value: Int64, into buffer: inout ByteBuffer) {
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: maxSize) { space in
            var place = space
            write(value, into: &place)
            return space.count - place.count
        }
    }

    /// Writes to the beginning of a place with room for it, which then begins behind.
    @inline(__always)
    static func write(_ value: Int64, into place: inout UnsafeMutableRawBufferPointer) {
        var raw = UInt64(bitPattern: (value << 1) ^ (value >> 63))
        while raw >= 0x80 {
            place.write(UInt8(truncatingIfNeeded: raw) | 0x80)
            raw >>= 7
        }
        place.write(UInt8(truncatingIfNeeded: raw))
    }

    @inline(__always)
    static func writeBlock(_ block: ByteBuffer?, into place: inout UnsafeMutableRawBufferPointer) {
        guard let block else { return write(-1, into: &place) }
        write(Int64(block.readableBytes), into: &place)
        block.withUnsafeReadableBytes { bytes in
            place.copyMemory(from: bytes)
            place = UnsafeMutableRawBufferPointer(rebasing: place[bytes.count...])
        }
    }
}

extension UnsafeMutableRawBufferPointer {
    /// Writes at the beginning; the place then begins behind. Whoever calls has reserved the room: it is checked in debug builds only.
    @inline(__always)
    fileprivate mutating func write(_ byte: UInt8) {
        self[0] = byte
        self = UnsafeMutableRawBufferPointer(rebasing: self[1...])
    }

    @inline(__always)
    mutating func write(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            copyMemory(from: UnsafeRawBufferPointer(bytes))
            self = UnsafeMutableRawBufferPointer(rebasing: self[bytes.count...])
        }
    }
}

import KafkaProtocol
import NIOCore

/// Writes one batch of format 2, record by record, straight into its bytes.
public struct RecordBatchBuilder: Sendable {
    private var header = RecordBatchHeader()
    private var records: ByteBuffer
    private let compression: Compression
    private let level: Int?

    /// - Parameters:
    ///   - baseOffset: the first record's offset; a producer leaves it 0.
    ///   - compression: applied to all records when the batch is finished.
    public init(
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
    public mutating func setProducer(id: Int64, epoch: Int16, baseSequence: Int32, isTransactional: Bool = false) {
        header.producerId = id
        header.producerEpoch = epoch
        header.baseSequence = baseSequence
        if isTransactional { header.attributes |= 0x10 }
    }

    /// Makes it a batch of control records.
    public mutating func setControl() { header.attributes |= 0x20 }

    public var count: Int { Int(header.recordCount) }
    /// Bytes of the batch before compression.
    public var size: Int { RecordBatchHeader.size + records.readableBytes }

    public mutating func append(
        timestamp: Int64,
        key: ByteBuffer?,
        value: ByteBuffer?,
        headers: [Record.Header] = []
    ) {
        append(offsetDelta: header.recordCount, timestamp: timestamp, key: key, value: value, headers: headers)
    }

    /// Appends a record at a chosen distance from the base offset, as compaction leaves them. Deltas must ascend.
    public mutating func append(
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
            length += Varint.blockSize(entry.key.utf8.count) + Varint.blockSize(entry.value?.readableBytes)
        }
        Varint.write(Int64(length), into: &records)
        records.writeInteger(0 as Int8)
        Varint.write(timestampDelta, into: &records)
        Varint.write(Int64(offsetDelta), into: &records)
        Varint.writeBlock(key, into: &records)
        Varint.writeBlock(value, into: &records)
        Varint.write(Int64(headers.count), into: &records)
        for entry in headers {
            Varint.write(Int64(entry.key.utf8.count), into: &records)
            records.writeString(entry.key)
            Varint.writeBlock(entry.value, into: &records)
        }
        header.lastOffsetDelta = offsetDelta
        header.recordCount += 1
    }

    /// The finished batch.
    ///
    /// - Throws: when the codec fails, which it does only for lack of memory.
    public mutating func build() throws(RecordError) -> ByteBuffer {
        let payload = compression == .none ? records : try compression.compress(records, level: level)
        header.attributes |= Int16(compression.rawValue)
        header.batchLength = Int32(RecordBatchHeader.size - RecordBatchHeader.prefixSize + payload.readableBytes)
        var batch = ByteBufferAllocator().buffer(capacity: RecordBatchHeader.size + payload.readableBytes)
        header.crc = 0
        header.write(into: &batch)
        batch.writeImmutableBuffer(payload)
        batch.setInteger(CRC32C.of(batch, from: RecordBatchHeader.crcStart), at: 17)
        return batch
    }
}

/// Zigzag varints as records use them.
public enum Varint {
    public static func size(_ value: Int64) -> Int {
        let raw = UInt64(bitPattern: (value << 1) ^ (value >> 63))
        return raw == 0 ? 1 : (64 - raw.leadingZeroBitCount + 6) / 7
    }

    static func blockSize(_ length: Int?) -> Int { size(Int64(length ?? -1)) + (length ?? 0) }

    public static func write(_ value: Int64, into buffer: inout ByteBuffer) {
        var raw = UInt64(bitPattern: (value << 1) ^ (value >> 63))
        while raw >= 0x80 {
            buffer.writeInteger(UInt8(truncatingIfNeeded: raw) | 0x80)
            raw >>= 7
        }
        buffer.writeInteger(UInt8(truncatingIfNeeded: raw))
    }

    static func writeBlock(_ block: ByteBuffer?, into buffer: inout ByteBuffer) {
        write(Int64(block?.readableBytes ?? -1), into: &buffer)
        if let block { buffer.writeImmutableBuffer(block) }
    }
}

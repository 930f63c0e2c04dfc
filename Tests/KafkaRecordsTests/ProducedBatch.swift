import KafkaProtocol
import NIOCore

@testable import KafkaRecords

/// A batch as a producer may send it, byte by byte, with a checksum that fits.
struct ProducedBatch {
    static let now: Int64 = 1_700_000_001_000

    var header = RecordBatchHeader()
    /// The records as they are sent, compressed if the attributes say so.
    var payload = ByteBuffer()
    var rules = BatchRules()
    /// Bytes behind the batch.
    var rest = ByteBuffer()
    /// The length field; what fits unless given.
    var length: Int32?
    /// How many of the bytes are sent; all unless given.
    var cut: Int?

    /// Three records with key and value.
    init() { self.init((0..<3).map { RawRecord(offsetDelta: $0) }) }

    init(_ records: [RawRecord]) {
        header.baseTimestamp = Self.now - 1000
        header.maxTimestamp = Self.now - 1000
        header.recordCount = Int32(records.count)
        header.lastOffsetDelta = Int32(records.count) - 1
        for record in records { payload.writeImmutableBuffer(record.bytes) }
    }

    mutating func compress(_ codec: Compression) throws {
        payload = try codec.compress(payload)
        header.attributes |= Int16(codec.rawValue)
    }

    var bytes: ByteBuffer {
        var header = header
        header.batchLength =
            length ?? Int32(RecordBatchHeader.size - RecordBatchHeader.prefixSize + payload.readableBytes)
        var bytes = ByteBuffer()
        header.write(into: &bytes)
        bytes.writeImmutableBuffer(payload)
        if header.crc == 0 {
            bytes.setInteger(CRC32C.of(bytes, from: RecordBatchHeader.crcStart), at: RecordBatchHeader.crcPosition)
        }
        bytes.writeImmutableBuffer(rest)
        return cut.flatMap { bytes.getSlice(at: 0, length: $0) } ?? bytes
    }

    func validated(allowsZstd: Bool = true) throws(RecordError) -> ValidatedBatch {
        try BatchValidation.validate(produced: bytes, rules: rules, now: Self.now, allowsZstd: allowsZstd)
    }

    /// The batch as the log gets it.
    func stored() throws -> RecordBatch {
        let validated = try validated()
        var front = ByteBuffer()
        validated.header.write(into: &front)
        var bytes = validated.bytes
        bytes.setBuffer(front, at: bytes.readerIndex)
        return try RecordBatch(bytes)
    }

    func error(allowsZstd: Bool = true) -> RecordError? {
        do { _ = try validated(allowsZstd: allowsZstd) } catch { return error }
        return nil
    }
}

/// One record with every field as it is written.
struct RawRecord {
    var attributes: UInt8 = 0
    var timestampDelta: Int64 = 0
    var offsetDelta: Int32 = 0
    /// Nil is a null; a length written in its place may be wrong.
    var key: [UInt8]? = [0x6b]
    var value: [UInt8]? = [0x76]
    var keyLength: Int64?
    var valueLength: Int64?
    var headers: [(key: [UInt8]?, value: [UInt8]?)] = []
    var headerCount: Int64?
    var length: Int64?
    /// Bytes behind the last header.
    var rest: [UInt8] = []

    var bytes: ByteBuffer {
        var body = ByteBuffer(bytes: [attributes])
        Varint.write(timestampDelta, into: &body)
        Varint.write(Int64(offsetDelta), into: &body)
        Self.write(key, keyLength, into: &body)
        Self.write(value, valueLength, into: &body)
        Varint.write(headerCount ?? Int64(headers.count), into: &body)
        for header in headers {
            Self.write(header.key, nil, into: &body)
            Self.write(header.value, nil, into: &body)
        }
        body.writeBytes(rest)
        var bytes = ByteBuffer()
        Varint.write(length ?? Int64(body.readableBytes), into: &bytes)
        bytes.writeImmutableBuffer(body)
        return bytes
    }

    private static func write(_ block: [UInt8]?, _ length: Int64?, into buffer: inout ByteBuffer) {
        Varint.write(length ?? block.map { Int64($0.count) } ?? -1, into: &buffer)
        buffer.writeBytes(block ?? [])
    }
}

import KafkaProtocol
import NIOCore

/// A view of one batch of format 2: the parsed header and the bytes, which stay where they are.
package struct RecordBatch: Equatable, Sendable {
    package var header: RecordBatchHeader
    /// The whole batch, header included.
    package var bytes: ByteBuffer

    /// The batch at the reader index of `buffer`. Structure and lengths are checked, the checksum is not.
    ///
    /// - Throws: `RecordError` when the bytes are no batch of format 2: INVALID_RECORD when they are of an older one or are cut off, else
    ///   CORRUPT_MESSAGE.
    package init(_ buffer: ByteBuffer) throws(RecordError) {
        let start = buffer.readerIndex
        guard buffer.readableBytes >= 17, let length = buffer.getInteger(at: start + 8, as: Int32.self),
            let magic = buffer.getInteger(at: start + 16, as: Int8.self)
        else {
            throw .invalid("\(buffer.readableBytes) bytes are too few for a record batch")
        }
        if magic == 0 || magic == 1 { throw .invalid("record format \(magic) is no longer accepted; use format 2") }
        guard magic == 2 else { throw .corrupt("record format \(magic) is not known") }
        guard length >= Int32(RecordBatchHeader.size - RecordBatchHeader.prefixSize) else {
            throw .corrupt("batch length \(length) is below the minimum of 49")
        }
        guard RecordBatchHeader.prefixSize + Int(length) <= buffer.readableBytes,
            let bytes = buffer.getSlice(at: start, length: RecordBatchHeader.prefixSize + Int(length)),
            let header = RecordBatchHeader(bytes, at: bytes.readerIndex)
        else {
            throw .invalid("the batch is cut off: \(buffer.readableBytes - 12) bytes of \(length) are present")
        }
        self.header = header
        self.bytes = bytes
    }

    /// Whether the stored checksum matches the bytes.
    package var isChecksumValid: Bool { CRC32C.of(bytes, from: RecordBatchHeader.crcStart) == header.crc }

    /// The records' bytes as they are stored, compressed or not.
    package var payload: ByteBuffer {
        // In bounds: `init` has checked that the batch is at least a header long.
        bytes.getSlice(
            at: bytes.readerIndex + RecordBatchHeader.size,
            length: bytes.readableBytes - RecordBatchHeader.size
        )
            ?? ByteBuffer()
    }

    /// The records' bytes, decompressed within `Compression.sizeLimit`.
    package func decompressedPayload() throws(RecordError) -> ByteBuffer {
        guard let compression = header.compression else {
            throw .invalid("compression type \(header.attributes & 7) is not known")
        }
        return try compression.decompress(payload)
    }

    /// A cursor over the records, decompressing first where needed.
    package func records() throws(RecordError) -> RecordCursor {
        RecordCursor(payload: try decompressedPayload(), header: header)
    }

    /// All records as values: for control paths and tests, not for data paths.
    package func allRecords() throws(RecordError) -> [Record] {
        var cursor = try records()
        var result: [Record] = []
        while let record = try cursor.next() { result.append(record.materialized()) }
        return result
    }
}

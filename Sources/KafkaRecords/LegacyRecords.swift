import KafkaProtocol
import NIOCore

/// Messages of the formats 0 and 1, as logs of old clusters still hold them. They can be read, never written.
package struct LegacyRecords: Sendable {
    /// Bytes of offset and size in front of each message.
    package static let prefixSize = 12
    /// Bytes of the smallest message after the prefix, format 0 with null key and value.
    package static let minimumSize = 14

    /// Whether the checksum of a whole message, its prefix included, is right.
    package static func isChecksumValid(_ message: ByteBuffer) -> Bool {
        var message = message
        message.moveReaderIndex(forwardBy: min(prefixSize, message.readableBytes))
        return message.readInteger(as: UInt32.self) == CRC32.of(message)
    }

    /// The records of all messages in `buffer`, wrapper messages unpacked once (Kafka never nests deeper).
    ///
    /// - Throws: `RecordError` with CORRUPT_MESSAGE for a wrong checksum or structure.
    package static func decode(_ buffer: ByteBuffer) throws(RecordError) -> [Record] {
        try decode(buffer, isNested: false)
    }

    private static func decode(_ buffer: ByteBuffer, isNested: Bool) throws(RecordError) -> [Record] {
        var buffer = buffer
        var result: [Record] = []
        while buffer.readableBytes > 0 {
            guard let (offset, size) = buffer.readMultipleIntegers(as: (Int64, Int32).self),
                size >= minimumSize, let message = buffer.readSlice(length: Int(size))
            else { throw .corrupt("a message of format 0 or 1 is cut off or has an impossible size") }
            result += try decode(message: message, offset: offset, isNested: isNested)
        }
        return result
    }

    private static func decode(message: ByteBuffer, offset: Int64, isNested: Bool) throws(RecordError) -> [Record] {
        var message = message
        guard let crc = message.readInteger(as: UInt32.self), CRC32.of(message) == crc else {
            throw .corrupt("the checksum of the message at offset \(offset) is wrong")
        }
        guard let magic = message.readInteger(as: Int8.self), magic == 0 || magic == 1,
            let attributes = message.readInteger(as: Int8.self)
        else { throw .corrupt("the message at offset \(offset) is of no known format") }
        var timestamp: Int64 = -1
        if magic == 1 {
            guard let stored = message.readInteger(as: Int64.self) else {
                throw .corrupt("a message without timestamp")
            }
            timestamp = stored
        }
        let key = try block(&message)
        let value = try block(&message)
        guard let compression = Compression(rawValue: attributes & 7) else {
            throw .corrupt("compression type \(attributes & 7) is not known")
        }
        if compression == .none { return [Record(offset: offset, timestamp: timestamp, key: key, value: value)] }
        guard !isNested, let value else { throw .corrupt("a compressed message inside another, or without a value") }
        var inner = try decode(try compression.decompress(value), isNested: true)
        if magic == 1, let last = inner.last?.offset {
            // In format 1 the inner offsets are relative; the wrapper carries the last one's absolute offset.
            let (shift, isTooFar) = offset.subtractingReportingOverflow(last)
            for index in inner.indices {
                let (absolute, overflows) = inner[index].offset.addingReportingOverflow(shift)
                guard !isTooFar, !overflows else {
                    throw .corrupt("offset \(offset) of a compressed message is impossible")
                }
                inner[index].offset = absolute
            }
        }
        if magic == 1, attributes & 8 != 0 {
            for index in inner.indices { inner[index].timestamp = timestamp }
        }
        return inner
    }

    private static func block(_ buffer: inout ByteBuffer) throws(RecordError) -> ByteBuffer? {
        guard let length = buffer.readInteger(as: Int32.self) else { throw .corrupt("a message is cut off") }
        if length == -1 { return nil }
        guard length >= 0, let slice = buffer.readSlice(length: Int(length)) else {
            throw .corrupt("a message's key or value has length \(length)")
        }
        return slice
    }
}

import KafkaProtocol
import NIOCore

/// The fixed 61 bytes at the front of a record batch of format 2.
package struct RecordBatchHeader: Equatable, Sendable {
    /// Bytes of the header.
    package static let size = 61
    /// Bytes of base offset and length, which `batchLength` doesn't count.
    package static let prefixSize = 12
    /// Where the checksum lies.
    static let crcPosition = 17
    /// Where the checksummed part begins.
    package static let crcStart = 21

    package var baseOffset: Int64 = 0
    /// Bytes after the length field.
    package var batchLength: Int32 = 0
    package var partitionLeaderEpoch: Int32 = -1
    package var magic: Int8 = 2
    package var crc: UInt32 = 0
    package var attributes: Int16 = 0
    package var lastOffsetDelta: Int32 = 0
    package var baseTimestamp: Int64 = -1
    package var maxTimestamp: Int64 = -1
    package var producerId: Int64 = -1
    package var producerEpoch: Int16 = -1
    package var baseSequence: Int32 = -1
    package var recordCount: Int32 = 0

    package init() {}

    /// The header at `index` of `buffer`; nil when 61 bytes aren't there. No field is judged.
    package init?(_ buffer: ByteBuffer, at index: Int) {
        guard index >= buffer.readerIndex, index &+ Self.size <= buffer.writerIndex else { return nil }
        self.init()
        buffer.withUnsafeReadableBytes { bytes in
            // In bounds: checked above.
            load(UnsafeRawBufferPointer(rebasing: bytes[(index - buffer.readerIndex)...]))
        }
    }

    /// The header at the front of 61 or more bytes; nil for fewer.
    package init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= Self.size else { return nil }
        self.init()
        load(bytes)
    }

    /// Whether the bytes begin as a batch of format 2 that belongs to a transaction; no other field is looked at.
    package static func saysTransactional(_ bytes: ByteBuffer) -> Bool {
        guard bytes.getInteger(at: bytes.readerIndex + 16, as: Int8.self) == 2,
            let attributes = bytes.getInteger(at: bytes.readerIndex + 21, as: Int16.self)
        else { return false }
        return attributes & 0x10 != 0
    }

    private mutating func load(_ bytes: UnsafeRawBufferPointer) {
        func field<T: FixedWidthInteger>(_ offset: Int, _ type: T.Type) -> T {
            T(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: T.self))
        }
        baseOffset = field(0, Int64.self)
        batchLength = field(8, Int32.self)
        partitionLeaderEpoch = field(12, Int32.self)
        magic = field(16, Int8.self)
        crc = field(17, UInt32.self)
        attributes = field(21, Int16.self)
        lastOffsetDelta = field(23, Int32.self)
        baseTimestamp = field(27, Int64.self)
        maxTimestamp = field(35, Int64.self)
        producerId = field(43, Int64.self)
        producerEpoch = field(51, Int16.self)
        baseSequence = field(53, Int32.self)
        recordCount = field(57, Int32.self)
    }

    /// Appends the 61 bytes.
    package func write(into buffer: inout ByteBuffer) {
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: Self.size) { space in
            store(into: space)
            return Self.size
        }
    }

    /// Writes the 61 bytes into memory of at least that size.
    package func store(into memory: UnsafeMutableRawBufferPointer) {
        memory.storeBytes(of: baseOffset.bigEndian, toByteOffset: 0, as: Int64.self)
        memory.storeBytes(of: batchLength.bigEndian, toByteOffset: 8, as: Int32.self)
        memory.storeBytes(of: partitionLeaderEpoch.bigEndian, toByteOffset: 12, as: Int32.self)
        memory.storeBytes(of: magic, toByteOffset: 16, as: Int8.self)
        memory.storeBytes(of: crc.bigEndian, toByteOffset: 17, as: UInt32.self)
        memory.storeBytes(of: attributes.bigEndian, toByteOffset: 21, as: Int16.self)
        memory.storeBytes(of: lastOffsetDelta.bigEndian, toByteOffset: 23, as: Int32.self)
        memory.storeBytes(of: baseTimestamp.bigEndian, toByteOffset: 27, as: Int64.self)
        memory.storeBytes(of: maxTimestamp.bigEndian, toByteOffset: 35, as: Int64.self)
        memory.storeBytes(of: producerId.bigEndian, toByteOffset: 43, as: Int64.self)
        memory.storeBytes(of: producerEpoch.bigEndian, toByteOffset: 51, as: Int16.self)
        memory.storeBytes(of: baseSequence.bigEndian, toByteOffset: 53, as: Int32.self)
        memory.storeBytes(of: recordCount.bigEndian, toByteOffset: 57, as: Int32.self)
    }
}

extension RecordBatchHeader {
    /// Bytes of the whole batch, prefix included.
    package var totalSize: Int { Self.prefixSize + Int(batchLength) }
    package var lastOffset: Int64 { baseOffset &+ Int64(lastOffsetDelta) }
    package var nextOffset: Int64 { lastOffset &+ 1 }
    /// The compression, nil for a number that no codec has.
    package var compression: Compression? { Compression(rawValue: Int8(attributes & 0x07)) }
    package var isLogAppendTime: Bool { attributes & 0x08 != 0 }
    package var isTransactional: Bool { attributes & 0x10 != 0 }
    package var isControl: Bool { attributes & 0x20 != 0 }
    /// The base timestamp is a deletion horizon (KIP-534).
    package var hasDeleteHorizon: Bool { attributes & 0x40 != 0 }
    package var hasProducerId: Bool { producerId >= 0 }
    /// The sequence number of the last record; numbers wrap from Int32.max to 0.
    package var lastSequence: Int32 {
        baseSequence < 0 ? -1 : Sequence32.advance(baseSequence, by: lastOffsetDelta)
    }
}

/// Arithmetic of producer sequence numbers, 0 to Int32.max and then 0 again.
package enum Sequence32 {
    package static func advance(_ sequence: Int32, by count: Int32) -> Int32 {
        Int32(truncatingIfNeeded: (Int64(sequence) + Int64(count)) & 0x7fff_ffff)
    }
}

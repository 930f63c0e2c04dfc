import CPlatform
import NIOCore

/// The checksum of record batches and of several of Kafka's files.
package enum CRC32C {
    /// The checksum of the buffer's readable bytes from `offset` (relative to the reader index) to the end.
    package static func of(_ buffer: ByteBuffer, from offset: Int = 0) -> UInt32 {
        buffer.withUnsafeReadableBytes { bytes in
            guard offset < bytes.count, let base = bytes.baseAddress else { return 0 }
            return ottla_crc32c(0, base + offset, bytes.count - offset)
        }
    }

    /// Continues `crc` over more bytes.
    package static func extend(_ crc: UInt32, _ bytes: UnsafeRawBufferPointer) -> UInt32 {
        guard let base = bytes.baseAddress else { return crc }
        return ottla_crc32c(crc, base, bytes.count)
    }

    /// Whether the processor's own instruction is in use.
    package static var isHardware: Bool { ottla_crc32c_is_hardware() == 1 }
}

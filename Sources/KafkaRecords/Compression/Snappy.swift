import CSnappy
import KafkaProtocol
import NIOCore

/// snappy, raw or in the framing of xerial's Java library: a magic, two versions, then blocks with their lengths.
enum Snappy {
    private static let magic: [UInt8] = [0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]
    /// Bytes of magic and versions.
    private static let frameHeader = 16
    /// Uncompressed bytes of a block that we write, as the Java library does.
    private static let blockSize = 32 * 1024

    static func decompress(_ input: ByteBuffer, limit: Int) throws(RecordError) -> ByteBuffer {
        var output = ByteBuffer()
        var input = input
        guard input.readableBytesView.starts(with: magic) else {
            try expand(input, into: &output, limit: limit)
            return output
        }
        while input.readableBytes > 0 {
            // Streams may stand one behind another, each with its header.
            if input.readableBytesView.starts(with: magic) {
                guard input.readSlice(length: frameHeader) != nil else {
                    throw .corrupt("snappy: the frame header is cut off")
                }
                continue
            }
            guard let length = input.readInteger(as: Int32.self), length >= 0,
                let block = input.readSlice(length: Int(length))
            else { throw .corrupt("snappy: a block is cut off or has an impossible length") }
            try expand(block, into: &output, limit: limit)
        }
        return output
    }

    /// Appends one block. The length that the block claims is compared with the limit, and with what its bytes could at most
    /// become, before memory is reserved.
    private static func expand(_ block: ByteBuffer, into output: inout ByteBuffer, limit: Int) throws(RecordError) {
        var claimed = 0
        let readable = block.withUnsafeReadableBytes { bytes in
            snappy_uncompressed_length(bytes.bindMemory(to: CChar.self).baseAddress, bytes.count, &claimed) == SNAPPY_OK
        }
        guard readable else { throw .corrupt("snappy: the block has no readable length") }
        if output.readableBytes + claimed > limit { throw Compression.tooLarge(limit) }
        // A copy element of two or three bytes yields at most 64.
        guard claimed <= block.readableBytes * 64 else { throw .corrupt("snappy: the block claims \(claimed) bytes") }
        if claimed == 0 { return }
        var isValid = false
        output.writeWithUnsafeMutableBytes(minimumWritableBytes: claimed) { space in
            var count = space.count
            isValid = block.withUnsafeReadableBytes { bytes in
                snappy_uncompress(
                    bytes.bindMemory(to: CChar.self).baseAddress,
                    bytes.count,
                    space.bindMemory(to: CChar.self).baseAddress,
                    &count
                ) == SNAPPY_OK
            }
            return isValid ? claimed : 0
        }
        guard isValid else { throw .corrupt("snappy: the block is damaged") }
    }

    static func compress(_ input: ByteBuffer) throws(RecordError) -> ByteBuffer {
        var input = input
        var output = ByteBufferAllocator().buffer(capacity: input.readableBytes / 2 + 64)
        output.writeBytes(magic)
        output.writeMultipleIntegers(1 as Int32, 1 as Int32)
        while let block = input.readSlice(length: min(blockSize, input.readableBytes)), block.readableBytes > 0 {
            let lengthIndex = output.writerIndex
            output.writeInteger(0 as Int32)
            let count = output.writeWithUnsafeMutableBytes(
                minimumWritableBytes: snappy_max_compressed_length(block.readableBytes)
            ) { space in
                var count = space.count
                let status = block.withUnsafeReadableBytes { bytes in
                    snappy_compress(
                        bytes.bindMemory(to: CChar.self).baseAddress,
                        bytes.count,
                        space.bindMemory(to: CChar.self).baseAddress,
                        &count
                    )
                }
                return status == SNAPPY_OK ? count : 0
            }
            guard count > 0 else { throw .corrupt("snappy: cannot compress") }
            output.setInteger(Int32(count), at: lengthIndex)
        }
        return output
    }
}

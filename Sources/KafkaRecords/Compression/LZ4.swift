import CLZ4
import KafkaProtocol
import NIOCore

/// lz4 in its frame format.
enum LZ4 {
    static func decompress(_ input: ByteBuffer, limit: Int) throws(RecordError) -> ByteBuffer {
        var context: OpaquePointer?
        guard LZ4F_isError(LZ4F_createDecompressionContext(&context, UInt32(LZ4F_VERSION))) == 0 else {
            throw .corrupt("lz4: cannot start")
        }
        defer { LZ4F_freeDecompressionContext(context) }
        var output = BoundedOutput(hint: input.readableBytes * 3, limit: limit)
        var failure: RecordError?
        input.withUnsafeReadableBytes { bytes in
            var position = 0
            do throws(RecordError) {
                while true {
                    let (status, consumed, produced) = try output.fill { space in
                        var written = space.count
                        var read = bytes.count - position
                        let status = LZ4F_decompress(
                            context,
                            space.baseAddress,
                            &written,
                            bytes.baseAddress.map { $0 + position },
                            &read,
                            nil
                        )
                        let failed = LZ4F_isError(status) != 0
                        return (failed ? 0 : written, (status, read, written))
                    }
                    if LZ4F_isError(status) != 0 { throw .corrupt("lz4: the frame is damaged") }
                    position += consumed
                    if status == 0, position == bytes.count { return }
                    if consumed == 0, produced == 0 { throw .corrupt("lz4: the frame is cut off") }
                }
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return output.buffer
    }

    /// Whether every consumer can read the frame: Kafka's reads a single one, of independent blocks, without a dictionary. What the blocks
    /// hold is not looked at.
    static func isReadableByAll(_ input: ByteBuffer) -> Bool {
        var input = input
        guard input.readInteger(endianness: .little, as: UInt32.self) == 0x184D_2204,
            let (flags, _) = input.readMultipleIntegers(as: (UInt8, UInt8).self), flags & 0xe3 == 0x60
        else { return false }
        let hasBlockChecksums = flags & 0x10 != 0
        let hasContentSize = flags & 0x08 != 0
        let hasContentChecksum = flags & 0x04 != 0
        guard input.readSlice(length: hasContentSize ? 9 : 1) != nil else { return false }
        while let size = input.readInteger(endianness: .little, as: UInt32.self) {
            if size == 0 { return input.readableBytes == (hasContentChecksum ? 4 : 0) }
            // The highest bit says that the block is not compressed.
            guard input.readSlice(length: Int(size & 0x7fff_ffff) + (hasBlockChecksums ? 4 : 0)) != nil else {
                return false
            }
        }
        return false
    }

    static func compress(_ input: ByteBuffer, level: Int) throws(RecordError) -> ByteBuffer {
        var preferences = LZ4F_preferences_t()
        preferences.frameInfo.blockSizeID = LZ4F_max64KB
        preferences.frameInfo.blockMode = LZ4F_blockIndependent
        preferences.compressionLevel = Int32(level)
        let bound = LZ4F_compressFrameBound(input.readableBytes, &preferences)
        var output = ByteBufferAllocator().buffer(capacity: bound)
        var failed = false
        output.writeWithUnsafeMutableBytes(minimumWritableBytes: bound) { space in
            let count = input.withUnsafeReadableBytes {
                LZ4F_compressFrame(space.baseAddress, space.count, $0.baseAddress, $0.count, &preferences)
            }
            failed = LZ4F_isError(count) != 0
            return failed ? 0 : count
        }
        if failed { throw .corrupt("lz4: cannot compress") }
        return output
    }
}

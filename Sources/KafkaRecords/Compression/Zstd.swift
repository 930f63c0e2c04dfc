import CZstd
import KafkaProtocol
import NIOCore

/// zstd frames; the window is limited to 128 MiB, the largest that Kafka's levels make.
enum Zstd {
    private static let windowLogLimit: Int32 = 27

    static func decompress(_ input: ByteBuffer, limit: Int) throws(RecordError) -> ByteBuffer {
        guard let stream = ZSTD_createDStream() else { throw .corrupt("zstd: cannot start") }
        defer { ZSTD_freeDStream(stream) }
        ZSTD_DCtx_setParameter(stream, ZSTD_d_windowLogMax, windowLogLimit)
        var output = BoundedOutput(hint: input.readableBytes * 4, limit: limit)
        var failure: RecordError?
        input.withUnsafeReadableBytes { bytes in
            var source = ZSTD_inBuffer(src: bytes.baseAddress, size: bytes.count, pos: 0)
            do throws(RecordError) {
                while true {
                    let before = source.pos
                    let (status, produced) = try output.fill { space in
                        var target = ZSTD_outBuffer(dst: space.baseAddress, size: space.count, pos: 0)
                        let status = ZSTD_decompressStream(stream, &target, &source)
                        return (ZSTD_isError(status) != 0 ? 0 : target.pos, (status, target.pos))
                    }
                    if ZSTD_isError(status) != 0 {
                        throw .corrupt("zstd: the frame is damaged or needs too large a window")
                    }
                    if status == 0, source.pos == source.size { return }
                    if source.pos == before, produced == 0 { throw .corrupt("zstd: the frame is cut off") }
                }
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return output.buffer
    }

    static func compress(_ input: ByteBuffer, level: Int) throws(RecordError) -> ByteBuffer {
        let bound = ZSTD_compressBound(input.readableBytes)
        var output = ByteBufferAllocator().buffer(capacity: bound)
        var failed = false
        output.writeWithUnsafeMutableBytes(minimumWritableBytes: bound) { space in
            let count = input.withUnsafeReadableBytes {
                ZSTD_compress(space.baseAddress, space.count, $0.baseAddress, $0.count, Int32(level))
            }
            failed = ZSTD_isError(count) != 0
            return failed ? 0 : count
        }
        if failed { throw .corrupt("zstd: cannot compress") }
        return output
    }
}

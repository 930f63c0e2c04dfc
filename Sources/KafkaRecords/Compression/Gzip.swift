import CZlib
import KafkaProtocol
import NIOCore

/// gzip by zlib; several members one after another count as one stream.
package enum Gzip {
    static func decompress(_ input: ByteBuffer, limit: Int) throws(RecordError) -> ByteBuffer {
        var stream = z_stream()
        guard inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw .corrupt("gzip: cannot start")
        }
        defer { inflateEnd(&stream) }
        var output = BoundedOutput(hint: input.readableBytes * 4, limit: limit)
        var failure: RecordError?
        input.withUnsafeReadableBytes { bytes in
            // zlib doesn't write to its input; the C type is not const.
            stream.next_in = UnsafeMutablePointer(mutating: bytes.bindMemory(to: UInt8.self).baseAddress)
            stream.avail_in = UInt32(bytes.count)
            do throws(RecordError) {
                while true {
                    let status = try output.fill { space in
                        stream.next_out = space.bindMemory(to: UInt8.self).baseAddress
                        stream.avail_out = UInt32(min(space.count, Int(UInt32.max)))
                        let offered = stream.avail_out
                        let status = inflate(&stream, Z_NO_FLUSH)
                        return (Int(offered - stream.avail_out), status)
                    }
                    if status == Z_STREAM_END {
                        if stream.avail_in == 0 { return }
                        guard inflateReset(&stream) == Z_OK else { throw .corrupt("gzip: cannot go on") }
                    } else if status != Z_OK {
                        throw .corrupt("gzip: the stream is damaged or cut off")
                    } else if stream.avail_in == 0, stream.avail_out != 0 {
                        throw .corrupt("gzip: the stream is cut off")
                    }
                }
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return output.buffer
    }

    /// Decompresses a whole file's bytes: fixtures and tools.
    package static func expand(_ input: ByteBuffer, limit: Int) throws(RecordError) -> ByteBuffer {
        try decompress(input, limit: limit)
    }

    static func compress(_ input: ByteBuffer, level: Int) throws(RecordError) -> ByteBuffer {
        var stream = z_stream()
        guard
            deflateInit2_(
                &stream,
                Int32(level),
                Z_DEFLATED,
                15 + 16,
                8,
                Z_DEFAULT_STRATEGY,
                ZLIB_VERSION,
                Int32(MemoryLayout<z_stream>.size)
            ) == Z_OK
        else { throw .corrupt("gzip: cannot start with level \(level)") }
        defer { deflateEnd(&stream) }
        let bound = Int(deflateBound(&stream, UInt(input.readableBytes)))
        var output = ByteBufferAllocator().buffer(capacity: bound)
        var status = Z_OK
        input.withUnsafeReadableBytes { bytes in
            stream.next_in = UnsafeMutablePointer(mutating: bytes.bindMemory(to: UInt8.self).baseAddress)
            stream.avail_in = UInt32(bytes.count)
            output.writeWithUnsafeMutableBytes(minimumWritableBytes: bound) { space in
                stream.next_out = space.bindMemory(to: UInt8.self).baseAddress
                stream.avail_out = UInt32(space.count)
                status = deflate(&stream, Z_FINISH)
                return space.count - Int(stream.avail_out)
            }
        }
        guard status == Z_STREAM_END else { throw .corrupt("gzip: cannot compress") }
        return output
    }
}

/// The older checksum of messages in format 0 and 1, of producer ids and of gzip.
package enum CRC32 {
    package static func of(_ buffer: ByteBuffer) -> UInt32 {
        buffer.withUnsafeReadableBytes { bytes in
            UInt32(crc32(0, bytes.bindMemory(to: UInt8.self).baseAddress, UInt32(bytes.count)))
        }
    }
}

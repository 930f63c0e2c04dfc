import KafkaProtocol
import NIOCore

/// The codecs of record batches, with their numbers in a batch's attributes.
public enum Compression: Int8, Sendable, CaseIterable {
    case none = 0
    case gzip = 1
    case snappy = 2
    case lz4 = 3
    case zstd = 4

    /// Kafka's name in configurations.
    public var name: String {
        switch self {
        case .none: "none"
        case .gzip: "gzip"
        case .snappy: "snappy"
        case .lz4: "lz4"
        case .zstd: "zstd"
        }
    }

    /// The most bytes that `compressed` bytes may become: 32 times as many, at least 16 MiB, at most 128 MiB.
    package static func sizeLimit(compressed: Int) -> Int {
        min(max(compressed.multipliedReportingOverflow(by: 32).partialValue, 16 << 20), 128 << 20)
    }

    /// The decompressed bytes.
    ///
    /// - Parameter limit: the most bytes allowed; `sizeLimit` unless given.
    /// - Throws: CORRUPT_MESSAGE for a damaged stream, MESSAGE_TOO_LARGE beyond the limit.
    package func decompress(_ input: ByteBuffer, limit: Int? = nil) throws(RecordError) -> ByteBuffer {
        let limit = limit ?? Self.sizeLimit(compressed: input.readableBytes)
        switch self {
        case .none: return input
        case .gzip: return try Gzip.decompress(input, limit: limit)
        case .snappy: return try Snappy.decompress(input, limit: limit)
        case .lz4: return try LZ4.decompress(input, limit: limit)
        case .zstd: return try Zstd.decompress(input, limit: limit)
        }
    }

    /// The compressed bytes.
    ///
    /// - Parameter level: the codec's own scale; its usual default unless given.
    package func compress(_ input: ByteBuffer, level: Int? = nil) throws(RecordError) -> ByteBuffer {
        switch self {
        case .none: return input
        case .gzip: return try Gzip.compress(input, level: level ?? -1)
        case .snappy: return try Snappy.compress(input)
        case .lz4: return try LZ4.compress(input, level: level ?? 0)
        case .zstd: return try Zstd.compress(input, level: level ?? 3)
        }
    }

    static func tooLarge(_ limit: Int) -> RecordError {
        RecordError(.messageTooLarge, "the batch decompresses to more than \(limit) bytes")
    }
}

/// Output of a decompressor: grows with what was really produced, never beyond the limit.
struct BoundedOutput {
    private(set) var buffer: ByteBuffer
    private let limit: Int

    init(hint: Int, limit: Int) {
        self.limit = limit
        buffer = ByteBufferAllocator().buffer(capacity: min(max(hint, 4096), limit, 1 << 20))
    }

    /// Offers free space to `body`, which returns how many bytes it wrote and its own result.
    mutating func fill<R>(_ body: (UnsafeMutableRawBufferPointer) -> (Int, R)) throws(RecordError) -> R {
        if buffer.writableBytes < 1024 {
            if buffer.readableBytes > limit { throw Compression.tooLarge(limit) }
            buffer.reserveCapacity(minimumWritableBytes: max(buffer.readableBytes, 4096))
        }
        var result: R?
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: 1024) { space in
            let (count, value) = body(space)
            result = value
            return count
        }
        if buffer.readableBytes > limit { throw Compression.tooLarge(limit) }
        guard let result else { throw .corrupt("no output") }
        return result
    }
}

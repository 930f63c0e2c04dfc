import KafkaProtocol
import NIOCore

/// A record as a value.
public struct Record: Equatable, Sendable {
    public var offset: Int64
    /// Milliseconds since 1970, -1 for none.
    public var timestamp: Int64
    public var key: ByteBuffer?
    public var value: ByteBuffer?
    public var headers: [Header]

    public struct Header: Equatable, Sendable {
        /// Where the key is no UTF-8, with replacement characters; `keyBytes` has it as it is.
        public var key: String { didSet { foreignKey = nil } }
        public var value: ByteBuffer?
        /// The key where it is no UTF-8.
        private var foreignKey: ByteBuffer?

        public init(key: String, value: ByteBuffer?) {
            self.key = key
            self.value = value
        }

        /// - Parameter keyBytes: should be UTF-8, as clients read it, but may be any bytes.
        public init(keyBytes: ByteBuffer, value: ByteBuffer?) {
            let text = keyBytes.withUnsafeReadableBytes { String(validating: $0, as: UTF8.self) }
            key = text ?? String(buffer: keyBytes)
            foreignKey = text == nil ? keyBytes : nil
            self.value = value
        }

        public var keyBytes: ByteBuffer { foreignKey ?? ByteBuffer(string: key) }
        /// How many bytes the key has.
        package var keySize: Int { foreignKey?.readableBytes ?? key.utf8.count }

        func writeKey(into place: inout UnsafeMutableRawBufferPointer) {
            if let foreignKey { return Varint.writeBlock(foreignKey, into: &place) }
            Varint.write(Int64(key.utf8.count), into: &place)
            place.write(key)
        }
    }

    public init(offset: Int64 = 0, timestamp: Int64 = -1, key: ByteBuffer?, value: ByteBuffer?, headers: [Header] = [])
    {
        self.offset = offset
        self.timestamp = timestamp
        self.key = key
        self.value = value
        self.headers = headers
    }
}

/// One record in place: positions in the batch's decompressed bytes. Nothing is copied until asked for.
public struct RecordView: Sendable {
    let payload: ByteBuffer
    public let offset: Int64
    public let timestamp: Int64
    public let offsetDelta: Int32
    public let timestampDelta: Int64
    let keyRange: Range<Int>?
    let valueRange: Range<Int>?
    let headersRange: Range<Int>
    public let headerCount: Int

    public var hasKey: Bool { keyRange != nil }
    public var key: ByteBuffer? { slice(keyRange) }
    public var value: ByteBuffer? { slice(valueRange) }

    private func slice(_ range: Range<Int>?) -> ByteBuffer? {
        range.flatMap { payload.getSlice(at: payload.readerIndex + $0.lowerBound, length: $0.count) }
    }

    /// The headers; the cursor has checked their structure.
    public var headers: [Record.Header] {
        guard headerCount > 0, let slice = slice(headersRange) else { return [] }
        return slice.withUnsafeReadableBytes { bytes in
            var scanner = VarintScanner(bytes)
            var result: [Record.Header] = []
            for _ in 0..<headerCount {
                guard let key = scanner.block() ?? nil, let value = scanner.block() else { break }
                let content = value.map { ByteBuffer(bytes: bytes[$0]) }
                if let text = String(validating: bytes[key], as: UTF8.self) {
                    result.append(Record.Header(key: text, value: content))
                } else {
                    result.append(Record.Header(keyBytes: ByteBuffer(bytes: bytes[key]), value: content))
                }
            }
            return result
        }
    }

    public func materialized() -> Record {
        Record(offset: offset, timestamp: timestamp, key: key, value: value, headers: headers)
    }
}

/// Walks the records of one batch, checking each length against what is left.
package struct RecordCursor: Sendable {
    private let payload: ByteBuffer
    private let header: RecordBatchHeader
    private var position = 0
    private var index: Int32 = 0

    /// - Parameter payload: the decompressed records of the batch that `header` stands in front of.
    package init(payload: ByteBuffer, header: RecordBatchHeader) {
        self.payload = payload
        self.header = header
    }

    /// The next record, nil after the last.
    ///
    /// - Throws: INVALID_RECORD when the bytes are not a record, or when bytes are left after the last.
    package mutating func next() throws(RecordError) -> RecordView? {
        if index >= header.recordCount {
            guard position == payload.readableBytes else {
                throw .invalid("\(payload.readableBytes - position) bytes follow the last record")
            }
            return nil
        }
        let start = position
        let fields = payload.withUnsafeReadableBytes { RecordFields($0, at: start) }
        guard let fields else { throw .invalid("record \(index) of \(header.recordCount) is malformed") }
        position = fields.end
        index += 1
        let timestamp =
            header.isLogAppendTime ? header.maxTimestamp : header.baseTimestamp &+ fields.timestampDelta
        return RecordView(
            payload: payload,
            offset: header.baseOffset &+ Int64(fields.offsetDelta),
            timestamp: timestamp,
            offsetDelta: fields.offsetDelta,
            timestampDelta: fields.timestampDelta,
            keyRange: fields.key,
            valueRange: fields.value,
            headersRange: fields.headers,
            headerCount: fields.headerCount
        )
    }
}

/// Where the parts of one record lie in the bytes of its batch.
struct RecordFields {
    /// Where the next record begins.
    var end: Int
    var timestampDelta: Int64
    var offsetDelta: Int32
    var key: Range<Int>?
    var value: Range<Int>?
    var headers: Range<Int>
    var headerCount: Int

    /// Parses the record at `start`, which lies within `bytes`; nil when it is malformed in any way.
    @inline(__always)
    init?(_ bytes: UnsafeRawBufferPointer, at start: Int) {
        var scanner = VarintScanner(bytes, at: start)
        guard let length = scanner.varint(), length > 0, Int(length) <= bytes.count - scanner.position else {
            return nil
        }
        let end = scanner.position + Int(length)
        // Behind the record's attributes, a byte that has no meaning yet.
        scanner = VarintScanner(bytes, at: scanner.position + 1, upTo: end)
        guard let timestampDelta = scanner.varlong(), let offsetDelta = scanner.varint(),
            let key = scanner.block(), let value = scanner.block(),
            let headerCount = scanner.varint(), headerCount >= 0, Int(headerCount) <= end - scanner.position
        else { return nil }
        let headersStart = scanner.position
        for _ in 0..<headerCount {
            guard let headerKey = scanner.block(), headerKey != nil, scanner.block() != nil else { return nil }
        }
        guard scanner.position == end else { return nil }
        self.end = end
        self.timestampDelta = timestampDelta
        self.offsetDelta = offsetDelta
        self.key = key
        self.value = value
        self.headers = headersStart..<end
        self.headerCount = Int(headerCount)
    }
}

/// Reads zigzag varints and length-prefixed blocks within bounds.
struct VarintScanner {
    private let bytes: UnsafeRawBufferPointer
    private(set) var position: Int
    /// At most the number of bytes.
    private let limit: Int

    init(_ bytes: UnsafeRawBufferPointer, at position: Int = 0) {
        self.init(bytes, at: position, upTo: bytes.count)
    }

    init(_ bytes: UnsafeRawBufferPointer, at position: Int, upTo limit: Int) {
        self.bytes = bytes
        self.position = position
        self.limit = limit
    }

    @inline(__always)
    mutating func varint() -> Int32? {
        // Most are deltas and lengths of one byte.
        if position < limit, bytes[position] < 0x80 {
            let raw = Int32(bytes[position])
            position += 1
            return raw >> 1 ^ -(raw & 1)
        }
        var raw: UInt32 = 0
        var shift: UInt32 = 0
        while position < limit, shift <= 28 {
            let byte = bytes[position]
            position += 1
            raw |= UInt32(byte & 0x7f) << shift
            if byte & 0x80 == 0 {
                if shift == 28, byte & 0xf0 != 0 { return nil }
                return Int32(bitPattern: raw >> 1) ^ -Int32(bitPattern: raw & 1)
            }
            shift += 7
        }
        return nil
    }

    @inline(__always)
    mutating func varlong() -> Int64? {
        var raw: UInt64 = 0
        var shift: UInt64 = 0
        while position < limit, shift <= 63 {
            let byte = bytes[position]
            position += 1
            raw |= UInt64(byte & 0x7f) << shift
            if byte & 0x80 == 0 {
                if shift == 63, byte & 0xfe != 0 { return nil }
                return Int64(bitPattern: raw >> 1) ^ -Int64(bitPattern: raw & 1)
            }
            shift += 7
        }
        return nil
    }

    /// A varint length and as many bytes: the outer nil is "malformed", the inner one a null.
    @inline(__always)
    mutating func block() -> Range<Int>?? {
        guard let length = varint() else { return nil }
        if length == -1 { return .some(nil) }
        guard length >= 0, Int(length) <= limit - position else { return nil }
        let start = position
        position += Int(length)
        return .some(start..<position)
    }
}

import NIOCore

/// The tagged fields of a structure: its own that differ from their defaults, and those that were read without being known.
struct TagSet {
    private var fields: [TaggedField]

    init(unknown: [TaggedField]) { fields = unknown }

    /// Adds what `content` has written.
    mutating func add(_ tag: UInt32, _ content: WireWriter) {
        fields.append(TaggedField(tag: tag, content: content.buffer))
    }

    var inOrder: [TaggedField] { fields.sorted { $0.tag < $1.tag } }
}

/// Writes protocol values, or only counts their bytes so that one exact reservation can follow.
public struct WireWriter: Sendable {
    /// A place in the buffer where the transport inserts bytes that are not in memory.
    public struct Region: Equatable, Sendable {
        /// Index in `buffer` before which the bytes belong.
        public var position: Int
        public var id: Int
        public var count: Int
    }

    public private(set) var buffer: ByteBuffer
    public private(set) var regions: [Region] = []
    /// Bytes so far, external ones included.
    public private(set) var count = 0
    private let isCounting: Bool

    public init(capacity: Int) {
        buffer = ByteBufferAllocator().buffer(capacity: capacity)
        isCounting = false
    }

    private init() {
        buffer = ByteBuffer()
        isCounting = true
    }

    /// A writer that keeps nothing but the count.
    public static func counting() -> WireWriter { WireWriter() }

    // MARK: Scalars

    @inline(never)
    public mutating func integer<T: FixedWidthInteger>(_ value: T) {
        count += MemoryLayout<T>.size
        if !isCounting { buffer.writeInteger(value) }
    }

    public mutating func bool(_ value: Bool) { integer(value ? 1 : 0 as UInt8) }

    public mutating func float64(_ value: Double) { integer(value.bitPattern) }

    public mutating func uuid(_ value: KafkaUUID) {
        integer(value.high)
        integer(value.low)
    }

    public mutating func uvarint(_ value: UInt32) {
        var rest = value
        while rest >= 0x80 {
            integer(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        integer(UInt8(truncatingIfNeeded: rest))
    }

    // MARK: Strings and bytes

    public mutating func string(_ value: String, _ flexible: Bool) throws(WireError) {
        let length = value.utf8.count
        if flexible {
            uvarint(UInt32(length + 1))
        } else {
            guard length <= Int(Int16.max) else { throw .stringTooLong(bytes: length) }
            integer(Int16(length))
        }
        count += length
        if !isCounting { buffer.writeString(value) }
    }

    public mutating func nullableString(_ value: String?, _ flexible: Bool, allowed: Bool) throws(WireError) {
        if let value {
            try string(value, flexible)
        } else if !allowed {
            throw .unexpectedNull
        } else if flexible {
            uvarint(0)
        } else {
            integer(-1 as Int16)
        }
    }

    private mutating func length(_ length: Int?, _ flexible: Bool) {
        if flexible {
            uvarint(UInt32((length ?? -1) + 1))
        } else {
            integer(Int32(length ?? -1))
        }
    }

    public mutating func bytes(_ value: ByteBuffer, _ flexible: Bool) {
        length(value.readableBytes, flexible)
        raw(value)
    }

    public mutating func raw(_ value: ByteBuffer) {
        count += value.readableBytes
        if !isCounting { buffer.writeImmutableBuffer(value) }
    }

    public mutating func nullableBytes(_ value: ByteBuffer?, _ flexible: Bool, allowed: Bool) throws(WireError) {
        if let value {
            bytes(value, flexible)
        } else if allowed {
            length(nil, flexible)
        } else {
            throw .unexpectedNull
        }
    }

    public mutating func records(_ value: WireRecords, _ flexible: Bool) {
        switch value {
        case .bytes(let buffer): bytes(buffer, flexible)
        case .external(let id, let size):
            length(size, flexible)
            if !isCounting { regions.append(Region(position: buffer.writerIndex, id: id, count: size)) }
            count += size
        }
    }

    public mutating func nullableRecords(_ value: WireRecords?, _ flexible: Bool, allowed: Bool) throws(WireError) {
        if let value {
            records(value, flexible)
        } else if allowed {
            length(nil, flexible)
        } else {
            throw .unexpectedNull
        }
    }

    // MARK: Structures and arrays

    public mutating func nullableStructure(
        _ value: (some WireStructure)?,
        _ version: Int16,
        allowed: Bool
    ) throws(WireError) {
        if let value {
            integer(1 as Int8)
            try value.encode(into: &self, version: version)
        } else if allowed {
            integer(-1 as Int8)
        } else {
            throw .unexpectedNull
        }
    }

    public mutating func structures(
        _ values: [some WireStructure],
        _ flexible: Bool,
        _ version: Int16
    ) throws(WireError) {
        length(values.count, flexible)
        // By index: the elements of a loop would be copied.
        for index in values.indices { try values[index].encode(into: &self, version: version) }
    }

    public mutating func nullableStructures(
        _ values: [some WireStructure]?,
        _ flexible: Bool,
        _ version: Int16,
        allowed: Bool
    ) throws(WireError) {
        if let values { return try structures(values, flexible, version) }
        try null(flexible, allowed)
    }

    public mutating func strings(_ values: [String], _ flexible: Bool) throws(WireError) {
        length(values.count, flexible)
        for value in values { try string(value, flexible) }
    }

    public mutating func nullableStrings(_ values: [String]?, _ flexible: Bool, allowed: Bool) throws(WireError) {
        if let values { return try strings(values, flexible) }
        try null(flexible, allowed)
    }

    public mutating func uuids(_ values: [KafkaUUID], _ flexible: Bool) throws(WireError) {
        length(values.count, flexible)
        for value in values { uuid(value) }
    }

    public mutating func nullableUUIDs(_ values: [KafkaUUID]?, _ flexible: Bool, allowed: Bool) throws(WireError) {
        if let values { return try uuids(values, flexible) }
        try null(flexible, allowed)
    }

    public mutating func integers(_ values: [some FixedWidthInteger], _ flexible: Bool) throws(WireError) {
        length(values.count, flexible)
        for value in values { integer(value) }
    }

    public mutating func nullableIntegers(
        _ values: [some FixedWidthInteger]?,
        _ flexible: Bool,
        allowed: Bool
    ) throws(WireError) {
        if let values { return try integers(values, flexible) }
        try null(flexible, allowed)
    }

    private mutating func null(_ flexible: Bool, _ allowed: Bool) throws(WireError) {
        if !allowed { throw .unexpectedNull }
        length(nil, flexible)
    }

    // MARK: Tagged fields

    /// - Parameter fields: in ascending order of their tags.
    mutating func taggedFields(_ fields: [TaggedField]) {
        uvarint(UInt32(fields.count))
        for field in fields { tagged(field) }
    }

    private mutating func tagged(_ field: TaggedField) {
        uvarint(field.tag)
        uvarint(UInt32(field.content.readableBytes))
        raw(field.content)
    }
}

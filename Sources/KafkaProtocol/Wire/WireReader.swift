import NIOCore

/// Reads protocol values from one frame. Strings are copied; `bytes` and `records` stay slices of the frame's memory.
///
/// Every length and count is compared with what is left before memory is reserved, and the number of objects in a frame is
/// bounded, so that a frame never costs more memory than a fixed multiple of its size.
public struct WireReader: Sendable {
    /// The most array elements of structure type in one frame.
    public static let objectLimit = 1_000_000

    private var buffer: ByteBuffer
    private var objectsLeft = WireReader.objectLimit

    public init(_ buffer: ByteBuffer) { self.buffer = buffer }

    /// Bytes not read yet.
    public var remaining: Int { buffer.readableBytes }

    /// What has not been read.
    public var rest: ByteBuffer { buffer }

    // MARK: Scalars

    @inline(__always)
    public mutating func integer<T: FixedWidthInteger>() throws(WireError) -> T {
        guard let value = buffer.readInteger(as: T.self) else { throw truncated(MemoryLayout<T>.size) }
        return value
    }

    public mutating func bool() throws(WireError) -> Bool { (try integer() as UInt8) != 0 }

    public mutating func float64() throws(WireError) -> Double { Double(bitPattern: try integer()) }

    public mutating func uuid() throws(WireError) -> KafkaUUID { KafkaUUID(high: try integer(), low: try integer()) }

    public mutating func uvarint() throws(WireError) -> UInt32 {
        var value: UInt32 = 0
        for shift in stride(from: UInt32(0), through: 28, by: 7) {
            let byte: UInt8 = try integer()
            if shift == 28, byte & 0xf0 != 0 { throw .malformedVarint }
            value |= UInt32(byte & 0x7f) << shift
            if byte & 0x80 == 0 { return value }
        }
        throw .malformedVarint
    }

    /// A zigzag varint of 32 bits, as inside records.
    public mutating func varint() throws(WireError) -> Int32 {
        let raw = try uvarint()
        return Int32(bitPattern: raw >> 1) ^ -Int32(bitPattern: raw & 1)
    }

    // MARK: Strings and bytes

    public mutating func string(_ flexible: Bool) throws(WireError) -> String {
        guard let value = try nullableString(flexible, allowed: false) else { throw .unexpectedNull }
        return value
    }

    public mutating func nullableString(_ flexible: Bool, allowed: Bool) throws(WireError) -> String? {
        let length = flexible ? Int(try uvarint()) - 1 : Int(try integer() as Int16)
        guard let checked = try check(length, allowed: allowed) else { return nil }
        // Names are nearly always ASCII, which needs no validation; the validating reader is generic, and slow for short names.
        let ascii = buffer.withUnsafeReadableBytes { bytes -> String? in
            let name = UnsafeRawBufferPointer(rebasing: bytes.prefix(checked))
            if name.contains(where: { $0 > 0x7f }) { return nil }
            return String(unsafeUninitializedCapacity: checked) { text in
                UnsafeMutableRawBufferPointer(text).copyMemory(from: name)
                return checked
            }
        }
        if let ascii {
            buffer.moveReaderIndex(forwardBy: checked)
            return ascii
        }
        do {
            return try buffer.readUTF8ValidatedString(length: checked)
        } catch {
            throw .invalidUTF8
        }
    }

    public mutating func bytes(_ flexible: Bool) throws(WireError) -> ByteBuffer {
        guard let value = try nullableBytes(flexible, allowed: false) else { throw .unexpectedNull }
        return value
    }

    public mutating func nullableBytes(_ flexible: Bool, allowed: Bool) throws(WireError) -> ByteBuffer? {
        let length = flexible ? Int(try uvarint()) - 1 : Int(try integer() as Int32)
        guard let checked = try check(length, allowed: allowed) else { return nil }
        return buffer.readSlice(length: checked)
    }

    public mutating func records(_ flexible: Bool) throws(WireError) -> WireRecords { .bytes(try bytes(flexible)) }

    public mutating func nullableRecords(_ flexible: Bool, allowed: Bool) throws(WireError) -> WireRecords? {
        try nullableBytes(flexible, allowed: allowed).map { .bytes($0) }
    }

    /// The length if it fits, nil for an allowed null.
    private func check(_ length: Int, allowed: Bool) throws(WireError) -> Int? {
        if length == -1 {
            if allowed { return nil }
            throw .unexpectedNull
        }
        guard length >= 0, length <= buffer.readableBytes else {
            throw .invalidLength(length, remaining: buffer.readableBytes)
        }
        return length
    }

    // MARK: Structures

    public mutating func nullableStructure<T: WireStructure>(
        _ type: T.Type,
        _ version: Int16,
        allowed: Bool
    ) throws(WireError) -> T? {
        if (try integer() as Int8) < 0 {
            if allowed { return nil }
            throw .unexpectedNull
        }
        return try T(from: &self, version: version)
    }

    // MARK: Arrays

    private mutating func count(_ flexible: Bool, elementSize: Int, allowed: Bool) throws(WireError) -> Int? {
        let count = flexible ? Int(try uvarint()) - 1 : Int(try integer() as Int32)
        if count == -1 {
            if allowed { return nil }
            throw .unexpectedNull
        }
        guard count >= 0, count <= buffer.readableBytes / elementSize else {
            throw .invalidLength(count, remaining: buffer.readableBytes)
        }
        return count
    }

    private mutating func take(objects count: Int) throws(WireError) {
        objectsLeft -= count
        if objectsLeft < 0 { throw .tooManyObjects(limit: Self.objectLimit) }
    }

    public mutating func nullableStructures<T: WireStructure>(
        _ type: T.Type,
        _ flexible: Bool,
        _ version: Int16,
        allowed: Bool
    ) throws(WireError) -> [T]? {
        guard let count = try count(flexible, elementSize: 1, allowed: allowed) else { return nil }
        try take(objects: count)
        var result: [T] = []
        result.reserveCapacity(min(count, 1024))
        for _ in 0..<count { result.append(try T(from: &self, version: version)) }
        return result
    }

    public mutating func structures<T: WireStructure>(
        _ type: T.Type,
        _ flexible: Bool,
        _ version: Int16
    ) throws(WireError) -> [T] {
        try nullableStructures(type, flexible, version, allowed: false) ?? []
    }

    public mutating func nullableStrings(_ flexible: Bool, allowed: Bool) throws(WireError) -> [String]? {
        guard let count = try count(flexible, elementSize: flexible ? 1 : 2, allowed: allowed) else { return nil }
        try take(objects: count)
        var result: [String] = []
        result.reserveCapacity(min(count, 1024))
        for _ in 0..<count { result.append(try string(flexible)) }
        return result
    }

    public mutating func strings(_ flexible: Bool) throws(WireError) -> [String] {
        try nullableStrings(flexible, allowed: false) ?? []
    }

    public mutating func nullableUUIDs(_ flexible: Bool, allowed: Bool) throws(WireError) -> [KafkaUUID]? {
        guard let count = try count(flexible, elementSize: 16, allowed: allowed) else { return nil }
        var result: [KafkaUUID] = []
        result.reserveCapacity(count)
        for _ in 0..<count { result.append(try uuid()) }
        return result
    }

    public mutating func uuids(_ flexible: Bool) throws(WireError) -> [KafkaUUID] {
        try nullableUUIDs(flexible, allowed: false) ?? []
    }

    public mutating func nullableIntegers<T: FixedWidthInteger>(
        _ flexible: Bool,
        allowed: Bool
    ) throws(WireError) -> [T]? {
        guard let count = try count(flexible, elementSize: MemoryLayout<T>.size, allowed: allowed) else { return nil }
        var result: [T] = []
        result.reserveCapacity(count)
        for _ in 0..<count { result.append(try integer()) }
        return result
    }

    public mutating func integers<T: FixedWidthInteger>(_ flexible: Bool) throws(WireError) -> [T] {
        try nullableIntegers(flexible, allowed: false) ?? []
    }

    // MARK: Tagged fields

    /// Where the reader stands in a section of tagged fields.
    public struct TagSection: Sendable {
        var fieldsLeft: UInt32
        var tag: UInt32 = 0
        var isFirst = true
        var size = 0
        /// Bytes that must remain once the current field is read.
        var remainingAfter = 0
    }

    public mutating func beginTaggedFields() throws(WireError) -> TagSection {
        let count = try uvarint()
        guard Int(count) <= buffer.readableBytes / 2 else {
            throw .invalidLength(Int(count), remaining: buffer.readableBytes)
        }
        return TagSection(fieldsLeft: count)
    }

    public mutating func nextTag(_ section: inout TagSection) throws(WireError) -> UInt32? {
        if section.fieldsLeft == 0 { return nil }
        section.fieldsLeft -= 1
        let tag = try uvarint()
        if !section.isFirst, tag <= section.tag { throw .malformedTag(tag) }
        section.isFirst = false
        section.tag = tag
        section.size = Int(try uvarint())
        guard section.size <= buffer.readableBytes else {
            throw .invalidLength(section.size, remaining: buffer.readableBytes)
        }
        section.remainingAfter = buffer.readableBytes - section.size
        return tag
    }

    public mutating func unknownTag(_ section: TagSection) throws(WireError) -> TaggedField {
        guard let content = buffer.readSlice(length: section.size) else { throw truncated(section.size) }
        try take(objects: 1)
        return TaggedField(tag: section.tag, content: content)
    }

    public func endTag(_ section: TagSection) throws(WireError) {
        guard buffer.readableBytes == section.remainingAfter else { throw .malformedTag(section.tag) }
    }

    @inline(never)
    private func truncated(_ needed: Int) -> WireError {
        .truncated(needed: needed, remaining: buffer.readableBytes)
    }
}

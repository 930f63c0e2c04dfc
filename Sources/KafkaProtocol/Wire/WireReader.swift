import NIOCore

/// Reads protocol values from one frame. Strings are copied; `bytes` and `records` stay slices of the frame's memory.
///
/// Every length and count is compared with what is left before memory is reserved, and the number of objects in a frame is
/// bounded, so that a frame never costs more memory than a fixed multiple of its size.
///
/// Once something cannot be read, everything that follows reads as zero, empty or nil, and `check()` throws what was wrong: so a message is decoded
/// without a way out behind each of its fields, which made two thirds of this module's code.
public struct WireReader: Sendable {
    /// The most array elements of structure type in one frame.
    public static let objectLimit = 1_000_000

    private var buffer: ByteBuffer
    private var objectsLeft = WireReader.objectLimit

    /// Text that is no UTF-8 is read with replacement characters, as Kafka reads it: a name then is none that may be used, and the answer says so.
    package var repairsText = false

    public init(_ buffer: ByteBuffer) { self.buffer = buffer }

    /// Bytes not read yet.
    public var remaining: Int { buffer.readableBytes }

    /// What has not been read.
    public var rest: ByteBuffer { buffer }

    /// Why the bytes cannot be read; nil as long as they can.
    public private(set) var failure: WireError?

    /// - Throws: what could not be read.
    public func check() throws(WireError) {
        if let failure { throw failure }
    }

    /// Keeps the first failure, and leaves nothing to read.
    @inline(never)
    private mutating func fail(_ error: WireError) {
        if failure == nil { failure = error }
        buffer.moveReaderIndex(to: buffer.writerIndex)
    }

    // MARK: Scalars

    @inline(never)
    public mutating func integer<T: FixedWidthInteger>() -> T {
        if let value = buffer.readInteger(as: T.self) { return value }
        fail(.truncated(needed: MemoryLayout<T>.size, remaining: buffer.readableBytes))
        return 0
    }

    public mutating func bool() -> Bool { (integer() as UInt8) != 0 }

    public mutating func float64() -> Double { Double(bitPattern: integer()) }

    public mutating func uuid() -> KafkaUUID { KafkaUUID(high: integer(), low: integer()) }

    public mutating func uvarint() -> UInt32 {
        var value: UInt32 = 0
        for shift in stride(from: UInt32(0), through: 28, by: 7) {
            let byte: UInt8 = integer()
            if shift == 28, byte & 0xf0 != 0 { break }
            value |= UInt32(byte & 0x7f) << shift
            if byte & 0x80 == 0 { return value }
        }
        fail(.malformedVarint)
        return 0
    }

    /// A zigzag varint of 32 bits, as inside records.
    public mutating func varint() -> Int32 {
        let raw = uvarint()
        return Int32(bitPattern: raw >> 1) ^ -Int32(bitPattern: raw & 1)
    }

    // MARK: Strings and bytes

    public mutating func string(_ flexible: Bool) -> String {
        nullableString(flexible, allowed: false) ?? ""
    }

    public mutating func nullableString(_ flexible: Bool, allowed: Bool) -> String? {
        let length = flexible ? Int(uvarint()) - 1 : Int(integer() as Int16)
        guard let checked = available(length, allowed: allowed) else { return nil }
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
        if let value = try? buffer.readUTF8ValidatedString(length: checked) { return value }
        if repairsText, let text = buffer.readString(length: checked) {
            // Each replacement is longer than what it replaces, and all that is said again has to fit into a field.
            if text.utf8.count <= Int16.max { return text }
        }
        fail(.invalidUTF8)
        return nil
    }

    public mutating func bytes(_ flexible: Bool) -> ByteBuffer {
        nullableBytes(flexible, allowed: false) ?? ByteBuffer()
    }

    public mutating func nullableBytes(_ flexible: Bool, allowed: Bool) -> ByteBuffer? {
        let length = flexible ? Int(uvarint()) - 1 : Int(integer() as Int32)
        guard let checked = available(length, allowed: allowed) else { return nil }
        return buffer.readSlice(length: checked)
    }

    public mutating func records(_ flexible: Bool) -> WireRecords { .bytes(bytes(flexible)) }

    public mutating func nullableRecords(_ flexible: Bool, allowed: Bool) -> WireRecords? {
        nullableBytes(flexible, allowed: allowed).map { .bytes($0) }
    }

    /// The length if it fits, nil for a null.
    private mutating func available(_ length: Int, elementSize: Int = 1, allowed: Bool) -> Int? {
        if length >= 0, length <= buffer.readableBytes / elementSize { return length }
        if length != -1 {
            fail(.invalidLength(length, remaining: buffer.readableBytes))
        } else if !allowed {
            fail(.unexpectedNull)
        }
        return nil
    }

    // MARK: Structures

    mutating func structure<T: WireStructure>(_ type: T.Type, _ version: Int16) -> T {
        var value = T()
        value.read(from: &self, version: version)
        return value
    }

    mutating func nullableStructure<T: WireStructure>(
        _ type: T.Type,
        _ version: Int16,
        allowed: Bool
    ) -> T? {
        if (integer() as Int8) < 0 {
            if !allowed { fail(.unexpectedNull) }
            return nil
        }
        return structure(type, version)
    }

    // MARK: Arrays

    private mutating func count(_ flexible: Bool, elementSize: Int, allowed: Bool) -> Int? {
        let count = flexible ? Int(uvarint()) - 1 : Int(integer() as Int32)
        return available(count, elementSize: elementSize, allowed: allowed)
    }

    /// Counts objects that are about to be made; false when they are too many.
    private mutating func take(objects count: Int) -> Bool {
        objectsLeft -= count
        if objectsLeft >= 0 { return true }
        fail(.tooManyObjects(limit: Self.objectLimit))
        return false
    }

    public mutating func nullableStructures<T: WireStructure>(
        _ type: T.Type,
        _ flexible: Bool,
        _ version: Int16,
        allowed: Bool
    ) -> [T]? {
        guard let count = count(flexible, elementSize: 1, allowed: allowed), take(objects: count) else { return nil }
        var result: [T] = []
        result.reserveCapacity(min(count, 1024))
        for _ in 0..<count where failure == nil { result.append(structure(type, version)) }
        return result
    }

    public mutating func structures<T: WireStructure>(
        _ type: T.Type,
        _ flexible: Bool,
        _ version: Int16
    ) -> [T] {
        nullableStructures(type, flexible, version, allowed: false) ?? []
    }

    public mutating func nullableStrings(_ flexible: Bool, allowed: Bool) -> [String]? {
        guard let count = count(flexible, elementSize: flexible ? 1 : 2, allowed: allowed), take(objects: count) else {
            return nil
        }
        var result: [String] = []
        result.reserveCapacity(min(count, 1024))
        for _ in 0..<count where failure == nil { result.append(string(flexible)) }
        return result
    }

    public mutating func strings(_ flexible: Bool) -> [String] {
        nullableStrings(flexible, allowed: false) ?? []
    }

    public mutating func nullableUUIDs(_ flexible: Bool, allowed: Bool) -> [KafkaUUID]? {
        guard let count = count(flexible, elementSize: 16, allowed: allowed) else { return nil }
        var result: [KafkaUUID] = []
        result.reserveCapacity(count)
        for _ in 0..<count { result.append(uuid()) }
        return result
    }

    public mutating func uuids(_ flexible: Bool) -> [KafkaUUID] {
        nullableUUIDs(flexible, allowed: false) ?? []
    }

    public mutating func nullableIntegers<T: FixedWidthInteger>(
        _ flexible: Bool,
        allowed: Bool
    ) -> [T]? {
        guard let count = count(flexible, elementSize: MemoryLayout<T>.size, allowed: allowed) else { return nil }
        var result: [T] = []
        result.reserveCapacity(count)
        for _ in 0..<count { result.append(integer()) }
        return result
    }

    public mutating func integers<T: FixedWidthInteger>(_ flexible: Bool) -> [T] {
        nullableIntegers(flexible, allowed: false) ?? []
    }

    // MARK: Tagged fields

    /// Where the reader stands in a section of tagged fields.
    struct TagSection: Sendable {
        var fieldsLeft: UInt32
        var tag: UInt32 = 0
        var isFirst = true
        var size = 0
        /// Bytes that must remain once the current field is read.
        var remainingAfter = 0
    }

    /// A whole section of a structure that knows none of its fields.
    mutating func unknownTaggedFields() -> [TaggedField] {
        var section = beginTaggedFields()
        var fields: [TaggedField] = []
        while nextTag(&section) != nil { fields.append(unknownTag(section)) }
        return fields
    }

    mutating func beginTaggedFields() -> TagSection {
        let count = uvarint()
        if Int(count) <= buffer.readableBytes / 2 { return TagSection(fieldsLeft: count) }
        fail(.invalidLength(Int(count), remaining: buffer.readableBytes))
        return TagSection(fieldsLeft: 0)
    }

    mutating func nextTag(_ section: inout TagSection) -> UInt32? {
        if section.fieldsLeft == 0 { return nil }
        section.fieldsLeft -= 1
        let tag = uvarint()
        if !section.isFirst, tag <= section.tag { fail(.malformedTag(tag)) }
        section.isFirst = false
        section.tag = tag
        section.size = Int(uvarint())
        if section.size > buffer.readableBytes { fail(.invalidLength(section.size, remaining: buffer.readableBytes)) }
        if failure != nil { return nil }
        section.remainingAfter = buffer.readableBytes - section.size
        return tag
    }

    mutating func unknownTag(_ section: TagSection) -> TaggedField {
        if take(objects: 1), let content = buffer.readSlice(length: section.size) {
            return TaggedField(tag: section.tag, content: content)
        }
        fail(.truncated(needed: section.size, remaining: buffer.readableBytes))
        return TaggedField(tag: section.tag, content: ByteBuffer())
    }

    mutating func endTag(_ section: TagSection) {
        if buffer.readableBytes != section.remainingAfter { fail(.malformedTag(section.tag)) }
    }
}

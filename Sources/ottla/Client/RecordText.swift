import ArgumentParser
import KafkaClient
import KafkaRecords
import NIOCore

/// How a record is printed.
enum RecordText: Sendable {
    case format(RecordFormat)
    case json

    func write(_ record: RecordView, _ key: TopicPartition, to buffer: inout ByteBuffer) {
        switch self {
        case .format(let format): format.write(record, key, to: &buffer)
        case .json: RecordJSON.write(record, key, to: &buffer)
        }
    }
}

/// Text with placeholders, in which keys, values and headers stand as the bytes that they are.
struct RecordFormat: Sendable {
    private enum Part {
        case bytes([UInt8])
        case field(UInt8)
    }

    private var parts: [Part] = []
    private let null: [UInt8]

    /// - Parameters:
    ///   - null: stands for a key, value or header that is null.
    ///   - lineEnd: stands behind each record.
    /// - Throws: `ValidationError` that names the placeholder that is not known.
    init(_ template: String, null: [UInt8] = [], lineEnd: [UInt8] = [0x0a]) throws {
        self.null = null
        var bytes: [UInt8] = []
        var rest = ArgumentBytes.bytes(template)[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\\"): bytes.append(ArgumentBytes.escaped(&rest) ?? byte)
            case UInt8(ascii: "%"):
                let field = rest.popFirst()
                if field == byte {
                    bytes.append(byte)
                    continue
                }
                guard let field, Array("tpoTkvhKS".utf8).contains(field) else {
                    let name = field.map { "\(Character(Unicode.Scalar($0)))" } ?? ""
                    throw ValidationError("--format: '%\(name)' is not known; see 'ottla consume --help'")
                }
                parts += (bytes.isEmpty ? [] : [.bytes(bytes)]) + [.field(field)]
                bytes = []
            default: bytes.append(byte)
            }
        }
        parts.append(.bytes(bytes + lineEnd))
    }

    func write(_ record: RecordView, _ key: TopicPartition, to buffer: inout ByteBuffer) {
        for part in parts {
            switch part {
            case .bytes(let bytes): buffer.writeBytes(bytes)
            case .field(UInt8(ascii: "t")): buffer.writeString(key.topic)
            case .field(UInt8(ascii: "p")): buffer.writeString("\(key.partition)")
            case .field(UInt8(ascii: "o")): buffer.writeString("\(record.offset)")
            case .field(UInt8(ascii: "T")): buffer.writeString("\(record.timestamp)")
            case .field(UInt8(ascii: "k")): write(record.key, to: &buffer)
            case .field(UInt8(ascii: "K")): buffer.writeString("\(record.key?.readableBytes ?? -1)")
            case .field(UInt8(ascii: "S")): buffer.writeString("\(record.value?.readableBytes ?? -1)")
            case .field(UInt8(ascii: "h")): write(record.headers, to: &buffer)
            case .field: write(record.value, to: &buffer)
            }
        }
    }

    private func write(_ bytes: ByteBuffer?, to buffer: inout ByteBuffer) {
        if let bytes { buffer.writeImmutableBuffer(bytes) } else { buffer.writeBytes(null) }
    }

    private func write(_ headers: [RecordHeader], to buffer: inout ByteBuffer) {
        for (index, header) in headers.enumerated() {
            if index > 0 { buffer.writeString(",") }
            buffer.writeImmutableBuffer(header.keyBytes)
            buffer.writeString("=")
            write(header.value, to: &buffer)
        }
    }
}

/// A record as a line of JSON, and back: what is no text is in base 64, in a field of another name.
enum RecordJSON {
    private static let base64Suffix = "_base64"

    static func write(_ record: RecordView, _ key: TopicPartition, to buffer: inout ByteBuffer) {
        buffer.writeString("{\"topic\":")
        JSONText.write(key.topic, to: &buffer)
        buffer.writeString(
            ",\"partition\":\(key.partition),\"offset\":\(record.offset),\"timestamp\":\(record.timestamp),"
        )
        write("key", record.key, to: &buffer)
        buffer.writeString(",")
        write("value", record.value, to: &buffer)
        buffer.writeString(",\"headers\":[")
        for (index, header) in record.headers.enumerated() {
            buffer.writeString(index > 0 ? ",{" : "{")
            write("key", header.keyBytes, to: &buffer)
            buffer.writeString(",")
            write("value", header.value, to: &buffer)
            buffer.writeString("}")
        }
        buffer.writeString("]}\n")
    }

    private static func write(_ name: StaticString, _ bytes: ByteBuffer?, to buffer: inout ByteBuffer) {
        buffer.writeString("\"")
        buffer.writeStaticString(name)
        guard let bytes else {
            buffer.writeString("\":null")
            return
        }
        if bytes.isUTF8 {
            buffer.writeString("\":")
            bytes.withUnsafeReadableBytes { JSONText.write(text: $0, to: &buffer) }
        } else {
            buffer.writeString(base64Suffix)
            buffer.writeString("\":\"")
            Base64.write(bytes.readableBytesView, to: &buffer)
            buffer.writeString("\"")
        }
    }

    // MARK: Reading

    /// - Throws: `UnusableLine` that says what is wrong with the line.
    static func record(_ line: ByteBuffer, topic: String) throws(UnusableLine) -> ProducerRecord {
        let value: Value
        do { value = try JSONReader.read(line) } catch {
            throw UnusableLine("is not JSON: \(error.what) at byte \(error.position)")
        }
        guard case .fields(let fields) = value else { throw UnusableLine("is not a JSON object") }
        var record = ProducerRecord(topic: topic, value: nil)
        var isSet: Set<String> = []
        for (name, field) in fields {
            let plain = name.hasSuffix(base64Suffix) ? String(name.dropLast(base64Suffix.count)) : name
            if !isSet.insert(plain).inserted { throw UnusableLine("has more than one '\(plain)'") }
            switch (plain, field) {
            case ("value", _): record.value = try bytes(name, field)
            case ("key", _): record.key = try bytes(name, field)
            // A record without a time has -1, and gets one.
            case ("timestamp", .number(-1)) where plain == name: break
            case ("timestamp", .number(let millis)) where plain == name && millis >= 0: record.timestamp = millis
            case ("partition", .number(let number)) where plain == name && Int32(exactly: number) != nil:
                record.partition = Int32(clamping: number)
            case ("headers", .list(let entries)) where plain == name: record.headers = try entries.map(header)
            case ("topic", _), ("offset", _), ("timestamp", .none), ("partition", .none), ("headers", .none): break
            default: throw UnusableLine("has a field '\(name)' that is unknown or has an invalid value")
            }
        }
        if !isSet.contains("value") { throw UnusableLine("has no value; null is a tombstone") }
        return record
    }

    private static func header(_ entry: Value) throws(UnusableLine) -> RecordHeader {
        guard case .fields(let fields) = entry else { throw UnusableLine("has a header that is not a JSON object") }
        var key: ByteBuffer?
        var value: ByteBuffer??
        for (name, field) in fields {
            switch (name, field) {
            case ("key", .text) where key == nil, ("key" + base64Suffix, .text) where key == nil:
                key = try bytes(name, field)
            case ("value", _) where value == nil, ("value" + base64Suffix, _) where value == nil:
                value = .some(try bytes(name, field))
            default: throw UnusableLine("has a header with a field '\(name)' that is unknown or repeated")
            }
        }
        guard let key else { throw UnusableLine("has a header without a key") }
        return RecordHeader(keyBytes: key, value: value ?? nil)
    }

    private static func bytes(_ name: String, _ value: Value) throws(UnusableLine) -> ByteBuffer? {
        if name.hasSuffix(base64Suffix) {
            guard case .text(let text) = value, let bytes = Base64.read(text) else {
                throw UnusableLine("has a field '\(name)' that is not base64")
            }
            return bytes
        }
        switch value {
        case .text(let text): return ByteBuffer(string: text)
        case .none: return nil
        case .fields, .list, .number, .decimal, .flag: return ByteBuffer(string: value.json)
        }
    }
}

/// What is wrong with a line of input.
struct UnusableLine: Error {
    let what: String

    init(_ what: String) { self.what = what }
}

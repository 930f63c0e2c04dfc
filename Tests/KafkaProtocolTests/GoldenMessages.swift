import Foundation
import KafkaProtocol
import KafkaRecords
import NIOCore

/// One message that Kafka's own encoder made, with its fields.
struct GoldenMessage {
    var name: String
    var version: Int16
    var fields: [String: Any]
    var bytes: ByteBuffer

    static func all() throws -> [GoldenMessage] {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
            "Fixtures/messages.jsonl.gz"
        )
        let text = try Gzip.expand(ByteBuffer(bytes: try Data(contentsOf: file)), limit: 64 << 20)
        return try text.readableBytesView.split(separator: UInt8(ascii: "\n")).map { line in
            guard let object = try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any],
                let name = object["message"] as? String, let version = object["version"] as? Int,
                let fields = object["fields"] as? [String: Any], let hex = object["bytes"] as? String
            else { throw CocoaError(.fileReadCorruptFile) }
            return GoldenMessage(name: name, version: Int16(version), fields: fields, bytes: ByteBuffer(hex: hex))
        }
    }

    var type: (any WireMessage.Type)? { MessageCatalog.types.first { $0.schema.name == name } }
}

extension ByteBuffer {
    init(hex: String) {
        self.init()
        var high: UInt8?
        for character in hex.utf8 {
            let digit = character >= 0x61 ? character - 0x61 + 10 : character - 0x30
            if let first = high {
                writeInteger(first << 4 | digit)
                high = nil
            } else {
                high = digit
            }
        }
    }
}

/// Compares a decoded message with the JSON of its fields; returns the path of each difference.
func differences(_ value: Any, _ expected: Any, path: String) -> [String] {
    let mirror = Mirror(reflecting: value)
    if mirror.displayStyle == .optional {
        guard let child = mirror.children.first else {
            return expected is NSNull ? [] : ["\(path): nil, not \(expected)"]
        }
        return expected is NSNull ? ["\(path): not null"] : differences(child.value, expected, path: path)
    }
    switch value {
    case let list as [Any]:
        guard let other = expected as? [Any], other.count == list.count else {
            return ["\(path): \(list.count) elements"]
        }
        return zip(list, other).enumerated().flatMap { differences($1.0, $1.1, path: "\(path)[\($0)]") }
    case let buffer as ByteBuffer: return compare(Data(buffer.readableBytesView).base64EncodedString(), expected, path)
    case let records as WireRecords:
        return compare(Data((records.buffer ?? ByteBuffer()).readableBytesView).base64EncodedString(), expected, path)
    case let uuid as KafkaUUID: return compare(uuid.description, expected, path)
    case let code as ErrorCode: return compare(Int(code.rawValue), expected, path)
    case let text as String: return compare(text, expected, path)
    case let flag as Bool:
        return (expected as? NSNumber)?.boolValue == flag ? [] : ["\(path): \(flag), not \(expected)"]
    case let number as Double:
        return (expected as? NSNumber)?.doubleValue == number ? [] : ["\(path): \(number), not \(expected)"]
    case let number as any BinaryInteger:
        return (expected as? NSNumber)?.int64Value == Int64(truncatingIfNeeded: number)
            ? [] : ["\(path): \(number), not \(expected)"]
    default:
        guard let fields = expected as? [String: Any] else { return ["\(path): a structure, not \(expected)"] }
        var seen: Set<String> = []
        var result: [String] = []
        for child in mirror.children {
            guard let label = child.label, label != "unknownTaggedFields" else { continue }
            seen.insert(label)
            if let other = fields[label] { result += differences(child.value, other, path: "\(path).\(label)") }
        }
        for name in fields.keys where !seen.contains(name) { result.append("\(path).\(name): not decoded") }
        return result
    }
}

private func compare<T: Equatable>(_ value: T, _ expected: Any, _ path: String) -> [String] {
    (expected as? T) == value ? [] : ["\(path): \(value), not \(expected)"]
}

import Foundation

/// Reads the schema notation that `Schemas/README.md` describes.
struct Parser {
    private struct Line {
        var number: Int
        var indent: Int
        var text: String
    }

    private let file: String
    private var lines: [Line]
    private var position = 0
    private var apiKey = -1

    init(file: String, text: String) {
        self.file = file
        self.lines = []
        for (index, raw) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let indent = raw.prefix(while: { $0 == " " }).count
            let body = raw.dropFirst(indent)
            if !body.isEmpty {
                lines.append(Line(number: index + 1, indent: indent, text: String(body)))
            }
        }
    }

    mutating func messages() throws -> [Message] {
        var result: [Message] = []
        while position < lines.count {
            let words = lines[position].text.split(separator: " ").map(String.init)
            if lines[position].indent == 0, words[0] == "api" {
                apiKey = Int(words[1]) ?? -1
                position += 1
            } else if lines[position].indent == 0, let kind = MessageKind(rawValue: words[0]),
                words.contains("versions")
            {
                result.append(try message(kind, words))
            } else {
                position += 1  // prose at the head of a file
            }
        }
        return result
    }

    private mutating func message(_ kind: MessageKind, _ words: [String]) throws -> Message {
        func value(after word: String) -> String? {
            guard let index = words.firstIndex(of: word), index + 1 < words.count else { return nil }
            return words[index + 1]
        }
        let name = words[1] == "type" ? words[3] : words[1]
        let key = words[1] == "type" ? (Int(words[2]) ?? -1) : (kind == .request || kind == .response ? apiKey : -1)
        guard let versions = value(after: "versions").flatMap({ Versions($0) }) else { throw error("no versions") }
        let flexible = value(after: "flexible").flatMap { Versions($0) } ?? .none
        let listeners = value(after: "listeners")?.split(separator: ",").map(String.init) ?? []
        position += 1
        var structures: [Structure] = []
        let fields = try self.fields(indent: 2, structures: &structures)
        return Message(
            kind: kind,
            name: name,
            key: key,
            versions: versions,
            flexible: flexible,
            listeners: listeners,
            structures: structures,
            fields: fields
        )
    }

    private mutating func fields(indent: Int, structures: inout [Structure]) throws -> [Field] {
        var result: [Field] = []
        while position < lines.count, lines[position].indent >= indent {
            guard lines[position].indent == indent else { throw error("unexpected indentation") }
            let text = lines[position].text
            if text.hasPrefix("struct ") {
                let name = String(text.split(separator: " ")[1])
                position += 1
                structures.append(
                    Structure(name: name, fields: try fields(indent: indent + 2, structures: &structures))
                )
                continue
            }
            var field = try self.field(text)
            position += 1
            if position < lines.count, lines[position].indent > indent {
                field.children = try fields(indent: indent + 2, structures: &structures)
                if let name = structureName(field.type), !structures.contains(where: { $0.name == name }) {
                    structures.append(Structure(name: name, fields: field.children))
                }
            }
            result.append(field)
        }
        return result
    }

    private func field(_ text: String) throws -> Field {
        guard let colon = text.range(of: ": ") else { throw error("a field needs ': ' after its name") }
        let name = String(text[..<colon.lowerBound])
        let rest = text[colon.upperBound...]
        guard let space = rest.range(of: "  ") else { throw error("a field needs two spaces before its versions") }
        let parts = rest[space.upperBound...].components(separatedBy: ", ")
        guard let versions = Versions(parts[0]) else { throw error("versions '\(parts[0])' are not readable") }
        var field = Field(name: name, type: try type(String(rest[..<space.lowerBound])), versions: versions)
        for part in parts.dropFirst() {
            let words = part.split(separator: " ").map(String.init)
            switch words.first {
            case "null":
                guard let nullable = Versions(words[1]) else { throw error("null versions") }
                field.nullable = nullable
            case "tag": field.tag = Int(words[1])
            case "=": field.defaultText = words.count > 1 ? words[1] : "\"\""
            case "ignorable": field.isIgnorable = true
            case "flexible": field.isNeverFlexible = words[1] == "none"
            case "key", "zerocopy": break
            default:
                if !part.hasPrefix("@") { throw error("unknown attribute '\(part)'") }
            }
        }
        return field
    }

    private func type(_ text: String) throws -> FieldType {
        if text.hasPrefix("[]") {
            let element = try type(String(text.dropFirst(2)))
            switch element {
            case .bytes, .records, .array, .scalar("bool"), .scalar("float64"):
                throw error("arrays of \(text.dropFirst(2)) are not supported")
            case .scalar, .string, .uuid, .structure: return .array(element)
            }
        }
        switch text {
        case "bool", "int8", "int16", "uint16", "int32", "uint32", "int64", "float64": return .scalar(text)
        case "string": return .string
        case "uuid": return .uuid
        case "bytes": return .bytes
        case "records": return .records
        default: return .structure(text)
        }
    }

    private func structureName(_ type: FieldType) -> String? {
        switch type {
        case .structure(let name): name
        case .array(let element): structureName(element)
        default: nil
        }
    }

    private func error(_ reason: String) -> SchemaError {
        SchemaError(file: file, line: position < lines.count ? lines[position].number : 0, reason: reason)
    }
}

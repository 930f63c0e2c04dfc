/// Turns one message into a Swift structure with its structures nested inside.
struct Emitter {
    private let message: Message
    private var out: [String] = []

    init(_ message: Message) { self.message = message }

    mutating func emit() -> String {
        emitStructure(name: message.name, fields: message.fields, nested: false)
        return out.joined(separator: "\n") + "\n"
    }

    // MARK: Declaration

    private mutating func emitStructure(name: String, fields: [Field], nested: Bool) {
        let pad = nested ? "    " : ""
        out.append("\(pad)public struct \(name): \(nested ? "WireStructure" : conformance) {")
        if !nested { emitSchema() }
        for field in fields {
            out.append("\(pad)    public var \(declared(field.name)): \(swiftType(field)) = \(defaultValue(field))")
        }
        if !message.flexible.isEmpty {
            out.append("\(pad)    public var unknownTaggedFields: [TaggedField] = []")
        }
        out.append("")
        out.append("\(pad)    public init() {}")
        out.append("")
        emitDecoder(fields, pad + "    ")
        out.append("")
        emitEncoder(fields, pad + "    ")
        if !nested {
            for structure in message.structures {
                out.append("")
                emitStructure(name: structure.name, fields: structure.fields, nested: true)
            }
        }
        out.append("\(pad)}")
    }

    private var conformance: String {
        switch message.kind {
        case .request: "RequestMessage"
        case .response: "ResponseMessage"
        default: "WireMessage"
        }
    }

    private mutating func emitSchema() {
        let flexible = message.flexible.isEmpty ? "nil" : "\(message.flexible.lowest)"
        out.append(
            "    public static let schema = MessageSchema(name: \"\(message.name)\", kind: .\(kindName), key: \(message.key), "
                + "versions: \(message.versions.lowest)...\(message.versions.highest), firstFlexible: \(flexible))"
        )
        if message.kind == .request {
            out.append("    public typealias Response = \(message.name.dropLast("Request".count))Response")
        }
        out.append("")
    }

    private var kindName: String {
        switch message.kind {
        case .coordinatorKey: "coordinatorKey"
        case .coordinatorValue: "coordinatorValue"
        default: message.kind.rawValue
        }
    }

    // MARK: Decoding

    private mutating func emitDecoder(_ fields: [Field], _ pad: String) {
        let inline = fields.filter { $0.tag == nil }
        let tagged = fields.filter { $0.tag != nil }.sorted { ($0.tag ?? 0) < ($1.tag ?? 0) }
        out.append("\(pad)public mutating func read(from reader: inout WireReader, version: Int16) {")
        for field in inline where !effective(field).isEmpty {
            let line = "self.\(lower(field.name)) = \(readExpression(field))"
            if let condition = condition(effective(field)) {
                out.append("\(pad)    if \(condition) { \(line) }")
            } else {
                out.append("\(pad)    \(line)")
            }
        }
        if !message.flexible.isEmpty { emitTaggedDecoder(tagged, pad + "    ") }
        out.append("\(pad)}")
    }

    private mutating func emitTaggedDecoder(_ tagged: [Field], _ pad: String) {
        let open = condition(message.flexible).map { "if \($0) {" } ?? "do {"
        if tagged.isEmpty {
            out.append("\(pad)\(open) self.unknownTaggedFields = reader.unknownTaggedFields() }")
            return
        }
        out.append("\(pad)\(open)")
        out.append("\(pad)    var section = reader.beginTaggedFields()")
        out.append("\(pad)    while let tag = reader.nextTag(&section) {")
        out.append("\(pad)        switch tag {")
        for field in tagged {
            let guardClause = condition(effective(field)).map { " where \($0)" } ?? ""
            out.append(
                "\(pad)        case \(field.tag ?? 0)\(guardClause): self.\(lower(field.name)) = \(readExpression(field))"
            )
        }
        out.append("\(pad)        default: self.unknownTaggedFields.append(reader.unknownTag(section))")
        out.append("\(pad)        }")
        out.append("\(pad)        reader.endTag(section)")
        out.append("\(pad)    }")
        out.append("\(pad)}")
    }

    private func readExpression(_ field: Field) -> String {
        let flexible = flexibleExpression(field)
        let nullable = field.nullable.intersection(effective(field))
        let allowed = condition(nullable, within: effective(field)) ?? "true"
        let isOptional = !field.nullable.isEmpty
        switch field.type {
        case .scalar("bool"): return "reader.bool()"
        case .scalar("float64"): return "reader.float64()"
        case .scalar: return isErrorCode(field) ? "ErrorCode(rawValue: reader.integer())" : "reader.integer()"
        case .uuid: return "reader.uuid()"
        case .string:
            return isOptional
                ? "reader.nullableString(\(flexible), allowed: \(allowed))" : "reader.string(\(flexible))"
        case .bytes:
            return isOptional
                ? "reader.nullableBytes(\(flexible), allowed: \(allowed))" : "reader.bytes(\(flexible))"
        case .records:
            return isOptional
                ? "reader.nullableRecords(\(flexible), allowed: \(allowed))" : "reader.records(\(flexible))"
        case .structure(let name):
            return isOptional
                ? "reader.nullableStructure(\(name).self, version, allowed: \(allowed))"
                : "reader.structure(\(name).self, version)"
        case .array(let element):
            let null = isOptional ? ", allowed: \(allowed)" : ""
            switch element {
            case .structure(let name):
                return
                    "reader.\(isOptional ? "nullableStructures" : "structures")(\(name).self, \(flexible), version\(null))"
            case .string: return "reader.\(isOptional ? "nullableStrings" : "strings")(\(flexible)\(null))"
            case .uuid: return "reader.\(isOptional ? "nullableUUIDs" : "uuids")(\(flexible)\(null))"
            // The parser admits no other arrays than those above and of integers.
            default: return "reader.\(isOptional ? "nullableIntegers" : "integers")(\(flexible)\(null))"
            }
        }
    }

    // MARK: Encoding

    private mutating func emitEncoder(_ fields: [Field], _ pad: String) {
        let inline = fields.filter { $0.tag == nil }
        let tagged = fields.filter { $0.tag != nil }.sorted { ($0.tag ?? 0) < ($1.tag ?? 0) }
        out.append("\(pad)public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {")
        for field in inline {
            let versions = effective(field)
            let refuse = refusal(field)
            if versions.isEmpty {
                if let refuse { out.append("\(pad)    \(refuse)") }
            } else if let condition = condition(versions) {
                let otherwise = refuse.map { " else { \($0) }" } ?? ""
                out.append("\(pad)    if \(condition) { \(writeStatement(field)) }\(otherwise)")
            } else {
                out.append("\(pad)    \(writeStatement(field))")
            }
        }
        if !message.flexible.isEmpty {
            let open = condition(message.flexible).map { "if \($0) {" } ?? "do {"
            out.append("\(pad)    \(open)")
            emitTaggedFields(tagged, pad + "        ")
            let refusals = tagged.compactMap { refusal($0) }
            if condition(message.flexible) != nil, !refusals.isEmpty {
                out.append("\(pad)    } else {")
                for refusal in refusals { out.append("\(pad)        \(refusal)") }
            }
            out.append("\(pad)    }")
        }
        out.append("\(pad)}")
    }

    private mutating func emitTaggedFields(_ tagged: [Field], _ pad: String) {
        if tagged.isEmpty {
            out.append("\(pad)writer.taggedFields(self.unknownTaggedFields)")
            return
        }
        out.append("\(pad)var tags = TagSet(unknown: self.unknownTaggedFields)")
        for field in tagged {
            let present = differsFromDefault(field)
            let condition = condition(effective(field)).map { "\($0) && \(present)" } ?? present
            out.append("\(pad)if \(condition) {")
            out.append("\(pad)    var writer = WireWriter(capacity: 0)")
            out.append("\(pad)    \(writeStatement(field))")
            out.append("\(pad)    tags.add(\(field.tag ?? 0), writer)")
            out.append("\(pad)}")
        }
        out.append("\(pad)writer.taggedFields(tags.inOrder)")
    }

    private func differsFromDefault(_ field: Field) -> String {
        let value = "self.\(lower(field.name))"
        let standard = defaultValue(field)
        return standard == "[]" && field.nullable.isEmpty ? "!\(value).isEmpty" : "\(value) != \(standard)"
    }

    private func refusal(_ field: Field) -> String? {
        if field.isIgnorable { return nil }
        return
            "if \(differsFromDefault(field)) { throw .notRepresentable(field: \"\(field.name)\", version: version) }"
    }

    private func writeStatement(_ field: Field) -> String {
        let flexible = flexibleExpression(field)
        let nullable = field.nullable.intersection(effective(field))
        let allowed = condition(nullable, within: effective(field)) ?? "true"
        let isOptional = !field.nullable.isEmpty
        let value = "self.\(lower(field.name))"
        switch field.type {
        case .scalar("bool"): return "writer.bool(\(value))"
        case .scalar("float64"): return "writer.float64(\(value))"
        case .scalar: return "writer.integer(\(value)\(isErrorCode(field) ? ".rawValue" : ""))"
        case .uuid: return "writer.uuid(\(value))"
        case .string:
            return isOptional
                ? "try writer.nullableString(\(value), \(flexible), allowed: \(allowed))"
                : "try writer.string(\(value), \(flexible))"
        case .bytes:
            return isOptional
                ? "try writer.nullableBytes(\(value), \(flexible), allowed: \(allowed))"
                : "writer.bytes(\(value), \(flexible))"
        case .records:
            return isOptional
                ? "try writer.nullableRecords(\(value), \(flexible), allowed: \(allowed))"
                : "writer.records(\(value), \(flexible))"
        case .structure:
            return isOptional
                ? "try writer.nullableStructure(\(value), version, allowed: \(allowed))"
                : "try \(value).encode(into: &writer, version: version)"
        case .array(let element):
            let null = isOptional ? ", allowed: \(allowed)" : ""
            switch element {
            case .structure:
                return
                    "try writer.\(isOptional ? "nullableStructures" : "structures")(\(value), \(flexible), version\(null))"
            case .string:
                return "try writer.\(isOptional ? "nullableStrings" : "strings")(\(value), \(flexible)\(null))"
            case .uuid: return "try writer.\(isOptional ? "nullableUUIDs" : "uuids")(\(value), \(flexible)\(null))"
            default: return "try writer.\(isOptional ? "nullableIntegers" : "integers")(\(value), \(flexible)\(null))"
            }
        }
    }

    // MARK: Names, types, conditions

    private func effective(_ field: Field) -> Versions { field.versions.intersection(message.versions) }

    /// The Swift condition for "the version is in `versions`", nil when that is always so.
    private func condition(_ versions: Versions, within outer: Versions? = nil) -> String? {
        let bounds = outer ?? message.versions
        let inside = versions.intersection(bounds)
        if inside.isEmpty { return "false" }
        if inside == bounds { return nil }
        if inside.lowest == bounds.lowest { return "version <= \(inside.highest)" }
        if inside.highest == bounds.highest { return "version >= \(inside.lowest)" }
        if inside.lowest == inside.highest { return "version == \(inside.lowest)" }
        return "(\(inside.lowest)...\(inside.highest)).contains(version)"
    }

    private func flexibleExpression(_ field: Field) -> String {
        if field.isNeverFlexible || message.flexible.isEmpty { return "false" }
        return condition(message.flexible, within: effective(field)) ?? "true"
    }

    private func isErrorCode(_ field: Field) -> Bool { field.name == "ErrorCode" && field.type == .scalar("int16") }

    private func lower(_ name: String) -> String { name.prefix(1).lowercased() + name.dropFirst() }

    private func declared(_ name: String) -> String {
        let lowered = lower(name)
        return ["protocol", "operator", "default", "in", "where", "extension"].contains(lowered)
            ? "`\(lowered)`" : lowered
    }

    private func swiftType(_ field: Field) -> String {
        let base = isErrorCode(field) ? "ErrorCode" : swiftType(field.type)
        return field.nullable.isEmpty ? base : base + "?"
    }

    private func swiftType(_ type: FieldType) -> String {
        switch type {
        case .scalar(let name):
            switch name {
            case "bool": "Bool"
            case "float64": "Double"
            case "uint16": "UInt16"
            case "uint32": "UInt32"
            default: name.prefix(1).uppercased() + name.dropFirst()
            }
        case .string: "String"
        case .uuid: "KafkaUUID"
        case .bytes: "ByteBuffer"
        case .records: "WireRecords"
        case .structure(let name): name
        case .array(let element): "[\(swiftType(element))]"
        }
    }

    private func defaultValue(_ field: Field) -> String {
        if field.defaultText == "null" { return "nil" }
        switch field.type {
        case .scalar("bool"): return field.defaultText ?? "false"
        case .scalar:
            if isErrorCode(field) { return ".none" }
            return field.defaultText ?? "0"
        case .string: return field.defaultText ?? "\"\""
        case .uuid: return ".zero"
        case .bytes: return "ByteBuffer()"
        case .records: return field.nullable.isEmpty ? "WireRecords()" : "nil"
        case .structure(let name): return "\(name)()"
        case .array: return "[]"
        }
    }
}

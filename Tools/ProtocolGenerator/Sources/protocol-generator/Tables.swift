/// The enumerations and tables that span all messages.
enum Tables {
    static func apiKeys(_ messages: [Message]) -> String {
        let requests = messages.filter { $0.kind == .request }.sorted { $0.key < $1.key }
        var out = [
            "/// An API: of Kafka, and from 20000 on of Ottla alone.",
            "public enum ApiKey: Int16, Sendable, CaseIterable {",
        ]
        for request in requests {
            let name = String(request.name.dropLast("Request".count))
            out.append("    case \(name.prefix(1).lowercased() + name.dropFirst()) = \(request.key)")
        }
        out.append("}")
        out.append("")
        out.append("extension ApiKey {")
        out.append("    /// The versions that the schema knows.")
        out.append("    public var versions: ClosedRange<Int16> {")
        out.append("        switch self {")
        for request in requests {
            let name = String(request.name.dropLast("Request".count))
            out.append(
                "        case .\(name.prefix(1).lowercased() + name.dropFirst()): \(request.versions.lowest)...\(request.versions.highest)"
            )
        }
        out.append("        }")
        out.append("    }")
        out.append("")
        out.append("    /// The first version with compact encodings and tagged fields; nil when there is none.")
        out.append("    public var firstFlexible: Int16? {")
        out.append("        switch self {")
        for request in requests {
            let name = String(request.name.dropLast("Request".count))
            let first = request.flexible.isEmpty ? "nil" : "\(request.flexible.lowest)"
            out.append("        case .\(name.prefix(1).lowercased() + name.dropFirst()): \(first)")
        }
        out.append("        }")
        out.append("    }")
        out.append("}")
        return out.joined(separator: "\n") + "\n"
    }

    static func catalog(_ messages: [Message]) -> String {
        var out = ["/// Every message type, for tests, fuzzers and inspection tools.", "public enum MessageCatalog {"]
        out.append("    public static let types: [any WireMessage.Type] = [")
        for message in messages { out.append("        \(message.name).self,") }
        out.append("    ]")
        out.append("}")
        return out.joined(separator: "\n") + "\n"
    }

    /// `errors.txt`: code | NAME | retriable | invalidates metadata | sentence.
    static func errorCodes(_ text: String) throws -> String {
        var names: [String] = []
        var flags: [String] = []
        for (index, line) in text.split(separator: "\n").enumerated()
        where line.first?.isNumber == true || line.first == "-" {
            let parts = line.split(separator: "|", maxSplits: 4).map { $0.trimming() }
            guard parts.count == 5, let code = Int(parts[0]) else {
                throw SchemaError(file: "errors.txt", line: index + 1, reason: "five columns expected")
            }
            let words = parts[1].split(separator: "_").map { $0.lowercased() }
            let name = words[0] + words.dropFirst().map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
            names.append("    public static let \(name) = ErrorCode(rawValue: \(code))")
            flags.append(
                "        \(code): Facts(name: \"\(parts[1])\", isRetriable: \(parts[2] == "yes"), "
                    + "invalidatesMetadata: \(parts[3] == "yes"), message: \"\(parts[4])\"),"
            )
        }
        var out = ["extension ErrorCode {"] + names
        out.append("")
        out.append("    struct Facts {")
        out.append("        var name: String")
        out.append("        var isRetriable: Bool")
        out.append("        var invalidatesMetadata: Bool")
        out.append("        var message: String")
        out.append("    }")
        out.append("")
        out.append("    static let facts: [Int16: Facts] = [")
        out += flags
        out.append("    ]")
        out.append("}")
        return out.joined(separator: "\n") + "\n"
    }
}

extension StringProtocol {
    func trimming() -> String {
        var view = self[...]
        while view.first == " " { view = view.dropFirst() }
        while view.last == " " { view = view.dropLast() }
        return String(view)
    }
}

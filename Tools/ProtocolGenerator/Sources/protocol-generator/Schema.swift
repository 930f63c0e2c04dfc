/// A closed range of message versions; empty when a field exists in none.
struct Versions: Equatable {
    var lowest: Int
    var highest: Int

    static let none = Versions(lowest: 0, highest: -1)
    static let unbounded = 32_767

    var isEmpty: Bool { lowest > highest }

    func intersection(_ other: Versions) -> Versions {
        Versions(lowest: max(lowest, other.lowest), highest: min(highest, other.highest))
    }

    /// Parses `none`, `3`, `0-4` and `2+`.
    init?(_ text: some StringProtocol) {
        if text == "none" {
            self = .none
        } else if text.hasSuffix("+"), let low = Int(text.dropLast()) {
            self.init(lowest: low, highest: Versions.unbounded)
        } else if let dash = text.firstIndex(of: "-"), let low = Int(text[..<dash]),
            let high = Int(text[text.index(after: dash)...])
        {
            self.init(lowest: low, highest: high)
        } else if let only = Int(text) {
            self.init(lowest: only, highest: only)
        } else {
            return nil
        }
    }

    init(lowest: Int, highest: Int) {
        self.lowest = lowest
        self.highest = highest
    }
}

/// What a field holds.
indirect enum FieldType: Equatable {
    case scalar(String)
    case string
    case uuid
    case bytes
    case records
    case structure(String)
    case array(FieldType)
}

/// One line of a schema below a message or structure.
struct Field {
    var name: String
    var type: FieldType
    var versions: Versions
    var nullable = Versions.none
    var tag: Int?
    var defaultText: String?
    var isIgnorable = false
    var isNeverFlexible = false
    var children: [Field] = []
}

/// A structure that one or several fields of a message share.
struct Structure {
    var name: String
    var fields: [Field]
}

/// What a message is: decides the protocol that its Swift type adopts.
enum MessageKind: String {
    case request, response, header, data, metadata
    case coordinatorKey = "coordinator-key"
    case coordinatorValue = "coordinator-value"
}

/// A request, a response, a header, a record or a small structure inside other fields.
struct Message {
    var kind: MessageKind
    var name: String
    /// The API key, or the record type; -1 for plain data.
    var key: Int
    var versions: Versions
    var flexible: Versions
    var listeners: [String]
    var structures: [Structure]
    var fields: [Field]
}

struct SchemaError: Error, CustomStringConvertible {
    var file: String
    var line: Int
    var reason: String
    var description: String { "\(file):\(line): \(reason)" }
}

/// Text in the syntax of Java's properties files: `key=value` lines, comments, continuation lines and escapes.
public struct Properties: Equatable, Sendable {
    public struct Entry: Equatable, Sendable {
        public var key: String
        public var value: String
        /// Counted from 1.
        public var line: Int
    }

    public private(set) var entries: [Entry] = []

    public init() {}

    /// The last value of `key`, as Java has it.
    public subscript(key: String) -> String? { entries.last { $0.key == key }?.value }

    public init(parsing text: String) {
        var pending: (text: [Unicode.Scalar], line: Int)?
        let lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" || $0 == "\r" }
        for (index, raw) in lines.enumerated() {
            let line = Array(raw.unicodeScalars.drop { Self.isBlank($0) })
            if pending == nil, line.isEmpty || line[0] == "#" || line[0] == "!" { continue }
            var joined = (pending?.text ?? []) + line
            let backslashes = joined.reversed().prefix { $0 == "\\" }.count
            let start = pending?.line ?? index + 1
            if backslashes % 2 == 1 {
                joined.removeLast()
                pending = (joined, start)
                continue
            }
            pending = nil
            add(joined, line: start)
        }
        if let pending { add(pending.text, line: pending.line) }
    }

    private static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
        scalar == " " || scalar == "\t" || scalar == "\u{0c}"
    }

    private mutating func add(_ scalars: [Unicode.Scalar], line: Int) {
        var index = 0
        var key = String.UnicodeScalarView()
        while index < scalars.count {
            let scalar = scalars[index]
            if scalar == "=" || scalar == ":" || Self.isBlank(scalar) { break }
            key.append(Self.unescape(scalars, &index))
        }
        while index < scalars.count, Self.isBlank(scalars[index]) { index += 1 }
        if index < scalars.count, scalars[index] == "=" || scalars[index] == ":" {
            index += 1
            while index < scalars.count, Self.isBlank(scalars[index]) { index += 1 }
        }
        var value = String.UnicodeScalarView()
        while index < scalars.count { value.append(Self.unescape(scalars, &index)) }
        if key.isEmpty, value.isEmpty { return }
        entries.append(Entry(key: String(key), value: String(value), line: line))
    }

    /// A value as it has to be written to be read again: what the syntax uses itself stands behind a backslash.
    public static func escaped(_ value: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\n": result += "\\n".unicodeScalars
            case "\r": result += "\\r".unicodeScalars
            case "\t": result += "\\t".unicodeScalars
            case "\u{0c}": result += "\\f".unicodeScalars
            case "\\": result += "\\\\".unicodeScalars
            case " " where result.isEmpty: result += "\\ ".unicodeScalars
            default: result.append(scalar)
            }
        }
        return String(result)
    }

    private static func unescape(_ scalars: [Unicode.Scalar], _ index: inout Int) -> Unicode.Scalar {
        let scalar = scalars[index]
        index += 1
        guard scalar == "\\", index < scalars.count else { return scalar }
        let escaped = scalars[index]
        index += 1
        switch escaped {
        case "n": return "\n"
        case "t": return "\t"
        case "r": return "\r"
        case "f": return "\u{0c}"
        case "u":
            let digits = String(String.UnicodeScalarView(scalars[index..<min(index + 4, scalars.count)]))
            guard digits.count == 4, let code = UInt32(digits, radix: 16), let result = Unicode.Scalar(code) else {
                return "u"
            }
            index += 4
            return result
        default: return escaped
        }
    }
}

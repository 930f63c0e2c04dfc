import NIOCore

/// Reads one value of JSON (RFC 8259). Numbers have to be whole: nothing here has others.
struct JSONReader {
    /// What is wrong, and at which byte, counted from 1.
    struct Problem: Error, Equatable {
        var what: String
        var position: Int
    }

    private let bytes: [UInt8]
    private var next = 0
    private var depth = 0
    private static let maxDepth = 16

    static func read(_ line: ByteBuffer) throws(Problem) -> Value {
        var reader = JSONReader(bytes: Array(line.readableBytesView))
        let value = try reader.value()
        reader.skipBlanks()
        if reader.next < reader.bytes.count { throw reader.problem("something follows the value") }
        return value
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private func problem(_ what: String) -> Problem { Problem(what: what, position: next + 1) }

    private mutating func skipBlanks() {
        while next < bytes.count, [0x20, 0x09, 0x0a, 0x0d].contains(bytes[next]) { next += 1 }
    }

    private mutating func take(_ text: StaticString) -> Bool {
        let wanted = text.withUTF8Buffer { Array($0) }
        guard bytes[next...].starts(with: wanted) else { return false }
        next += wanted.count
        return true
    }

    private mutating func value() throws(Problem) -> Value {
        skipBlanks()
        if take("null") { return .none }
        if take("true") { return .flag(true) }
        if take("false") { return .flag(false) }
        if take("\"") { return .text(try string()) }
        guard depth < Self.maxDepth else { throw problem("values are nested too deeply") }
        depth += 1
        defer { depth -= 1 }
        if take("[") { return .list(try list()) }
        if take("{") { return .fields(try fields()) }
        return .number(try number())
    }

    private mutating func number() throws(Problem) -> Int64 {
        let digits = bytes[next...].prefix { $0 == 0x2d || (0x30...0x39).contains($0) }
        let text = String(decoding: digits, as: UTF8.self)
        guard let number = Int64(text) else {
            throw problem(digits.isEmpty ? "a value is missing" : "not a number")
        }
        if text.drop(while: { $0 == "-" }).hasPrefix("0"), text != "0", text != "-0" {
            throw problem("the number begins with 0")
        }
        next += digits.count
        if next < bytes.count, [0x2e, 0x65, 0x45].contains(bytes[next]) { throw problem("the number is not whole") }
        return number
    }

    private mutating func list() throws(Problem) -> [Value] {
        var values: [Value] = []
        skipBlanks()
        if take("]") { return values }
        while true {
            values.append(try value())
            skipBlanks()
            if take("]") { return values }
            if !take(",") { throw problem("a comma or the end of the list is missing") }
        }
    }

    private mutating func fields() throws(Problem) -> [(String, Value)] {
        var fields: [(String, Value)] = []
        skipBlanks()
        if take("}") { return fields }
        while true {
            skipBlanks()
            guard take("\"") else { throw problem("a field's name is missing") }
            let name = try string()
            skipBlanks()
            if !take(":") { throw problem("a colon is missing") }
            fields.append((name, try value()))
            skipBlanks()
            if take("}") { return fields }
            if !take(",") { throw problem("a comma or the end of the object is missing") }
        }
    }

    /// Behind the first quotation mark.
    private mutating func string() throws(Problem) -> String {
        var result: [UInt8] = []
        while next < bytes.count {
            let byte = bytes[next]
            if byte < 0x20 { throw problem("a control character in a string") }
            next += 1
            if byte == 0x22 {
                guard let text = String(validating: result, as: UTF8.self) else {
                    throw problem("a string is not UTF-8")
                }
                return text
            }
            if byte == 0x5c { result += try escaped().utf8 } else { result.append(byte) }
        }
        throw problem("a string is not terminated")
    }

    private mutating func escaped() throws(Problem) -> String {
        guard next < bytes.count else { throw problem("a string is not terminated") }
        next += 1
        switch bytes[next - 1] {
        case 0x22: return "\""
        case 0x5c: return "\\"
        case 0x2f: return "/"
        case 0x62: return "\u{08}"
        case 0x66: return "\u{0c}"
        case 0x6e: return "\n"
        case 0x72: return "\r"
        case 0x74: return "\t"
        case 0x75:
            let first = try unit()
            // Characters beyond the first plane are two units.
            let units = 0xd800...0xdbff ~= first && take("\\u") ? [first, try unit()] : [first]
            guard let text = String(validating: units, as: UTF16.self) else {
                throw problem("an unpaired surrogate in a string")
            }
            return text
        default: throw problem("'\\\(Character(Unicode.Scalar(bytes[next - 1])))' is not an escape sequence")
        }
    }

    private mutating func unit() throws(Problem) -> UInt16 {
        let digits = bytes[next...].prefix(4)
        guard digits.count == 4, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
            let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw problem("four hexadecimal digits are missing") }
        next += 4
        return unit
    }
}

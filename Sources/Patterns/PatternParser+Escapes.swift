/// What stands behind a backslash, and classes that have names.
extension PatternParser {
    private static let digits: [ClosedRange<UInt32>] = [48...57]
    private static let spaces: [ClosedRange<UInt32>] = [9...10, 12...13, 32...32]
    private static let words: [ClosedRange<UInt32>] = [48...57, 65...90, 95...95, 97...122]

    /// `\d` and its like, `\pL` and `\p{Lu}`; nil, and nothing is taken, for anything else.
    mutating func namedSet() throws(PatternError) -> ScalarSet? {
        guard let letter = rest.first else { throw PatternError("trailing \\") }
        let set: ScalarSet
        switch letter {
        case "d": set = ScalarSet(Self.digits)
        case "D": set = ScalarSet(ScalarSet.complement(of: Self.digits))
        case "s": set = ScalarSet(Self.spaces)
        case "S": set = ScalarSet(ScalarSet.complement(of: Self.spaces))
        case "w": set = ScalarSet(Self.words)
        case "W": set = ScalarSet(ScalarSet.complement(of: Self.words))
        case "p", "P":
            _ = take()
            return try category(isNegated: letter == "P")
        default: return nil
        }
        _ = take()
        return set
    }

    private mutating func category(isNegated: Bool) throws(PatternError) -> ScalarSet {
        var name = ""
        if take("{") {
            guard let inside = take(until: "}") else { throw PatternError("invalid character class range: missing }") }
            name = inside
        } else if let letter = take() {
            name = String(letter)
        }
        let isOther = name.hasPrefix("^")
        if isOther { name.removeFirst() }
        var set = ScalarSet()
        let all = Unicode.GeneralCategory.allAbbreviations
        if name == "Any" {
            if isNegated == isOther { set.ranges = [0...0x10FFFF] }
            return set
        }
        guard all.contains(where: { $0 == name || String($0.prefix(1)) == name }) else {
            throw PatternError("invalid character class range: '\(name)' is no general category of Unicode")
        }
        set.categories = [ScalarSet.Category(name: name, isNegated: isNegated != isOther)]
        return set
    }

    /// `[:alpha:]` in a class; nil when it is not written to its end, which makes it three literals.
    mutating func posixClass() throws(PatternError) -> [ClosedRange<UInt32>]? {
        var copy = self
        guard copy.take("[:"), let name = copy.take(until: ":]") else { return nil }
        let isNegated = name.hasPrefix("^")
        guard let ranges = Self.posix(isNegated ? String(name.dropFirst()) : name) else {
            throw PatternError("invalid character class range: [:\(name):]")
        }
        self = copy
        return isNegated ? ScalarSet.complement(of: ranges) : ranges
    }

    private static func posix(_ name: String) -> [ClosedRange<UInt32>]? {
        switch name {
        case "alnum": [48...57, 65...90, 97...122]
        case "alpha": [65...90, 97...122]
        case "ascii": [0...127]
        case "blank": [9...9, 32...32]
        case "cntrl": [0...31, 127...127]
        case "digit": digits
        case "graph": [33...126]
        case "lower": [97...122]
        case "print": [32...126]
        case "punct": [33...47, 58...64, 91...96, 123...126]
        case "space": [9...13, 32...32]
        case "upper": [65...90]
        case "word": words
        case "xdigit": [48...57, 65...70, 97...102]
        default: nil
        }
    }

    /// The scalar that an escape stands for; the backslash is taken.
    mutating func escapedScalar() throws(PatternError) -> Unicode.Scalar {
        guard let scalar = take() else { throw PatternError("trailing \\") }
        switch scalar {
        case "a": return "\u{7}"
        case "f": return "\u{C}"
        case "n": return "\n"
        case "r": return "\r"
        case "t": return "\t"
        case "v": return "\u{B}"
        case "x": return try hexadecimal()
        case "0"..."7": return try octal(scalar)
        // Letters and digits have, or may get, a meaning of their own.
        default:
            guard scalar.isASCII, !scalar.isWord || scalar == "_" else {
                throw PatternError("invalid escape sequence: \\\(scalar)")
            }
            return scalar
        }
    }

    /// `\123`, and `\0`. `\1` alone would refer back to a group, which takes more than linear time.
    private mutating func octal(_ first: Unicode.Scalar) throws(PatternError) -> Unicode.Scalar {
        var value = first.value - 48
        var count = 1
        while count < 3, let digit = rest.first, ("0"..."7").contains(digit) {
            _ = take()
            value = value * 8 + digit.value - 48
            count += 1
        }
        guard first == "0" || count > 1, let scalar = Unicode.Scalar(value) else {
            throw PatternError("invalid escape sequence: \\\(first)")
        }
        return scalar
    }

    private mutating func hexadecimal() throws(PatternError) -> Unicode.Scalar {
        var text = ""
        if take("{") {
            text = take(until: "}") ?? ""
        } else {
            for _ in 0..<2 { text.unicodeScalars.append(take() ?? "-") }
        }
        let isHexadecimal = text.unicodeScalars.allSatisfy { $0.isASCII && $0.properties.isASCIIHexDigit }
        guard isHexadecimal, let scalar = UInt32(text, radix: 16).flatMap(Unicode.Scalar.init) else {
            throw PatternError("invalid escape sequence: \\x\(text)")
        }
        return scalar
    }
}

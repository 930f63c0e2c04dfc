/// Reads the syntax of RE2. Errors have the words of RE2, which users find in its documentation.
struct PatternParser {
    /// Parts in parts are read by recursion; a thread's stack has room for so many many times.
    static let maxDepth = 100
    /// RE2's own limit.
    static let maxRepeat = 1000

    struct Flags {
        var ignoresCase = false
        var isMultiline = false
        var dotTakesNewline = false
    }

    private(set) var rest: Substring.UnicodeScalarView
    private var flags = Flags()
    private var depth = 0
    private var names: Set<String> = []

    init(_ text: String) { self.rest = Substring(text).unicodeScalars }

    mutating func parse() throws(PatternError) -> PatternNode {
        let node = try alternatives()
        guard rest.isEmpty else { throw PatternError("unexpected )") }
        return node
    }

    // MARK: Scalars

    mutating func take() -> Unicode.Scalar? { rest.popFirst() }

    mutating func take(_ text: String) -> Bool {
        guard rest.starts(with: text.unicodeScalars) else { return false }
        rest.removeFirst(text.unicodeScalars.count)
        return true
    }

    /// What stands before the end mark, which is taken, too.
    mutating func take(until end: String) -> String? {
        var (text, copy) = ("", self)
        while !copy.take(end) {
            guard let scalar = copy.take() else { return nil }
            text.unicodeScalars.append(scalar)
        }
        self = copy
        return text
    }

    // MARK: Structure

    private mutating func alternatives() throws(PatternError) -> PatternNode {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.maxDepth else { throw PatternError("expression nests too deeply") }
        let outer = flags
        defer { flags = outer }
        var choices = [try sequence()]
        while take("|") { choices.append(try sequence()) }
        return choices.count == 1 ? choices[0] : .alternatives(choices)
    }

    private mutating func sequence() throws(PatternError) -> PatternNode {
        var parts: [PatternNode] = []
        while let next = rest.first, next != "|", next != ")" {
            if take(#"\Q"#) {
                // Without its end it goes to the end.
                var text = ""
                if let quoted = take(until: #"\E"#) {
                    text = quoted
                } else {
                    while let scalar = take() { text.unicodeScalars.append(scalar) }
                }
                for scalar in text.unicodeScalars { parts.append(literal(scalar)) }
                if let last = parts.last, !text.isEmpty { parts[parts.count - 1] = try repetitions(of: last) }
                continue
            }
            guard let part = try atom() else { continue }
            parts.append(try repetitions(of: part))
        }
        return parts.count == 1 ? parts[0] : parts.isEmpty ? .empty : .sequence(parts)
    }

    /// Nil for what only sets flags.
    private mutating func atom() throws(PatternError) -> PatternNode? {
        switch take() {
        case "(": return try group()
        case "[": return .set(try characterClass())
        case ".":
            return .set(ScalarSet(flags.dotTakesNewline ? [0...0x10FFFF] : ScalarSet.complement(of: [10...10])))
        case "^": return .position(flags.isMultiline ? .lineStart : .textStart)
        case "$": return .position(flags.isMultiline ? .lineEnd : .textEnd)
        case "\\": return try escape()
        case "*", "+", "?": throw PatternError("missing argument to repetition operator")
        case let scalar?: return literal(scalar)
        case nil: return nil
        }
    }

    private func literal(_ scalar: Unicode.Scalar) -> PatternNode {
        .set(ScalarSet(scalar, ignoresCase: flags.ignoresCase))
    }

    private mutating func group() throws(PatternError) -> PatternNode? {
        let outer = flags
        if take("?") {
            if take("P<") || take("<") {
                guard let name = take(until: ">"), !name.isEmpty, name.unicodeScalars.allSatisfy(\.isWord) else {
                    throw PatternError("invalid named capture")
                }
                guard names.insert(name).inserted else { throw PatternError("duplicate capture group name: \(name)") }
            } else if try setFlags() {
                return nil
            }
        }
        let node = try alternatives()
        guard take(")") else { throw PatternError("missing closing )") }
        flags = outer
        return node
    }

    /// `(?i)` holds to the end of what it stands in, which is true; `(?i:` for the group that begins.
    private mutating func setFlags() throws(PatternError) -> Bool {
        var (isOn, sawFlag) = (true, false)
        while let flag = take() {
            switch flag {
            case "i": flags.ignoresCase = isOn
            case "m": flags.isMultiline = isOn
            case "s": flags.dotTakesNewline = isOn
            // Which of several matches is preferred: there is one only.
            case "U": break
            case "-" where isOn:
                (isOn, sawFlag) = (false, false)
                continue
            case ":" where isOn || sawFlag: return false
            case ")" where sawFlag: return true
            default: throw PatternError("invalid or unsupported Perl syntax")
            }
            sawFlag = true
        }
        throw PatternError("missing closing )")
    }

    // MARK: Repetition

    private mutating func repetitions(of part: PatternNode) throws(PatternError) -> PatternNode {
        guard let (min, max) = try repetition() else { return part }
        _ = take("?")
        if try repetition() != nil { throw PatternError("invalid nested repetition operator") }
        return .repeated(part, min: min, max: max)
    }

    private mutating func repetition() throws(PatternError) -> (min: Int, max: Int?)? {
        if take("*") { return (0, nil) }
        if take("+") { return (1, nil) }
        if take("?") { return (0, 1) }
        return rest.first == "{" ? try counts() : nil
    }

    /// `{2}`, `{2,}` or `{2,3}`; any other brace is a literal.
    private mutating func counts() throws(PatternError) -> (min: Int, max: Int?)? {
        var copy = self
        guard copy.take("{"), let min = copy.number() else { return nil }
        var max: Int? = min
        if copy.take(",") { max = copy.number() }
        guard copy.take("}") else { return nil }
        guard min <= Self.maxRepeat, max ?? min <= Self.maxRepeat, max ?? min >= min else {
            throw PatternError("invalid repeat count: at most \(Self.maxRepeat), the smaller one first")
        }
        self = copy
        return (min, max)
    }

    private mutating func number() -> Int? {
        var value: Int?
        while let next = rest.first, ("0"..."9").contains(next) {
            _ = take()
            // It saturates above every limit.
            value = min((value ?? 0) * 10 + Int(next.value - 48), Self.maxRepeat + 1)
        }
        return value
    }

    // MARK: Escapes

    private mutating func escape() throws(PatternError) -> PatternNode {
        switch rest.first {
        case "A": return position(.textStart)
        case "z": return position(.textEnd)
        case "b": return position(.wordBoundary)
        case "B": return position(.noWordBoundary)
        default: break
        }
        if let set = try namedSet() { return .set(set) }
        return literal(try escapedScalar())
    }

    private mutating func position(_ position: PatternPosition) -> PatternNode {
        _ = take()
        return .position(position)
    }

    private mutating func characterClass() throws(PatternError) -> ScalarSet {
        var set = ScalarSet()
        set.isNegated = take("^")
        set.ignoresCase = flags.ignoresCase
        var isFirst = true
        while isFirst || rest.first != "]" {
            isFirst = false
            if rest.starts(with: "[:".unicodeScalars), let ranges = try posixClass() {
                set.ranges += ranges
                continue
            }
            if take("\\") {
                if let named = try namedSet() {
                    set.ranges += named.ranges
                    set.categories += named.categories
                    continue
                }
                try range(from: try escapedScalar(), &set)
            } else if let scalar = take() {
                try range(from: scalar, &set)
            } else {
                throw PatternError("missing closing ]")
            }
        }
        _ = take()
        return set
    }

    private mutating func range(from low: Unicode.Scalar, _ set: inout ScalarSet) throws(PatternError) {
        var copy = self
        guard copy.take("-"), copy.rest.first != "]", let next = copy.take() else {
            set.ranges.append(low.value...low.value)
            return
        }
        let high = next == "\\" ? try copy.escapedScalar() : next
        guard low <= high else { throw PatternError("invalid character class range: \(low)-\(high)") }
        set.ranges.append(low.value...high.value)
        self = copy
    }
}

import Patterns
import Testing

/// Regular expressions of RE2's syntax, as RE2, and so Kafka's brokers, read them.
struct PatternTests {
    struct Case: CustomTestStringConvertible {
        let pattern: String
        let yes: [String]
        let no: [String]
        var testDescription: String { pattern }

        init(_ pattern: String, _ yes: [String], not no: [String]) {
            (self.pattern, self.yes, self.no) = (pattern, yes, no)
        }
    }

    static let cases = [
        // All of the text has to match.
        Case("payments-.*", ["payments-", "payments-1"], not: ["payments", "my-payments-1", "payments-1\n"]),
        Case("", [""], not: ["a"]),
        Case("a|", ["a", ""], not: ["b", "aa"]),
        Case("ab|cd|", ["ab", "cd", ""], not: ["abd", "acd", "abcd"]),
        Case("a(b|c)d", ["abd", "acd"], not: ["ad", "abcd"]),
        Case("(a|ab)(c|bcd)(d*)", ["abcd", "ac", "acddd", "abcdd", "abbcd"], not: ["ab", "abd"]),
        Case("()", [""], not: ["x"]),

        // Repetitions, also reluctant ones.
        Case("a*", ["", "a", "aaaa"], not: ["b", "ab"]),
        Case("a+?b", ["ab", "aab"], not: ["b", "a"]),
        Case("a??b", ["ab", "b"], not: ["aab"]),
        Case("a{2}", ["aa"], not: ["a", "aaa", "a{2}"]),
        Case("a{2,}", ["aa", "aaaaa"], not: ["a"]),
        Case("a{1,3}?", ["a", "aa", "aaa"], not: ["", "aaaa"]),
        Case("a{0}b", ["b"], not: ["ab"]),
        Case("(ab){2,3}", ["abab", "ababab"], not: ["ab", "abababab", "aba"]),
        Case("(a*)*", ["", "aaa"], not: ["b"]),
        Case("(a*)+b", ["b", "aab"], not: ["a"]),
        Case("(|a)*", ["", "aa"], not: ["b"]),
        Case("(^)*a", ["a"], not: ["aa"]),
        // A brace that is no count is a literal.
        Case("a{,2}", ["a{,2}"], not: ["a", "aa"]),
        Case("a{x}", ["a{x}"], not: ["ax"]),
        Case("{", ["{"], not: [""]),
        Case("a{1", ["a{1"], not: ["a"]),

        // Classes.
        Case("[a-c]", ["a", "b", "c"], not: ["d", "", "-"]),
        Case("[^a-c]", ["d", "é", "\n"], not: ["a", "b"]),
        Case("[]a]", ["]", "a"], not: ["b"]),
        Case("[^]a]", ["b"], not: ["]", "a"]),
        Case("[a-]", ["a", "-"], not: ["b"]),
        Case("[-a]", ["a", "-"], not: ["b"]),
        Case("[a-c-e]", ["b", "-", "e"], not: ["d"]),
        Case("[.*+]", [".", "*", "+"], not: ["a"]),
        Case(#"[\]\\\-]"#, ["]", #"\"#, "-"], not: ["a"]),
        Case(#"[\d\-_]"#, ["5", "-", "_"], not: ["a", #"\"#]),
        Case(#"[^\D]"#, ["5"], not: ["a"]),
        Case(#"[\D\w]"#, ["a", "5", "-"], not: []),
        Case(#"[\x41-\x{43}]"#, ["A", "B", "C"], not: ["D"]),
        Case("[[:alpha:]_]+", ["aZ_"], not: ["a1", ":"]),
        Case("[[:^alpha:]]", ["1"], not: ["a"]),
        Case("[[:xdigit:]]+", ["09afAF"], not: ["g"]),
        Case("[[:punct:]]", ["!", "~", "_"], not: ["a", " "]),
        Case("[[:word:]]+", ["a_1"], not: ["-"]),
        Case("[[:space:]]", [" ", "\t", "\u{B}"], not: ["a"]),
        Case("[[:a]", ["[", ":", "a"], not: ["b"]),
        Case(#"\d+\D"#, ["12a"], not: ["12", "a"]),
        Case(#"\s\S"#, [" a", "\ta"], not: ["aa", "\u{B}a"]),
        Case(#"\w\W"#, ["_-"], not: ["éa", "--"]),
        Case(#"\pL+"#, ["aéжΩ"], not: ["a1", ""]),
        Case(#"\p{Lu}\p{Ll}"#, ["Aa", "Жж"], not: ["aa", "AA"]),
        Case(#"\PN"#, ["a"], not: ["1", "٣"]),
        Case(#"\p{^N}"#, ["a"], not: ["1"]),
        Case(#"\P{^N}"#, ["1"], not: ["a"]),
        Case(#"[\pN\pL]"#, ["1", "é"], not: ["-"]),
        Case(#"\p{Any}"#, ["a", "\n"], not: [""]),
        Case(#"\P{Any}|x"#, ["x"], not: ["a"]),

        // Escapes.
        Case(#"a\.b"#, ["a.b"], not: ["axb"]),
        Case(#"\_\-\/"#, ["_-/"], not: [""]),
        Case(#"\a\f\t\n\r\v"#, ["\u{7}\u{C}\t\n\r\u{B}"], not: [""]),
        Case(#"\x41\x{1F600}"#, ["A😀"], not: ["A"]),
        Case(#"\101\0"#, ["A\0"], not: ["A0"]),
        Case(#"\Qa.b*\E+"#, ["a.b*", "a.b***"], not: ["aab", "a.b"]),
        Case(#"x\Q(y"#, ["x(y"], not: ["xy"]),
        Case(#"\Q\Ea"#, ["a"], not: [""]),
        Case("é.", ["é😀"], not: ["e\u{301}"]),

        // Positions.
        Case("^a$", ["a"], not: ["a\n", "ba"]),
        Case(#"\Aa\z"#, ["a"], not: ["a\n"]),
        Case("a^b|c$d", [], not: ["ab", "cd", "a^b"]),
        Case("(?m)a$\n^b", ["a\nb"], not: ["ab"]),
        Case("a$\n^b", [], not: ["a\nb"]),
        Case(#"a\b-\bb"#, ["a-b"], not: ["ab"]),
        Case(#"a\Bb"#, ["ab"], not: ["a-b"]),
        Case(#"a\bb"#, [], not: ["ab"]),

        // Groups and flags.
        Case("(?:ab)+", ["abab"], not: ["aba"]),
        Case("(?P<name>a)(?<other_1>b)", ["ab"], not: ["a"]),
        Case("(?i)straße-[a-c]", ["STRAßE-B", "straße-c"], not: ["strasse-a"]),
        Case("(?i)Ж", ["ж", "Ж"], not: ["з"]),
        Case("(?i)[^a]", ["b"], not: ["a", "A"]),
        Case("a(?i)b|c", ["aB", "C"], not: ["AB"]),
        Case("(a(?i)b)c", ["aBc"], not: ["aBC"]),
        Case("(?i:a)b", ["Ab"], not: ["AB"]),
        Case("(?i)a(?-i)b", ["Ab"], not: ["AB"]),
        Case("(?i-s:A.)", ["ab"], not: ["a\n"]),
        Case("a.b", ["axb"], not: ["a\nb"]),
        Case("(?s)a.b", ["a\nb"], not: ["ab"]),
        Case("(?U)a+", ["aa"], not: [""]),
        Case("(?sm)^.*$", ["a\nb"], not: []),
    ]

    @Test(arguments: cases)
    func matches(_ each: Case) throws {
        let pattern = try Pattern(each.pattern)
        for text in each.yes { #expect(pattern.matches(text), "\(each.pattern) is to match \(text.debugDescription)") }
        for text in each.no {
            #expect(!pattern.matches(text), "\(each.pattern) is not to match \(text.debugDescription)")
        }
    }

    @Test(arguments: [
        ("(", "missing closing )"),
        ("a(b", "missing closing )"),
        ("a)", "unexpected )"),
        ("[a", "missing closing ]"),
        ("[", "missing closing ]"),
        ("[^]", "missing closing ]"),
        ("*a", "missing argument to repetition operator"),
        ("a|+", "missing argument to repetition operator"),
        ("(?)", "invalid or unsupported Perl syntax"),
        ("a**", "invalid nested repetition operator"),
        ("a*+", "invalid nested repetition operator"),
        ("a{2}{3}", "invalid nested repetition operator"),
        ("a???", "invalid nested repetition operator"),
        ("a{2,1}", "invalid repeat count: at most 1000, the smaller one first"),
        ("a{1001}", "invalid repeat count: at most 1000, the smaller one first"),
        ("a{99999999999999999999999}", "invalid repeat count: at most 1000, the smaller one first"),
        ("[b-a]", "invalid character class range: b-a"),
        ("[[:nope:]]", "invalid character class range: [:nope:]"),
        (#"\p{Greek}"#, "invalid character class range: 'Greek' is no general category of Unicode"),
        (#"\p{"#, "invalid character class range: missing }"),
        (#"\p"#, "invalid character class range: '' is no general category of Unicode"),
        (#"a\"#, #"trailing \"#),
        (#"[\"#, #"trailing \"#),
        (#"\q"#, #"invalid escape sequence: \q"#),
        (#"\1"#, #"invalid escape sequence: \1"#),
        (#"(a)\8"#, #"invalid escape sequence: \8"#),
        (#"\Z"#, #"invalid escape sequence: \Z"#),
        (#"\x4"#, #"invalid escape sequence: \x4-"#),
        (#"\x{}"#, #"invalid escape sequence: \x"#),
        (#"\x{110000}"#, #"invalid escape sequence: \x110000"#),
        (#"\x{D800}"#, #"invalid escape sequence: \xD800"#),
        (#"\x+1"#, #"invalid escape sequence: \x+1"#),
        (#"[a-\d]"#, #"invalid escape sequence: \d"#),
        ("(?=a)", "invalid or unsupported Perl syntax"),
        ("(?<=a)", "invalid named capture"),
        ("(?<!a)", "invalid named capture"),
        ("(?P<>a)", "invalid named capture"),
        ("(?P<a", "invalid named capture"),
        ("(?P=a)", "invalid or unsupported Perl syntax"),
        ("(?P<a>x)(?P<a>y)", "duplicate capture group name: a"),
        ("(?i", "missing closing )"),
        ("(?-)", "invalid or unsupported Perl syntax"),
        ("(?x)a", "invalid or unsupported Perl syntax"),
    ])
    func isRefused(_ text: String, _ reason: String) {
        #expect(performing: { _ = try Pattern(text) }, throws: { "\($0)" == reason })
    }

    /// Whatever a client writes is read, or refused.
    @Test func anyTextHasAnAnswer() {
        let pieces = [
            "(", ")", "[", "]", "{", "}", "*", "+", "?", "|", "^", "$", ".", "-", ",", "\\", ":", "<", ">", "=", "!",
            "(?", "(?P<",
            "[^", "[:", ":]", "\\p{", "\\x{", "\\Q", "\\E", "a", "b", "Z", "0", "9", "1000", "é", "\u{301}",
            "\u{10FFFF}", "\0",
        ]
        var state: UInt64 = 42
        func draw(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        var read = 0
        for _ in 0..<20_000 {
            let text = (0..<draw(12)).map { _ in pieces[draw(pieces.count)] }.joined()
            guard let pattern = try? Pattern(text) else { continue }
            read += 1
            _ = pattern.matches("aab9é")
        }
        #expect(read > 1000)
    }

    // MARK: Size and time

    @Test func sizeIsBounded() throws {
        for text in ["(a{1000}){1000}", "((a{100}){100}){100}", "(a|b){1000}", String(repeating: "a", count: 4_097)] {
            #expect(throws: PatternError.self) { try Pattern(text) }
        }
        #expect(try Pattern("[a-z]{1000}").matches(String(repeating: "q", count: 1000)))
        #expect(try !Pattern("[a-z]{1000}").matches(String(repeating: "q", count: 999)))
    }

    @Test func nothingIsRepeatedForNothing() throws {
        let nothing = String(repeating: "(", count: 60) + String(repeating: "){1000}", count: 60)
        #expect(try Pattern(nothing + "a").matches("a"))
        #expect(try Pattern(nothing.replacing("(", with: "(?:")).matches(""))
    }

    @Test func depthIsBounded() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "(", count: depth) + "a" + String(repeating: ")", count: depth)
        }
        #expect(try Pattern(nested(99)).matches("a"))
        #expect(throws: PatternError.self) { try Pattern(nested(100)) }
        #expect(throws: PatternError.self) { try Pattern(String(repeating: "(", count: 4_000)) }
    }

    /// What backtracks takes 2^n steps for these, which would be years.
    @Test(arguments: ["(a*)*b", "(a|aa)+b", "(a+)+b", "(.*)(.*)(.*)(.*)(.*)b", "(a?){200}a{200}b"])
    func timeIsLinear(_ text: String) throws {
        let pattern = try Pattern(text)
        let letters = String(repeating: "a", count: 400)
        #expect(!pattern.matches(letters))
        #expect(pattern.matches(letters + "b"))
    }
}

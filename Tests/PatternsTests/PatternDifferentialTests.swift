import Patterns
import Testing

/// Random expressions against the matcher of Swift's standard library, which backtracks: the texts are short.
struct PatternDifferentialTests {
    /// An expression whose meaning is the same in both.
    private struct Grammar {
        var random: SplitMix

        mutating func expression(_ depth: Int) -> String {
            let parts = (0...random.next(below: 2)).map { _ in sequence(depth) }
            return parts.joined(separator: "|")
        }

        private mutating func sequence(_ depth: Int) -> String {
            (0...random.next(below: 3)).map { _ in piece(depth) }.joined()
        }

        private mutating func piece(_ depth: Int) -> String {
            let atoms = ["a", "b", "c", ".", "[ab]", "[^a]", "[b-c]", #"\w"#, "(?:)", "^", "$", #"\b"#]
            let isGroup = depth > 0 && random.next(below: 3) == 0
            let atom = isGroup ? "(\(expression(depth - 1)))" : atoms[random.next(below: atoms.count)]
            // A position has nothing that could be repeated in Swift.
            guard isGroup || !["(?:)", "^", "$", #"\b"#].contains(atom) else { return atom }
            // Swift's does not count a repetition that takes nothing: for it `(^|a){2,}` does not match `a`.
            let repetitions = ["", "", "*", "?", "*?"] + (isGroup ? [] : ["", "+", "{2}", "{1,2}", "{2,}"])
            return atom + repetitions[random.next(below: repetitions.count)]
        }
    }

    /// A generator with a state of 64 bits (SplitMix64).
    private struct SplitMix {
        var state: UInt64

        mutating func next(below bound: Int) -> Int {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return Int((z ^ (z >> 31)) % UInt64(bound))
        }
    }

    /// All texts of up to so many letters.
    private static func texts(_ length: Int) -> [String] {
        var (all, last) = ([""], [""])
        for _ in 0..<length {
            last = last.flatMap { text in ["a", "b", "c", "-"].map { text + $0 } }
            all += last
        }
        return all
    }

    @Test(arguments: 1...6)
    func sameAsTheStandardLibrary(_ seed: UInt64) throws {
        var grammar = Grammar(random: SplitMix(state: seed))
        let texts = Self.texts(3)
        var matching = 0
        for _ in 0..<40 {
            let text = grammar.expression(2)
            let (ours, theirs) = (try Pattern(text), try Regex(text).wordBoundaryKind(.simple))
            for candidate in texts {
                let expected = candidate.wholeMatch(of: theirs) != nil
                matching += expected ? 1 : 0
                #expect(ours.matches(candidate) == expected, "\(text) and '\(candidate)'")
            }
        }
        #expect(matching > 100)
    }
}

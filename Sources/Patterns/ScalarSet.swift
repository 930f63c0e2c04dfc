/// A set of Unicode scalars, as a class of a regular expression names it.
struct ScalarSet: Sendable, Equatable {
    /// A general category (`Lu`) or all that begin with a letter (`L`).
    struct Category: Sendable, Equatable {
        let name: String
        let isNegated: Bool

        func contains(_ scalar: Unicode.Scalar) -> Bool {
            scalar.properties.generalCategory.abbreviation.hasPrefix(name) != isNegated
        }
    }

    /// In any order; they may overlap.
    var ranges: [ClosedRange<UInt32>] = []
    var categories: [Category] = []
    var isNegated = false
    /// Whether a scalar belongs to it when its upper or lower case does.
    var ignoresCase = false

    init(_ ranges: [ClosedRange<UInt32>] = []) { self.ranges = ranges }

    init(_ scalar: Unicode.Scalar, ignoresCase: Bool) {
        self.ranges = [scalar.value...scalar.value]
        self.ignoresCase = ignoresCase
    }

    /// All but these, as ranges: what is in a class beside it is not negated with it.
    static func complement(of ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
        var (result, next): ([ClosedRange<UInt32>], UInt32) = ([], 0)
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if range.lowerBound > next { result.append(next...range.lowerBound - 1) }
            next = max(next, range.upperBound + 1)
        }
        if next <= 0x10FFFF { result.append(next...0x10FFFF) }
        return result
    }

    func contains(_ scalar: Unicode.Scalar) -> Bool {
        var isMember = has(scalar)
        if !isMember, ignoresCase { isMember = scalar.otherCases.contains(where: has) }
        return isMember != isNegated
    }

    private func has(_ scalar: Unicode.Scalar) -> Bool {
        ranges.contains { $0.contains(scalar.value) } || categories.contains { $0.contains(scalar) }
    }
}

extension Unicode.Scalar {
    /// `\w` of RE2: of ASCII only.
    var isWord: Bool {
        switch self {
        case "a"..."z", "A"..."Z", "0"..."9", "_": true
        default: false
        }
    }

    /// Its upper and lower case, where those are one scalar (simple case folding).
    fileprivate var otherCases: [Unicode.Scalar] {
        [properties.lowercaseMapping, properties.uppercaseMapping].compactMap { mapping in
            let scalars = mapping.unicodeScalars
            return scalars.count == 1 && scalars.first != self ? scalars.first : nil
        }
    }
}

extension Unicode.GeneralCategory {
    static let allAbbreviations: Set<String> = [
        "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po",
        "Sm",
        "Sc", "Sk", "So", "Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Co", "Cn",
    ]

    /// As regular expressions name it.
    var abbreviation: String {
        switch self {
        case .uppercaseLetter: "Lu"
        case .lowercaseLetter: "Ll"
        case .titlecaseLetter: "Lt"
        case .modifierLetter: "Lm"
        case .otherLetter: "Lo"
        case .nonspacingMark: "Mn"
        case .spacingMark: "Mc"
        case .enclosingMark: "Me"
        case .decimalNumber: "Nd"
        case .letterNumber: "Nl"
        case .otherNumber: "No"
        case .connectorPunctuation: "Pc"
        case .dashPunctuation: "Pd"
        case .openPunctuation: "Ps"
        case .closePunctuation: "Pe"
        case .initialPunctuation: "Pi"
        case .finalPunctuation: "Pf"
        case .otherPunctuation: "Po"
        case .mathSymbol: "Sm"
        case .currencySymbol: "Sc"
        case .modifierSymbol: "Sk"
        case .otherSymbol: "So"
        case .spaceSeparator: "Zs"
        case .lineSeparator: "Zl"
        case .paragraphSeparator: "Zp"
        case .control: "Cc"
        case .format: "Cf"
        case .surrogate: "Cs"
        case .privateUse: "Co"
        case .unassigned: "Cn"
        @unknown default: "Cn"
        }
    }
}

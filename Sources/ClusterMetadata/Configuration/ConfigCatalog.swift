/// A configuration key of Kafka: type, default, valid values and how it can change.
public struct ConfigKey: Sendable {
    public enum Kind: String, Sendable {
        case boolean = "BOOLEAN"
        case int = "INT"
        case short = "SHORT"
        case long = "LONG"
        case double = "DOUBLE"
        case string = "STRING"
        case list = "LIST"
        case `class` = "CLASS"
        case password = "PASSWORD"

        /// The number in DescribeConfigs answers.
        public var code: Int8 {
            switch self {
            case .boolean: 1
            case .string: 2
            case .int: 3
            case .short: 4
            case .long: 5
            case .double: 6
            case .list: 7
            case .class: 8
            case .password: 9
            }
        }
    }

    /// How a broker's key changes while it runs.
    public enum Mutability: String, Sendable {
        case readOnly = "read-only"
        case perBroker = "per-broker"
        case clusterWide = "cluster-wide"
    }

    public var name: String
    public var kind: Kind
    /// nil: null; no default when the key is required.
    public var defaultValue: String?
    /// Kafka's notation of what is allowed.
    public var validValues: String
    /// For a broker's key; read-only otherwise.
    public var mutability: Mutability
    /// For a topic's key: the broker's keys that give its default, the first that is set wins.
    public var brokerKeys: [String]

    /// Why `value` is not allowed; nil when it is.
    public func problem(with value: String) -> String? {
        switch kind {
        case .boolean:
            return ["true", "false"].contains(value.lowercased()) ? nil : "it must be true or false"
        case .int: return integerProblem(value, Int64(Int32.min)...Int64(Int32.max))
        case .short: return integerProblem(value, Int64(Int16.min)...Int64(Int16.max))
        case .long: return integerProblem(value, Int64.min...Int64.max)
        case .double:
            guard let number = Double(value), number.isFinite else { return "it must be a number" }
            return rangeProblem(number)
        case .list:
            let items = ConfigValue.list(value)
            return items.lazy.compactMap { choiceProblem($0) }.first
        case .string: return choiceProblem(value)
        case .class, .password: return nil
        }
    }

    private func integerProblem(_ value: String, _ range: ClosedRange<Int64>) -> String? {
        guard let number = Int64(value), range.contains(number) else {
            return "it must be a whole number\(kind == .long ? "" : " of at most \(range.upperBound)")"
        }
        if name == "retention.ms" || name == "retention.bytes" { return number < -1 ? "it must be -1 or more" : nil }
        return rangeProblem(Double(number))
    }

    private func rangeProblem(_ number: Double) -> String? {
        guard validValues.hasPrefix("["), validValues.contains(",...") else { return nil }
        if validValues.hasSuffix("or -1"), number == -1 { return nil }
        guard let close = validValues.firstIndex(of: "]") else { return nil }
        let parts = validValues[validValues.index(after: validValues.startIndex)..<close].split(separator: ",")
        if let low = parts.first.flatMap({ Double($0) }), number < low { return "it must be at least \(parts[0])" }
        if parts.count == 3, let high = Double(parts[2]), number > high { return "it must be at most \(parts[2])" }
        return nil
    }

    private func choiceProblem(_ value: String) -> String? {
        if validValues.hasPrefix("non-empty"), value.isEmpty { return "it must not be empty" }
        let isCaseInsensitive = validValues.hasPrefix("(case insensitive)")
        guard let open = validValues.firstIndex(of: "["), validValues.hasSuffix("]"), !validValues.contains("..."),
            validValues.hasPrefix("[") || isCaseInsensitive
        else { return nil }
        let choices = validValues[validValues.index(after: open)...].dropLast().split(separator: ",").map { $0.trimmed }
        let isKnown = choices.contains { isCaseInsensitive ? $0.lowercased() == value.lowercased() : $0 == value }
        return isKnown ? nil : "it must be one of \(choices.joined(separator: ", "))"
    }
}

/// All keys that Kafka knows.
public struct ConfigCatalog: Sendable {
    public let broker: [String: ConfigKey]
    public let topic: [String: ConfigKey]
    public let group: [String: ConfigKey]

    public static let shared = ConfigCatalog()

    init() {
        var sections: [String: [String: ConfigKey]] = [:]
        var section = ""
        for line in Self.table.split(separator: "\n") {
            if line.hasPrefix("## ") {
                section = String(line.dropFirst(3))
                continue
            }
            let columns = line.split(separator: "|", omittingEmptySubsequences: false).map { $0.trimmed }
            guard columns.count >= 4, let kind = ConfigKey.Kind(rawValue: columns[1]) else { continue }
            let note = columns.count > 4 ? columns[4] : ""
            sections[section, default: [:]][columns[0]] = ConfigKey(
                name: columns[0],
                kind: kind,
                defaultValue: ["null", "(required)"].contains(columns[2])
                    ? nil : columns[2] == "\"\"" ? "" : columns[2],
                validValues: columns[3],
                mutability: ConfigKey.Mutability(rawValue: note) ?? .readOnly,
                brokerKeys: section == "Topic" && note != "-" ? note.split(separator: ">").map { $0.trimmed } : []
            )
        }
        broker = sections["Broker"] ?? [:]
        topic = sections["Topic"] ?? [:]
        group = sections["Group"] ?? [:]
    }

    /// The known name that a misspelt one was probably meant to be.
    public static func nearest(to name: String, in keys: some Collection<String>) -> String? {
        var limit = min(max(3, name.utf8.count / 3), 8)
        let wanted = Array(name.utf8)
        let letters = Self.letters(wanted)
        var best: (distance: Int, key: String)?
        for key in keys where abs(key.utf8.count - wanted.count) <= limit {
            // Each letter that only one of them has takes a change.
            let others = Self.letters(key.utf8)
            if max((letters & ~others).nonzeroBitCount, (others & ~letters).nonzeroBitCount) > limit { continue }
            guard let distance = distance(wanted, Array(key.utf8), limit: limit) else { continue }
            if best.map({ (distance, key) < ($0.distance, $0.key) }) ?? true {
                best = (distance, key)
                limit = distance
            }
        }
        return best?.key
    }

    private static func letters(_ text: some Sequence<UInt8>) -> UInt64 { text.reduce(0) { $0 | 1 << UInt64($1 & 63) } }

    /// Insertions, deletions, changes and swaps of neighbours that turn one name into the other; nil if more than `limit`.
    static func distance(_ a: [UInt8], _ b: [UInt8], limit: Int) -> Int? {
        if a.isEmpty || b.isEmpty { return max(a.count, b.count) <= limit ? max(a.count, b.count) : nil }
        var beforeLast = Array(repeating: 0, count: b.count + 1)
        var last = Array(0...b.count)
        var row = beforeLast
        for i in 1...a.count {
            row[0] = i
            var least = i
            for j in 1...b.count {
                var cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1))
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { cost = min(cost, beforeLast[j - 2] + 1) }
                row[j] = cost
                least = min(least, cost)
            }
            // A swap passes over this row, but from a cost that is at most one below this row's, to one above that.
            if least > limit { return nil }
            (beforeLast, last, row) = (last, row, beforeLast)
        }
        return last[b.count] <= limit ? last[b.count] : nil
    }
}

/// Readings of configuration values.
public enum ConfigValue {
    public static func list(_ value: String) -> [String] {
        value.split(separator: ",").map { $0.trimmed }.filter { !$0.isEmpty }
    }

    public static func bool(_ value: String) -> Bool { value.lowercased() == "true" }
}

extension StringProtocol {
    /// Without blanks at both ends.
    var trimmed: String {
        var view = self[...]
        while let first = view.first, first == " " || first == "\t" { view = view.dropFirst() }
        while let last = view.last, last == " " || last == "\t" { view = view.dropLast() }
        return String(view)
    }
}

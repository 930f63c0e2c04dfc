/// A configuration key of Kafka: type, default, valid values and how it can change.
package struct ConfigKey: Sendable {
    package enum Kind: String, Sendable {
        case boolean = "BOOLEAN"
        case int = "INT"
        case short = "SHORT"
        case long = "LONG"
        case double = "DOUBLE"
        case string = "STRING"
        case list = "LIST"
        case `class` = "CLASS"
        case password = "PASSWORD"
        /// Of keys that Kafka itself does not define; their values are never shown.
        case unknown = "UNKNOWN"

        /// The number in DescribeConfigs answers.
        package var code: Int8 {
            switch self {
            case .unknown: 0
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
    package enum Mutability: String, Sendable {
        case readOnly = "read-only"
        case perBroker = "per-broker"
        case clusterWide = "cluster-wide"
    }

    package var name: String
    package var kind: Kind
    /// nil: null; no default when the key is required.
    package var defaultValue: String?
    /// Kafka's notation of what is allowed.
    package var validValues: String
    /// For a broker's key; read-only otherwise.
    package var mutability: Mutability
    /// For a key of a topic or a group: the broker's keys that give its default, the first that is set wins.
    package var brokerKeys: [String]
    /// Listed only where it is set.
    package var isInternal: Bool

    /// A key that nobody here knows: perhaps of a plugin, perhaps misspelt.
    package static func foreign(_ name: String) -> ConfigKey {
        ConfigKey(
            name: name,
            kind: .unknown,
            defaultValue: nil,
            validValues: "",
            mutability: .readOnly,
            brokerKeys: [],
            isInternal: false
        )
    }

    package var isSensitive: Bool { kind == .password || kind == .unknown }

    /// The value as it is used and shown: blanks around it don't count, numbers and booleans can be written in several ways.
    package func normalized(_ value: String) -> String {
        let trimmed = value.trimmed
        switch kind {
        case .boolean: return trimmed.lowercased()
        case .int, .short, .long: return Int64(trimmed).map { String($0) } ?? trimmed
        case .list: return ConfigValue.parts(trimmed).joined(separator: ",")
        case .double, .string, .class, .password, .unknown: return trimmed
        }
    }

    /// Why `value` is not allowed; nil when it is.
    package func problem(with value: String) -> String? {
        let value = value.trimmed
        switch kind {
        case .boolean:
            return ["true", "false"].contains(value.lowercased()) ? nil : "it must be true or false"
        case .int: return integerProblem(value, Int64(Int32.min)...Int64(Int32.max))
        case .short: return integerProblem(value, Int64(Int16.min)...Int64(Int16.max))
        case .long: return integerProblem(value, Int64.min...Int64.max) ?? tieringProblem(value)
        case .double:
            // Swift reads hexadecimal numbers too.
            let isDecimal = value.utf8.allSatisfy { (48...57).contains($0) || "+-.eE".utf8.contains($0) }
            guard isDecimal, let number = Double(value), number.isFinite else { return "it must be a number" }
            return rangeProblem(number)
        case .list: return listProblem(ConfigValue.parts(value))
        case .string: return choiceProblem(value)
        case .class, .password, .unknown: return nil
        }
    }

    private func integerProblem(_ value: String, _ range: ClosedRange<Int64>) -> String? {
        guard let number = Int64(value), range.contains(number) else {
            return "it must be a whole number\(kind == .long ? "" : " of at most \(range.upperBound)")"
        }
        return rangeProblem(Double(number))
    }

    /// What else a node with tiered storage would keep on its own disks: without it, a log that loses its old records early has lost them.
    private static let localRetention: Set<String> = [
        "local.retention.bytes", "local.retention.ms", "log.local.retention.bytes", "log.local.retention.ms",
    ]

    private func tieringProblem(_ value: String) -> String? {
        guard Self.localRetention.contains(name), Int64(value) != -2 else { return nil }
        return
            "this version has no tiered storage, so that all of a log is local; it must be -2, which goes by \(name.replacing("local.", with: ""))"
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

    private func listProblem(_ items: [String]) -> String? {
        if items.contains("") { return "an item of the list is empty" }
        if validValues.hasPrefix("[partitionId]") { return ConfigValue.throttledReplicasProblem(items) }
        return items.lazy.compactMap { choiceProblem($0) }.first
    }

    private func choiceProblem(_ value: String) -> String? {
        if validValues.hasPrefix("non-empty"), value.isEmpty { return "it must not be empty" }
        let isCaseInsensitive = validValues.hasPrefix("(case insensitive)")
        guard let open = validValues.firstIndex(of: "["), validValues.hasSuffix("]"), !validValues.contains("..."),
            validValues.hasPrefix("[") || isCaseInsensitive
        else { return nil }
        let choices = validValues[validValues.index(after: open)...].dropLast().split(separator: ",").map { $0.trimmed }
        let isKnown = choices.contains { choice in
            if let colon = choice.firstIndex(of: ":") {
                // A word, and a duration after the colon.
                let word = choice[...colon]
                return value.hasPrefix(word) && ConfigValue.isDuration(value.dropFirst(word.count))
            }
            return isCaseInsensitive ? choice.lowercased() == value.lowercased() : choice == value
        }
        return isKnown ? nil : "it must be one of \(choices.joined(separator: ", "))"
    }
}

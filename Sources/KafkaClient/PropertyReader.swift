import KafkaConnection

/// Reads settings by their keys and collects what is wrong with them.
struct PropertyReader {
    var properties: ClientProperties
    var problems = ConfigurationProblems()

    init(_ properties: ClientProperties) { self.properties = properties }

    private mutating func read<Value>(
        _ key: String,
        into target: inout Value,
        expected: String,
        _ parse: (String) -> Value?
    ) {
        guard let text = properties[key] else { return }
        guard let value = parse(text) else {
            return problems.add("\(key) cannot be '\(text)': \(expected) is expected", of: key)
        }
        target = value
    }

    mutating func read(_ key: String, into target: inout Duration) {
        read(key, into: &target, expected: "a number of milliseconds, 0 or more") { text in
            Int64(text).flatMap { (0...Int64(Int32.max)).contains($0) ? .milliseconds($0) : nil }
        }
    }

    mutating func read<Number: FixedWidthInteger>(
        _ key: String,
        into target: inout Number,
        in range: ClosedRange<Number>
    ) {
        read(key, into: &target, expected: "a number from \(range.lowerBound) to \(range.upperBound)") { text in
            Number(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// Stays nil without the key.
    mutating func read<Number: FixedWidthInteger>(
        _ key: String,
        into target: inout Number?,
        in range: ClosedRange<Number>
    ) {
        var value = range.lowerBound
        guard properties[key] != nil else { return }
        read(key, into: &value, in: range)
        target = value
    }

    mutating func read(_ key: String, into target: inout Bool) {
        read(key, into: &target, expected: "true or false") { ["true": true, "false": false][$0.lowercased()] }
    }

    mutating func read(_ key: String, into target: inout String) {
        read(key, into: &target, expected: "a text") { $0 }
    }

    mutating func read(_ key: String, into target: inout String?) {
        read(key, into: &target, expected: "a text") { .some($0) }
    }

    mutating func read<Value>(
        _ key: String,
        into target: inout Value,
        among choices: KeyValuePairs<String, Value>
    ) {
        let names = choices.map(\.key).joined(separator: ", ")
        read(key, into: &target, expected: "one of \(names)") { text in
            choices.first { $0.key == text.lowercased() }?.value
        }
    }

    /// `earliest`, `latest`, `none`, or `by_duration:` with an ISO 8601 duration of days to seconds, such as `P1DT12H`.
    mutating func read(_ key: String, into target: inout ConsumerConfiguration.Reset) {
        read(key, into: &target, expected: "earliest, latest, none or by_duration:P1DT12H, say") { text in
            switch text.lowercased() {
            case "earliest": .earliest
            case "latest": .latest
            case "none": ConsumerConfiguration.Reset.none
            case let text where text.hasPrefix("by_duration:"):
                Self.duration(text.dropFirst(12)).map { .byDuration($0) }
            default: nil
            }
        }
    }

    private static func duration(_ text: Substring) -> Duration? {
        guard text.first == "p", text.count > 2 else { return nil }
        var seconds: Int64 = 0
        var units: [(Character, Int64)] = [("d", 86_400)]
        var digits = ""
        for character in text.dropFirst() {
            if character == "t", digits.isEmpty, units.first?.1 != 3600 {
                units = [("h", 3600), ("m", 60), ("s", 1)]
            } else if character.isASCII, character.isNumber {
                digits.append(character)
            } else {
                guard let unit = units.firstIndex(where: { $0.0 == character }), let number = Int64(digits),
                    number < Int64(Int32.max)
                else { return nil }
                seconds += number * units[unit].1
                units.removeSubrange(...unit)
                digits = ""
            }
        }
        return digits.isEmpty ? .seconds(seconds) : nil
    }

    /// Names of assignors, or of the classes that have them in Java.
    mutating func read(_ key: String, into target: inout [any PartitionAssignor]) {
        let expected = "a list of range, roundrobin, sticky and cooperative-sticky"
        read(key, into: &target, expected: expected) { text in
            var result: [any PartitionAssignor] = []
            for part in text.split(separator: ",") {
                let name = part.split(separator: ".").last.map { String($0.filter { !$0.isWhitespace }) } ?? ""
                switch name {
                case "range", "RangeAssignor": result.append(.range)
                case "roundrobin", "RoundRobinAssignor": result.append(.roundRobin)
                case "sticky", "StickyAssignor": result.append(.sticky)
                case "cooperative-sticky", "CooperativeStickyAssignor": result.append(.cooperativeSticky)
                default: return nil
                }
            }
            return result.isEmpty ? nil : result
        }
    }
}

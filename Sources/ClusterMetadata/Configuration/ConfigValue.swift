/// Readings of configuration values.
package enum ConfigValue {
    package static func list(_ value: String) -> [String] { parts(value.trimmed).filter { !$0.isEmpty } }

    /// All items of a list, empty ones too.
    static func parts(_ value: String) -> [String] {
        if value.isEmpty { return [] }
        return value.split(separator: ",", omittingEmptySubsequences: false).map { $0.trimmed }
    }

    package static func bool(_ value: String) -> Bool { value.trimmed.lowercased() == "true" }

    /// Replicas are written as partition:broker, all of a topic as a star.
    static func throttledReplicasProblem(_ items: [String]) -> String? {
        if items == ["*"] { return nil }
        let areValid = items.allSatisfy { item in
            let numbers = item.split(separator: ":", omittingEmptySubsequences: false)
            return numbers.count == 2 && numbers.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy(isDigit) }
        }
        return areValid ? nil : "it must be * or a list of partition:broker"
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }

    /// Whether a text is a duration of ISO 8601 in days, hours, minutes and seconds, as `P1DT2H3M4.5S`.
    static func isDuration(_ text: some StringProtocol) -> Bool {
        let text = text.uppercased()
        guard text.first == "P" else { return false }
        let halves = text.dropFirst().split(separator: "T", maxSplits: 1, omittingEmptySubsequences: false)
        let days = units(halves[0], of: "D")
        let times = halves.count == 2 ? units(halves[1], of: "HMS") : 0
        guard let days, let times else { return false }
        return halves.count == 2 ? times > 0 : days > 0
    }

    /// How many of the units stand in the text, each once and in order, with its number; nil if there is anything else.
    private static func units(_ text: Substring, of allowed: String) -> Int? {
        var open = allowed[...]
        var number = ""
        var count = 0
        for character in text {
            if let place = open.firstIndex(of: character) {
                let parts = number.split(separator: ".", omittingEmptySubsequences: false)
                guard parts.count == (character == "S" && number.contains(".") ? 2 : 1),
                    parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(isDigit) })
                else { return nil }
                open = open[open.index(after: place)...]
                number = ""
                count += 1
            } else {
                number.append(character)
            }
        }
        return number.isEmpty ? count : nil
    }
}

extension StringProtocol {
    /// Without blanks and control characters at both ends.
    var trimmed: String {
        let bytes = utf8
        var start: String.Index?
        var end = bytes.startIndex
        var index = bytes.startIndex
        while index != bytes.endIndex {
            let next = bytes.index(after: index)
            if bytes[index] > 32 {
                start = start ?? index
                end = next
            }
            index = next
        }
        guard let start else { return "" }
        return String(decoding: bytes[start..<end], as: UTF8.self)
    }
}

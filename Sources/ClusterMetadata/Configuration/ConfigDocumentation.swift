/// What configuration keys are for, in a sentence each. Read when it is first asked for: a node that nobody asks does without.
package enum ConfigDocumentation {
    private static let texts: [String: String] = {
        var result: [String: String] = [:]
        for line in table.split(separator: "\n") {
            guard let bar = line.firstRange(of: " | ") else { continue }
            result[line[..<bar.lowerBound].trimmed] = line[bar.upperBound...].trimmed
        }
        return result
    }()

    package static func text(of name: String) -> String? {
        texts[name] ?? ConfigCatalog.withoutListener(name).flatMap { texts[$0] }
    }
}

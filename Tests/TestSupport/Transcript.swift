import Foundation

/// A text file of commands and what they are expected to do:
///
///     # why this is looked at
///     command word name=value
///     ----
///     effect
///
/// An empty line ends a block. `OTTLA_REWRITE=1` writes what happens now into the file: read the difference like code.
package enum Transcript {
    package struct Command {
        package let line: String
        package let name: String
        /// Those behind the name that have no `name=`.
        package private(set) var words: [String] = []
        package private(set) var values: [String: String] = [:]

        package init(_ line: String) {
            self.line = line
            let parts = line.split(separator: " ").map(String.init)
            name = parts.first ?? ""
            for part in parts.dropFirst() {
                if let sign = part.firstIndex(of: "=") {
                    values[String(part[..<sign])] = String(part[part.index(after: sign)...])
                } else {
                    words.append(part)
                }
            }
        }

        package func word(_ index: Int) -> String { index < words.count ? words[index] : "" }
        package subscript(name: String) -> String? { values[name] }
        package func number<Number: FixedWidthInteger>(_ name: String, _ value: Number = 0) -> Number {
            values[name].flatMap { Number($0) } ?? value
        }
    }

    /// The transcripts of a test target: those in its folder `Transcripts` whose names begin with `prefix`, in the order of their names.
    ///
    /// - Parameter source: a file in the target's folder.
    package static func files(_ prefix: String = "", beside source: String = #filePath) -> [URL] {
        let folder = URL(fileURLWithPath: source).deletingLastPathComponent().appendingPathComponent("Transcripts")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0.hasSuffix(".txt") && $0.hasPrefix(prefix) }.sorted()
            .map { folder.appendingPathComponent($0) }
    }

    /// Runs the commands of a file in turn.
    ///
    /// - Returns: where what they do differs from what is expected; nil when it does not.
    package static func difference(_ file: URL, _ run: (Command) throws -> [String]) throws -> String? {
        let expected = try String(contentsOf: file, encoding: .utf8)
        var blocks: [String] = []
        for block in expected.components(separatedBy: "\n\n") {
            let lines = block.components(separatedBy: "\n").prefix { $0 != "----" }.filter { !$0.isEmpty }
            let commands = lines.filter { !$0.hasPrefix("#") }
            if commands.isEmpty {
                if !lines.isEmpty { blocks.append(lines.joined(separator: "\n")) }
                continue
            }
            let effects = try commands.flatMap { try run(Command($0)) }
            blocks.append((lines + ["----"] + (effects.isEmpty ? ["nothing"] : effects)).joined(separator: "\n"))
        }
        let found = blocks.joined(separator: "\n\n") + "\n"
        if found == expected { return nil }
        if ProcessInfo.processInfo.environment["OTTLA_REWRITE"] == "1" {
            try found.write(to: file, atomically: true, encoding: .utf8)
            return nil
        }
        let (new, old) = (found.components(separatedBy: "\n"), expected.components(separatedBy: "\n"))
        let line = zip(new, old).prefix { $0 == $1 }.count
        return "\(file.lastPathComponent):\(line + 1): expected \(old.dropFirst(line).prefix(3)),"
            + " got \(new.dropFirst(line).prefix(3))"
    }
}

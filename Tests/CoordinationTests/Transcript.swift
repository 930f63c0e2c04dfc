import Foundation
import Testing

/// A text file of commands and what they are expected to do:
///
///     # why this is looked at
///     command argument name=value
///     ----
///     effect
///
/// `OTTLA_REWRITE=1` writes what happens now into the file: read the difference like code.
struct Transcript {
    struct Command {
        var name: String
        /// Without `name=`.
        var words: [String]
        private var named: [String: String]

        init(_ line: String) {
            var words = line.split(separator: " ").map(String.init)
            name = words.isEmpty ? "" : words.removeFirst()
            named = [:]
            self.words = []
            for word in words {
                if let sign = word.firstIndex(of: "=") {
                    named[String(word[..<sign])] = String(word[word.index(after: sign)...])
                } else {
                    self.words.append(word)
                }
            }
        }

        subscript(name: String) -> String? { named[name] }
        func int<Number: FixedWidthInteger>(_ name: String, default value: Number = 0) -> Number {
            named[name].flatMap { Number($0) } ?? value
        }
    }

    static var all: [URL] {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Transcripts")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0.hasSuffix(".txt") }.sorted().map { folder.appendingPathComponent($0) }
    }

    /// Runs all transcripts whose names begin with `prefix`, each from a fresh `makeRun()`.
    static func check(_ prefix: String, _ makeRun: () -> (Command) -> [String]) throws {
        let files = all.filter { $0.lastPathComponent.hasPrefix(prefix) }
        try #require(!files.isEmpty)
        for file in files {
            let text = try String(contentsOf: file, encoding: .utf8)
            let result = replay(text, makeRun())
            if result == text { continue }
            if ProcessInfo.processInfo.environment["OTTLA_REWRITE"] == "1" {
                try result.write(to: file, atomically: true, encoding: .utf8)
            } else {
                let (is_, was) = (result.components(separatedBy: "\n"), text.components(separatedBy: "\n"))
                let line = zip(is_, was).prefix { $0 == $1 }.count
                Issue.record(
                    "\(file.lastPathComponent):\(line + 1): expected \(was[line...].prefix(3)), got \(is_[line...].prefix(3))"
                )
            }
        }
    }

    private static func replay(_ text: String, _ run: (Command) -> [String]) -> String {
        var result: [String] = []
        for block in text.components(separatedBy: "\n\n") {
            let lines = block.split(separator: "\n").map(String.init)
            let commands = lines.prefix { $0 != "----" }
            result.append(commands.joined(separator: "\n"))
            let active = commands.filter { !$0.hasPrefix("#") }
            guard !active.isEmpty else { continue }
            let effects = active.flatMap { run(Command($0)) }
            result[result.count - 1] += "\n----\n" + (effects.isEmpty ? "nothing" : effects.joined(separator: "\n"))
        }
        return result.joined(separator: "\n\n") + "\n"
    }
}

import Foundation
import Testing

/// A text file of commands and what they are expected to do:
///
///     # why this is looked at
///     command word name=value
///     ----
///     effect
///
/// `OTTLA_REWRITE=1` writes what happens now into the file: read the difference like code.
struct Transcript {
    struct Command {
        var name: String
        var words: [String] = []
        var values: [String: String] = [:]

        init(_ line: String) {
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

        func word(_ index: Int) -> String { index < words.count ? words[index] : "" }

        func number<Number: FixedWidthInteger>(_ name: String, _ value: Number) -> Number {
            values[name].flatMap { Number($0) } ?? value
        }
    }

    static var files: [URL] {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Transcripts")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0.hasSuffix(".txt") }.sorted().map { folder.appendingPathComponent($0) }
    }

    static func check(_ file: URL, _ run: (Command) throws -> [String]) throws {
        let expected = try String(contentsOf: file, encoding: .utf8)
        var blocks: [String] = []
        for block in expected.components(separatedBy: "\n\n") {
            let lines = block.components(separatedBy: "\n").prefix { $0 != "----" }.filter { !$0.isEmpty }
            let effects = try lines.filter { !$0.hasPrefix("#") }.flatMap { try run(Command($0)) }
            blocks.append((lines + ["----"] + (effects.isEmpty ? ["nothing"] : effects)).joined(separator: "\n"))
        }
        let found = blocks.joined(separator: "\n\n") + "\n"
        if found == expected { return }
        if ProcessInfo.processInfo.environment["OTTLA_REWRITE"] == "1" {
            return try found.write(to: file, atomically: true, encoding: .utf8)
        }
        let (new, old) = (found.components(separatedBy: "\n"), expected.components(separatedBy: "\n"))
        let line = zip(new, old).prefix { $0 == $1 }.count
        Issue.record(
            "\(file.lastPathComponent):\(line + 1): expected \(old.dropFirst(line).prefix(3)), got \(new.dropFirst(line).prefix(3))"
        )
    }
}

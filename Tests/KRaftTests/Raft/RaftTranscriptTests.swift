import Foundation
import Testing

@testable import KRaft

/// Commands and their effects, in text files. `RAFT_REWRITE=1` writes what happens now into the files: review the difference.
struct RaftTranscriptTests {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Transcripts")

    static func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).filter {
            $0.hasSuffix(".txt") && $0 != "README.txt"
        }.sorted()
    }

    @Test func replicaDoesWhatTheTranscriptsSay() throws {
        let rewrites = ProcessInfo.processInfo.environment["RAFT_REWRITE"] != nil
        let names = try Self.names()
        #expect(names.count >= 8)
        for name in names {
            let file = Self.folder.appendingPathComponent(name)
            let expected = try String(contentsOf: file, encoding: .utf8)
            let found = try play(expected, name)
            if rewrites {
                try found.write(to: file, atomically: true, encoding: .utf8)
            } else {
                #expect(found == expected, "\(name)")
            }
        }
    }

    /// The text with the effects of its commands.
    private func play(_ text: String, _ name: String) throws -> String {
        var transcript = RaftTranscript()
        var result: [String] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
            if line.hasPrefix("  ") { continue }
            result.append(line)
            guard line.hasPrefix("> ") else { continue }
            do {
                result += try transcript.perform(String(line.dropFirst(2))).map { "  " + $0 }
            } catch {
                Issue.record("\(name): \(line): \(error)")
            }
        }
        return result.joined(separator: "\n")
    }
}

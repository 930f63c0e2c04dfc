import Foundation
import Testing

/// Rules that a machine can check: who may import whom, what may not be called, how large files may be.
struct TidyTests {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    struct Source {
        var path: String
        var target: String
        var lines: [String]
    }

    static func sources() throws -> [Source] {
        let folder = root.appendingPathComponent("Sources")
        return try FileManager.default.subpathsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".swift") }
            .sorted().map { path in
                let text = try String(contentsOf: folder.appendingPathComponent(path), encoding: .utf8)
                return Source(
                    path: path,
                    target: String(path.split(separator: "/")[0]),
                    lines: text.components(separatedBy: "\n")
                )
            }
    }

    /// The layers of ARCHITECTURE.md: imports point downwards only.
    static let allowed: [String: Set<String>] = [
        "KafkaProtocol": [],
        "KafkaRecords": ["KafkaProtocol", "CPlatform", "CZlib", "CSnappy", "CLZ4", "CZstd"],
        "LogStorage": ["KafkaProtocol", "KafkaRecords", "CPlatform"],
        "Coordination": ["KafkaProtocol"],
        "Replication": ["KafkaProtocol"],
        "KRaft": ["KafkaProtocol", "KafkaRecords", "LogStorage"],
        "ClusterMetadata": ["KafkaProtocol", "KafkaRecords"],
        "Broker": [
            "KafkaProtocol", "KafkaRecords", "LogStorage", "Coordination", "Replication", "KRaft", "ClusterMetadata",
            "CPlatform",
        ],
        "KafkaClient": ["KafkaProtocol", "KafkaRecords", "COpenSSL"],
        "ottla": ["Broker", "KafkaClient", "KafkaProtocol", "KafkaRecords", "LogStorage", "CPlatform"],
    ]

    @Test func importsPointDownwards() throws {
        let ours = Set(Self.allowed.keys).union(["CPlatform", "COpenSSL", "CZlib", "CSnappy", "CLZ4", "CZstd"])
        for source in try Self.sources() {
            let rules = try #require(Self.allowed[source.target], "\(source.target) is not in the table")
            for line in source.lines where line.hasPrefix("import ") {
                let module = String(line.dropFirst("import ".count))
                if ours.contains(module) { #expect(rules.contains(module), "\(source.path) imports \(module)") }
                #expect(module != "Foundation", "\(source.path): Foundation costs start-up time and memory")
            }
        }
    }

    @Test func stateMachinesDoNoInputOrOutput() throws {
        for source in try Self.sources()
        where ["Coordination", "Replication", "ClusterMetadata"].contains(source.target) {
            for word in ["Clock", "SystemRandomNumberGenerator", "Task {", "Mutex", "import Glibc", "import NIOPosix"] {
                #expect(
                    !source.lines.contains { $0.contains(word) && !$0.contains("//") },
                    "\(source.path) uses \(word)"
                )
            }
        }
    }

    @Test func whatMayTrapOrPrintIsNotUsed() throws {
        let banned = [
            "try!", "fatalError(", "print(", "@unchecked Sendable", "nonisolated(unsafe)", "TODO", "FIXME", " Task {",
            "Task.detached",
            // Sets another option, of the wrong level: one that only root may set.
            "socketOption(.tcp_",
        ]
        for source in try Self.sources() where !source.path.contains("Generated/") {
            for (number, line) in source.lines.enumerated() {
                // `LogDump` hands its lines to a closure of that name.
                if source.path.hasSuffix("LogDump.swift"), line.contains("print(") { continue }
                for word in banned where line.contains(word) && !line.contains("\"\(word)") {
                    Issue.record("Sources/\(source.path):\(number + 1) uses \(word)")
                }
            }
        }
    }

    @Test func filesCanBeReadInOneSitting() throws {
        for source in try Self.sources()
        where !source.path.contains("Generated/") && !source.path.hasSuffix("ConfigTable.swift") {
            #expect(source.lines.count <= 620, "\(source.path) has \(source.lines.count) lines")
        }
    }

    @Test func everyServedApiHasItsFile() throws {
        let handlers = try FileManager.default.contentsOfDirectory(
            atPath: Self.root.appendingPathComponent("Sources/Broker/Handlers").path
        )
        let text = try String(
            contentsOf: Self.root.appendingPathComponent("Sources/Broker/Handlers/Apis.swift"),
            encoding: .utf8
        )
        let served = text.matches(of: /(\w+)Handler\.api/).map { String($0.1) }
        #expect(served.count == 36)
        for name in served { #expect(handlers.contains { $0.hasSuffix("_\(name).swift") }, "\(name)") }
    }

    @Test func documentsHaveOneTitleAndNoDeadLinks() throws {
        let names =
            ["README.md", "ARCHITECTURE.md", "CHANGELOG.md"]
            + (try FileManager.default.subpathsOfDirectory(atPath: Self.root.appendingPathComponent("docs").path).filter
            { $0.hasSuffix(".md") }.map { "docs/\($0)" })
        for name in names {
            let file = Self.root.appendingPathComponent(name)
            let text = try String(contentsOf: file, encoding: .utf8)
            #expect(text.hasPrefix("# "), "\(name)")
            for match in text.matches(of: /\]\(([^)#:]+)\)/) {
                let target = file.deletingLastPathComponent().appendingPathComponent(String(match.1))
                #expect(FileManager.default.fileExists(atPath: target.path), "\(name) links to \(match.1)")
            }
        }
    }
}

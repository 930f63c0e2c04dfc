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

    static func sources(_ name: String = "Sources") throws -> [Source] {
        let folder = root.appendingPathComponent(name)
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
        "World": ["KafkaProtocol", "CPlatform"],
        "KafkaRecords": ["KafkaProtocol", "CPlatform", "CZlib", "CSnappy", "CLZ4", "CZstd"],
        "Patterns": [],
        "LogStorage": ["World", "KafkaProtocol", "KafkaRecords", "CPlatform"],
        "Coordination": ["KafkaProtocol"],
        "Replication": ["KafkaProtocol"],
        "KRaft": ["World", "KafkaProtocol", "KafkaRecords", "LogStorage"],
        "ClusterMetadata": ["KafkaProtocol", "KafkaRecords"],
        "Broker": [
            "World", "KafkaProtocol", "KafkaRecords", "LogStorage", "Coordination", "Replication", "KRaft",
            "ClusterMetadata", "KafkaConnection", "QuorumNetwork", "Patterns",
            "CPlatform",
        ],
        "KafkaConnection": ["World", "KafkaProtocol", "KafkaRecords", "COpenSSL"],
        "QuorumNetwork": ["KRaft", "KafkaConnection", "KafkaProtocol"],
        "KafkaClient": ["World", "KafkaConnection", "KafkaProtocol", "KafkaRecords"],
        "Simulation": [
            "World", "Broker", "ClusterMetadata", "Coordination", "KRaft", "Replication", "KafkaClient",
            "KafkaProtocol",
            "KafkaRecords",
        ],
        "ottla-sim": ["Simulation", "CTripwire"],
        "ottla": [
            "Broker", "ClusterMetadata", "KafkaClient", "KafkaProtocol", "KafkaRecords", "LogStorage", "World",
            "CPlatform", "CProcess",
        ],
    ]

    @Test func importsPointDownwards() throws {
        let ours = Set(Self.allowed.keys).union([
            "CPlatform", "CProcess", "CTripwire", "COpenSSL", "CZlib", "CSnappy", "CLZ4", "CZstd",
        ])
        for source in try Self.sources() {
            let rules = try #require(Self.allowed[source.target], "\(source.target) is not in the table")
            for line in source.lines {
                guard let word = line.firstRange(of: #/^(@_spi\(\w+\) )?import /#) else { continue }
                let module = String(line[word.upperBound...])
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

    /// The client's engines, and what they are made of: they decide, and others do the IO.
    static let engines: Set<String> = [
        "KafkaClient/Cluster/ClusterDescription.swift", "KafkaClient/Cluster/ClusterDirectory.swift",
        "KafkaClient/Cluster/ControllerRequests.swift", "KafkaClient/Cluster/CoordinatorLookup.swift",
        "KafkaClient/Cluster/Metadata.swift",
        "KafkaClient/Cluster/MetadataMessages.swift", "KafkaClient/Cluster/RequestTarget.swift",
        "KafkaClient/Cluster/RetrySchedule.swift", "KafkaClient/Cluster/TopicMap.swift",
        "KafkaClient/Consumer/ConsumerFetchSession.swift", "KafkaClient/Consumer/FetchEngine.swift",
        "KafkaClient/Consumer/FetchedPartition.swift", "KafkaClient/Group/GroupMembership.swift",
        "KafkaClient/Group/GroupMessages.swift", "KafkaClient/Group/PartitionAssignor.swift",
        "KafkaClient/Group/StickyAssignor.swift", "KafkaClient/Producer/Partitioner.swift",
        "KafkaClient/Producer/ProducerEngine.swift", "KafkaClient/Producer/TransactionState.swift",
        "KafkaConnection/ApiVersionTable.swift", "KafkaConnection/OutgoingRequest.swift",
        "KafkaConnection/ReconnectBackoff.swift", "KafkaConnection/ResponseBufferPool.swift",
        "KafkaConnection/Security/SASLExchange.swift", "KafkaConnection/Security/ScramExchange.swift",
    ]

    @Test func theClientsEnginesDoNoInputOrOutput() throws {
        // NIOCore for `ByteBuffer`, KafkaConnection for `KafkaError`.
        let modules: Set<String> = ["KafkaProtocol", "KafkaRecords", "KafkaConnection", "NIOCore", "DequeModule"]
        let banned = [
            "EventLoop", "Channel", "BrokerConnection", "ConnectionPool", "ClusterClient", "MetadataCache", "World",
            "Network", "Logger", "Mutex", "Atomic", "await ", "Task", "Continuation", "NIODeadline", "Clock",
        ]
        var seen: Set<String> = []
        for source in try Self.sources() where ["KafkaClient", "KafkaConnection"].contains(source.target) {
            let claims = source.lines.contains { $0.contains("///") && $0.contains("ithout IO") }
            guard Self.engines.contains(source.path) else {
                #expect(!claims, "\(source.path) says that it is without IO: add it to the table")
                continue
            }
            seen.insert(source.path)
            for (number, line) in source.lines.enumerated() where !line.contains("//") {
                let place = "Sources/\(source.path):\(number + 1)"
                if line.hasPrefix("import ") {
                    let module = String(line.dropFirst("import ".count))
                    #expect(modules.contains(module), "\(place) imports \(module)")
                }
                for word in banned where line.contains(word) { Issue.record("\(place) uses \(word)") }
            }
        }
        #expect(seen == Self.engines, "a file of the table is not there")
    }

    /// The Raft replica knows neither files nor the world; what is around it in its target does.
    @Test func theRaftReplicaIsPure() throws {
        for source in try Self.sources() where source.path.hasPrefix("KRaft/Raft/") {
            for word in ["import World", "import LogStorage", "import Synchronization", "Mutex", "WallTime"] {
                #expect(!source.lines.contains { $0.contains(word) }, "\(source.path): \(word)")
            }
        }
    }

    /// At least 1.2 lines of test for a line of code where decisions are made, transcripts counted, tables and generated files not.
    @Test(arguments: ["Coordination", "Replication", "KRaft", "ClusterMetadata"])
    func whatDecidesIsTested(_ target: String) throws {
        let code = try Self.sources().filter { source in
            source.target == target && !source.path.contains("Generated/")
                && !source.path.hasSuffix("/ConfigTable.swift")
                && !source.path.hasSuffix("/ConfigDocumentationTable.swift")
        }.reduce(0) { $0 + $1.lines.count }
        let folder = Self.root.appendingPathComponent("Tests/\(target)Tests")
        let tests = try FileManager.default.subpathsOfDirectory(atPath: folder.path).filter { path in
            path.hasSuffix(".swift") || path.hasPrefix("Transcripts/") && path.hasSuffix(".txt")
        }.reduce(0) { count, path in
            let text = try String(contentsOf: folder.appendingPathComponent(path), encoding: .utf8)
            return count + text.components(separatedBy: "\n").count
        }
        let ratio = Double(tests) / Double(code)
        #expect(ratio >= 1.2, "\(tests) lines of test for \(code) of code: \(ratio)")
    }

    /// What belongs to the environment comes from `World`, so that everything also runs in a simulated one.
    @Test func theEnvironmentComesFromTheWorld() throws {
        let targets: Set<String> = [
            "Broker", "KRaft", "Coordination", "Replication", "LogStorage", "ClusterMetadata", "KafkaConnection",
            "QuorumNetwork",
            "KafkaClient",
        ]
        let banned = [
            // Time.
            "ContinuousClock", "SuspendingClock", "clock_gettime", "ottla_monotonic_nanos", "ottla_wall_millis",
            "NIODeadline.now", "Task.sleep", "usleep", "nanosleep", "gettimeofday",
            // Randomness.
            "SystemRandomNumberGenerator", "arc4random", "UUID()", "getrandom(", ".shuffled()", ".randomElement()",
            // Threads and tasks.
            "NIOThreadPool", "pthread_create", "DispatchQueue", "DispatchSemaphore", " Task {", " Task(",
            "Task.detached", "Task.immediate",
            // Connections.
            "MultiThreadedEventLoopGroup", "ServerBootstrap", "ClientBootstrap", "DatagramBootstrap", "getaddrinfo",
            "gethostname", "Glibc.socket(",
            // An order that changes from run to run.
            "[ObjectIdentifier:", "Set<ObjectIdentifier>",
        ]
        for source in try Self.sources() where targets.contains(source.target) {
            let text = source.lines.joined(separator: "\n")
            let suspects = banned.filter { text.contains($0) }
            if suspects.isEmpty, !text.contains(".random(in:") { continue }
            for (number, line) in source.lines.enumerated() where !line.contains("///") {
                // The defaults of the public interface.
                if source.target == "KafkaClient",
                    line.hasPrefix("        eventLoopGroup: any EventLoopGroup =")
                        || line.contains("random: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()")
                {
                    continue
                }
                for word in suspects where line.contains(word) {
                    Issue.record("Sources/\(source.path):\(number + 1) uses \(word); take it from the world")
                }
                let draws = line.contains(".random(in:") && !line.contains("using:")
                #expect(!draws, "Sources/\(source.path):\(number + 1) draws without a generator")
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
                // There is one thread, and NIO and tasks want what they are given to be Sendable; why it may be, the line before says.
                let isAlone = source.target == "Simulation" && number > 0
                let isExplained = isAlone && source.lines[number - 1].contains("/// Sendable: ")
                for word in banned where line.contains(word) && !line.contains("\"\(word)") {
                    if isExplained, word == "@unchecked Sendable" { continue }
                    Issue.record("Sources/\(source.path):\(number + 1) uses \(word)")
                }
            }
        }
    }

    @Test func filesAndFunctionsCanBeReadInOneSitting() throws {
        let tests = try Self.sources("Tests")
        for source in try Self.sources() + tests where !source.path.contains("Generated/") {
            let limit = Self.longFiles[source.path] ?? 480
            #expect(source.lines.count <= limit, "\(source.path) has \(source.lines.count) lines")
        }
        for source in try Self.sources() where !source.path.contains("Generated/") {
            for function in Self.functions(source.lines) where function.count > 70 {
                Issue.record("Sources/\(source.path):\(function.line) has \(function.count) lines")
            }
        }
    }

    /// Files that are still longer than others may be.
    private static let longFiles = ["KafkaClientTests/LiveTests.swift": 560]

    /// Where functions and initialisers begin, and how many lines they have. The format puts their last brace below their first word.
    static func functions(_ lines: [String]) -> [(line: Int, count: Int)] {
        var found: [(line: Int, count: Int)] = []
        for (index, line) in lines.enumerated() {
            let words = line.split(whereSeparator: { $0 == " " || $0 == "(" || $0 == "<" || $0 == "?" })
            guard let keyword = words.first(where: { !Self.modifiers.contains($0) && !$0.hasPrefix("@") }),
                keyword == "func" || keyword == "init"
            else { continue }
            let indent = String(line.prefix { $0 == " " })
            guard let end = lines[index...].firstIndex(of: indent + "}") else { continue }
            // In a protocol there is no body: what ends there is something else.
            let isDeclared = lines[index..<end].dropFirst().contains {
                $0.hasPrefix(indent) && Self.isDeclaration($0, indent)
            }
            if !isDeclared { found.append((index + 1, end - index + 1)) }
        }
        return found
    }

    private static let modifiers: Set<Substring> = [
        "package", "public", "private", "fileprivate", "static", "mutating", "override", "final", "nonisolated",
        "convenience", "required",
    ]

    private static func isDeclaration(_ line: String, _ indent: String) -> Bool {
        let rest = line.dropFirst(indent.count)
        return rest.first.map { $0.isLetter || $0 == "/" || $0 == "@" } ?? false
    }

    @Test func functionsAreMeasured() {
        let text = """
            struct S {
                func one() { print() }

                private static func two(
                    _ a: Int
                ) -> Int {
                    if a > 0 {
                        return 1
                    }
                    return 2
                }
            }
            """
        let found = Self.functions(text.components(separatedBy: "\n"))
        #expect(found.map(\.line) == [4] && found.map(\.count) == [8])
    }

    @Test func everyServedApiHasItsFile() throws {
        let handlers = try FileManager.default.contentsOfDirectory(
            atPath: Self.root.appendingPathComponent("Sources/Broker/Handlers").path
        )
        let text = try String(
            contentsOf: Self.root.appendingPathComponent("Sources/Broker/Handlers/Apis.swift"),
            encoding: .utf8
        )
        let served = text.matches(of: /(\w+)Handler\(/).map { String($0.1) }
        #expect(served.count == 51)
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

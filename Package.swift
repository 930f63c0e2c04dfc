// swift-tools-version: 6.2
import PackageDescription

// One set of rules for every target: Swift 6 language mode, warnings are errors.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .enableExperimentalFeature("Lifetimes"),
]

let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioEmbedded: Target.Dependency = .product(name: "NIOEmbedded", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let metrics: Target.Dependency = .product(name: "CoreMetrics", package: "swift-metrics")
let deque: Target.Dependency = .product(name: "DequeModule", package: "swift-collections")
let heap: Target.Dependency = .product(name: "HeapModule", package: "swift-collections")
let hashTrees: Target.Dependency = .product(name: "HashTreeCollections", package: "swift-collections")
let ordered: Target.Dependency = .product(name: "OrderedCollections", package: "swift-collections")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let metricsTests: Target.Dependency = .product(name: "MetricsTestKit", package: "swift-metrics")
let instrumentation: Target.Dependency = .product(name: "Instrumentation", package: "swift-distributed-tracing")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

/// The modules that `make fuzz` wants instrumented: only those, because each counter of the others costs every execution time.
let fuzzed = Context.environment["OTTLA_FUZZ"]?.split(separator: ",").map(String.init) ?? []

func layer(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    let coverage: [SwiftSetting] = fuzzed.contains(name) ? [.unsafeFlags(["-sanitize=fuzzer"])] : []
    return .target(name: name, dependencies: dependencies, swiftSettings: settings + coverage)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude excluded: [String] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, exclude: excluded, swiftSettings: settings)
}

let package = Package(
    name: "ottla",
    products: [
        .executable(name: "ottla", targets: ["ottla"]),
        .executable(name: "ottla-sim", targets: ["ottla-sim"]),
        .library(name: "KafkaClient", targets: ["KafkaClient"]),
        .library(name: "KafkaProtocol", targets: ["KafkaProtocol"]),
        // For the package in Fuzz only.
        .library(name: "FuzzTargets", targets: ["FuzzTargets"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.7.3"),
    ],
    targets: [
        // C shims and system libraries.
        .target(name: "CPlatform", cSettings: [.unsafeFlags(["-O2"])]),
        .target(name: "CProcess"),
        .target(name: "CTripwire"),
        .target(name: "COpenSSL"),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CSnappy", providers: [.apt(["libsnappy-dev"])]),
        .systemLibrary(name: "CLZ4", pkgConfig: "liblz4", providers: [.apt(["liblz4-dev"])]),
        .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),

        // The environment: time, randomness, files, connections, other threads.
        layer("World", ["KafkaProtocol", "CPlatform", nioCore, nioPosix]),

        // Formats: no IO, no clock, no thread.
        layer("KafkaProtocol", [nioCore]),
        layer("KafkaRecords", ["KafkaProtocol", "CPlatform", "CZlib", "CSnappy", "CLZ4", "CZstd", nioCore]),

        // Regular expressions that take linear time.
        layer("Patterns", []),

        // One partition's log on disk, through the FileSystem seam.
        layer("LogStorage", ["World", "KafkaProtocol", "KafkaRecords", "CPlatform", nioCore]),

        // State machines: no socket, no file, no clock, no thread.
        layer("Coordination", ["KafkaProtocol", deque, heap, nioCore]),
        layer("Replication", ["KafkaProtocol", deque, ordered]),
        layer("KRaft", ["World", "KafkaProtocol", "KafkaRecords", "LogStorage", nioCore]),
        layer("ClusterMetadata", ["KafkaProtocol", "KafkaRecords", hashTrees, nioCore]),

        // The IO shell: sockets, files, timers, threads, metrics.
        layer(
            "Broker",
            [
                "World", "KafkaProtocol", "KafkaRecords", "LogStorage", "Coordination", "Replication", "KRaft",
                "ClusterMetadata", "KafkaConnection", "QuorumNetwork", "Patterns", "CPlatform", nioCore, logging,
                metrics,
                deque,
            ]
        ),

        // Connections to brokers and controllers.
        layer(
            "KafkaConnection",
            ["World", "KafkaProtocol", "KafkaRecords", "COpenSSL", nioCore, nioPosix, nioSSL, deque]
        ),

        // The quorum's connections to other controllers.
        layer("QuorumNetwork", ["KRaft", "KafkaConnection", "KafkaProtocol", nioCore]),

        // Producer, consumer and admin for any Kafka cluster.
        layer(
            "KafkaClient",
            [
                "World", "KafkaConnection", "KafkaProtocol", "KafkaRecords", nioCore, nioPosix, logging, deque,
                lifecycle, metrics, instrumentation,
            ]
        ),

        .executableTarget(
            name: "ottla",
            dependencies: [
                "Broker", "ClusterMetadata", "KafkaClient", "KafkaProtocol", "KafkaRecords", "LogStorage", "World",
                "CPlatform", "CProcess",
                nioCore,
                nioPosix, logging, metrics, arguments, unixSignals,
            ],
            swiftSettings: settings
        ),

        // Whole nodes and clients on a virtual world.
        layer(
            "Simulation",
            [
                "World", "KafkaProtocol", "KafkaRecords", "Replication", "Coordination", "KRaft", "ClusterMetadata",
                "Broker",
                "KafkaClient", deque, logging, nioCore,
            ]
        ),
        .executableTarget(
            name: "ottla-sim",
            dependencies: ["Simulation", "CTripwire"],
            swiftSettings: settings
        ),

        .executableTarget(
            name: "bank",
            dependencies: ["KafkaClient", nioCore],
            path: "Examples/Bank",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "micro",
            dependencies: ["ClusterMetadata", "KafkaProtocol", "KafkaRecords", "LogStorage", "World", nioCore],
            path: "Bench/Micro",
            swiftSettings: settings
        ),
        .target(
            name: "FuzzTargets",
            dependencies: [
                "Broker", "ClusterMetadata", "Coordination", "KRaft", "KafkaProtocol", "KafkaRecords", "LogStorage",
                "World", nioCore,
            ],
            path: "Fuzz/Targets",
            swiftSettings: settings
        ),
        tests("FuzzReplayTests", ["FuzzTargets", "KafkaRecords", nioCore]),
        .target(
            name: "TestSupport",
            path: "Tests/TestSupport",
            exclude: ["Certificates"],
            swiftSettings: settings
        ),
        tests("KafkaProtocolTests", ["TestSupport", "KafkaProtocol", "KafkaRecords", nioCore], exclude: ["Fixtures"]),
        tests("KafkaRecordsTests", ["KafkaRecords", "KafkaProtocol", "CPlatform", nioCore]),
        tests(
            "LogStorageTests",
            ["TestSupport", "World", "LogStorage", "KafkaRecords", "KafkaProtocol", nioCore],
            exclude: ["Fixtures"]
        ),
        tests(
            "CoordinationTests",
            ["TestSupport", "Coordination", "KafkaProtocol", deque, nioCore],
            exclude: ["Transcripts"]
        ),
        tests("ReplicationTests", ["TestSupport", "Replication", "KafkaProtocol"], exclude: ["Transcripts"]),
        tests(
            "KRaftTests",
            ["TestSupport", "World", "KRaft", "LogStorage", "KafkaRecords", "KafkaProtocol", nioCore],
            exclude: ["Recordings", "Transcripts"]
        ),
        tests(
            "QuorumNetworkTests",
            ["World", "QuorumNetwork", "KRaft", "KafkaConnection", "LogStorage", "KafkaProtocol", nioCore]
        ),
        tests(
            "ClusterMetadataTests",
            ["TestSupport", "ClusterMetadata", "KafkaProtocol", nioCore],
            exclude: ["Recordings", "Transcripts"]
        ),
        tests(
            "BrokerTests",
            [
                "TestSupport", "World", "Broker", "ClusterMetadata", "Coordination", "Replication", "KRaft",
                "LogStorage",
                "KafkaRecords", "KafkaProtocol",
                nioCore, nioEmbedded, logging,
            ],
            exclude: ["Fixtures"]
        ),
        tests(
            "KafkaConnectionTests",
            [
                "TestSupport", "World", "KafkaConnection", "KafkaRecords", "KafkaProtocol", nioCore, nioEmbedded,
                nioPosix, nioSSL,
            ]
        ),
        tests(
            "KafkaClientTests",
            [
                "TestSupport", "World", "KafkaClient", "KafkaConnection", "Broker", "Coordination", "Replication",
                "KafkaRecords", "KafkaProtocol",
                deque, lifecycle, logging, metrics, metricsTests, instrumentation, nioCore, nioEmbedded, nioPosix,
                nioSSL,
            ]
        ),
        tests("CommandTests", ["TestSupport", "ottla", "KafkaClient", "KafkaProtocol", "KafkaRecords", nioCore]),
        tests("PatternsTests", ["Patterns"]),
        tests("WorldTests", ["World", "KafkaProtocol", nioCore]),
        tests(
            "SimulationTests",
            [
                "Simulation", "Broker", "ClusterMetadata", "Coordination", "KRaft", "Replication", "KafkaProtocol",
                "World",
                nioCore,
            ]
        ),
        tests("TidyTests", []),
    ]
)

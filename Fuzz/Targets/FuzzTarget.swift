import KafkaProtocol
import KafkaRecords
import NIOCore

/// A decoder under arbitrary bytes. A run must end, without a trap, and hold what the target asserts.
///
/// The same targets are run by libFuzzer (`make fuzz`) and, over the kept corpus, by the unit tests.
public struct FuzzTarget: Sendable {
    public let name: String
    public let run: @Sendable (ByteBuffer) -> Void

    public static let all: [FuzzTarget] = [
        FuzzTarget(name: "requests") { Messages.run($0, kinds: [.request, .header]) },
        FuzzTarget(name: "responses") { Messages.run($0, kinds: [.response]) },
        FuzzTarget(name: "records") {
            Messages.run($0, kinds: [.data, .metadata, .coordinatorKey, .coordinatorValue])
        },
        FuzzTarget(name: "metadata", run: MetadataReplay.run),
        FuzzTarget(name: "coordinator", run: CoordinatorReplay.run),
        FuzzTarget(name: "batches", run: Batches.run),
        FuzzTarget(name: "gzip") { Codecs.run($0, .gzip) },
        FuzzTarget(name: "snappy") { Codecs.run($0, .snappy) },
        FuzzTarget(name: "lz4") { Codecs.run($0, .lz4) },
        FuzzTarget(name: "zstd") { Codecs.run($0, .zstd) },
        FuzzTarget(name: "legacy", run: Legacy.run),
        FuzzTarget(name: "dumps", run: Dumps.run),
        FuzzTarget(name: "directories", run: Directories.run),
        FuzzTarget(name: "snapshots", run: Snapshots.run),
        FuzzTarget(name: "texts", run: Texts.run),
        FuzzTarget(name: "configs", run: Configs.run),
    ]

    public static func named(_ name: String) -> FuzzTarget? { all.first { $0.name == name } }
}

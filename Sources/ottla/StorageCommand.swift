import ArgumentParser
import Broker
import KafkaProtocol
import LogStorage
import Logging
import NIOCore

/// `ottla storage`: the directories of a node before it starts.
struct Storage: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Format a node's directories, and tell what is in them.",
        discussion: """
            'ottla serve' formats empty directories itself; format them yourself to choose the cluster's id or levels of features.

            EXAMPLES
              ottla storage random-id
              ottla storage format --data /var/lib/ottla --cluster-id "$(ottla storage random-id)"
              ottla storage format --config server.properties --release-version 4.1
              ottla storage format --config node2.properties --cluster-id ID --initial-controllers 1@a:9093:ID1,2@b:9093:ID2,3@c:9093:ID3
              ottla storage format --data /tmp/node --feature metadata.version=27 --feature kraft.version=0
              ottla storage info --data /var/lib/ottla
              ottla storage recover-quorum --config server.properties

            EXIT CODES
              0   done
              1   a disk failed; or info found a directory that is not formatted
              64  the command line is invalid
              78  it cannot be done as asked; one sentence says what to change
            """,
        subcommands: [Format.self, Info.self, RecoverQuorum.self, RandomId.self]
    )

    /// Which directories are meant.
    struct Directories: ParsableArguments {
        @Option(
            help: ArgumentHelp(
                "A file in the syntax and with the keys of Kafka's server.properties.",
                valueName: "file"
            )
        )
        var config: String?

        @Option(help: ArgumentHelp("Where the data goes; the same as log.dirs.", valueName: "dir"))
        var data: String?

        @Option(
            name: .customLong("set"),
            help: ArgumentHelp("One configuration key; may be repeated.", valueName: "key=value")
        )
        var settings: [String] = []

        func brokerConfig() throws -> BrokerConfig {
            try BrokerConfig(try NodeSettings.values(config: config, settings: settings, data: data))
        }
    }

    struct Format: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Format a node's directories for a new cluster.",
            discussion: """
                A cluster of several nodes has one --cluster-id, with which each node is formatted. Its controllers are named by
                controller.quorum.voters, or by --initial-controllers on each of them.

                A Kafka node can start on the directory instead of Ottla, and the other way round. What is written
                is what Kafka writes: meta.properties in each directory, and the metadata log's first snapshot in the first.
                """
        )

        @OptionGroup var directories: Directories

        @Option(
            name: [.long, .customShort("t")],
            help: ArgumentHelp("The cluster's id; a random one otherwise.", valueName: "id")
        )
        var clusterId: String?

        @Option(
            help: ArgumentHelp(
                "metadata.version, as a release (4.1) or a level's name (4.1-IV1).",
                valueName: "version"
            )
        )
        var releaseVersion: String?

        @Option(
            name: .customLong("feature"),
            help: ArgumentHelp("The level that a feature begins with; may be repeated.", valueName: "name=level")
        )
        var features: [String] = []

        @Flag(
            help:
                "The node is the only voter of its metadata log at first. The default where the configuration names no controllers."
        )
        var standalone = false

        @Option(
            help: ArgumentHelp(
                "The first voters of the metadata log, the same list on each of them; with a random-id for each directory.",
                valueName: "id@host:port:directory,..."
            )
        )
        var initialControllers: String?

        @Flag(help: "The node joins controllers that there are already.")
        var noInitialControllers = false

        @Flag(help: "Leave directories that are formatted already as they are, and format the others.")
        var ignoreFormatted = false

        func validate() throws {
            _ = try featureLevels(features)
            _ = try voters()
        }

        private func voters() throws -> StorageFormatter.Voters? {
            var chosen: [StorageFormatter.Voters] = []
            if standalone { chosen.append(.standalone) }
            if noInitialControllers { chosen.append(.none) }
            if let initialControllers {
                let list = try initialControllers.split(separator: ",").map { text in
                    guard let controller = InitialController(String(text)) else {
                        throw ValidationError(
                            "--initial-controllers cannot be '\(text)': id@host:port:directory is expected, with a directory that 'ottla storage random-id' printed"
                        )
                    }
                    return controller
                }
                chosen.append(.initial(list))
            }
            if chosen.count > 1 {
                throw ValidationError(
                    "--standalone, --initial-controllers and --no-initial-controllers exclude one another"
                )
            }
            return chosen.first
        }

        func run() throws {
            try reportingStorage {
                let config = try directories.brokerConfig()
                var options = StorageFormatter.Options()
                options.clusterId = clusterId
                options.release = releaseVersion
                options.features = try featureLevels(features)
                options.ignoresFormatted = ignoreFormatted
                options.voters = try voters()
                let quiet = Logger(label: "ottla") { _ in SwiftLogNoOpLogHandler() }
                for outcome in try StorageFormatter(config, logger: quiet).format(options) {
                    try FileOwners.giveToOwner(of: outcome.path)
                    guard outcome.isNew else {
                        say("\(outcome.path): formatted already, left as it is")
                        continue
                    }
                    let level = outcome.metadataVersion.map { ", metadata.version \($0)" } ?? ""
                    say("\(outcome.path): formatted for node \(outcome.nodeId) of cluster \(outcome.clusterId)\(level)")
                }
            }
        }
    }

    struct Info: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Describe log directories: node, cluster, and the feature levels in their metadata log. Changes nothing."
        )

        @OptionGroup var directories: Directories

        func run() throws {
            try reportingStorage {
                var isComplete = true
                for path in try directories.brokerConfig().logDirs {
                    let found = try StorageInspection(path: path)
                    guard let meta = found.meta else {
                        say("\(path): not formatted")
                        isComplete = false
                        continue
                    }
                    say("\(path): node \(meta.nodeId) of cluster \(meta.clusterId), directory \(meta.directoryId)")
                    for feature in found.features {
                        let release = feature.release.map { " (\($0))" } ?? ""
                        say("  \(feature.name) \(feature.level)\(release)\(feature.isServed ? "" : ", not served")")
                    }
                    for voter in found.voters {
                        say((["  voter \(voter.id)"] + voter.addresses).joined(separator: " "))
                    }
                    if let epoch = found.leaderEpoch { say("  leader epoch \(epoch)") }
                }
                if !isComplete { throw ExitCode(ExitCodes.failed) }
            }
        }
    }

    struct RandomId: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "random-id",
            abstract: "Print a new id for a cluster or a directory.",
            aliases: ["random-uuid"]
        )

        func run() throws {
            var random = SystemRandomNumberGenerator()
            say("\(KafkaUUID.random(using: &random))")
        }
    }
}

/// Tells of what cannot be done as asked, in one sentence on standard error; `Main` tells of disks that fail.
func reportingStorage(_ body: () throws -> Void) throws {
    do {
        try body()
    } catch let error as ConfigurationError {
        complain("ottla: \(error)")
        throw ExitCode(ExitCodes.configuration)
    }
}

/// The keys of a node's configuration from the places where a command finds them.
enum NodeSettings {
    /// Those of the file, then those of the command line, which win.
    static func values(config: String?, settings: [String], data: String?) throws -> [String: String] {
        var values: [String: String] = [:]
        if let config {
            do throws(InputFailure) {
                for entry in try propertiesFile(config) { values[entry.key] = entry.value }
            } catch { throw ConfigurationError("the configuration file: \(error)") }
        }
        for setting in settings {
            guard let equals = setting.firstIndex(of: "="), equals != setting.startIndex else {
                throw ConfigurationError("--set \(setting): key=value is expected")
            }
            values[String(setting[..<equals])] = String(setting[setting.index(after: equals)...])
        }
        if let data {
            values["log.dir"] = nil
            values["log.dirs"] = data
        }
        return values
    }
}

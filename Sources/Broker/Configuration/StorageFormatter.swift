import ClusterMetadata
import KRaft
import KafkaProtocol
import LogStorage
import Logging
import World

/// Formats the log directories of a node before its first start, and tells what directories hold.
package struct StorageFormatter: Sendable {
    /// What may be chosen; everything has a default.
    package struct Options: Sendable {
        package var clusterId: String?
        /// A release of Kafka, or a level of `metadata.version` by name.
        package var release: String?
        /// Levels by the feature's name.
        package var features: [String: Int16] = [:]
        /// `--standalone`, `--initial-controllers` or `--no-initial-controllers`.
        package var voters: Voters?
        /// Directories that are formatted already stay as they are.
        package var ignoresFormatted = false

        package init() {}
    }

    /// Who votes at first, where the configuration does not say so.
    package enum Voters: Sendable, Equatable {
        /// This node alone.
        case standalone
        /// The same list for each of them.
        case initial([InitialController])
        /// The node joins a quorum that there is.
        case none
    }

    /// What was done with a directory.
    package struct Outcome: Sendable, Equatable {
        package var path: String
        package var clusterId: String
        package var nodeId: Int32
        package var directoryId: KafkaUUID
        /// False: it was formatted before.
        package var isNew: Bool
        /// What the metadata log begins with, in the directory that holds it.
        package var metadataVersion: String?
    }

    private let config: BrokerConfig
    private let world: World
    private let logger: Logger

    package init(_ config: BrokerConfig, world: World = .real, logger: Logger) {
        self.config = config
        self.world = world
        self.logger = logger
    }

    /// - Throws: `ConfigurationError` for what the operator can change; nothing was written then.
    package func format(_ options: Options) throws -> [Outcome] {
        let format = try quorumFormat(options)
        if let id = options.clusterId, id.isEmpty || id.utf8.contains(where: { $0 <= 32 || $0 == 127 }) {
            throw ConfigurationError(
                "the cluster id must be a text without spaces, such as 'ottla storage random-id' prints"
            )
        }
        let opener = DirectoryOpener(config: config, world: world, logger: logger)
        return try opener.withLocked { locked in
            try check(locked, options)
            return try opener.formatted(locked, clusterId: options.clusterId, format).enumerated().map { index, entry in
                let isNew = locked[index].meta == nil
                return Outcome(
                    path: entry.directory.path,
                    clusterId: entry.meta.clusterId,
                    nodeId: entry.meta.nodeId,
                    directoryId: entry.meta.directoryId,
                    isNew: isNew,
                    metadataVersion: index == 0 && isNew ? "\(format.version)" : nil
                )
            }
        }
    }

    private func check(_ locked: [DirectoryOpener.Locked], _ options: Options) throws(ConfigurationError) {
        for entry in locked {
            guard let meta = entry.meta else { continue }
            if !options.ignoresFormatted {
                throw ConfigurationError(
                    "\(entry.directory.path) is formatted already, for node \(meta.nodeId) of cluster \(meta.clusterId); --ignore-formatted formats only the others"
                )
            }
            if let id = options.clusterId, id != meta.clusterId {
                throw ConfigurationError("a directory belongs to cluster \(meta.clusterId) already, not to \(id)")
            }
        }
    }

    private func quorumFormat(_ options: Options) throws(ConfigurationError) -> QuorumFormat {
        var format = QuorumFormat(config)
        format.voters = try voters(options.voters)
        if let release = options.release {
            guard options.features[MetadataVersion.featureName] == nil else {
                throw ConfigurationError(
                    "--release-version and --feature metadata.version say the same; give one of them"
                )
            }
            guard let version = MetadataVersion(name: release) else {
                throw ConfigurationError("the release '\(release)' is not known; 4.3 or 4.1-IV1 are examples")
            }
            format.version = version
        }
        for (name, level) in options.features.sorted(by: { $0.key < $1.key }) {
            switch name {
            case MetadataVersion.featureName:
                guard let version = MetadataVersion(level: level) else {
                    throw ConfigurationError(
                        "metadata.version cannot be \(level): the levels from \(MetadataVersion.minimum) to \(MetadataVersion.latest) are known"
                    )
                }
                format.version = version
            case SupportedFeatures.kraftVersionName:
                guard SupportedFeatures.kraftVersions.contains(level) else {
                    throw ConfigurationError("kraft.version cannot be \(level): 0 and 1 are known")
                }
                if level > 0, !config.quorum.voters.isEmpty {
                    throw ConfigurationError(
                        "kraft.version 1 lets the metadata log name its voters, and controller.quorum.voters names them too; remove that key"
                    )
                }
                if level == 0, format.voters != .standalone || options.voters == nil { format.voters = .unnamed }
                guard level > 0 || format.voters == .unnamed else {
                    throw ConfigurationError(
                        "kraft.version 0 lets the configuration name the voters, and --standalone has the metadata log name them; leave one of both out"
                    )
                }
            case SupportedFeatures.eligibleLeadersName:
                guard SupportedFeatures.eligibleLeadersLevels.contains(level) else {
                    throw ConfigurationError("\(name) cannot be \(level): 0 and 1 are known")
                }
                format.eligibleLeaders = level
            case SupportedFeatures.transactionsName:
                guard SupportedFeatures.transactionsLevels.contains(level) else {
                    throw ConfigurationError("\(name) cannot be \(level): 0 to 2 are known")
                }
                format.transactions = level
            default:
                // Level 0 says of any feature that it is not there.
                guard level != 0 else { continue }
                throw ConfigurationError(
                    "the feature \(name) is not served by this version; metadata.version, kraft.version, \(SupportedFeatures.eligibleLeadersName) and \(SupportedFeatures.transactionsName) can be chosen"
                )
            }
        }
        if format.eligibleLeaders ?? 0 > 0, !format.version.hasEligibleLeaders {
            throw ConfigurationError(
                "\(SupportedFeatures.eligibleLeadersName) 1 requires metadata.version 23 (4.0-IV1) or later, and it is \(format.version)"
            )
        }
        guard format.version.isStable || config.allowsUnstableFeatures else {
            throw ConfigurationError(
                "metadata.version \(format.version) is in no release of Kafka yet, and its meaning may change; unstable.feature.versions.enable=true allows it"
            )
        }
        return format
    }

    /// - Throws: `ConfigurationError` when it is not said, or said twice.
    private func voters(_ chosen: Voters?) throws(ConfigurationError) -> QuorumFormat.Voters {
        let quorum = config.quorum
        if let chosen, !quorum.voters.isEmpty {
            throw ConfigurationError(
                "\(chosen.option) lets the metadata log name its voters, and controller.quorum.voters names them too; remove that key"
            )
        }
        if !quorum.isController {
            if let chosen, chosen != .none {
                throw ConfigurationError("\(chosen.option) is for controllers, and this node's process.roles is broker")
            }
            return .unnamed
        }
        switch chosen {
        case .standalone?: return .standalone
        case .none?: return .unnamed
        case .initial(let controllers)?:
            try check(controllers)
            return .initial(controllers)
        case nil:
            if quorum.bootstrap.isEmpty { return QuorumFormat(config).voters }
            throw ConfigurationError(
                "controller.quorum.bootstrap.servers names controllers: say by --standalone, --initial-controllers or --no-initial-controllers who votes at first"
            )
        }
    }

    private func check(_ controllers: [InitialController]) throws(ConfigurationError) {
        if Set(controllers.map(\.id)).count != controllers.count
            || Set(controllers.map(\.directoryId)).count != controllers.count
        {
            throw ConfigurationError("--initial-controllers names a node or a directory twice")
        }
        guard let nodeId = config.nodeId, controllers.contains(where: { $0.id == nodeId }) else {
            throw ConfigurationError(
                "--initial-controllers does not name node \(config.nodeId ?? 1), which is being formatted; --no-initial-controllers is for those that join later"
            )
        }
    }
}

extension StorageFormatter.Voters {
    var option: String {
        switch self {
        case .standalone: "--standalone"
        case .initial: "--initial-controllers"
        case .none: "--no-initial-controllers"
        }
    }
}

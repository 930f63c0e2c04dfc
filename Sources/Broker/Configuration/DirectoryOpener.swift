import ClusterMetadata
import KafkaProtocol
import LogStorage
import Logging

/// The log directories of a start, locked and identified.
struct OpenedDirectories: Sendable {
    struct Entry: Sendable {
        var storage: LogDirectory
        var meta: MetaProperties
        var remembered: PartitionStore.Remembered
    }

    var directories: [Entry]
    /// The first one; it holds the metadata log.
    var metadata: LogDirectory
    /// Of the metadata directory.
    var meta: MetaProperties
}

/// Locks the directories, formats new ones, and refuses what belongs to another node or cluster.
struct DirectoryOpener {
    let config: BrokerConfig
    let fileSystem: any FileSystem
    let logger: Logger

    func open() throws -> OpenedDirectories {
        var locked: [LogDirectory] = []
        var made: [String] = []
        do {
            for path in config.logDirs {
                let missing = missingFor(path)
                locked.append(try lock(path))
                made += missing
            }
            return try open(locked)
        } catch {
            // A refused start leaves nothing behind. The locks are still held: nobody else uses what is taken away.
            withExtendedLifetime(locked) { takeAway(made) }
            throw error
        }
    }

    /// What locking a directory will make: its lock file, the directory and its parents, the innermost first.
    private func missingFor(_ path: String) -> [String] {
        var missing: [String] = []
        var current = Path.join(path, LogDirectory.lockName)
        while !fileSystem.exists(current), current != Path.parent(current) {
            missing.append(current)
            current = Path.parent(current)
        }
        return missing
    }

    private func takeAway(_ made: [String]) {
        for path in made {
            // A file, or a directory that nothing was written to.
            if let names = try? fileSystem.list(path), !names.isEmpty { continue }
            try? fileSystem.remove(path)
        }
    }

    private func open(_ locked: [LogDirectory]) throws -> OpenedDirectories {
        let found = try locked.map { directory -> MetaProperties? in
            do { return try directory.metaProperties() } catch LogError.corrupt(let path, _, let reason) {
                throw ConfigurationError("\(path) cannot be used: \(reason)")
            }
        }
        let known = found.compactMap { $0 }
        try check(known, in: locked, found)
        var random = SystemRandomNumberGenerator()
        let clusterId = known.first?.clusterId ?? KafkaUUID.random(using: &random).description
        let nodeId = known.first?.nodeId ?? config.nodeId ?? 1
        if known.isEmpty {
            logger.notice(
                "formatting new directories",
                metadata: ["cluster": "\(clusterId)", "node": "\(nodeId)", "directories": "\(config.logDirs)"]
            )
        }
        for (directory, meta) in zip(locked, found) where meta == nil { try refuseForeignContent(directory) }
        var entries: [OpenedDirectories.Entry] = []
        for (directory, meta) in zip(locked, found) {
            let own =
                meta
                ?? MetaProperties(clusterId: clusterId, nodeId: nodeId, directoryId: KafkaUUID.random(using: &random))
            if meta == nil { try directory.format(own) }
            entries.append(OpenedDirectories.Entry(storage: directory, meta: own, remembered: try remember(directory)))
        }
        // `config.logDirs` is never empty, so there is a first one.
        return OpenedDirectories(directories: entries, metadata: locked[0], meta: entries[0].meta)
    }

    private func lock(_ path: String) throws -> LogDirectory {
        do {
            return try LogDirectory(path, fileSystem: fileSystem)
        } catch LogError.storage(let error) {
            switch error.kind {
            case .locked:
                throw ConfigurationError(
                    "the directory \(path) is in use by another process; stop that one, or choose another directory"
                )
            case .permission:
                throw ConfigurationError(
                    "no permission for the directory \(path): \(error); change its owner or mode, or choose another"
                )
            case .notFound, .exists: throw ConfigurationError("\(path) cannot be used as a directory: \(error)")
            case .noSpace, .tooManyOpenFiles, .io: throw error
            }
        }
    }

    private func check(_ known: [MetaProperties], in locked: [LogDirectory], _ found: [MetaProperties?]) throws {
        for (directory, meta) in zip(locked, found) {
            guard let meta, let first = known.first else { continue }
            if meta.clusterId != first.clusterId {
                throw ConfigurationError(
                    "\(directory.path) belongs to cluster \(meta.clusterId), another directory to \(first.clusterId); one node serves one cluster"
                )
            }
            if meta.nodeId != first.nodeId {
                throw ConfigurationError(
                    "\(directory.path) belongs to node \(meta.nodeId), another directory to node \(first.nodeId)"
                )
            }
            if let id = config.nodeId, id != meta.nodeId {
                throw ConfigurationError(
                    "\(directory.path) belongs to node \(meta.nodeId), but node.id is \(id); set node.id=\(meta.nodeId) or use another directory"
                )
            }
        }
        if Set(known.map(\.directoryId)).count != known.count {
            throw ConfigurationError("two log directories have the same directory.id; one is a copy of the other")
        }
    }

    /// A directory without identity must hold nothing that could be someone's data.
    private func refuseForeignContent(_ directory: LogDirectory) throws {
        let partitions = try directory.partitions()
        if let first = partitions.first {
            throw ConfigurationError(
                "\(directory.path) holds partitions (\(first) is one) but no \(MetaProperties.fileName); restore that file, or use an empty directory"
            )
        }
    }

    private func remember(_ directory: LogDirectory) throws -> PartitionStore.Remembered {
        let isClean = directory.hasCleanShutdownMark
        var result = PartitionStore.Remembered(isClean: isClean)
        result.present = Set(try directory.partitions())
        if result.present.isEmpty {
            result.isClean = true
        } else if !isClean {
            logger.warning(
                "the last stop was not in order; logs are checked from their recovery points",
                metadata: ["directory": "\(directory.path)"]
            )
        }
        result.recoveryPoints = checkpoint(directory, OffsetCheckpoint.recoveryPoint)
        result.logStarts = checkpoint(directory, OffsetCheckpoint.logStart)
        result.compacted = Set(checkpoint(directory, OffsetCheckpoint.cleaner).keys)
        return result
    }

    /// A damaged checkpoint costs time, not data: without it more is checked.
    private func checkpoint(_ directory: LogDirectory, _ name: String) -> [TopicPartition: Int64] {
        do { return try directory.checkpoint(name) } catch {
            logger.warning("a checkpoint is not usable and ignored", metadata: ["reason": "\(error)"])
            return [:]
        }
    }
}

import ClusterMetadata
import Glibc
import KRaft
import KafkaProtocol
import LogStorage
import Logging
import World

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
    let world: World
    let logger: Logger

    private var fileSystem: any FileSystem { world.files }

    /// A directory that this process holds, and whose it is; nil when nobody has formatted it.
    struct Locked {
        var directory: LogDirectory
        var meta: MetaProperties?
    }

    func open() throws -> OpenedDirectories {
        try withLocked { locked in
            try refuseWithoutMetadata(locked)
            try refuseUnformatted(locked)
            let entries = try formatted(locked, clusterId: nil, QuorumFormat(config)).map { directory, meta in
                OpenedDirectories.Entry(storage: directory, meta: meta, remembered: try remember(directory))
            }
            // `config.logDirs` is never empty, so there is a first one.
            return OpenedDirectories(directories: entries, metadata: locked[0].directory, meta: entries[0].meta)
        }
    }

    /// Locks the directories for `body`, which may keep them; when it fails, what was made for that is taken away.
    func withLocked<Result>(_ body: ([Locked]) throws -> Result) throws -> Result {
        var locked: [LogDirectory] = []
        var made: [String] = []
        do {
            for path in config.logDirs {
                let missing = missingFor(path)
                locked.append(try lock(path))
                made += missing
            }
            let known = try locked.map { Locked(directory: $0, meta: try metaProperties(of: $0)) }
            try check(known)
            return try body(known)
        } catch {
            // A refused start leaves nothing behind. The locks are still held: nobody else uses what is taken away.
            withExtendedLifetime(locked) { takeAway(made) }
            throw error
        }
    }

    private func metaProperties(of directory: LogDirectory) throws -> MetaProperties? {
        do { return try directory.metaProperties() } catch LogError.corrupt(let path, _, let reason) {
            throw ConfigurationError("\(path) cannot be used: \(reason)")
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

    /// Formats those that nobody has. The metadata log, in the first one, is formatted before the directory says whose it is.
    func formatted(
        _ locked: [Locked],
        clusterId given: String?,
        _ format: QuorumFormat
    ) throws -> [(directory: LogDirectory, meta: MetaProperties)] {
        var random = world.random
        let known = locked.lazy.compactMap(\.meta).first
        let clusterId = known?.clusterId ?? given ?? KafkaUUID.random(using: &random).description
        let nodeId = known?.nodeId ?? config.nodeId ?? 1
        for entry in locked where entry.meta == nil { try refuseForeignContent(entry.directory) }
        if known == nil {
            logger.notice(
                "formatting new directories",
                metadata: [
                    "cluster": "\(clusterId)", "node": "\(nodeId)", "directories": "\(config.logDirs)",
                    "metadata.version": "\(format.version)",
                ]
            )
        }
        return try locked.enumerated().map { index, entry in
            if let meta = entry.meta { return (entry.directory, meta) }
            var directoryId = KafkaUUID.random(using: &random)
            if index == 0 {
                directoryId = format.directoryId(of: nodeId) ?? directoryId
                try format.bootstrap(config, nodeId: nodeId, directoryId: directoryId).write(
                    to: entry.directory.path,
                    fileSystem: fileSystem,
                    now: world.time.wall.milliseconds
                )
            }
            let meta = MetaProperties(clusterId: clusterId, nodeId: nodeId, directoryId: directoryId)
            try entry.directory.format(meta)
            return (entry.directory, meta)
        }
    }

    private func lock(_ path: String) throws -> LogDirectory {
        do {
            return try LogDirectory(path, fileSystem: fileSystem)
        } catch LogError.storage(let error) {
            let isUnusable = [ENAMETOOLONG, ELOOP].contains(error.errno)
            if isUnusable { throw ConfigurationError("\(path) cannot be used as a directory: \(error)") }
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
            case .noSpace, .tooManyOpenFiles, .notCached, .io: throw error
            }
        }
    }

    private func check(_ locked: [Locked]) throws {
        let known = locked.compactMap(\.meta)
        for entry in locked {
            guard let meta = entry.meta, let first = known.first else { continue }
            let directory = entry.directory
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
        if RaftQuorum.hasRun(in: directory.path, fileSystem: fileSystem) {
            throw ConfigurationError(
                "\(directory.path) holds a metadata log but no \(MetaProperties.fileName); restore that file, or use an empty directory"
            )
        }
    }

    /// Without the metadata all partitions would be set aside as nobody's. The log is looked for in the first directory, which may
    /// be another one than before.
    private func refuseWithoutMetadata(_ locked: [Locked]) throws {
        guard let metadata = locked.first?.directory else { return }
        let path = Path.join(metadata.path, RaftQuorum.directoryName)
        let logs = ((try? fileSystem.list(path)) ?? []).filter { $0.hasSuffix(".log") }
        for name in logs where try fileSystem.open(Path.join(path, name), .read).size() > 0 { return }
        for entry in locked where entry.meta != nil {
            guard let first = try entry.directory.partitions().first else { continue }
            throw ConfigurationError(
                "\(entry.directory.path) holds partitions (\(first) is one), but \(metadata.path), the first of log.dirs, holds no metadata log; put the directory that has it first, or restore it"
            )
        }
    }

    /// Each node of a cluster would make up an id of its own.
    private func refuseUnformatted(_ locked: [Locked]) throws {
        guard config.quorum.isOneOfSeveral(config.nodeId), let first = locked.first,
            locked.allSatisfy({ $0.meta == nil })
        else { return }
        throw ConfigurationError(
            "\(first.directory.path) is not formatted: each node of a cluster is formatted with the cluster's id before its first start, by 'ottla storage format --cluster-id ID'"
        )
    }

    private func remember(_ directory: LogDirectory) throws -> PartitionStore.Remembered {
        let isClean = directory.hasCleanShutdownMark
        var result = PartitionStore.Remembered(isClean: isClean)
        result.present = Set(try directory.partitions())
        if result.present.isEmpty {
            result.isClean = true
        } else if !isClean {
            logger.warning(
                "unclean shutdown detected: logs are recovered from their recovery points",
                metadata: ["directory": "\(directory.path)"]
            )
        }
        result.recoveryPoints = try checkpoint(directory, OffsetCheckpoint.recoveryPoint)
        result.logStarts = try checkpoint(directory, OffsetCheckpoint.logStart)
        result.highWatermarks = try checkpoint(directory, OffsetCheckpoint.highWatermark)
        result.compacted = try checkpoint(directory, OffsetCheckpoint.cleaner)
        return result
    }

    /// A damaged checkpoint costs time, not data: without it more is checked. One that cannot be read now may be in order, and then what it says
    /// holds: records that were deleted stay deleted.
    private func checkpoint(_ directory: LogDirectory, _ name: String) throws(LogError) -> [TopicPartition: Int64] {
        do throws(LogError) { return try directory.checkpoint(name) } catch {
            if case .storage(let failure) = error, failure.errno != EISDIR { throw error }
            logger.warning("a checkpoint file is invalid and ignored", metadata: ["reason": "\(error)"])
            return [:]
        }
    }
}

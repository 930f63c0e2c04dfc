import KRaft
import KafkaProtocol
import LogStorage
import Logging
import World

/// Recovers the metadata quorum of a cluster whose majority of voters is lost for good, on the disk of a controller that is left and does not run.
package struct QuorumRecoverer: Sendable {
    /// What the metadata log of a directory holds, and what recovery makes of it.
    package struct Plan: Sendable, Equatable {
        package var path: String
        package var clusterId: String
        package var nodeId: Int32
        package var directoryId: KafkaUUID
        package var logStartOffset: Int64
        package var logEndOffset: Int64
        /// Of the last record.
        package var lastEpoch: Int32
        /// The newest epoch that the node has heard of.
        package var leaderEpoch: Int32
        /// What lies below was committed for certain.
        package var committedOffset: Int64
        package var kraftVersion: Int16
        package var voters: [Voter]
        /// Whether the node votes by its log, with this very disk.
        package var isVoter: Bool
        /// What opening the log changes, as a start of the node would.
        package var repairs: [String]
        package var step: Step

        /// The voters that are to vote no more.
        package var lost: [Int32] { voters.filter(\.isLost).map(\.id) }

        init(
            _ path: String,
            _ meta: MetaProperties,
            _ found: QuorumRecovery.Findings,
            _ step: Step,
            _ repairs: [String]
        ) {
            self.path = path
            (clusterId, nodeId, directoryId) = (meta.clusterId, meta.nodeId, meta.directoryId)
            (logStartOffset, logEndOffset, committedOffset) = (
                found.logStartOffset, found.logEndOffset, found.committedOffset
            )
            (lastEpoch, leaderEpoch, kraftVersion) = (found.lastEpoch, found.leaderEpoch, found.kraftVersion)
            let own = ReplicaKey(NodeId(meta.nodeId), meta.directoryId)
            isVoter = found.voters.contains(own)
            let left = if case .takeConfigured(let ids) = step { ids } else { [meta.nodeId] }
            voters = found.voters.voters.map { voter in
                let id = voter.key.id.rawValue
                let isLost = !left.contains(id)
                return Voter(
                    id: id,
                    addresses: voter.endpoints.map { "\($0.listener)://\($0.host):\($0.port)" },
                    isLost: isLost
                )
            }
            (self.step, self.repairs) = (step, repairs)
        }
    }

    package struct Voter: Sendable, Equatable {
        package var id: Int32
        package var addresses: [String]
        package var isLost: Bool
    }

    package enum Step: Sendable, Equatable {
        /// `kraft.version` 1: a batch at the log's end, in that epoch, names this node as the only voter.
        case onlyVoter(epoch: Int32)
        /// `kraft.version` 0: the voters that the configuration names by now take the place of those that the node remembers.
        case takeConfigured([Int32])
    }

    private let config: BrokerConfig
    private let world: World
    private let logger: Logger

    package init(_ config: BrokerConfig, world: World = .real, logger: Logger) {
        (self.config, self.world, self.logger) = (config, world, logger)
    }

    /// Says what would be done, on a copy in memory: nothing is changed.
    ///
    /// - Throws: `ConfigurationError` when it cannot be done; the sentence says why.
    package func plan() throws -> Plan { try withDirectory { try plan($0, $1, try copy($0.path)).plan } }

    /// - Returns: what was done.
    package func execute() throws -> Plan {
        try withDirectory { directory, meta in
            // Nothing is changed before it is known that all of it can be.
            _ = try plan(directory, meta, try copy(directory.path))
            let (plan, recovery) = try plan(directory, meta, world.files)
            switch plan.step {
            case .onlyVoter(let epoch):
                try recovery.makeOnlyVoter(voter(meta, recovery), epoch: epoch, now: world.time.wall)
            case .takeConfigured(let voters): try recovery.takeConfigured(voters)
            }
            try recovery.close()
            return plan
        }
    }

    // MARK: The directory

    /// Holds the log directories meanwhile: a node that runs has them.
    private func withDirectory<Result>(_ body: (LogDirectory, MetaProperties) throws -> Result) throws -> Result {
        for path in config.logDirs where !world.files.exists(path) {
            throw ConfigurationError("the directory \(path) does not exist")
        }
        let opener = DirectoryOpener(config: config, world: world, logger: logger)
        return try opener.withLocked { locked in
            guard let first = locked.first, let meta = first.meta else {
                throw ConfigurationError(
                    "\(config.logDirs.first ?? "") is not formatted: there is nothing to recover from"
                )
            }
            guard RaftQuorum.hasRun(in: first.directory.path, fileSystem: world.files) else {
                throw ConfigurationError(
                    "\(first.directory.path), the first of log.dirs, holds no metadata log of a node that ran: there is nothing to recover from"
                )
            }
            return try body(first.directory, meta)
        }
    }

    /// The metadata log's files in memory.
    private func copy(_ parent: String) throws -> MemoryFileSystem {
        let memory = MemoryFileSystem(time: world.time)
        let path = Path.join(parent, RaftQuorum.directoryName)
        try memory.createDirectory(path)
        for name in try world.files.list(path) {
            let file = Path.join(path, name)
            try memory.writeAtomically(try world.files.contents(file, limit: 1 << 30), to: file)
        }
        return memory
    }

    // MARK: The plan

    private func plan(
        _ directory: LogDirectory,
        _ meta: MetaProperties,
        _ fileSystem: any FileSystem
    ) throws -> (plan: Plan, recovery: QuorumRecovery) {
        var repairs: [String] = []
        let recovery: QuorumRecovery
        do {
            recovery = try QuorumRecovery(
                directory: directory.path,
                fileSystem: fileSystem,
                now: world.time.wall
            ) { repairs.append("\($0)") }
        } catch LogError.corrupt(let path, let position, let reason) {
            throw ConfigurationError(
                "the metadata log is damaged, and cannot be recovered from: \(path) at byte \(position): \(reason)"
            )
        }
        let findings = recovery.findings
        guard findings.logEndOffset > 0 else {
            throw ConfigurationError(
                "the metadata log is empty: there is nothing to recover; format the directory anew"
            )
        }
        let step = findings.kraftVersion > 0 ? try onlyVoter(meta, recovery) : try configured(meta, findings)
        return (Plan(directory.path, meta, findings, step, repairs), recovery)
    }

    private func onlyVoter(_ meta: MetaProperties, _ recovery: QuorumRecovery) throws(ConfigurationError) -> Step {
        guard config.quorum.isController else {
            throw ConfigurationError("node \(meta.nodeId) is no controller by its process.roles, and cannot vote")
        }
        if recovery.findings.voters.isOnly(ReplicaKey(NodeId(meta.nodeId), meta.directoryId)) {
            throw ConfigurationError("node \(meta.nodeId) is the only voter already: start it")
        }
        guard let epoch = recovery.nextEpoch else {
            throw ConfigurationError("there is no later leader epoch than \(recovery.findings.leaderEpoch)")
        }
        return .onlyVoter(epoch: epoch)
    }

    /// Other nodes know it by the addresses that the log has.
    private func voter(_ meta: MetaProperties, _ recovery: QuorumRecovery) -> RaftVoter {
        let key = ReplicaKey(NodeId(meta.nodeId), meta.directoryId)
        var voter = recovery.findings.voters.voter(key.id) ?? RaftVoter(key)
        voter.key = key
        if voter.endpoints.isEmpty { voter.endpoints = config.voterEndpoints }
        return voter
    }

    private func configured(_ meta: MetaProperties, _ findings: QuorumRecovery.Findings) throws(ConfigurationError)
        -> Step
    {
        let named = config.quorum.voters.map(\.id).sorted()
        let known = findings.voters.keys.map(\.id.rawValue)
        if !named.isEmpty, named != known, named.allSatisfy({ known.contains($0) }) { return .takeConfigured(named) }
        let list = known.map(String.init).joined(separator: ", ")
        throw ConfigurationError(
            "kraft.version is 0, so controller.quorum.voters names the voters, which are \(list): have it name only those that are left, in the configuration of every node; then run this on each of them"
        )
    }
}

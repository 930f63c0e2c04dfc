import KafkaProtocol
import KafkaRecords
import LogStorage
import NIOCore
import World

/// What a quorum finds in its directory at start.
struct QuorumDirectory {
    /// Of the metadata log's partition, inside a log directory.
    static let name = "__cluster_metadata-0"
    /// What Kafka before 4.4 leaves in a log directory when it formats it: a snapshot of the first records.
    private static let legacyBootstrapName = "bootstrap.checkpoint"
    /// Of snapshots that were not received to their end, behind the name that they would have; Kafka's end with it too.
    static let incomingSuffix = ".part"
    /// No snapshot is larger.
    static let snapshotBytes = 1 << 30

    let path: String
    let fileSystem: any FileSystem
    let log: PartitionLog
    private(set) var snapshots: [SnapshotId]
    private(set) var state: QuorumState

    /// Opens the log in `parent`/__cluster_metadata-0, formatted with `bootstrap` when nobody has.
    ///
    /// - Parameters:
    ///   - configured: the voters as long as the log names none.
    ///   - isAlone: no other node can have what is missing here.
    init(
        in parent: String,
        fileSystem: any FileSystem,
        configured: RaftVoterSet,
        isAlone: Bool,
        bootstrap: QuorumBootstrap,
        now: Int64,
        report: (RecoveryEvent) -> Void
    ) throws(LogError) {
        path = Path.join(parent, Self.name)
        self.fileSystem = fileSystem
        let isNew = !fileSystem.exists(Path.join(path, QuorumState.fileName))
        let isFormatted =
            fileSystem.exists(Path.join(path, SnapshotId.bootstrap.fileName))
            || fileSystem.exists(Path.join(parent, Self.legacyBootstrapName))
        if isNew, !isFormatted { try bootstrap.write(to: parent, fileSystem: fileSystem, now: now) }
        var config = LogConfig()
        config.deletesOldSegments = false
        config.retentionMillis = -1
        // Without this log there is no node.
        config.filesGiveWay = false
        snapshots = fileSystem.exists(path) ? try Self.snapshotIds(fileSystem, path) : []
        var opening = LogOpening()
        opening.now = now
        opening.logStartOffset = snapshots.first.map(\.endOffset)
        // The log is small and everything hangs on it: it is checked from its beginning at every start.
        log = try PartitionLog.open(fileSystem, directory: path, config: config, opening: opening, report: report)
        state = try Self.readState(fileSystem, path)
        if isNew { try beginState(configured) }
        guard let newest = snapshots.last else { return }
        if isAlone {
            if newest.endOffset > log.logEndOffset { throw missing(before: newest) }
        } else if isInterrupted(newest) {
            try finishInstalling(newest)
        }
    }

    private static func snapshotIds(_ fileSystem: any FileSystem, _ path: String) throws(LogError) -> [SnapshotId] {
        var ids: [SnapshotId] = []
        do {
            for name in try fileSystem.list(path) {
                if let id = SnapshotId(fileName: name) {
                    ids.append(id)
                } else if name.hasSuffix(".checkpoint" + incomingSuffix) {
                    try fileSystem.remove(Path.join(path, name))
                }
            }
        } catch {
            throw .storage(error)
        }
        return ids.sorted()
    }

    private func missing(before newest: SnapshotId) -> LogError {
        .corrupt(
            path: path,
            position: log.logEndOffset,
            reason: "the log ends before the snapshot \(newest); part of it is missing"
        )
    }

    /// The newest snapshot is not of this log but came from a leader, and a crash kept it from taking the log's place.
    private func isInterrupted(_ newest: SnapshotId) -> Bool {
        if log.logStartOffset == newest.endOffset, log.logEndOffset == newest.endOffset { return false }
        return newest.endOffset > log.logEndOffset || newest.epoch > log.lastBatchEpoch ?? 0
    }

    private mutating func finishInstalling(_ newest: SnapshotId) throws(LogError) {
        // Only one that can be read takes the place of anything.
        _ = try content(of: newest)
        try log.restart(at: newest.endOffset)
        guard let flush = log.beginFlush() else { return }
        do throws(StorageError) {
            for old in snapshots.dropLast() { try fileSystem.remove(Path.join(path, old.fileName)) }
            try flush.run()
        } catch {
            throw .storage(error)
        }
        log.completeFlush(flush)
        snapshots = [newest]
    }

    private static func readState(_ fileSystem: any FileSystem, _ directory: String) throws(LogError) -> QuorumState {
        let path = Path.join(directory, QuorumState.fileName)
        guard fileSystem.exists(path) else { return QuorumState() }
        let bytes: ByteBuffer
        do { bytes = try fileSystem.contents(path, limit: 1 << 20) } catch { throw .storage(error) }
        return try QuorumState(parsing: String(buffer: bytes), path: path)
    }

    /// For the first start of a formatted directory.
    private mutating func beginState(_ configured: RaftVoterSet) throws(LogError) {
        state.voters = configured.keys.map(\.id.rawValue)
        do {
            try fileSystem.writeAtomically(
                ByteBuffer(string: "version: 0\ntopic_id: \(KafkaUUID.metadataTopic)\n"),
                to: Path.join(path, "partition.metadata")
            )
            try fileSystem.syncDirectory(Path.parent(path))
        } catch {
            throw .storage(error)
        }
    }

    // MARK: Voters

    /// The voters by the newest snapshot and the log behind it.
    func voters(configured: RaftVoterSet) throws(LogError) -> VoterHistory {
        var base = QuorumVoters()
        for id in snapshots {
            let found = try content(of: id).voters
            if found.kraftVersion >= base.kraftVersion {
                base = found
                if id == .bootstrap { base.isInLog = false }
            } else {
                // Earlier versions of Ottla left them out of their snapshots: the next leader says them again.
                base.isInLog = false
            }
        }
        let start = max(log.logStartOffset, snapshots.last?.endOffset ?? 0)
        var history = VoterHistory(configured: configured)
        if base.kraftVersion > 0 {
            let offset = base.isInLog ? max(0, start - 1) : VoterHistory.unwritten
            history.append(.kraftVersion(base.kraftVersion), at: offset)
            history.append(.voters(RaftVoterSet(base.record ?? VotersRecord())), at: offset)
        }
        do {
            try forEachBatch(from: start) { batch in
                guard batch.header.isControl else { return }
                for record in try batch.allRecords() {
                    if let control = try RaftControl(record) { history.append(control, at: record.offset) }
                }
            }
        } catch let error as LogError {
            throw error
        } catch {
            throw .corrupt(path: path, position: 0, reason: "\(error)")
        }
        return history
    }

    private func forEachBatch(from start: Int64, _ body: (RecordBatch) throws -> Void) throws {
        var offset = start
        while let slice = try log.read(from: offset, maxBytes: 1 << 20, upTo: log.logEndOffset, isFirstBatchWhole: true)
        {
            let before = offset
            for batch in RecordBatches(try slice.bytes()) {
                try body(batch)
                offset = batch.header.nextOffset
            }
            if offset == before { break }
        }
    }

    /// - Throws: `.corrupt` when this node is alone and not the only voter, and when the voters that are known here are not those that are configured.
    func check(_ voters: VoterHistory, own: ReplicaKey, isAlone: Bool) throws(LogError) {
        func refuse(_ reason: String) -> LogError { .corrupt(path: path, position: 0, reason: reason) }
        guard voters.kraftVersion <= QuorumVoters.newestVersion else {
            throw refuse(
                "kraft.version \(voters.kraftVersion) is newer than this build knows (\(QuorumVoters.newestVersion))"
            )
        }
        if !isAlone { return try checkConfigured(voters, refuse) }
        let named = voters.kraftVersion > 0 ? voters.current : RaftVoterSet()
        let others = Set(named.keys.map(\.id)).union(state.voters.map { NodeId($0) }).subtracting([own.id])
        if !others.isEmpty {
            throw refuse(
                "the nodes \(others.sorted()) vote here too, and no controller listener is configured by which they could be reached"
            )
        }
        guard voters.kraftVersion > 0 else { return }
        guard let known = named.voter(own.id)?.key else {
            throw refuse("node \(own.id) is no voter of its metadata log; it was formatted without initial controllers")
        }
        if known.directoryId != own.directoryId {
            throw refuse(
                "the voter is node \(own.id) with the directory id \(known.directoryId), and this directory's is \(own.directoryId)"
            )
        }
    }

    private func checkConfigured(_ voters: VoterHistory, _ refuse: (String) -> LogError) throws(LogError) {
        let known = state.voters.sorted()
        let configured = voters.configured.keys.map(\.id.rawValue)
        guard voters.kraftVersion == 0, !known.isEmpty, known != configured else { return }
        throw refuse("the voters are \(known), and controller.quorum.voters says \(configured)")
    }

    // MARK: For the replica

    var election: ElectionState {
        ElectionState(
            epoch: LeaderEpoch(max(0, state.leaderEpoch)),
            leader: state.leaderId >= 0 ? NodeId(state.leaderId) : nil,
            voted: state.votedId >= 0 ? ReplicaKey(NodeId(state.votedId), state.votedDirectoryId) : nil
        )
    }

    var shape: RaftLog {
        let start = log.logStartOffset
        var epochs = log.epochs.entries.map { RaftLog.EpochStart(LeaderEpoch($0.epoch), from: $0.startOffset) }
        if let covering = epochs.lastIndex(where: { $0.startOffset <= start }) {
            epochs.removeFirst(covering)
            epochs[0].startOffset = start
        }
        let base = snapshots.first { $0.endOffset == start && start > 0 }
        if let base, epochs.first.map({ $0.epoch.rawValue > base.epoch || $0.startOffset > start }) ?? true {
            epochs.insert(RaftLog.EpochStart(LeaderEpoch(base.epoch), from: start), at: 0)
        }
        return RaftLog(startOffset: start, endOffset: log.logEndOffset, epochs: epochs, snapshots: snapshots)
    }

    func content(of id: SnapshotId) throws(LogError) -> SnapshotFile.Content {
        try content(at: Path.join(path, id.fileName))
    }

    func content(at path: String) throws(LogError) -> SnapshotFile.Content {
        let bytes: ByteBuffer
        do { bytes = try fileSystem.contents(path, limit: Self.snapshotBytes) } catch { throw .storage(error) }
        return try SnapshotFile.decode(bytes, path: path)
    }

    /// The records that formatting left.
    func bootstrapValues() throws(LogError) -> [ByteBuffer] {
        for file in [
            Path.join(path, SnapshotId.bootstrap.fileName),
            Path.join(Path.parent(path), Self.legacyBootstrapName),
        ] where fileSystem.exists(file) {
            let values = try content(at: file).values
            if !values.isEmpty { return values }
        }
        return []
    }
}

import KafkaProtocol
import KafkaRecords
import LogStorage
import NIOCore
import World

/// A KRaft quorum of one voter: it elects itself at start, and a record is committed once it is on its disk.
public final class SingleVoterQuorum: MetadataQuorum {
    /// When snapshots are made and what is kept.
    public struct Limits: Sendable {
        /// `metadata.log.max.record.bytes.between.snapshots`
        public var bytesBetweenSnapshots: Int64 = 20 << 20
        /// `metadata.log.max.snapshot.interval.ms`
        public var snapshotIntervalMillis: Int64 = 3_600_000
        /// Snapshots that are kept, the newest ones.
        public var snapshotsKept = 2

        public init() {}
    }

    /// Of the metadata log's partition, inside a log directory.
    package static let directoryName = "__cluster_metadata-0"
    /// What Kafka before 4.4 leaves in a log directory when it formats it: a snapshot of the first records.
    private static let legacyBootstrapName = "bootstrap.checkpoint"

    private let directory: String
    private let fileSystem: any FileSystem
    private let nodeId: Int32
    private let directoryId: KafkaUUID
    private let limits: Limits
    private let log: PartitionLog
    private var state: QuorumState
    private var voters = QuorumVoters()
    private var snapshots: [SnapshotId]
    private var bytesSinceSnapshot: Int64 = 0
    private var lastSnapshotMillis: Int64
    /// What `next` has not handed out yet: the newest snapshot, the log from an offset on, and that this node leads.
    private var unread: (snapshot: SnapshotId?, offset: Int64, isLeading: Bool)
    /// Where this node's epoch begins.
    private var firstOffset: Int64 = 0

    package var onEvents: (() -> Void)?

    /// Opens the log in `directory`/__cluster_metadata-0, and becomes leader.
    ///
    /// - Parameters:
    ///   - bootstrap: formats the directory when nobody has.
    ///   - endpoints: where this node's controller is reached, when its configuration says so; the log learns of a new address.
    /// - Throws: `.corrupt` when other voters belong to the quorum, or when the files are damaged.
    public init(
        directory parent: String,
        fileSystem: any FileSystem,
        nodeId: Int32,
        directoryId: KafkaUUID,
        bootstrap: QuorumBootstrap,
        endpoints: [VoterEndpoint] = [],
        limits: Limits = Limits(),
        now: Int64,
        report: (RecoveryEvent) -> Void
    ) throws(LogError) {
        directory = Path.join(parent, Self.directoryName)
        self.fileSystem = fileSystem
        self.nodeId = nodeId
        self.directoryId = directoryId
        self.limits = limits
        lastSnapshotMillis = now
        let isNew = !fileSystem.exists(Path.join(directory, QuorumState.fileName))
        let isFormatted =
            fileSystem.exists(Path.join(directory, SnapshotId.bootstrap.fileName))
            || fileSystem.exists(Path.join(parent, Self.legacyBootstrapName))
        if isNew, !isFormatted { try bootstrap.write(to: parent, fileSystem: fileSystem, now: now) }
        var config = LogConfig()
        config.deletesOldSegments = false
        config.retentionMillis = -1
        // Without this log there is no node.
        config.filesGiveWay = false
        let existing = fileSystem.exists(directory) ? try Self.snapshotIds(fileSystem, directory) : []
        var opening = LogOpening()
        opening.now = now
        opening.logStartOffset = existing.first.map(\.endOffset)
        // The log is small and everything hangs on it: it is checked from its beginning at every start.
        log = try PartitionLog.open(fileSystem, directory: directory, config: config, opening: opening, report: report)
        snapshots = existing
        let newest = existing.last.flatMap { $0 == .bootstrap ? nil : $0 }
        unread = (newest, max(log.logStartOffset, newest?.endOffset ?? 0), true)
        state = try Self.readState(fileSystem, directory)
        if isNew { try beginState() }
        try loadVoters()
        try checkVoters()
        if let newest = snapshots.last, newest.endOffset > log.logEndOffset {
            throw .corrupt(
                path: directory,
                position: log.logEndOffset,
                reason: "the log ends before the snapshot \(newest); part of it is missing"
            )
        }
        try lead(endpoints, now: now)
    }

    /// Whether a node has been voter in the metadata log of a log directory.
    public static func hasRun(in parent: String, fileSystem: any FileSystem) -> Bool {
        fileSystem.exists(Path.join(Path.join(parent, directoryName), QuorumState.fileName))
    }

    private static func snapshotIds(_ fileSystem: any FileSystem, _ directory: String) throws(LogError) -> [SnapshotId]
    {
        do { return try fileSystem.list(directory).compactMap { SnapshotId(fileName: $0) }.sorted() } catch {
            throw .storage(error)
        }
    }

    private static func readState(_ fileSystem: any FileSystem, _ directory: String) throws(LogError) -> QuorumState {
        let path = Path.join(directory, QuorumState.fileName)
        guard fileSystem.exists(path) else { return QuorumState() }
        let bytes: ByteBuffer
        do { bytes = try fileSystem.contents(path, limit: 1 << 20) } catch { throw .storage(error) }
        return try QuorumState(parsing: String(buffer: bytes), path: path)
    }

    /// For the first start of a formatted directory.
    private func beginState() throws(LogError) {
        state.voters = [nodeId]
        do {
            try fileSystem.writeAtomically(
                ByteBuffer(string: "version: 0\ntopic_id: \(KafkaUUID.metadataTopic)\n"),
                to: Path.join(directory, "partition.metadata")
            )
            try fileSystem.syncDirectory(Path.parent(directory))
        } catch {
            throw .storage(error)
        }
    }

    // MARK: Voters

    /// Takes the voters from the newest snapshot and the log behind it.
    private func loadVoters() throws(LogError) {
        for id in snapshots {
            let found = try content(Path.join(directory, id.fileName)).voters
            if found.kraftVersion >= voters.kraftVersion {
                voters = found
                if id == .bootstrap { voters.isInLog = false }
            } else {
                // Earlier versions of Ottla left them out of their snapshots: the next leader says them again.
                voters.isInLog = false
            }
        }
        let offset = max(log.logStartOffset, snapshots.last?.endOffset ?? 0)
        do {
            try forEachBatch(from: offset) { batch in
                guard batch.header.isControl else { return }
                for record in try batch.allRecords() { try voters.take(record) }
            }
        } catch let error as LogError {
            throw error
        } catch {
            throw .corrupt(path: directory, position: 0, reason: "\(error)")
        }
    }

    private func checkVoters() throws(LogError) {
        func refuse(_ reason: String) -> LogError { .corrupt(path: directory, position: 0, reason: reason) }
        guard voters.kraftVersion <= QuorumVoters.newestVersion else {
            throw refuse(
                "kraft.version \(voters.kraftVersion) is newer than this build knows (\(QuorumVoters.newestVersion))"
            )
        }
        let named = voters.kraftVersion > 0 ? voters.record?.voters ?? [] : []
        let others = Set(named.map(\.voterId)).union(state.voters).subtracting([nodeId])
        if !others.isEmpty {
            throw refuse("the nodes \(others.sorted()) vote here too; this version serves a quorum of one node only")
        }
        guard voters.kraftVersion > 0 else { return }
        guard let own = named.first(where: { $0.voterId == nodeId }) else {
            throw refuse("node \(nodeId) is no voter of its metadata log; it was formatted without initial controllers")
        }
        if own.voterDirectoryId != directoryId {
            throw refuse(
                "the voter is node \(nodeId) with the directory id \(own.voterDirectoryId), and this directory's is \(directoryId)"
            )
        }
    }

    // MARK: Leadership

    /// Begins a new epoch as its leader.
    private func lead(_ endpoints: [VoterEndpoint], now: Int64) throws(LogError) {
        let known = max(state.leaderEpoch, log.epochs.latest ?? 0)
        guard known < Int32.max else {
            throw .corrupt(
                path: Path.join(directory, QuorumState.fileName),
                position: 0,
                reason: "leader epoch \(known) is the last there is"
            )
        }
        state.leaderEpoch = known + 1
        state.leaderId = nodeId
        state.votedId = -1
        try writeState()
        var voter = LeaderChangeMessage.Voter()
        voter.voterId = nodeId
        var change = LeaderChangeMessage()
        change.leaderId = nodeId
        change.voters = [voter]
        change.grantingVoters = [voter]
        let current = voters.moved(nodeId, to: endpoints)
        firstOffset = log.logEndOffset
        let isNews = voters.kraftVersion > 0 && (!voters.isInLog || current != voters)
        try commit(
            control: { () throws(RecordError) in
                [try ControlRecord(.leaderChange, change, version: 0)] + (isNews ? try current.controlRecords : [])
            },
            now: now
        )
        voters = current
        voters.isInLog = voters.kraftVersion > 0
    }

    private func writeState() throws(LogError) {
        state.version = voters.kraftVersion > 0 ? 1 : 0
        if state.version == 0, state.voters.isEmpty { state.voters = [nodeId] }
        do {
            try fileSystem.writeAtomically(
                ByteBuffer(string: state.text),
                to: Path.join(directory, QuorumState.fileName)
            )
        } catch {
            throw .storage(error)
        }
    }

    private func commit(control records: () throws(RecordError) -> [ControlRecord], now: Int64) throws(LogError) {
        try append(control: records, now: now)
        try sync()
    }

    private func append(control records: () throws(RecordError) -> [ControlRecord], now: Int64) throws(LogError) {
        let batch: ByteBuffer
        do {
            batch = try ControlRecord.batch(
                try records(),
                offset: log.logEndOffset,
                epoch: state.leaderEpoch,
                now: now
            )
        } catch {
            throw .refused(error)
        }
        try append(batch, now: now)
    }

    private func append(_ batch: ByteBuffer, now: Int64) throws(LogError) {
        do {
            _ = try log.append(
                try ValidatedBatch(own: batch),
                leaderEpoch: state.leaderEpoch,
                now: now,
                isFromClient: false,
                highWatermark: log.logEndOffset
            )
        } catch let error as LogError {
            throw error
        } catch let error as RecordError {
            throw .refused(error)
        } catch {
            throw .corrupt(path: directory, position: log.logEndOffset, reason: "\(error)")
        }
        bytesSinceSnapshot += Int64(batch.readableBytes)
    }

    private func sync() throws(LogError) {
        guard let flush = log.beginFlush() else { return }
        do { try flush.run() } catch { throw .storage(error) }
        log.completeFlush(flush)
    }

    // MARK: MetadataQuorum

    package func next() throws(LogError) -> QuorumEvent? {
        if let id = unread.snapshot {
            unread.snapshot = nil
            let content = try content(Path.join(directory, id.fileName))
            return .snapshot(
                QuorumSnapshot(
                    id: id,
                    appendTime: WallTime(milliseconds: content.lastTimestamp),
                    values: content.values,
                    kraftVersion: content.voters.kraftVersion
                )
            )
        }
        if unread.offset == log.flushedOffset { try sync() }
        if unread.offset < log.flushedOffset { return .committed(try readBatches()) }
        guard unread.isLeading else { return nil }
        unread.isLeading = false
        return .leading(epoch: LeaderEpoch(state.leaderEpoch), firstOffset: firstOffset)
    }

    /// The next batches of the log, a mebibyte or a batch.
    private func readBatches() throws(LogError) -> [CommittedBatch] {
        var result: [CommittedBatch] = []
        do {
            guard
                let slice = try log.read(
                    from: unread.offset,
                    maxBytes: 1 << 20,
                    upTo: log.flushedOffset,
                    isFirstBatchWhole: true
                )
            else { throw RecordError.corrupt("nothing can be read at offset \(unread.offset)") }
            for batch in RecordBatches(try slice.file.read(at: slice.position, count: slice.count)) {
                if batch.header.nextOffset > unread.offset { result.append(try CommittedBatch(batch)) }
            }
            guard let last = result.last else {
                throw RecordError.corrupt("no batch stands at offset \(unread.offset)")
            }
            unread.offset = last.endOffset
            return result
        } catch let error as LogError {
            throw error
        } catch let error as StorageError {
            throw .storage(error)
        } catch {
            throw .corrupt(path: directory, position: 0, reason: "\(error)")
        }
    }

    package var nextOffset: Int64 { log.logEndOffset }

    package func propose(_ values: [ByteBuffer], epoch: LeaderEpoch, now: WallTime) throws(ProposalError) -> Int64 {
        guard epoch.rawValue == state.leaderEpoch else { throw .notLeader }
        do { return try append(records: values, now: now.milliseconds) } catch { throw .failed(error) }
    }

    package func proposeVoters(_ endpoints: [VoterEndpoint], epoch: LeaderEpoch, now: WallTime) throws(ProposalError) {
        guard epoch.rawValue == state.leaderEpoch else { throw .notLeader }
        guard voters.kraftVersion == 0 else { return }
        var new = QuorumVoters(only: nodeId, directoryId: directoryId, endpoints: endpoints)
        new.isInLog = true
        do throws(LogError) {
            try commit(control: { () throws(RecordError) in try new.controlRecords }, now: now.milliseconds)
            voters = new
            try writeState()
        } catch {
            throw .failed(error)
        }
    }

    package func wantsSnapshot(now: WallTime) -> Bool {
        bytesSinceSnapshot >= limits.bytesBetweenSnapshots
            || bytesSinceSnapshot > 0 && now.milliseconds - lastSnapshotMillis >= limits.snapshotIntervalMillis
    }

    package func store(_ snapshot: QuorumSnapshot, now: WallTime) throws(LogError) {
        try write(
            snapshot: snapshot.values,
            id: snapshot.id,
            lastTimestamp: snapshot.appendTime.milliseconds,
            now: now.milliseconds
        )
        try removeOldSnapshots(now: now.milliseconds)
    }

    public var status: QuorumStatus {
        QuorumStatus(
            leaderId: nodeId,
            leaderEpoch: state.leaderEpoch,
            highWatermark: log.flushedOffset,
            logEndOffset: log.logEndOffset,
            voters: [nodeId],
            directoryId: voters.kraftVersion > 0 ? directoryId : .zero,
            kraftVersion: voters.kraftVersion,
            endpoints: voters.record?.voters.first { $0.voterId == nodeId }?.endpoints.map { VoterEndpoint($0) } ?? []
        )
    }

    private func append(records values: [ByteBuffer], now: Int64) throws(LogError) -> Int64 {
        let first = log.logEndOffset
        var builder = RecordBatchBuilder(baseOffset: first, leaderEpoch: state.leaderEpoch, capacity: values.count * 64)
        for value in values { builder.append(timestamp: now, key: nil, value: value) }
        let batch: ByteBuffer
        do { batch = try builder.build() } catch { throw .refused(error) }
        try append(batch, now: now)
        return first
    }

    public func bootstrapValues() throws(LogError) -> [ByteBuffer] {
        for path in [
            Path.join(directory, SnapshotId.bootstrap.fileName),
            Path.join(Path.parent(directory), Self.legacyBootstrapName),
        ] where fileSystem.exists(path) {
            let values = try content(path).values
            if !values.isEmpty { return values }
        }
        return []
    }

    private func forEachBatch(from start: Int64, _ body: (RecordBatch) throws -> Void) throws {
        var offset = start
        while let slice = try log.read(from: offset, maxBytes: 1 << 20, upTo: log.logEndOffset, isFirstBatchWhole: true)
        {
            let before = offset
            for batch in RecordBatches(try slice.file.read(at: slice.position, count: slice.count)) {
                try body(batch)
                offset = batch.header.nextOffset
            }
            if offset == before { break }
        }
    }

    private func content(_ path: String) throws(LogError) -> SnapshotFile.Content {
        let bytes: ByteBuffer
        do { bytes = try fileSystem.contents(path, limit: 1 << 30) } catch { throw .storage(error) }
        return try SnapshotFile.decode(bytes, path: path)
    }

    private func removeOldSnapshots(now: Int64) throws(LogError) {
        while snapshots.count > limits.snapshotsKept {
            let old = snapshots.removeFirst()
            do { try fileSystem.remove(Path.join(directory, old.fileName)) } catch { throw .storage(error) }
        }
        // The log before the oldest snapshot is no longer needed by anyone.
        if let oldest = snapshots.first {
            try log.deletePrefix(before: oldest.endOffset, highWatermark: log.flushedOffset)
            for segment in try log.retire(now: now, highWatermark: log.flushedOffset) {
                do { try segment.remove() } catch { throw .storage(error) }
            }
        }
    }

    private func write(snapshot values: [ByteBuffer], id: SnapshotId, lastTimestamp: Int64, now: Int64) throws(LogError)
    {
        let bytes: ByteBuffer
        do {
            bytes = try SnapshotFile.encode(
                values,
                voters: voters,
                id: id,
                lastTimestamp: lastTimestamp,
                now: now
            )
        } catch {
            throw .refused(error)
        }
        do {
            try fileSystem.writeAtomically(bytes, to: Path.join(directory, id.fileName))
        } catch {
            throw .storage(error)
        }
        if snapshots.last != id { snapshots.append(id) }
        bytesSinceSnapshot = 0
        lastSnapshotMillis = now
    }

    public func close() throws(LogError) { try log.close() }
}

extension CommittedBatch {
    fileprivate init(_ batch: RecordBatch) throws(RecordError) {
        let header = batch.header
        var kraftVersion: Int16?
        var values: [ByteBuffer] = []
        for record in try batch.allRecords() {
            if !header.isControl {
                values.append(record.value ?? ByteBuffer())
            } else if ControlRecordKind(key: record.key) == .kraftVersion {
                var voters = QuorumVoters()
                try voters.take(record)
                kraftVersion = voters.kraftVersion
            }
        }
        self.init(
            firstOffset: header.baseOffset,
            endOffset: header.nextOffset,
            epoch: LeaderEpoch(header.partitionLeaderEpoch),
            appendTime: WallTime(milliseconds: header.maxTimestamp),
            values: values,
            kraftVersion: kraftVersion
        )
    }
}

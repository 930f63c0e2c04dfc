import KafkaProtocol
import KafkaRecords
import LogStorage
import NIOCore

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

    private let directory: String
    private let fileSystem: any FileSystem
    private let nodeId: Int32
    private let directoryId: KafkaUUID
    private let limits: Limits
    private let log: PartitionLog
    private var state: QuorumState
    private var snapshots: [SnapshotId]
    private var bytesSinceSnapshot: Int64 = 0
    private var lastSnapshotMillis: Int64
    private var lastTimestamp: Int64 = -1

    /// Opens the log in `directory`/__cluster_metadata-0, makes it with `bootstrap` records when it is new, and becomes leader.
    ///
    /// - Throws: `.corrupt` when other voters belong to the quorum, or when the files are damaged.
    public init(
        directory parent: String,
        fileSystem: any FileSystem,
        nodeId: Int32,
        directoryId: KafkaUUID,
        bootstrap: [ByteBuffer],
        limits: Limits = Limits(),
        now: Int64,
        report: (RecoveryEvent) -> Void
    ) throws(LogError) {
        directory = Path.join(parent, "__cluster_metadata-0")
        self.fileSystem = fileSystem
        self.nodeId = nodeId
        self.directoryId = directoryId
        self.limits = limits
        lastSnapshotMillis = now
        let isNew = !fileSystem.exists(Path.join(directory, QuorumState.fileName))
        var config = LogConfig()
        config.deletesOldSegments = false
        config.retentionMillis = -1
        let existing = fileSystem.exists(directory) ? try Self.snapshotIds(fileSystem, directory) : []
        var opening = LogOpening()
        opening.now = now
        opening.logStartOffset = existing.first.map(\.endOffset)
        // The log is small and everything hangs on it: it is checked from its beginning at every start.
        log = try PartitionLog.open(fileSystem, directory: directory, config: config, opening: opening, report: report)
        snapshots = existing
        state = try Self.readState(fileSystem, directory)
        if isNew { try format(bootstrap, now: now) }
        try checkVoters()
        if let newest = snapshots.last, newest.endOffset > log.logEndOffset {
            throw .corrupt(
                path: directory,
                position: log.logEndOffset,
                reason: "the log ends before the snapshot \(newest); part of it is missing"
            )
        }
        try lead(now: now)
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

    private func format(_ bootstrap: [ByteBuffer], now: Int64) throws(LogError) {
        state.voters = [nodeId]
        try write(snapshot: bootstrap, id: SnapshotId(endOffset: 0, epoch: 0), now: now)
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

    private func checkVoters() throws(LogError) {
        var voters = Set(state.voters)
        if let newest = snapshots.last {
            let path = Path.join(directory, newest.fileName)
            voters.formUnion(try content(path).voters?.voters.map(\.voterId) ?? [])
        }
        let others = voters.subtracting([nodeId])
        if !others.isEmpty {
            throw .corrupt(
                path: directory,
                position: 0,
                reason: "the nodes \(others.sorted()) vote here too; this version serves a quorum of one node only"
            )
        }
    }

    /// Begins a new epoch as its leader.
    private func lead(now: Int64) throws(LogError) {
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
        do {
            try fileSystem.writeAtomically(
                ByteBuffer(string: state.text),
                to: Path.join(directory, QuorumState.fileName)
            )
        } catch {
            throw .storage(error)
        }
        var voter = LeaderChangeMessage.Voter()
        voter.voterId = nodeId
        var change = LeaderChangeMessage()
        change.leaderId = nodeId
        change.voters = [voter]
        change.grantingVoters = [voter]
        let batch: ByteBuffer
        do {
            batch = try SnapshotFile.control(
                .leaderChange,
                change,
                version: 0,
                offset: log.logEndOffset,
                epoch: state.leaderEpoch,
                now: now
            )
        } catch {
            throw .refused(error)
        }
        try commit(batch, now: now)
    }

    private func commit(_ batch: ByteBuffer, now: Int64) throws(LogError) {
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
        if let flush = log.beginFlush() {
            do { try flush.run() } catch { throw .storage(error) }
            log.completeFlush(flush)
        }
        bytesSinceSnapshot += Int64(batch.readableBytes)
        lastTimestamp = now
    }

    // MARK: MetadataQuorum

    public var status: QuorumStatus {
        QuorumStatus(
            leaderId: nodeId,
            leaderEpoch: state.leaderEpoch,
            highWatermark: log.flushedOffset,
            logEndOffset: log.logEndOffset,
            voters: [nodeId],
            directoryId: directoryId
        )
    }

    public func append(_ values: [ByteBuffer], now: Int64) throws(LogError) -> Int64 {
        let first = log.logEndOffset
        var builder = RecordBatchBuilder(baseOffset: first, leaderEpoch: state.leaderEpoch, capacity: values.count * 64)
        for value in values { builder.append(timestamp: now, key: nil, value: value) }
        let batch: ByteBuffer
        do { batch = try builder.build() } catch { throw .refused(error) }
        try commit(batch, now: now)
        return first
    }

    public func replay(
        snapshot: (SnapshotFile.Content, SnapshotId) throws -> Void,
        record: (ByteBuffer, Int64) throws -> Void
    ) throws {
        var offset = log.logStartOffset
        if let newest = snapshots.last {
            let content = try content(Path.join(directory, newest.fileName))
            try snapshot(content, newest)
            offset = max(offset, newest.endOffset)
            lastTimestamp = content.lastTimestamp
        }
        while let slice = try log.read(from: offset, maxBytes: 1 << 20, upTo: log.logEndOffset, isFirstBatchWhole: true)
        {
            let start = offset
            for batch in RecordBatches(try slice.file.read(at: slice.position, count: slice.count)) {
                if !batch.header.isControl {
                    for entry in try batch.allRecords() where entry.offset >= offset {
                        try record(entry.value ?? ByteBuffer(), entry.offset)
                    }
                }
                offset = batch.header.nextOffset
            }
            if offset == start { break }
        }
    }

    private func content(_ path: String) throws(LogError) -> SnapshotFile.Content {
        let bytes: ByteBuffer
        do { bytes = try fileSystem.contents(path, limit: 1 << 30) } catch { throw .storage(error) }
        return try SnapshotFile.decode(bytes, path: path)
    }

    public func wantsSnapshot(now: Int64) -> Bool {
        bytesSinceSnapshot >= limits.bytesBetweenSnapshots
            || bytesSinceSnapshot > 0 && now - lastSnapshotMillis >= limits.snapshotIntervalMillis
    }

    public func save(snapshot values: [ByteBuffer], now: Int64) throws(LogError) {
        try write(snapshot: values, id: SnapshotId(endOffset: log.logEndOffset, epoch: state.leaderEpoch), now: now)
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

    private func write(snapshot values: [ByteBuffer], id: SnapshotId, now: Int64) throws(LogError) {
        let bytes: ByteBuffer
        do { bytes = try SnapshotFile.encode(values, id: id, lastTimestamp: lastTimestamp, now: now) } catch {
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

import KafkaProtocol
import KafkaRecords
import LogStorage
import NIOCore
import World

/// A KRaft quorum as this node has part in it: the replica that decides, and the files that it decides on.
///
/// What the replica wants written goes to the files at once and in its order; `settle` makes it durable, tells the replica, and lets go of the
/// messages that promise it. A node that is the only voter elects itself before `init` returns.
package final class RaftQuorum: MetadataQuorum {
    /// When snapshots are made and what is kept.
    package struct Limits: Sendable {
        /// `metadata.log.max.record.bytes.between.snapshots`
        package var bytesBetweenSnapshots: Int64 = 20 << 20
        /// `metadata.log.max.snapshot.interval.ms`
        package var snapshotIntervalMillis: Int64 = 3_600_000
        /// Snapshots that are kept, the newest ones.
        package var snapshotsKept = 2

        package init() {}
    }

    /// Of the metadata log's partition, inside a log directory.
    package static let directoryName = QuorumDirectory.name

    private let files: QuorumDirectory
    private let own: ReplicaKey
    private let limits: Limits
    private let time: WorldTime
    private var random: WorldRandom
    private let transport: (any RaftTransport)?
    private var replica: RaftReplica
    private var log: PartitionLog { files.log }

    /// Ordered by the replica, and not known to be on disk.
    private var ticket: UInt64?
    private var promises: [RaftPromise] = []
    /// The election that the file has to say, when it says another.
    private var unwritten: ElectionState?
    private var writtenState = ""
    /// The batch of the proposal that is handled.
    private var proposal: ByteBuffer?
    /// What the replica said of its proposals and upgrades in the event that is handled.
    private var outcome: RaftNotice?

    private var bytesSinceSnapshot: Int64 = 0
    private var lastSnapshot: WallTime
    /// What `next` has not handed out yet: the newest snapshot, the log from an offset on, and who leads from which offset on.
    private var unreadSnapshot: SnapshotId?
    private var unreadOffset: Int64
    private var unreadEvents: [(offset: Int64, event: QuorumEvent)] = []
    /// A write failed: what the files hold and what the replica believes are no longer the same.
    private var failure: LogError?

    package var onEvents: (() -> Void)?

    /// - Parameters:
    ///   - bootstrap: formats the directory when nobody has.
    ///   - endpoints: where this node's controller is reached, when its configuration says so; the log learns of a new address.
    /// - Throws: `.corrupt` when other voters belong to the quorum, or when the files are damaged.
    package init(
        directory parent: String,
        fileSystem: any FileSystem,
        nodeId: Int32,
        directoryId: KafkaUUID,
        bootstrap: QuorumBootstrap,
        endpoints: [VoterEndpoint] = [],
        limits: Limits = Limits(),
        time: WorldTime,
        random: WorldRandom,
        transport: (any RaftTransport)? = nil,
        report: (RecoveryEvent) -> Void
    ) throws(LogError) {
        own = ReplicaKey(NodeId(nodeId), directoryId)
        self.limits = limits
        self.time = time
        self.random = random
        self.transport = transport
        let now = time.wall
        lastSnapshot = now
        files = try QuorumDirectory(
            in: parent,
            fileSystem: fileSystem,
            nodeId: own.id,
            bootstrap: bootstrap,
            now: now.milliseconds,
            report: report
        )
        let voter = RaftVoter(own, endpoints: endpoints)
        let voters = try files.voters(configured: RaftVoterSet([voter]))
        try files.check(voters, own: own)
        let disk = RaftDisk(election: files.election, log: files.shape, voters: voters)
        guard max(disk.election.epoch, disk.log.lastEpoch).rawValue < Int32.max else {
            throw .corrupt(
                path: Path.join(files.path, QuorumState.fileName),
                position: 0,
                reason: "leader epoch \(Int32.max) is the last there is"
            )
        }
        var options = RaftOptions(own: voter)
        options.snapshotsKept = limits.snapshotsKept
        replica = RaftReplica(options, disk: disk, now: time.now, random: self.random.next())
        unreadSnapshot = files.snapshots.last.flatMap { $0 == .bootstrap ? nil : $0 }
        unreadOffset = max(files.log.logStartOffset, unreadSnapshot?.endOffset ?? 0)
        try handle(.tick)
        try settle()
    }

    /// Whether a node has been voter in the metadata log of a log directory.
    package static func hasRun(in parent: String, fileSystem: any FileSystem) -> Bool {
        fileSystem.exists(Path.join(Path.join(parent, QuorumDirectory.name), QuorumState.fileName))
    }

    // MARK: The replica

    /// What came from another node.
    package func receive(_ message: RaftMessage) throws(LogError) {
        try handle(.received(message))
        onEvents?()
    }

    private func handle(_ event: RaftEvent) throws(LogError) {
        if let failure { throw failure }
        let effects = replica.handle(event, now: time.now, random: random.next())
        do throws(LogError) {
            for work in effects.disk { try write(work) }
        } catch {
            failure = error
            throw error
        }
        if effects.ticket != 0 { ticket = effects.ticket }
        for notice in effects.notices { take(notice) }
        for message in effects.messages { transport?.send(message) }
        promises += effects.promises
        if ticket == nil { keepPromises() }
    }

    private func take(_ notice: RaftNotice) {
        switch notice {
        case .leadershipGained(let epoch, let firstOffset):
            unreadEvents.append((replica.committed, .leading(epoch: epoch, firstOffset: firstOffset)))
        case .leadershipLost: noteLeader()
        case .role(.follower, _, _), .role(.observer, _, _): noteLeader()
        case .proposed, .upgraded: outcome = notice
        case .committed, .role, .ignored: break
        }
    }

    private func noteLeader() {
        let event = QuorumEvent.following(leader: replica.leaderId, epoch: replica.election.epoch)
        if unreadEvents.last?.event != event { unreadEvents.append((replica.committed, event)) }
    }

    private func keepPromises() {
        for promise in promises { transport?.send(promise.message) }
        promises.removeAll()
    }

    /// Makes durable what was written, and goes on until nothing is left to be.
    private func settle() throws(LogError) {
        if let failure { throw failure }
        while let done = ticket {
            do throws(LogError) {
                try writeState()
                try flush()
            } catch {
                failure = error
                throw error
            }
            ticket = nil
            let kept = promises
            promises = []
            try handle(.diskDone(done))
            for promise in kept { transport?.send(promise.message) }
        }
    }

    // MARK: Files

    private func write(_ work: RaftDiskWork) throws(LogError) {
        switch work {
        case .append(let batch): try append(batch)
        case .truncate(let offset):
            try log.truncate(to: offset)
            precondition(log.logEndOffset == offset, "the log is cut between batches only")
        case .writeElection(let state): unwritten = state
        case .trim(let oldest): try trim(to: oldest)
        case .storeChunk, .install:
            preconditionFailure("snapshots come from other voters, and there are none")
        }
    }

    private func append(_ batch: RaftBatch) throws(LogError) {
        let now = time.wall.milliseconds
        do {
            var bytes = proposal
            if !batch.controls.isEmpty {
                var records: [ControlRecord] = []
                for control in batch.controls { records.append(try control.record()) }
                bytes = try ControlRecord.batch(
                    records,
                    offset: batch.baseOffset,
                    epoch: batch.epoch.rawValue,
                    now: now
                )
            }
            guard let bytes else { throw RecordError.corrupt("a batch without bytes was to be appended") }
            _ = try log.append(
                try ValidatedBatch(own: bytes),
                leaderEpoch: batch.epoch.rawValue,
                now: now,
                isFromClient: false,
                highWatermark: log.logEndOffset
            )
            bytesSinceSnapshot += Int64(bytes.readableBytes)
        } catch let error as LogError {
            throw error
        } catch let error as RecordError {
            throw .refused(error)
        } catch {
            throw .corrupt(path: files.path, position: log.logEndOffset, reason: "\(error)")
        }
        // The file has another form once the log names the voters.
        if batch.controls.contains(where: { if case .kraftVersion = $0 { true } else { false } }) {
            unwritten = replica.election
        }
    }

    private func flush() throws(LogError) {
        guard let flush = log.beginFlush() else { return }
        do { try flush.run() } catch { throw .storage(error) }
        log.completeFlush(flush)
    }

    private func writeState() throws(LogError) {
        guard let election = unwritten else { return }
        let text = text(of: election)
        if text != writtenState {
            do {
                try files.fileSystem.writeAtomically(
                    ByteBuffer(string: text),
                    to: Path.join(files.path, QuorumState.fileName)
                )
            } catch {
                throw .storage(error)
            }
            writtenState = text
        }
        unwritten = nil
    }

    private func text(of election: ElectionState) -> String {
        var state = QuorumState()
        state.version = replica.voters.kraftVersion > 0 ? 1 : 0
        state.leaderEpoch = election.epoch.rawValue
        state.leaderId = election.leader?.rawValue ?? -1
        if state.version == 0 { state.voters = replica.voters.current.keys.map(\.id.rawValue) }
        // The only voter leads the epoch in which it votes for itself: that is written once.
        if election.voted == own, replica.voters.current.isOnly(own) { state.leaderId = own.id.rawValue }
        if let voted = election.voted, state.leaderId != own.id.rawValue {
            state.votedId = voted.id.rawValue
            state.votedDirectoryId = voted.directoryId
        }
        return state.text
    }

    private func trim(to oldest: SnapshotId) throws(LogError) {
        do {
            for name in try files.fileSystem.list(files.path) {
                guard let id = SnapshotId(fileName: name), id < oldest else { continue }
                try files.fileSystem.remove(Path.join(files.path, name))
            }
        } catch {
            throw .storage(error)
        }
        // The log before the oldest snapshot is no longer needed by anyone.
        try log.deletePrefix(before: oldest.endOffset, highWatermark: log.flushedOffset)
        for segment in try log.retire(now: time.wall.milliseconds, highWatermark: log.flushedOffset) {
            do { try segment.remove() } catch { throw .storage(error) }
        }
    }

    // MARK: MetadataQuorum

    package func next() throws(LogError) -> QuorumEvent? {
        if let id = unreadSnapshot {
            unreadSnapshot = nil
            let content = try files.content(of: id)
            return .snapshot(
                QuorumSnapshot(
                    id: id,
                    appendTime: WallTime(milliseconds: content.lastTimestamp),
                    values: content.values,
                    kraftVersion: content.voters.kraftVersion
                )
            )
        }
        if unreadOffset == replica.committed, unreadEvents.isEmpty { try settle() }
        let end = unreadEvents.first?.offset ?? replica.committed
        if unreadOffset < end { return .committed(try readBatches(upTo: end)) }
        return unreadEvents.isEmpty ? nil : unreadEvents.removeFirst().event
    }

    /// The next batches of the log, a mebibyte or a batch.
    private func readBatches(upTo end: Int64) throws(LogError) -> [CommittedBatch] {
        var result: [CommittedBatch] = []
        do {
            guard
                let slice = try log.read(from: unreadOffset, maxBytes: 1 << 20, upTo: end, isFirstBatchWhole: true)
            else { throw RecordError.corrupt("nothing can be read at offset \(unreadOffset)") }
            for batch in RecordBatches(try slice.file.read(at: slice.position, count: slice.count)) {
                guard batch.header.nextOffset > unreadOffset else { continue }
                result.append(try CommittedBatch(batch, from: unreadOffset))
            }
            guard let last = result.last else {
                throw RecordError.corrupt("no batch stands at offset \(unreadOffset)")
            }
            unreadOffset = last.endOffset
            return result
        } catch let error as LogError {
            throw error
        } catch let error as StorageError {
            throw .storage(error)
        } catch {
            throw .corrupt(path: files.path, position: 0, reason: "\(error)")
        }
    }

    package var nextOffset: Int64 { log.logEndOffset }

    package func propose(_ values: [ByteBuffer], epoch: LeaderEpoch, now: WallTime) throws(ProposalError) -> Int64 {
        guard replica.isLeader, replica.election.epoch == epoch else { throw .notLeader }
        let bytes = try batch(of: values, epoch, now)
        proposal = bytes
        defer { proposal = nil }
        do { try handle(.propose(epoch: epoch, count: values.count, token: 1)) } catch { throw .failed(error) }
        guard case .proposed(_, let offset?) = outcome else { throw .notLeader }
        return offset
    }

    /// A batch that the log takes: what it refuses must not reach the replica.
    private func batch(of values: [ByteBuffer], _ epoch: LeaderEpoch, _ now: WallTime) throws(ProposalError)
        -> ByteBuffer
    {
        var builder = RecordBatchBuilder(
            baseOffset: log.logEndOffset,
            leaderEpoch: epoch.rawValue,
            capacity: values.count * 64
        )
        for value in values { builder.append(timestamp: now.milliseconds, key: nil, value: value) }
        let bytes: ByteBuffer
        do { bytes = try builder.build() } catch { throw .failed(.refused(error)) }
        if Int64(bytes.readableBytes) > log.config.segmentBytes {
            let reason = "\(bytes.readableBytes) bytes exceed segment.bytes of \(log.config.segmentBytes)"
            throw .failed(.refused(RecordError(.recordListTooLarge, reason)))
        }
        return bytes
    }

    package func proposeVoters(_ endpoints: [VoterEndpoint], epoch: LeaderEpoch, now: WallTime) throws(ProposalError) {
        guard replica.isLeader, replica.election.epoch == epoch else { throw .notLeader }
        guard replica.voters.kraftVersion == 0 else { return }
        do throws(LogError) {
            try settle()
            try handle(.upgradeKRaftVersion(QuorumVoters.newestVersion, endpoints: endpoints, token: 1))
            if case .upgraded(_, let error) = outcome, error != .none {
                throw .refused(RecordError(error, "the voters cannot be written to the log now"))
            }
            try settle()
        } catch {
            throw .failed(error)
        }
    }

    package func bootstrapValues() throws(LogError) -> [ByteBuffer] { try files.bootstrapValues() }

    package func wantsSnapshot(now: WallTime) -> Bool {
        bytesSinceSnapshot >= limits.bytesBetweenSnapshots
            || bytesSinceSnapshot > 0
                && now.milliseconds - lastSnapshot.milliseconds >= limits.snapshotIntervalMillis
    }

    package func store(_ snapshot: QuorumSnapshot, now: WallTime) throws(LogError) {
        precondition(snapshot.id.endOffset <= replica.committed, "a snapshot holds only what is committed")
        do {
            let bytes = try SnapshotFile.encode(
                snapshot.values,
                voters: QuorumVoters(replica.voters.content(at: snapshot.id.endOffset)),
                id: snapshot.id,
                lastTimestamp: snapshot.appendTime.milliseconds,
                now: now.milliseconds
            )
            try files.fileSystem.writeAtomically(bytes, to: Path.join(files.path, snapshot.id.fileName))
        } catch let error as RecordError {
            throw .refused(error)
        } catch let error as StorageError {
            throw .storage(error)
        } catch {
            throw .corrupt(path: files.path, position: 0, reason: "\(error)")
        }
        bytesSinceSnapshot = 0
        lastSnapshot = now
        try handle(.snapshotStored(snapshot.id))
        try settle()
    }

    package var status: QuorumStatus {
        let voters = replica.voters
        let known = voters.current.voter(own.id)
        return QuorumStatus(
            leaderId: replica.leaderId?.rawValue ?? -1,
            leaderEpoch: replica.election.epoch.rawValue,
            highWatermark: replica.committed,
            logEndOffset: log.logEndOffset,
            voters: voters.current.keys.map(\.id.rawValue),
            directoryId: voters.kraftVersion > 0 ? own.directoryId : .zero,
            kraftVersion: voters.kraftVersion,
            endpoints: voters.kraftVersion > 0 ? known?.endpoints ?? [] : []
        )
    }

    package func close() throws(LogError) {
        try settle()
        try log.close()
    }
}

extension CommittedBatch {
    /// - Parameter start: what lies before it was heard already: some versions of Kafka wrote snapshots that end within a batch.
    fileprivate init(_ batch: RecordBatch, from start: Int64) throws(RecordError) {
        let header = batch.header
        var kraftVersion: Int16?
        var values: [ByteBuffer] = []
        for record in try batch.allRecords() where record.offset >= start {
            if !header.isControl {
                values.append(record.value ?? ByteBuffer())
            } else if case .kraftVersion(let version) = try RaftControl(record) {
                kraftVersion = version
            }
        }
        self.init(
            firstOffset: max(header.baseOffset, start),
            endOffset: header.nextOffset,
            epoch: LeaderEpoch(header.partitionLeaderEpoch),
            appendTime: WallTime(milliseconds: header.maxTimestamp),
            values: values,
            kraftVersion: kraftVersion
        )
    }
}

import KafkaProtocol

/// An end of the log, or of a part of it: the epoch of the last record, and the offset behind it.
package struct LogPosition: Hashable, Sendable, Comparable, CustomStringConvertible {
    package var epoch: LeaderEpoch
    package var endOffset: Int64

    package init(epoch: LeaderEpoch, endOffset: Int64) {
        self.epoch = epoch
        self.endOffset = endOffset
    }

    /// Whose log is more complete: the later epoch counts first.
    package static func < (left: LogPosition, right: LogPosition) -> Bool {
        (left.epoch, left.endOffset) < (right.epoch, right.endOffset)
    }

    package var description: String { "\(endOffset)@\(epoch)" }
}

/// Control records that the quorum itself lives by.
package enum RaftControl: Hashable, Sendable {
    case leaderChange(leader: NodeId, voters: [ReplicaKey], granting: [ReplicaKey])
    case kraftVersion(Int16)
    case voters(RaftVoterSet)
}

/// A batch of the log by what the machine has to know of it; its bytes are the shell's.
package struct RaftBatch: Hashable, Sendable {
    package var baseOffset: Int64
    /// The offset behind its last record.
    package var nextOffset: Int64
    package var epoch: LeaderEpoch
    /// One for each offset; empty when it is no control batch.
    package var controls: [RaftControl]
    /// By what the shell finds the bytes of a batch that came from outside; 0 for control batches that the machine made.
    package var token: UInt64

    package init(
        baseOffset: Int64,
        nextOffset: Int64,
        epoch: LeaderEpoch,
        controls: [RaftControl] = [],
        token: UInt64 = 0
    ) {
        self.baseOffset = baseOffset
        self.nextOffset = nextOffset
        self.epoch = epoch
        self.controls = controls
        self.token = token
    }
}

/// The shape of the log: where it begins and ends, which epoch wrote which part, what is on disk, which snapshots there are. It is changed by the
/// machine, together with the effect that changes the log.
package struct RaftLog: Equatable, Sendable {
    package struct EpochStart: Equatable, Sendable {
        package var epoch: LeaderEpoch
        package var startOffset: Int64

        package init(_ epoch: LeaderEpoch, from startOffset: Int64) {
            self.epoch = epoch
            self.startOffset = startOffset
        }
    }

    package private(set) var startOffset: Int64
    package private(set) var endOffset: Int64
    /// What lies below is on disk.
    package private(set) var syncedOffset: Int64
    /// Ascending by epoch and by offset; the first one covers the start.
    package private(set) var epochs: [EpochStart]
    /// Ascending.
    package private(set) var snapshots: [SnapshotId]
    /// Where the log ended when disk work was ordered, as far as it has not been cut since.
    private var unsynced: [(ticket: UInt64, endOffset: Int64)] = []

    /// A log as it was found at start; all of it is on disk.
    package init(startOffset: Int64 = 0, endOffset: Int64 = 0, epochs: [EpochStart] = [], snapshots: [SnapshotId] = [])
    {
        self.startOffset = startOffset
        self.endOffset = endOffset
        syncedOffset = endOffset
        self.epochs = epochs
        self.snapshots = snapshots.sorted()
    }

    package var lastEpoch: LeaderEpoch { epochs.last?.epoch ?? LeaderEpoch(snapshots.last?.epoch ?? 0) }
    package var end: LogPosition { LogPosition(epoch: lastEpoch, endOffset: endOffset) }

    /// The last epoch up to `epoch` that wrote something, and where its records end; nil when the log begins later.
    package func end(of epoch: LeaderEpoch) -> LogPosition? {
        guard let index = epochs.lastIndex(where: { $0.epoch <= epoch }) else { return nil }
        let end = index + 1 < epochs.count ? epochs[index + 1].startOffset : endOffset
        return LogPosition(epoch: epochs[index].epoch, endOffset: max(end, startOffset))
    }

    mutating func append(_ batch: RaftBatch) {
        precondition(batch.baseOffset == endOffset && batch.nextOffset > endOffset, "the quorum's log has no gaps")
        precondition(batch.epoch >= lastEpoch, "the epochs of the quorum's log never fall")
        if epochs.last?.epoch != batch.epoch { epochs.append(EpochStart(batch.epoch, from: endOffset)) }
        endOffset = batch.nextOffset
    }

    mutating func truncate(to offset: Int64) {
        precondition(offset >= startOffset && offset <= endOffset, "only the log's end can be cut")
        endOffset = offset
        syncedOffset = min(syncedOffset, offset)
        for index in unsynced.indices { unsynced[index].endOffset = min(unsynced[index].endOffset, offset) }
        while let last = epochs.last, last.startOffset >= offset, epochs.count > 1 || !hasBase { epochs.removeLast() }
    }

    /// The epoch of the first entry is known from the snapshot that the log begins behind.
    private var hasBase: Bool { snapshots.contains { $0.endOffset == startOffset && $0.endOffset > 0 } }

    mutating func ordered(_ ticket: UInt64) { unsynced.append((ticket, endOffset)) }

    /// What was ordered with a ticket, and before it, is on disk.
    mutating func synced(_ ticket: UInt64) {
        while let first = unsynced.first, first.ticket <= ticket {
            syncedOffset = max(syncedOffset, first.endOffset)
            unsynced.removeFirst()
        }
    }

    mutating func stored(_ snapshot: SnapshotId) {
        guard !snapshots.contains(snapshot) else { return }
        snapshots.append(snapshot)
        snapshots.sort()
    }

    /// Lets go of the oldest snapshots and of the log that only they needed.
    ///
    /// - Returns: the oldest one that stays, if others went.
    mutating func trim(keeping count: Int) -> SnapshotId? {
        guard snapshots.count > count else { return nil }
        snapshots.removeFirst(snapshots.count - count)
        guard let oldest = snapshots.first else { return nil }
        if oldest.endOffset > startOffset {
            startOffset = oldest.endOffset
            if let covering = epochs.lastIndex(where: { $0.startOffset < startOffset }) { epochs.removeFirst(covering) }
            // The base is the snapshot's epoch also where the log goes on with a later one.
            if epochs.first?.startOffset ?? 0 < startOffset { epochs[0].startOffset = startOffset }
        }
        return oldest
    }

    /// The log begins anew behind a snapshot that is on disk.
    mutating func restart(behind snapshot: SnapshotId) {
        startOffset = snapshot.endOffset
        endOffset = snapshot.endOffset
        syncedOffset = snapshot.endOffset
        epochs = [EpochStart(LeaderEpoch(snapshot.epoch), from: snapshot.endOffset)]
        snapshots = [snapshot]
        for index in unsynced.indices { unsynced[index].endOffset = snapshot.endOffset }
    }

    package static func == (left: RaftLog, right: RaftLog) -> Bool {
        left.startOffset == right.startOffset && left.endOffset == right.endOffset
            && left.syncedOffset == right.syncedOffset && left.epochs == right.epochs
            && left.snapshots == right.snapshots
    }
}

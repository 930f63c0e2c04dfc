import Coordination
import KafkaProtocol
import KafkaRecords
import LogStorage
import NIOCore
import Replication
import Synchronization
import World

/// A replica of a partition on this node: a log and the machine that decides, behind one lock.
///
/// Lock order: a group shard's lock before a partition's; never two partitions' at once. Callbacks run after the lock is left.
final class Partition: Sendable {
    let id: TopicPartition
    let topicId: KafkaUUID
    /// Where its log lies. Only `replaceLog` changes that.
    let place: Mutex<LogDirectoryRuntime>
    /// Which carries what it asks of other brokers.
    weak let store: PartitionStore?

    struct State: ~Copyable {
        var log: PartitionLog
        var replica: Replica
        var producers = WaitingProducers()
        /// Who wants to hear of changes: consumers' fetches that wait, and their fetch sessions.
        var readers: [FetchReader] = []
        /// The same of followers: they read to the log's end.
        var followers: [FetchReader] = []
        /// Bytes that were appended since the high watermark moved.
        var hiddenBytes = 0
        var unflushedSince: Int64 = 0
        /// Those who wait until replicas have deleted records.
        var deletions: [(before: Int64, done: @Sendable (ErrorCode, Int64) -> Void)] = []
        /// The recovery point that the directory's checkpoint may have of it.
        var checkpointed: Int64
        /// A cut that is about to be made: no checkpoint may call more durable.
        var cutAt = Int64.max
        /// The lowest end that the log has had since its copy in another directory was compared with it; whatever the copy has from there on
        /// may differ.
        var cutSinceCopied = Int64.max
        /// Whether the start of the log is about to be moved.
        var isLogStartMoving = false
        /// Whether somebody is to write to a checkpoint where the log begins.
        var isLogStartAwaited = false
        /// A change of the log that found no space on the disk.
        var postponed: (LogChange, LeaderEpoch)?
        /// The last batch that was refused for something that passes: its producer sends it again, and what it has sent behind it.
        var refused: (at: MonotonicTime, code: ErrorCode)?
        /// Before that, requests for it were refused.
        let openedAt: MonotonicTime
        /// For batches that wait for the word of a transaction's coordinator.
        var tickets = TransactionTickets()
        /// What the node's metrics count it as.
        var health = ReplicaHealth()
    }
    let state: Mutex<State>
    /// Of its directory, under whose lock it is used.
    let isQueuedForFlush = Atomic(false)
    /// What was found in the log counts once it is on the disk.
    let wantsFlush: Bool

    /// - Parameters:
    ///   - highWatermark: as the checkpoint has it.
    ///   - metadata: who leads it, and which replicas it has.
    ///   - store: nil for one that asks nothing of other brokers.
    init(
        id: TopicPartition,
        topicId: KafkaUUID,
        directory: LogDirectoryRuntime,
        highWatermark: Int64,
        nodeId: NodeId,
        settings: ReplicaSettings,
        metadata: ReplicaMetadata,
        log: sending PartitionLog,
        store: PartitionStore? = nil
    ) {
        self.store = store
        self.id = id
        self.topicId = topicId
        place = Mutex(directory)
        var replica = Replica(
            nodeId: nodeId,
            log: LogPosition(log),
            highWatermark: highWatermark,
            settings: settings
        )
        // Nobody waits for anything yet.
        let now = directory.time.now
        wantsFlush = replica.metadataChanged(metadata, now: now).flushes
        if replica.isLeader { log.beginEpoch(replica.epoch.rawValue) }
        log.highWatermarkMoved(to: replica.highWatermark)
        let checkpointed = log.flushedOffset
        state = Mutex(State(log: log, replica: replica, checkpointed: checkpointed, openedAt: now))
    }

    var directory: LogDirectoryRuntime { place.withLock { $0 } }

    /// Runs work behind the flushes of its directory, and so beside none of its own. Between the call and the work it may have moved.
    func behindFlushes(_ work: @escaping @Sendable () -> Void) {
        let directory = directory
        directory.background { [self] in
            if self.directory === directory { work() } else { behindFlushes(work) }
        }
    }

    /// How a partition ends.
    enum End: Sendable {
        /// Its topic is gone, and its files are on their way out.
        case deleted
        /// The node stops: everything is written out; `syncing` makes it durable too.
        case orderly(syncing: Bool)

        fileprivate var reason: OfflineReason {
            switch self {
            case .deleted: .deleted
            case .orderly: .stopped
            }
        }
    }

    /// Why nothing that a leader does can be had of the partition; nil while it leads.
    func refusal(_ state: borrowing State) -> ErrorCode? {
        guard let code = state.replica.leaderRefusal else { return directory.isOffline ? .kafkaStorageError : nil }
        return code
    }

    // MARK: What follows from events

    /// What is left to do once the lock is left.
    struct Aftermath {
        var answers: [WaitingProducer.Answer] = []
        var readers: [FetchReader] = []
        var arrivedBytes = 0
        /// Followers that look at the partition when they fetch next.
        var followers: [FetchReader] = []
        /// The readers look again, whatever has arrived.
        var firesReaders = false
        var flushes = false
        var decisions: [ReplicaDecision] = []
        var isrRequest: IsrRequest?
        var logChange: (change: LogChange, epoch: LeaderEpoch)?
        /// The directory's checkpoint may call more durable than there is.
        var rewritesCheckpoint = false
        /// Where it fetches from has changed, or that it may fetch on.
        var fetches = false
        /// Answers to deletions of records.
        var deleted: [@Sendable () -> Void] = []
        var health: (from: ReplicaHealth, to: ReplicaHealth)?

        /// With what follows from a second event of the same moment.
        mutating func add(_ other: Aftermath) {
            answers += other.answers
            if !other.readers.isEmpty { (readers, arrivedBytes) = (other.readers, arrivedBytes + other.arrivedBytes) }
            if !other.followers.isEmpty { followers = other.followers }
            firesReaders = firesReaders || other.firesReaders
            flushes = flushes || other.flushes
            decisions += other.decisions
            isrRequest = other.isrRequest ?? isrRequest
            logChange = other.logChange ?? logChange
            rewritesCheckpoint = rewritesCheckpoint || other.rewritesCheckpoint
            fetches = fetches || other.fetches
            deleted += other.deleted
            if let change = other.health { health = (health?.from ?? change.from, change.to) }
        }
    }

    /// Takes over what the machine has decided.
    func take(_ effects: ReplicaEffects, _ state: inout State) -> Aftermath {
        var after = Aftermath()
        for reply in effects.answers {
            if let answer = state.producers.take(reply.token, code: reply.code) { after.answers.append(answer) }
        }
        if effects.hasMovedWatermark { Self.announce(&state, &after) }
        if effects.wakesReaders {
            after.readers = state.readers
            after.firesReaders = true
        }
        after.flushes = effects.flushes
        after.decisions = effects.decisions
        after.isrRequest = effects.isrRequest
        after.logChange = Self.withoutRepeats(effects.logChange, &state).map { ($0, state.replica.epoch) }
        after.fetches = effects.fetch != nil
        if !state.deletions.isEmpty { after.deleted = takeDeletions(&state) }
        if !effects.decisions.isEmpty || effects.wakesReaders {
            // Who may come in sync, or has been taken out, does so by its next fetch: that one looks here.
            after.followers = state.followers
            let health = ReplicaHealth(state.replica)
            if health != state.health { after.health = (state.health, health) }
            state.health = health
        }
        return after
    }

    /// The high watermark has moved: what lies below can be read.
    static func announce(_ state: inout State, _ after: inout Aftermath) {
        state.log.highWatermarkMoved(to: state.replica.highWatermark)
        after.readers = state.readers
        after.arrivedBytes = state.hiddenBytes
        after.followers = state.followers
        state.hiddenBytes = 0
    }

    func finish(_ after: Aftermath) {
        // First of all: who waits for what is replicated now must not wait for the rest.
        for answer in after.answers { answer.done(answer.outcome) }
        for answer in after.deleted { answer() }
        tell(after)
        if after.flushes { directory.flush(self) }
        if !after.decisions.isEmpty { directory.decisions.note(after.decisions, of: id) }
        if let health = after.health { directory.note(health.from, health.to) }
        if after.rewritesCheckpoint { directory.background { [self] in rewriteCheckpoint() } }
        if let change = after.logChange { behindFlushes { [self] in carryOut(change.change, change.epoch) } }
        guard after.isrRequest != nil || after.fetches, let store else { return }
        if let request = after.isrRequest { store.isrSender.ask(request, of: self) }
        if after.fetches { store.fetchers.changed(self) }
    }

    private func tell(_ after: Aftermath) {
        for reader in after.readers {
            if after.firesReaders {
                reader.signal.changed(reader.place)
            } else {
                reader.signal.arrived(bytes: after.arrivedBytes, at: reader.place)
            }
        }
        for follower in after.followers {
            if after.firesReaders {
                follower.signal.changed(follower.place)
            } else {
                follower.signal.mark(follower.place)
            }
        }
    }

    // MARK: Metadata

    /// Who leads, who is in sync, which brokers the replicas are on.
    func follow(_ metadata: ReplicaMetadata) {
        let now = directory.time.now
        finish(
            state.withLock { state in
                let epoch = state.replica.epoch
                let effects = state.replica.metadataChanged(metadata, now: now)
                if state.replica.epoch != epoch {
                    if state.replica.isLeader {
                        state.log.beginEpoch(state.replica.epoch.rawValue)
                        // Who knew of its election earlier than this node has been refused.
                        state.refused = (now, Self.recentRefusal(state, now) ?? .notLeaderOrFollower)
                    } else {
                        state.log.endEpoch()
                    }
                    // What the coordinators said counts for the leadership in which they were asked.
                    state.tickets = TransactionTickets()
                }
                var after = take(effects, &state)
                after.fetches = after.fetches || state.replica.epoch != epoch
                // A broker that was fenced, or is another one now, may come in sync by its next fetch.
                after.followers = state.followers
                return after
            }
        )
    }

    func reconfigure(_ settings: PartitionSettings) {
        let now = directory.time.now
        finish(
            state.withLock { state in
                state.log.reconfigure(settings.log)
                return take(state.replica.reconfigured(settings.replica, now: now), &state)
            }
        )
    }

    /// Ends service: those who wait are told why.
    func close(_ end: End) throws(LogError) {
        finish(
            state.withLock { state in
                var after = take(state.replica.ended(end.reason), &state)
                after.fetches = true
                return after
            }
        )
        let gate = try state.withLock { state throws(LogError) -> FlushGate? in
            switch end {
            case .deleted: return state.log.abandon()
            case .orderly(let syncing):
                try state.log.close(syncing: syncing)
                return nil
            }
        }
        gate?.close()
    }
}

/// What a topic's configuration means for its partitions.
struct PartitionSettings: Sendable {
    var log: LogConfig
    var replica: ReplicaSettings
}

extension LogPosition {
    init(_ log: PartitionLog) {
        self.init(
            start: log.logStartOffset,
            end: log.logEndOffset,
            durableEnd: log.flushedOffset,
            lastEpoch: log.lastBatchEpoch.map { LeaderEpoch($0) }
        )
    }
}

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
    let directory: LogDirectoryRuntime

    struct State: ~Copyable {
        var log: PartitionLog
        var replica: Replica
        var producers = WaitingProducers()
        /// Who wants to hear of changes: fetches that wait, and fetch sessions.
        var readers: [FetchReader] = []
        /// Bytes that were appended since the high watermark moved.
        var hiddenBytes = 0
        var unflushedSince: Int64 = 0
    }
    let state: Mutex<State>
    /// Of its directory, under whose lock it is used.
    let isQueuedForFlush = Atomic(false)
    /// What was found in the log counts once it is on the disk.
    let wantsFlush: Bool

    /// - Parameters:
    ///   - highWatermark: as the checkpoint has it.
    ///   - metadata: who leads it, and which replicas it has.
    init(
        id: TopicPartition,
        topicId: KafkaUUID,
        directory: LogDirectoryRuntime,
        highWatermark: Int64,
        nodeId: NodeId,
        settings: ReplicaSettings,
        metadata: ReplicaMetadata,
        log: sending PartitionLog
    ) {
        self.id = id
        self.topicId = topicId
        self.directory = directory
        var replica = Replica(
            nodeId: nodeId,
            log: LogPosition(log),
            highWatermark: highWatermark,
            settings: settings
        )
        // Nobody waits for anything yet.
        wantsFlush = replica.metadataChanged(metadata, now: directory.time.now).flushes
        if replica.isLeader { log.beginEpoch(replica.epoch.rawValue) }
        log.highWatermarkMoved(to: replica.highWatermark)
        state = Mutex(State(log: log, replica: replica))
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
        /// The readers look again, whatever has arrived.
        var firesReaders = false
        var flushes = false
        var decisions: [ReplicaDecision] = []
    }

    /// Takes over what the machine has decided. What it asks of other nodes has nobody to carry it there yet: without fetches of
    /// followers it asks for nothing.
    static func take(_ effects: ReplicaEffects, _ state: inout State) -> Aftermath {
        var after = Aftermath()
        for reply in effects.answers {
            if let answer = state.producers.take(reply.token, code: reply.code) { after.answers.append(answer) }
        }
        if effects.hasMovedWatermark { announce(&state, &after) }
        if effects.wakesReaders {
            after.readers = state.readers
            after.firesReaders = true
        }
        after.flushes = effects.flushes
        after.decisions = effects.decisions
        return after
    }

    /// The high watermark has moved: what lies below can be read.
    static func announce(_ state: inout State, _ after: inout Aftermath) {
        state.log.highWatermarkMoved(to: state.replica.highWatermark)
        after.readers = state.readers
        after.arrivedBytes = state.hiddenBytes
        state.hiddenBytes = 0
    }

    func finish(_ after: Aftermath) {
        for reader in after.readers {
            if after.firesReaders {
                reader.signal.changed(reader.place)
            } else {
                reader.signal.arrived(bytes: after.arrivedBytes, at: reader.place)
            }
        }
        if after.flushes { directory.flush(self) }
        for answer in after.answers { answer.done(answer.outcome) }
        if !after.decisions.isEmpty { directory.note(after.decisions, of: id) }
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
                    } else {
                        state.log.endEpoch()
                    }
                }
                return Self.take(effects, &state)
            }
        )
    }

    func reconfigure(_ settings: PartitionSettings) {
        let now = directory.time.now
        finish(
            state.withLock { state in
                state.log.reconfigure(settings.log)
                return Self.take(state.replica.reconfigured(settings.replica, now: now), &state)
            }
        )
    }

    /// Ends service: those who wait are told why.
    func close(_ end: End) throws(LogError) {
        finish(state.withLock { state in Self.take(state.replica.ended(end.reason), &state) })
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

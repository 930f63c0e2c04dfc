import CoreMetrics
import KafkaProtocol
import LogStorage
import Logging
import Synchronization
import World

/// One log directory at run time: whether it works, and the thread for what only its disk can delay.
final class LogDirectoryRuntime: Sendable {
    /// An append slower than this means that the disk holds up writers.
    static let stallNanos: Int64 = 50_000_000
    /// Between two lines about a full disk or too many open files.
    static let quietMillis: Int64 = 10_000
    /// Appends this fast again mean that it has recovered.
    static let calmNanos: Int64 = 5_000_000

    let storage: LogDirectory
    let meta: MetaProperties
    private let logger: Logger
    private let metrics: BrokerMetrics
    let decisions: DecisionLog
    /// One thread each: flushes are grouped on the first, appends of a stalled disk wait on the second.
    private let flushThread: any Worker
    private let writeThread: any Worker
    let time: WorldTime

    private struct State {
        var failure: String?
        /// Who hears of the failure.
        var observers: [@Sendable () -> Void] = []
        /// In the order in which they asked.
        var dirty: [Partition] = []
        var isFlushing = false
        /// Whether a checkpoint is on its way that says where logs begin.
        var isCheckpointingLogStarts = false
        var isDiverting = false
        /// Until when what is short is not told of again; monotonic milliseconds.
        var quietUntil = Int64.min
        var queued = 0
        /// What was said of damaged logs, which readers find again and again.
        var said: Set<String> = []
    }
    private let state = Mutex(State())
    private let shortage = Mutex(SpaceShortage())
    private let onFailure: @Sendable (LogDirectoryRuntime, String) -> Void

    init(
        _ storage: LogDirectory,
        world: World,
        meta: MetaProperties,
        logger: Logger,
        metrics: BrokerMetrics,
        decisions: DecisionLog,
        onFailure: @escaping @Sendable (LogDirectoryRuntime, String) -> Void
    ) {
        self.storage = storage
        self.meta = meta
        self.logger = logger
        self.metrics = metrics
        self.decisions = decisions
        self.onFailure = onFailure
        time = world.time
        flushThread = world.threads.makeWorker("flush", threads: 1)
        writeThread = world.threads.makeWorker("append", threads: 1)
    }

    var path: String { storage.path }
    /// Why the directory is offline; nil while it works.
    var failure: String? { state.withLock { $0.failure } }
    var isOffline: Bool { failure != nil }

    /// Takes the directory out of service for good: what a failed disk holds no longer follows our writes.
    func fail(_ reason: String) {
        let observers = state.withLock { state -> [@Sendable () -> Void]? in
            if state.failure != nil { return nil }
            state.failure = reason
            return state.observers
        }
        guard let observers else { return }
        logger.critical(
            "log directory failed: its partitions are offline",
            metadata: ["directory": "\(path)", "reason": "\(reason)"]
        )
        decisions.note(.directoryFailed(broker: meta.nodeId, path: path, reason: reason))
        // First those hear of it who wait for what was in it: once the controller knows, nobody leads here what they would be told of.
        for observer in observers { observer() }
        onFailure(self, reason)
    }

    /// Calls `observer` when the directory fails, on the thread that found out, without a lock.
    func whenItFails(_ observer: @escaping @Sendable () -> Void) { state.withLock { $0.observers.append(observer) } }

    /// Decides whether an error ends the directory. A full disk and too many open files do not: nothing was written.
    func handle(_ error: StorageError) {
        switch error.kind {
        case .notCached: break
        case .noSpace, .tooManyOpenFiles:
            // It fails for every partition and every append, until there is space, or a file, again.
            let now = time.now.milliseconds
            let isTold = state.withLock { state in
                if now < state.quietUntil { return false }
                state.quietUntil = now + Self.quietMillis
                return true
            }
            if isTold { logger.error("\(error)", metadata: ["directory": "\(path)"]) }
        case .notFound, .exists, .permission, .locked, .io: fail("\(error)")
        }
    }

    // MARK: Space

    /// There was no space for a record of a replica.
    ///
    /// - Returns: whether that is news.
    func foundNoSpace(_ id: TopicPartition) -> Bool {
        let (isNews, isFirst) = shortage.withLock { shortage in
            let wasShort = !shortage.replicas.isEmpty
            return (shortage.found(id, now: time.now), !wasShort)
        }
        if isFirst {
            logger.warning(
                "the log directory is full: other replicas in sync lead what it has no space for, until there is space again",
                metadata: ["directory": "\(path)"]
            )
        }
        return isNews
    }

    /// Whether there was no space for a record of the replica, as far as is known.
    func lacksSpace(for id: TopicPartition) -> Bool { shortage.withLock { $0.replicas.contains(id) } }

    /// Looks whether there is space again, when it is time to. Blocks on the disk.
    ///
    /// - Returns: the replicas that lacked it.
    func lookForSpace() -> Set<TopicPartition> {
        guard shortage.withLock({ $0.isDue(now: time.now) }) else { return [] }
        // Where nobody knows, the next record tells.
        let isEnough = storage.fileSystem.space(at: path)?.isEnough ?? true
        let replicas = shortage.withLock { $0.looked(isEnough: isEnough, now: time.now) }
        if !replicas.isEmpty {
            logger.notice("the log directory has space again", metadata: ["directory": "\(path)"])
        }
        return replicas
    }

    /// Counts a replica of this directory as what it is now.
    func note(_ known: ReplicaHealth, _ health: ReplicaHealth) {
        func count(_ gauge: CountingGauge, _ was: Bool, _ isNow: Bool) { if was != isNow { gauge.add(isNow ? 1 : -1) } }
        count(metrics.underReplicated, known.isUnderReplicated, health.isUnderReplicated)
        count(metrics.underMinIsr, known.isUnderMinIsr, health.isUnderMinIsr)
    }

    // MARK: Appends

    /// Whether appends have to queue up behind a stalled disk.
    var isDiverting: Bool { state.withLock { $0.isDiverting } }

    /// Notes how long an append on an event loop took.
    func noteAppend(nanos: Int64) {
        guard nanos > Self.stallNanos else { return }
        let began = state.withLock { state in
            defer { state.isDiverting = true }
            return !state.isDiverting
        }
        if began {
            logger.warning(
                "appends are slow: they move to a thread of the log directory",
                metadata: ["directory": "\(path)", "millis": "\(nanos / 1_000_000)"]
            )
        }
    }

    /// Runs an append on the directory's thread, in the order of the calls.
    func divert(_ work: @escaping @Sendable () -> Void) {
        state.withLock { $0.queued += 1 }
        metrics.appendsDiverted.increment()
        writeThread.submit { [self] in
            let start = time.now.nanoseconds
            work()
            let took = time.now.nanoseconds - start
            let recovered = state.withLock { state in
                state.queued -= 1
                guard state.queued == 0, took < Self.calmNanos, state.isDiverting else { return false }
                state.isDiverting = false
                return true
            }
            if recovered {
                logger.notice(
                    "appends are fast again: they return to the network threads",
                    metadata: ["directory": "\(path)"]
                )
            }
        }
    }

    // MARK: Flushes

    /// Asks for a partition to be made durable. Requests that arrive during an fsync share the next one.
    func flush(_ partition: Partition) {
        let starts = state.withLock { state in
            if partition.isQueuedForFlush.exchange(true, ordering: .relaxed) { return false }
            state.dirty.append(partition)
            if state.isFlushing { return false }
            state.isFlushing = true
            return true
        }
        if starts { flushThread.submit { [self] in flushAll() } }
    }

    private func flushAll() {
        while true {
            let batch = state.withLock { state -> [Partition] in
                let batch = state.dirty
                state.dirty = []
                for partition in batch { partition.isQueuedForFlush.store(false, ordering: .relaxed) }
                if batch.isEmpty { state.isFlushing = false }
                return batch
            }
            if batch.isEmpty { return }
            for partition in batch {
                // It has moved to another one: only the thread of that one may flush it.
                if partition.directory !== self {
                    partition.directory.flush(partition)
                    continue
                }
                metrics.flushes.increment()
                partition.flushNow()
            }
        }
    }

    /// Runs work that may block on the disk behind the flushes.
    func background(_ work: @escaping @Sendable () -> Void) { flushThread.submit(work) }

    /// Has a checkpoint written that says where logs begin; one for all that ask before it is their turn.
    func checkpointLogStarts(_ write: @escaping @Sendable () -> Void) {
        let isFirst = state.withLock { state in
            defer { state.isCheckpointingLogStarts = true }
            return !state.isCheckpointingLogStarts
        }
        guard isFirst else { return }
        background { [self] in
            state.withLock { $0.isCheckpointingLogStarts = false }
            write()
        }
    }

    /// Says something about a partition that an operator may have to look at.
    func warn(_ finding: LogFinding, of partition: TopicPartition) {
        logger.warning("\(finding.sentence)", metadata: ["partition": "\(partition)"])
        decisions.note(finding)
    }

    /// The same, as long as it was not said before; of many different ones, again at times.
    func warnOnce(_ finding: LogFinding, of partition: TopicPartition) {
        let isNew = state.withLock { state in
            if state.said.count == 1000 { state.said = [] }
            return state.said.insert("\(partition) \(finding.sentence)").inserted
        }
        if isNew { warn(finding, of: partition) }
    }

    func stop(then done: @escaping @Sendable () -> Void) {
        flushThread.stop { self.writeThread.stop(then: done) }
    }
}

import ClusterMetadata
import CoreMetrics
import KafkaProtocol
import LogStorage
import Logging
import Synchronization
import World

/// Compacts the logs of this node, the dirtiest first, on threads of its own.
///
/// A log that cannot be compacted is set aside with its reason until the next start, and the others go on.
final class LogCleaner: Sendable {
    private struct State {
        /// Logs that are worked on.
        var busy: Set<TopicPartition> = []
        /// Logs that cannot be compacted, with their topics' ids.
        var aside: [TopicPartition: KafkaUUID] = [:]
        var isStopping = false
        /// Threads that look for work at the moment.
        var running = 0
        /// When the last of them found nothing more, monotonic milliseconds.
        var restedAt: Int64?
    }

    private let world: World
    private let logger: Logger
    private let metrics: BrokerMetrics
    /// nil when nothing is to be compacted, `log.cleaner.enable=false`.
    private let worker: (any Worker)?
    private let threads: Int
    private let state = Mutex(State())

    init(world: World, threads: Int, logger: Logger, metrics: BrokerMetrics) {
        self.world = world
        self.threads = threads
        self.logger = logger
        self.metrics = metrics
        worker = threads > 0 ? world.threads.makeWorker("cleaner", threads: threads) : nil
    }

    /// Looks for work when the last round is long enough over. Called often; does not block.
    func tick(_ store: PartitionStore, _ settings: CleanerSettings) {
        let now = world.time.now.milliseconds
        let starts = state.withLock { state -> Int in
            guard !state.isStopping, state.running == 0 else { return 0 }
            if let rested = state.restedAt, now - rested < settings.backoffMillis { return 0 }
            state.running = threads
            return threads
        }
        if starts == 0 { return }
        note(store)
        for _ in 0..<starts {
            let isTaken = worker?.submit { [self] in
                while cleanNext(store, settings) {}
                rest()
            }
            if isTaken != true { rest() }
        }
    }

    /// Ends the pass under way at its next batch. May be called again when it is over.
    func stop(then done: @escaping @Sendable () -> Void) {
        let isFirst = state.withLock { state in
            defer { state.isStopping = true }
            return !state.isStopping
        }
        if isFirst, let worker { worker.stop(then: done) } else { done() }
    }

    private var isStopping: Bool { state.withLock { $0.isStopping } }

    private func rest() {
        let now = world.time.now.milliseconds
        state.withLock { state in
            state.running -= 1
            if state.running == 0 { state.restedAt = now }
        }
    }

    // MARK: Choice

    /// Compacts the log that needs it most; false when none does.
    private func cleanNext(_ store: PartitionStore, _ settings: CleanerSettings) -> Bool {
        guard let partition = choose(store) else { return false }
        defer { state.withLock { _ = $0.busy.remove(partition.id) } }
        do throws(LogError) {
            return try clean(partition, store, settings)
        } catch {
            failed(partition, error)
            // A disk that is full is full for the next log too.
            if case .storage = error { return false }
            return true
        }
    }

    private func choose(_ store: PartitionStore) -> Partition? {
        let wall = store.retentionTime()
        let (busy, aside, isStopping) = state.withLock { ($0.busy, $0.aside, $0.isStopping) }
        if isStopping { return nil }
        var best: (partition: Partition, state: Partition.CompactionState)?
        for partition in store.all where !busy.contains(partition.id) && !partition.directory.isOffline {
            if aside[partition.id] == partition.topicId { continue }
            guard let found = partition.compactionState(wall: wall), found.isDue else { continue }
            if let known = best?.state.backlog,
                (known.isOverdue && !found.backlog.isOverdue)
                    || (known.isOverdue == found.backlog.isOverdue && known.dirtyRatio >= found.backlog.dirtyRatio)
            {
                continue
            }
            best = (partition, found)
        }
        guard let best else { return nil }
        let isMine = state.withLock { $0.busy.insert(best.partition.id).inserted }
        // Another thread was faster.
        return isMine ? best.partition : choose(store)
    }

    /// What waits, for the metrics.
    private func note(_ store: PartitionStore) {
        let wall = store.retentionTime()
        var bytes: Int64 = 0
        var ratio = 0.0
        for partition in store.all {
            guard let found = partition.compactionState(wall: wall) else { continue }
            bytes += found.backlog.dirtyBytes
            ratio = max(ratio, found.backlog.dirtyRatio)
        }
        let setAside = state.withLock { state in
            // Of topics that are gone nobody wants to know.
            for (id, topicId) in state.aside where store[id]?.topicId != topicId { state.aside[id] = nil }
            return state.aside.count
        }
        metrics.cleanerBacklog.record(bytes)
        metrics.cleanerDirtiest.record(ratio)
        metrics.cleanerSetAside.record(Int64(setAside))
    }

    // MARK: A pass

    /// False when the pass was cancelled: whatever was in its way will be looked at in the next round.
    private func clean(_ partition: Partition, _ store: PartitionStore, _ settings: CleanerSettings) throws(LogError)
        -> Bool
    {
        guard let plan = try partition.planCompaction(wall: store.retentionTime()) else { return false }
        // Before offsets are missing in the log: a start has to know that they may be.
        try store.writeCleanerCheckpoint(of: partition.directory, including: partition.id)
        let started = world.time.now.milliseconds
        let pace = Pace(bytesPerSecond: settings.bytesPerSecond, time: world.time)
        let delay = partition.fileDeleteDelayMillis
        let host = CompactionHost(
            pace: { [self] bytes in
                metrics.cleanerBytes.increment(by: bytes)
                pace.passed(bytes) { [self] in isStopping }
            },
            isCancelled: { [self] in isStopping },
            onLog: { body throws(LogError) in try partition.compactionStep(body) },
            replaced: { [world] segments in
                let at = world.time.now.milliseconds + delay
                store.doomed.withLock { $0.append((at: at, id: partition.id, segments: segments)) }
            }
        )
        var random = world.random
        var pass = CompactionPass(plan, limits: settings.limits, seed: (random.next(), random.next()), host: host)
        guard let report = try pass.run() else { return false }
        _ = try partition.compactionStep { log throws(LogError) in
            log.compacted(upTo: report.cleanedOffset)
            return true
        }
        try store.writeCleanerCheckpoint(of: partition.directory, including: partition.id)
        tell(partition, report, millis: world.time.now.milliseconds - started)
        return true
    }

    private func tell(_ partition: Partition, _ report: CompactionReport, millis: Int64) {
        metrics.cleanerPasses.increment()
        metrics.cleanerLastPass.record(millis)
        logger.info(
            "a log was compacted",
            metadata: [
                "partition": "\(partition.id)", "upTo": "\(report.cleanedOffset)", "keys": "\(report.keys)",
                "records": "\(report.recordsRead) to \(report.recordsKept)",
                "bytes": "\(report.bytesBefore) to \(report.bytesAfter)",
                "segments": "\(report.segmentsBefore) to \(report.segmentsAfter)", "millis": "\(millis)",
            ]
        )
        if report.keylessDropped > 0 {
            logger.warning(
                "records without a key were dropped: a compacted topic cannot keep them",
                metadata: ["partition": "\(partition.id)", "records": "\(report.keylessDropped)"]
            )
        }
    }

    private func failed(_ partition: Partition, _ error: LogError) {
        if case .storage(let failure) = error {
            // Retention was faster, or the topic was deleted: the next round sees what there is then.
            if failure.kind == .notFound {
                logger.info("a log changed while it was compacted", metadata: ["partition": "\(partition.id)"])
                return
            }
            return partition.directory.handle(failure)
        }
        state.withLock { $0.aside[partition.id] = partition.topicId }
        logger.error(
            "a log cannot be compacted and is left as it is until the next start",
            metadata: ["partition": "\(partition.id)", "reason": "\(error)"]
        )
    }
}

/// `log.cleaner.*`, as they are now.
struct CleanerSettings: Sendable {
    var limits: CompactionLimits
    var bytesPerSecond: Double
    var backoffMillis: Int64

    init(_ resolver: ConfigResolver) {
        limits = CompactionLimits()
        limits.mapBytes = Int(clamping: resolver.brokerInt("log.cleaner.dedupe.buffer.size"))
        limits.loadFactor = min(max(Self.number(resolver, "log.cleaner.io.buffer.load.factor") ?? 0.9, 0.1), 0.95)
        limits.windowBytes = min(max(Int(resolver.brokerInt("log.cleaner.io.buffer.size")), 1 << 12), 1 << 26)
        bytesPerSecond = Self.number(resolver, "log.cleaner.io.max.bytes.per.second") ?? .greatestFiniteMagnitude
        backoffMillis = resolver.brokerInt("log.cleaner.backoff.ms")
    }

    private static func number(_ resolver: ConfigResolver, _ name: String) -> Double? {
        resolver.broker(name).flatMap { Double($0) }
    }
}

/// Holds a thread to a rate by letting it wait.
final class Pace: Sendable {
    private let bytesPerSecond: Double
    private let time: WorldTime
    private let since: MonotonicTime
    private let bytes = Atomic(0)
    /// Waiting for less is not worth a switch of threads.
    private static let shortestMillis: Int64 = 5

    init(bytesPerSecond: Double, time: WorldTime) {
        self.bytesPerSecond = max(1, bytesPerSecond)
        self.time = time
        since = time.now
    }

    func passed(_ count: Int, unless isCancelled: () -> Bool) {
        if bytesPerSecond > 1e12 { return }
        let all = bytes.wrappingAdd(count, ordering: .relaxed).newValue
        let due = Int64(min(Double(all) / bytesPerSecond * 1000, 1e12))
        // In short steps, so that a stop need not wait for a slow rate.
        while true {
            let ahead = due - time.now.milliseconds(since: since)
            if ahead <= Self.shortestMillis || isCancelled() { return }
            if !time.rest(milliseconds: min(ahead, 200)) { return }
        }
    }
}

import ClusterMetadata
import CoreMetrics
import KafkaProtocol
import LogStorage
import Logging
import Synchronization
import World

/// Compacts the logs of this node on threads of its own: those that somebody asked for, then the dirtiest first.
///
/// A log that cannot be compacted is set aside with its reason until the next start, or until somebody asks; the others go on.
final class LogCleaner: Sendable {
    struct State {
        var book = CompactionBook()
        var isStopping = false
        /// Threads that look for work at the moment.
        var running = 0
        /// When the last of them found nothing more, monotonic milliseconds.
        var restedAt: Int64?
    }

    private let world: World
    let logger: Logger
    private let metrics: BrokerMetrics
    private let decisions: DecisionLog
    /// nil when nothing is to be compacted, `log.cleaner.enable=false`.
    private let worker: (any Worker)?
    private let threads: Int
    let state = Mutex(State())

    init(world: World, threads: Int, logger: Logger, metrics: BrokerMetrics, decisions: DecisionLog) {
        self.world = world
        self.threads = threads
        self.logger = logger
        self.metrics = metrics
        self.decisions = decisions
        worker = threads > 0 ? world.threads.makeWorker("cleaner", threads: threads) : nil
    }

    /// Whether there are threads for it.
    var isOn: Bool { worker != nil }

    /// Looks for work when the last round is long enough over, or somebody wants some. Called often; does not block.
    func tick(_ store: PartitionStore, _ settings: CleanerSettings) {
        let now = world.time.now.milliseconds
        let starts = state.withLock { state -> Int in
            if state.isStopping { return 0 }
            if !state.book.hasWaiting {
                if state.running > 0 { return 0 }
                if let rested = state.restedAt, now - rested < settings.backoffMillis { return 0 }
            }
            defer { state.running = threads }
            return threads - state.running
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

    /// Keeps passes away from a log that is being copied: a copy of what was removed and what was not would bring back keys that were deleted.
    ///
    /// - Returns: false while one is under way.
    func reserve(_ partition: Partition) -> Bool {
        state.withLock { $0.book.begin(partition.id, of: partition.topicId) }
    }

    func release(_ partition: Partition) { state.withLock { $0.book.giveUp(partition.id) } }

    /// The log was repaired: it is worth another try.
    func clearSetAside(_ partition: Partition) {
        state.withLock { $0.book.clearSetAside(partition.id, of: partition.topicId) }
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

    /// Compacts the log that needs it most; false when none does, or the round is to end.
    private func cleanNext(_ store: PartitionStore, _ settings: CleanerSettings) -> Bool {
        guard let (partition, cause) = choose(store) else { return false }
        var pass = EndedPass(startedAt: world.time.wall.milliseconds, cause: cause)
        let began = world.time.now.milliseconds
        do throws(LogError) {
            let report = try clean(partition, cause, store, settings)
            pass.millis = world.time.now.milliseconds - began
            guard let report else {
                state.withLock { $0.book.giveUp(partition.id) }
                return false
            }
            pass.report = report
            state.withLock { $0.book.end(partition.id, pass, isPartial: report.isPartial) }
            if report.segmentsBefore > 0 { tell(partition, report, millis: pass.millis) }
            return true
        } catch {
            pass.millis = world.time.now.milliseconds - began
            return failed(partition, pass, error)
        }
    }

    private func choose(_ store: PartitionStore) -> (Partition, CompactionCause)? {
        let wall = store.retentionTime()
        let (book, isStopping) = state.withLock { ($0.book, $0.isStopping) }
        if isStopping { return nil }
        guard let (partition, cause) = wanted(store, book) ?? dirtiest(store, book, wall) else { return nil }
        let isMine = state.withLock { $0.book.begin(partition.id, of: partition.topicId) }
        // Another thread was faster.
        return isMine ? (partition, cause) : choose(store)
    }

    private func wanted(_ store: PartitionStore, _ book: CompactionBook) -> (Partition, CompactionCause)? {
        for id in book.wanted where !book.isBusy(id) {
            guard let partition = store[id], !partition.directory.isOffline,
                book.entry(id, of: partition.topicId)?.isWanted == true
            else { continue }
            return (partition, .asked)
        }
        return nil
    }

    private func dirtiest(
        _ store: PartitionStore,
        _ book: CompactionBook,
        _ wall: Int64
    ) -> (Partition, CompactionCause)? {
        var best: (partition: Partition, backlog: CompactionBacklog)?
        for partition in store.all where !book.isBusy(partition.id) && !partition.directory.isOffline {
            if book.entry(partition.id, of: partition.topicId)?.asideReason != nil { continue }
            guard let found = partition.compactionState(wall: wall), found.isDue else { continue }
            if let known = best?.backlog,
                (known.isOverdue && !found.backlog.isOverdue)
                    || (known.isOverdue == found.backlog.isOverdue && known.dirtyRatio >= found.backlog.dirtyRatio)
            {
                continue
            }
            best = (partition, found.backlog)
        }
        return best.map { ($0.partition, $0.backlog.isOverdue ? .maxCompactionLag : .dirtyRatio) }
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
            state.book.keep { id, topicId in
                guard let partition = store[id], partition.topicId == topicId else { return false }
                return !partition.directory.isOffline
            }
            return state.book.asideCount
        }
        metrics.cleanerBacklog.record(bytes)
        metrics.cleanerDirtiest.record(ratio)
        metrics.cleanerSetAside.record(Int64(setAside))
    }

    // MARK: A pass

    /// nil when the pass was given up: whatever was in its way will be looked at in the next round.
    private func clean(
        _ partition: Partition,
        _ cause: CompactionCause,
        _ store: PartitionStore,
        _ settings: CleanerSettings
    ) throws(LogError) -> CompactionReport? {
        awaitFlush(of: partition)
        guard let plan = try partition.planCompaction(wall: store.retentionTime()) else {
            // Retention was faster. Who waits for the pass hears that there was nothing to do.
            return cause == .asked ? CompactionReport() : nil
        }
        let progress = CompactionProgress(
            startedAt: world.time.wall.milliseconds,
            cause: cause,
            bytesToRead: plan.bytesToRead
        )
        state.withLock { $0.book.note(progress, of: partition.id) }
        // Before offsets are missing in the log: a start has to know that they may be.
        try store.writeCleanerCheckpoint(of: partition.directory, including: partition.id)
        let host = self.host(of: partition, store, settings, progress)
        var random = world.random
        var pass = CompactionPass(plan, limits: settings.limits, seed: (random.next(), random.next()), host: host)
        guard let report = try pass.run() else { return nil }
        _ = try partition.compactionStep { log throws(LogError) in
            log.compacted(upTo: report.cleanedOffset)
            return true
        }
        try store.writeCleanerCheckpoint(of: partition.directory, including: partition.id)
        return report
    }

    /// Only what is durable is compacted: a segment that has just ended is on its way.
    private func awaitFlush(of partition: Partition) {
        if !partition.hasUnflushedSegments { return }
        partition.directory.flush(partition)
        for _ in 0..<Self.flushLooks
        where partition.hasUnflushedSegments && !partition.directory.isOffline && !isStopping {
            if !world.time.rest(milliseconds: Self.flushPauseMillis) { return }
        }
    }

    /// A disk that takes longer than both together is left alone until the next round.
    private static let flushLooks = 1500
    private static let flushPauseMillis: Int64 = 20

    private func host(
        of partition: Partition,
        _ store: PartitionStore,
        _ settings: CleanerSettings,
        _ progress: CompactionProgress
    ) -> CompactionHost {
        let pace = Pace(bytesPerSecond: settings.bytesPerSecond, time: world.time)
        let delay = partition.fileDeleteDelayMillis
        return CompactionHost(
            pace: { [self] bytes in
                progress.read(bytes)
                metrics.cleanerBytes.increment(by: bytes)
                pace.passed(bytes) { [self] in isStopping }
            },
            kept: { progress.kept($0) },
            isCancelled: { [self] in isStopping },
            onLog: { body throws(LogError) in try partition.compactionStep(body) },
            replaced: { [world] segments in
                let at = world.time.now.milliseconds + delay
                store.doomed.withLock { $0.append((at: at, id: partition.id, segments: segments)) }
            }
        )
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

    /// - Returns: whether the round goes on.
    private func failed(_ partition: Partition, _ pass: EndedPass, _ error: LogError) -> Bool {
        var pass = pass
        pass.failure = "\(error)"
        guard case .storage(let failure) = error else {
            state.withLock { $0.book.end(partition.id, pass, asideReason: "\(error)") }
            logger.error(
                "a log cannot be compacted and is left as it is until the next start, or until it is asked for",
                metadata: ["partition": "\(partition.id)", "reason": "\(error)"]
            )
            decisions.note(.setAside(reason: "\(error)"), of: partition.id)
            if case .corrupt(let path, _, _) = error { partition.repair(path) }
            return true
        }
        // Retention was faster, or the topic was deleted: the next round sees what there is then.
        if failure.kind == .notFound {
            state.withLock { $0.book.giveUp(partition.id) }
            logger.info("a log changed while it was compacted", metadata: ["partition": "\(partition.id)"])
        } else {
            state.withLock { $0.book.end(partition.id, pass) }
            decisions.note(.passFailed(reason: "\(error)"), of: partition.id)
            partition.directory.handle(failure)
        }
        // A disk that is full is full for the next log too.
        return false
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

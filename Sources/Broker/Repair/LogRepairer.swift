import CoreMetrics
@_spi(Sabotage) import KafkaProtocol
import LogStorage
import NIOCore
import Replication
import Synchronization
import World

/// Repairs damaged segments with what other replicas have, while the partition is used: a segment is written anew beside the damaged one and takes its
/// place. Only what is committed is repaired, as that is the same everywhere (docs/decisions/0009).
///
/// Damage is found by `LogScrubber`, by readers, compaction and moves, and by followers that ask for the same again and again. As long as no replica has what is
/// missing, it is tried again with pauses.
final class LogRepairer: Sendable {
    private struct Key: Hashable {
        var id: TopicPartition
        var base: Int64
    }

    private struct Job {
        var partition: Partition
        var tries = 0
        /// What was told of it.
        var told: [LogDamage] = []
        var complaint = ""
    }

    private struct Surroundings {
        weak var store: PartitionStore?
        var fetching: FetcherSurroundings
        var eventLoop: any EventLoop
    }

    private struct State {
        var surroundings: Surroundings?
        var jobs: [Key: Job] = [:]
        var isStopping = false
    }

    private static let firstPauseMillis: Int64 = 1000
    private static let longestPauseMillis: Int64 = 60_000

    private let world: World
    private let metrics: BrokerMetrics
    /// One thread for all that is checked and repaired.
    let worker: any Worker
    private let state = Mutex(State())

    init(world: World, metrics: BrokerMetrics) {
        self.world = world
        self.metrics = metrics
        worker = world.threads.makeWorker("repair", threads: 1)
    }

    /// From here on segments can be looked at.
    ///
    /// - Parameter fetching: what is used to read from other brokers.
    func begin(_ store: PartitionStore, _ fetching: FetcherSurroundings, on eventLoop: any EventLoop) {
        let surroundings = Surroundings(store: store, fetching: fetching, eventLoop: eventLoop)
        state.withLock { $0.surroundings = surroundings }
    }

    /// What is being repaired stays as it is. May be called again when it is over.
    func stop(then done: @escaping @Sendable () -> Void) {
        let isFirst = state.withLock { state in
            defer { state.isStopping = true }
            return !state.isStopping
        }
        if isFirst { worker.stop(then: done) } else { done() }
    }

    /// Whose logs these are; nil before the start.
    var store: PartitionStore? { state.withLock { $0.surroundings?.store } }

    var isStopping: Bool { state.withLock { $0.isStopping } }

    // MARK: Jobs

    /// Something may be wrong with what lies at an offset.
    func suspect(_ partition: Partition, at offset: Int64) { look(partition, partition.segmentBase(of: offset)) }

    /// Looks at a segment, and repairs it if it is damaged.
    func look(_ partition: Partition, _ base: Int64) {
        let key = Key(id: partition.id, base: base)
        let isNew = state.withLock { state in
            if state.isStopping || state.jobs[key]?.partition === partition { return false }
            state.jobs[key] = Job(partition: partition)
            return true
        }
        if isNew { submit(key) }
    }

    private func submit(_ key: Key) {
        if !worker.submit({ [self] in work(key) }) { end(key) }
    }

    private func end(_ key: Key) {
        let damaged = state.withLock { state in
            state.jobs[key] = nil
            return Self.damaged(state)
        }
        metrics.damagedPartitions.record(Int64(damaged))
    }

    private static func damaged(_ state: borrowing State) -> Int {
        Set(state.jobs.filter { !$0.value.told.isEmpty }.keys.map(\.id)).count
    }

    private func retry(_ key: Key, _ complaint: String) {
        let found = state.withLock { state -> (millis: Int64, loop: (any EventLoop)?, isNews: Bool, of: Partition)? in
            guard var job = state.jobs[key], !state.isStopping else { return nil }
            let isNews = job.complaint != complaint
            let millis = min(Self.firstPauseMillis << min(job.tries, 10), Self.longestPauseMillis)
            (job.complaint, job.tries) = (complaint, job.tries + 1)
            state.jobs[key] = job
            return (millis, state.surroundings?.eventLoop, isNews, job.partition)
        }
        guard let found, let loop = found.loop else { return end(key) }
        if found.isNews {
            found.of.directory.warn(.notRepaired(key.id, reason: complaint), of: key.id)
        }
        _ = loop.scheduleTask(in: .milliseconds(found.millis)) { self.submit(key) }
    }

    // MARK: One of them

    /// What is known of a damaged segment on its way.
    private struct Work: Sendable {
        var key: Key
        var partition: Partition
        var plan: SegmentPlan
        var damages: [LogDamage]
        /// Those who have not been asked yet.
        var sources: [NodeId]
        /// What the others said.
        var complaints: [String] = []
    }

    private func work(_ key: Key) {
        guard let partition = state.withLock({ $0.jobs[key]?.partition }),
            let store, store[key.id] === partition
        else { return end(key) }
        do throws(LogError) {
            guard let first = partition.segmentPlan(key.base), !isStopping else { return end(key) }
            let damages = try scan(first)
            if damages.isEmpty { return end(key) }
            tell(key, damages)
            if let obstacle = obstacle(partition, damages) { return retry(key, obstacle) }
            guard store.cleaner.reserve(partition) else { return retry(key, "its log is being compacted or moved") }
            do throws(LogError) {
                try prepare(key, partition, store)
            } catch {
                store.cleaner.release(partition)
                throw error
            }
        } catch {
            failed(key, partition, error)
        }
    }

    private func prepare(_ key: Key, _ partition: Partition, _ store: PartitionStore) throws(LogError) {
        func wait(_ complaint: String) {
            store.cleaner.release(partition)
            retry(key, complaint)
        }
        guard let plan = try partition.repairPlan(key.base) else { return wait("the log is being changed") }
        let damages = try scan(plan)
        if damages.isEmpty {
            store.cleaner.release(partition)
            return end(key)
        }
        tell(key, damages)
        if let obstacle = obstacle(partition, damages) { return wait(obstacle) }
        let sources = partition.repairSources
        ask(Work(key: key, partition: partition, plan: plan, damages: damages, sources: sources))
    }

    /// Why nobody can be asked for what is missing.
    private func obstacle(_ partition: Partition, _ damages: [LogDamage]) -> String? {
        if partition.repairSources.isEmpty { return "no other replica is in sync" }
        let end = damages.map(\.offsets.upperBound).max() ?? 0
        if let committed = partition.committedEnd, end <= committed { return nil }
        return "its offsets up to \(end - 1) are not committed yet"
    }

    private func scan(_ plan: SegmentPlan) throws(LogError) -> [LogDamage] {
        var damages: [LogDamage] = []
        var scan = try SegmentScan(plan)
        while let found = try scan.next() {
            if case .damaged(let damage) = found, !Sabotage.damageOverlooked.isOn { damages.append(damage) }
            if isStopping { break }
        }
        return damages
    }

    private func tell(_ key: Key, _ damages: [LogDamage]) {
        let (news, partition, count) = state.withLock { state in
            let news = damages.filter { !(state.jobs[key]?.told.contains($0) ?? true) }
            state.jobs[key]?.told = damages
            return (news, state.jobs[key]?.partition, Self.damaged(state))
        }
        metrics.damagedPartitions.record(Int64(count))
        for damage in news {
            metrics.damageFound.increment()
            partition?.directory.warn(
                .damaged(key.id, offsets: damage.offsets, reason: "\(damage)"),
                of: key.id
            )
        }
    }

    private func ask(_ work: Work) {
        let (fetching, loop) = state.withLock { ($0.surroundings?.fetching, $0.surroundings?.eventLoop) }
        var work = work
        guard let fetching, let loop, !work.sources.isEmpty, !isStopping else {
            release(work)
            return retry(work.key, work.complaints.joined(separator: "; "))
        }
        let source = work.sources.removeFirst()
        let rest = work
        let empty = work.damages.map { work.plan.replacement(for: $0) }
        PeerReader(surroundings: fetching, eventLoop: loop).fill(empty, of: work.partition, from: source) { outcome in
            switch outcome {
            case .success(let replacements):
                let isTaken = self.worker.submit { self.repair(rest, replacements, from: source) }
                if !isTaken { self.release(rest) }
            case .failure(let failure):
                var rest = rest
                rest.complaints.append("broker \(source): \(failure)")
                self.ask(rest)
            }
        }
    }

    private func repair(_ work: Work, _ replacements: [Replacement], from source: NodeId) {
        defer { release(work) }
        let partition = work.partition
        guard let store, !isStopping else { return end(work.key) }
        let parts = zip(work.damages, replacements).map { (damage: $0, bytes: $1.bytes) }
        let delay = partition.fileDeleteDelayMillis
        let host = CompactionHost(
            onLog: { body throws(LogError) in try partition.compactionStep(body) },
            replaced: { [world] segments in
                let at = world.time.now.milliseconds + delay
                store.doomed.withLock { $0.append((at: at, id: partition.id, segments: segments)) }
            }
        )
        do throws(LogError) {
            guard try SegmentRepair(work.plan).run(parts, host: host) else {
                return retry(work.key, "the log was changed meanwhile")
            }
        } catch {
            return failed(work.key, partition, error)
        }
        for damage in work.damages {
            metrics.damageRepaired.increment()
            partition.directory.warn(
                .repaired(partition.id, offsets: damage.offsets, from: source.rawValue),
                of: partition.id
            )
        }
        end(work.key)
        store.cleaner.clearSetAside(partition)
        partition.wakeReaders()
    }

    private func release(_ work: Work) {
        store?.cleaner.release(work.partition)
    }

    private func failed(_ key: Key, _ partition: Partition, _ error: LogError) {
        if case .storage(let failure) = error {
            // Retention was faster, or the topic was deleted.
            if failure.kind == .notFound { return end(key) }
            partition.directory.handle(failure)
            if partition.directory.isOffline { return end(key) }
        }
        retry(key, "\(error)")
    }
}

extension Replacement.Failure: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notThere(let reason): reason
        case .tooLarge: "what is missing is larger than \(Replacement.largest) bytes"
        }
    }
}

import CoreMetrics
import KafkaProtocol
import LogStorage
import Logging
import NIOCore
import Synchronization
import World

/// Reads every byte of the logs once in `ottla.scrub.interval.ms`, so that damage is found, and mended, while other replicas are whole.
///
/// A pass over a log directory takes the whole interval, and at most one twentieth of the disk's time, if it has to longer. It begins at another partition
/// each time: so a node that is often started anew gets everywhere, too.
final class LogScrubber: Sendable {
    /// Of a disk's time, the part that is used.
    private static let share: Int64 = 20
    private static let chunkBytes = 1 << 20
    /// Between looks when there is nothing to read.
    private static let idleMillis: Int64 = 60_000

    private let intervalMillis: Int64
    private let world: World
    private let metrics: BrokerMetrics
    private let repairer: LogRepairer

    /// - Parameter intervalMillis: 0 and less: never.
    init(intervalMillis: Int64, world: World, metrics: BrokerMetrics, repairer: LogRepairer) {
        self.intervalMillis = intervalMillis
        self.world = world
        self.metrics = metrics
        self.repairer = repairer
    }

    /// Begins a pass over each log directory.
    func begin(_ store: PartitionStore, on eventLoop: any EventLoop) {
        if intervalMillis <= 0 { return }
        for directory in store.directories {
            rest(min(intervalMillis, Self.idleMillis), Pass(directory, store, began: world.time.now), on: eventLoop)
        }
    }

    /// On its way through a directory. Sendable: only one step of it is under way.
    private final class Pass: @unchecked Sendable {
        let directory: LogDirectoryRuntime
        weak var store: PartitionStore?
        let began: MonotonicTime
        /// Of all that was there when it began.
        var totalBytes: Int64 = 0
        /// Those that are to be read, from the end.
        var partitions: [Partition] = []
        var isFilled = false
        /// The one whose segments these are.
        var opened: Partition?
        var segments: [Int64] = []
        var scan: (scan: SegmentScan, base: Int64)?

        init(_ directory: LogDirectoryRuntime, _ store: PartitionStore, began: MonotonicTime) {
            (self.directory, self.store, self.began) = (directory, store, began)
        }

        func fill(_ store: PartitionStore, _ random: inout WorldRandom) {
            isFilled = true
            let all = store.all.filter { $0.directory === directory }
            if all.isEmpty { return }
            let first = Int(random.next() % UInt64(all.count))
            partitions = Array(all[first...] + all[..<first])
            totalBytes = all.reduce(0) { $0 + $1.sizeBytes }
        }
    }

    private func rest(_ millis: Int64, _ pass: Pass, on loop: any EventLoop) {
        _ = loop.scheduleTask(in: .milliseconds(max(1, millis))) { [self] in
            repairer.worker.submit { [self] in step(pass, on: loop) }
        }
    }

    /// Reads one chunk, and comes back after a pause.
    private func step(_ pass: Pass, on loop: any EventLoop) {
        guard let store = pass.store, !repairer.isStopping, !pass.directory.isOffline else { return }
        if !pass.isFilled {
            var random = world.random
            pass.fill(store, &random)
        }
        let start = world.time.now
        let bytes = read(pass)
        metrics.scrubbedBytes.increment(by: bytes)
        guard bytes > 0 else {
            let left = intervalMillis - world.time.now.milliseconds(since: pass.began)
            let next = Pass(pass.directory, store, began: world.time.now.adding(milliseconds: max(0, left)))
            return rest(max(left, min(intervalMillis, Self.idleMillis)), next, on: loop)
        }
        let took = world.time.now.milliseconds(since: start)
        let share = Double(bytes) / Double(max(pass.totalBytes, 1)) * Double(intervalMillis)
        rest(max(took * (Self.share - 1), Int64(min(share, Double(intervalMillis))) - took), pass, on: loop)
    }

    /// - Returns: how many bytes were read; 0 when there are no more.
    private func read(_ pass: Pass) -> Int {
        var count = 0
        while count < Self.chunkBytes, let partition = pass.partitions.last, !repairer.isStopping {
            do throws(LogError) {
                guard try open(pass, partition), var scanning = pass.scan else {
                    pass.partitions.removeLast()
                    continue
                }
                let before = scanning.scan.position
                let found = try scanning.scan.next()
                count += Int(scanning.scan.position - before)
                pass.scan = scanning
                switch found {
                case .damaged:
                    // All of it is looked at once more, by who mends it.
                    repairer.look(partition, scanning.base)
                    pass.scan = nil
                case nil: pass.scan = nil
                case .whole, .legacy: break
                }
            } catch {
                pass.scan = nil
                // Retention, or a follower's cut, was faster.
                if case .storage(let failure) = error, failure.kind != .notFound { pass.directory.handle(failure) }
                if pass.directory.isOffline { return 0 }
            }
        }
        return count
    }

    /// Opens the next segment of a partition; false when there is none.
    private func open(_ pass: Pass, _ partition: Partition) throws(LogError) -> Bool {
        if pass.scan != nil { return true }
        if pass.segments.isEmpty {
            // All have been read, or none yet.
            guard pass.opened !== partition, partition.directory === pass.directory,
                let bases = partition.segmentBases
            else { return false }
            pass.opened = partition
            pass.segments = bases.reversed()
        }
        while let base = pass.segments.popLast() {
            guard let plan = partition.segmentPlan(base), plan.size > 0 else { continue }
            pass.scan = (try SegmentScan(plan), base)
            return true
        }
        return false
    }
}

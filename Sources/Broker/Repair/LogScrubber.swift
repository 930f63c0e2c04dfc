import CoreMetrics
@_spi(Sabotage) import KafkaProtocol
import LogStorage
import NIOCore
import World

/// Reads every byte of the logs once in `ottla.scrub.interval.ms`, so that damage is found, and repaired, while other replicas are whole.
///
/// A pass over a log directory takes the whole interval, and longer where a twentieth of the disk's time is not enough for that. It begins at another
/// partition each time: so a node that is often started anew gets everywhere, too.
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

    /// Begins a pass over each log directory of the repairer's store.
    func begin(_ directories: [LogDirectoryRuntime], on eventLoop: any EventLoop) {
        if intervalMillis <= 0 { return }
        for directory in directories {
            rest(min(intervalMillis, Self.idleMillis), Pass(directory: directory, began: world.time.now), on: eventLoop)
        }
    }

    /// On its way through a directory.
    private struct Pass: Sendable {
        let directory: LogDirectoryRuntime
        let began: MonotonicTime
        /// Of all that was there when it began.
        var totalBytes: Int64 = 0
        /// Those that are to be read, from the end; nil before the first step.
        var partitions: [Partition]?
        /// The one whose segments these are, from the last on.
        var opened: Partition?
        var segments: [Int64] = []
        /// Where it is in a segment.
        var reading: (plan: SegmentPlan, place: SegmentScan.Place)?

        mutating func fill(_ store: PartitionStore, _ random: inout WorldRandom) {
            let all = store.all.filter { $0.directory === directory }
            let first = all.isEmpty ? 0 : Int(random.next() % UInt64(all.count))
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
        guard let store = repairer.store, !repairer.isStopping, !pass.directory.isOffline else { return }
        var pass = pass
        if pass.partitions == nil {
            var random = world.random
            pass.fill(store, &random)
        }
        let start = world.time.now
        let bytes = read(&pass)
        metrics.scrubbedBytes.increment(by: bytes)
        guard bytes > 0 else {
            let left = max(0, intervalMillis - world.time.now.milliseconds(since: pass.began))
            let next = Pass(directory: pass.directory, began: world.time.now.adding(milliseconds: left))
            return rest(max(left, min(intervalMillis, Self.idleMillis)), next, on: loop)
        }
        let took = world.time.now.milliseconds(since: start)
        let share = Double(bytes) / Double(max(pass.totalBytes, 1)) * Double(intervalMillis)
        rest(max(took * (Self.share - 1), Int64(min(share, Double(intervalMillis))) - took), pass, on: loop)
    }

    /// - Returns: how many bytes were read; 0 when there are no more.
    private func read(_ pass: inout Pass) -> Int {
        var count = 0
        while count < Self.chunkBytes, let partition = pass.partitions?.last, !repairer.isStopping {
            guard let (plan, place) = reading(&pass, partition) else {
                pass.partitions?.removeLast()
                continue
            }
            pass.reading = nil
            do throws(LogError) {
                var scan = try SegmentScan(plan, from: place)
                count += try read(&scan, plan, partition, &pass, atMost: Self.chunkBytes - count)
            } catch {
                // Retention, or a follower's cut, was faster.
                if case .storage(let failure) = error, failure.kind != .notFound { pass.directory.handle(failure) }
                if pass.directory.isOffline { return 0 }
            }
        }
        return count
    }

    /// Reads on in a segment. Between chunks no file is kept open: retention may take it out.
    private func read(
        _ scan: inout SegmentScan,
        _ plan: SegmentPlan,
        _ partition: Partition,
        _ pass: inout Pass,
        atMost limit: Int
    ) throws(LogError) -> Int {
        let start = scan.position
        while let found = try scan.next() {
            if case .damaged = found, !Sabotage.scrubberOverlooks.isOn {
                // All of the segment is looked at once more, by the repairer.
                repairer.look(partition, plan.baseOffset)
                break
            }
            if scan.position - start >= limit {
                pass.reading = (plan, scan.place)
                break
            }
        }
        return Int(scan.position - start)
    }

    /// The segment under way, or the next one of a partition; nil when there is none.
    private func reading(_ pass: inout Pass, _ partition: Partition) -> (plan: SegmentPlan, place: SegmentScan.Place?)?
    {
        if let (plan, place) = pass.reading { return (plan, place) }
        if pass.opened !== partition {
            guard partition.directory === pass.directory, let bases = partition.segmentBases else { return nil }
            (pass.opened, pass.segments) = (partition, bases.reversed())
        }
        while let base = pass.segments.popLast() {
            if let plan = partition.segmentPlan(base), plan.size > 0 { return (plan, nil) }
        }
        return nil
    }
}

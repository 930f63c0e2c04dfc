import KafkaProtocol
import TestSupport
import Testing

@testable import KRaft

/// The log's shape, beside a model that keeps an epoch for each offset.
struct RaftLogTests {
    private struct Model {
        var start: Int64 = 0
        /// From `start` on.
        var epochs: [LeaderEpoch] = []
        var base: LeaderEpoch = 0
        var snapshots: [SnapshotId] = []
        var synced: Int64 = 0

        var end: Int64 { start + Int64(epochs.count) }
        var lastEpoch: LeaderEpoch { epochs.last ?? base }

        func epoch(below offset: Int64) -> LeaderEpoch { offset > start ? epochs[Int(offset - start) - 1] : base }

        /// The last epoch up to `epoch` that wrote something, and where its records end.
        func end(of epoch: LeaderEpoch) -> LogPosition? {
            if let last = epochs.lastIndex(where: { $0 <= epoch }) {
                return LogPosition(epoch: epochs[last], endOffset: start + Int64(last) + 1)
            }
            return start > 0 && base <= epoch ? LogPosition(epoch: base, endOffset: start) : nil
        }
    }

    private struct Run {
        var log = RaftLog()
        var model = Model()
        var random: SeededGenerator
        private var ticket: UInt64 = 0
        private var open: [(ticket: UInt64, end: Int64)] = []

        init(seed: UInt64) { random = SeededGenerator(seed: seed) }

        mutating func step() {
            switch random.next(below: 12) {
            case 0..<5: append()
            case 5, 6: sync()
            case 7, 8: truncate()
            case 9: snapshot()
            case 10: if random.next(below: 4) == 0 { restart() }
            default: trim()
            }
        }

        private mutating func append() {
            let epoch = LeaderEpoch(max(1, model.lastEpoch.rawValue) + Int32(random.next(below: 3) / 2))
            let count = Int64(1 + random.next(below: 4))
            log.append(RaftBatch(baseOffset: log.endOffset, nextOffset: log.endOffset + count, epoch: epoch))
            for _ in 0..<count { model.epochs.append(epoch) }
            order()
        }

        private mutating func order() {
            ticket += 1
            log.ordered(ticket)
            open.append((ticket, model.end))
        }

        private mutating func sync() {
            guard !open.isEmpty else { return }
            let done = open[random.next(below: open.count)].ticket
            log.synced(done)
            for entry in open where entry.ticket <= done { model.synced = max(model.synced, entry.end) }
            open.removeAll { $0.ticket <= done }
        }

        private mutating func truncate() {
            let floor = max(model.start, model.snapshots.last?.endOffset ?? 0)
            guard model.end > floor else { return }
            let offset = floor + Int64(random.next(below: Int(model.end - floor)))
            log.truncate(to: offset)
            model.epochs.removeLast(Int(model.end - offset))
            model.synced = min(model.synced, offset)
            for index in open.indices { open[index].end = min(open[index].end, offset) }
            order()
        }

        private mutating func snapshot() {
            let floor = max(model.start, model.snapshots.last?.endOffset ?? 0)
            guard model.end > floor + 1 else { return }
            let end = floor + 1 + Int64(random.next(below: Int(model.end - floor)))
            let id = SnapshotId(endOffset: end, epoch: model.epoch(below: end).rawValue)
            log.stored(id)
            log.stored(id)
            model.snapshots.append(id)
        }

        private mutating func trim() {
            let oldest = log.trim(keeping: 2)
            guard model.snapshots.count > 2 else { return #expect(oldest == nil) }
            model.snapshots.removeFirst(model.snapshots.count - 2)
            let first = model.snapshots[0]
            #expect(oldest == first)
            model.epochs.removeFirst(Int(first.endOffset - model.start))
            (model.start, model.base) = (first.endOffset, LeaderEpoch(first.epoch))
        }

        private mutating func restart() {
            let id = SnapshotId(endOffset: model.end + 5, epoch: model.lastEpoch.rawValue + 1)
            log.restart(behind: id)
            model.start = id.endOffset
            (model.epochs, model.base, model.snapshots) = ([], LeaderEpoch(id.epoch), [id])
            model.synced = id.endOffset
            for index in open.indices { open[index].end = id.endOffset }
        }

        func check(_ place: String) {
            #expect(log.startOffset == model.start && log.endOffset == model.end, "\(place)")
            #expect(log.syncedOffset == model.synced, "\(place)")
            #expect(log.snapshots == model.snapshots, "\(place)")
            if model.end > 0 { #expect(log.lastEpoch == model.lastEpoch, "\(place)") }
            for epoch in 0...(model.lastEpoch.rawValue + 1) {
                let epoch = LeaderEpoch(epoch)
                #expect(log.end(of: epoch) == model.end(of: epoch), "\(place), epoch \(epoch)")
            }
        }
    }

    @Test func theShapeIsThatOfTheModel() {
        for seed in 0..<30 as Range<UInt64> {
            var run = Run(seed: seed)
            for step in 0..<120 {
                run.step()
                run.check("seed \(seed), step \(step)")
            }
        }
    }

    @Test func anEmptyLogKnowsNoEpoch() {
        let log = RaftLog()
        #expect(log.end(of: 5) == nil && log.lastEpoch == 0 && log.end == LogPosition(epoch: 0, endOffset: 0))
    }

    @Test func positionsAreComparedByEpochFirst() {
        let (old, long) = (LogPosition(epoch: 1, endOffset: 90), LogPosition(epoch: 2, endOffset: 3))
        #expect(old < long && !(long < old))
        #expect(LogPosition(epoch: 2, endOffset: 3) < LogPosition(epoch: 2, endOffset: 4))
        #expect("\(long)" == "3@2")
    }

    /// A ticket that is done tells that all before it is; one that is older tells nothing new.
    @Test func ticketsAreDoneInTheirOrder() {
        var log = RaftLog()
        for ticket in 1...3 as ClosedRange<UInt64> {
            log.append(RaftBatch(baseOffset: log.endOffset, nextOffset: log.endOffset + 2, epoch: 1))
            log.ordered(ticket)
        }
        log.synced(2)
        #expect(log.syncedOffset == 4)
        log.synced(1)
        #expect(log.syncedOffset == 4)
        log.truncate(to: 3)
        #expect(log.syncedOffset == 3, "what is cut is no longer on disk")
        log.synced(3)
        #expect(log.syncedOffset == 3, "nor does it come back with the ticket that wrote it")
    }
}

import KafkaProtocol

@testable import KRaft

/// What a replica has on its disk: what was written, and of that what a power cut leaves.
struct RaftDiskModel {
    struct Snapshot: Equatable {
        var kraftVersion: Int16
        var voters: RaftVoterSet?
    }

    struct Image {
        var election = ElectionState()
        var start: Int64 = 0
        var batches: [RaftBatch] = []
        var snapshots: [SnapshotId: Snapshot] = [:]
        /// What no log can do.
        var damage: String?

        var end: Int64 { batches.last?.nextOffset ?? start }

        mutating func apply(_ work: RaftDiskWork, arrived: [UInt64: Snapshot]) {
            switch work {
            case .append(let batch):
                if batch.baseOffset != end { damage = "\(batch) appended at \(end)" }
                batches.append(batch)
            case .truncate(let offset):
                while let last = batches.last, last.nextOffset > offset { batches.removeLast() }
                if end != offset { damage = "cut at \(offset) within a batch" }
            case .writeElection(let state): election = state
            case .trim(let id):
                for old in snapshots.keys where old < id { snapshots[old] = nil }
                guard id.endOffset > start else { return }
                batches.removeAll { $0.nextOffset <= id.endOffset }
                start = id.endOffset
            case .storeChunk(let id, _, _, let token): snapshots[id] = arrived[token]
            case .install(let id):
                batches = []
                start = id.endOffset
                snapshots = snapshots.filter { $0.key == id }
            }
        }

        /// As the shell finds it at start.
        func found(configured: RaftVoterSet, formatted: RaftVoterSet?) -> RaftDisk {
            var voters = VoterHistory(configured: configured)
            if let formatted {
                voters.append(.kraftVersion(1), at: VoterHistory.unwritten)
                voters.append(.voters(formatted), at: VoterHistory.unwritten)
            }
            // A snapshot that was stored but not installed yet is none.
            let usable = snapshots.keys.filter { $0.endOffset <= end }.sorted()
            var epochs: [RaftLog.EpochStart] = []
            if let base = usable.first, start > 0 {
                epochs = [.init(LeaderEpoch(base.epoch), from: start)]
                let content = snapshots[base] ?? Snapshot(kraftVersion: 0, voters: nil)
                voters.restart(at: start, kraftVersion: content.kraftVersion, voters: content.voters)
            }
            for batch in batches {
                if epochs.last?.epoch != batch.epoch { epochs.append(.init(batch.epoch, from: batch.baseOffset)) }
                for (index, control) in batch.controls.enumerated() {
                    voters.append(control, at: batch.baseOffset + Int64(index))
                }
            }
            let log = RaftLog(startOffset: start, endOffset: end, epochs: epochs, snapshots: usable)
            return RaftDisk(election: election, log: log, voters: voters)
        }

        /// The place in `batches` of the one that begins at an offset.
        func index(of offset: Int64) -> Int {
            var (low, high) = (0, batches.count)
            while low < high {
                let middle = (low + high) / 2
                if batches[middle].baseOffset < offset { low = middle + 1 } else { high = middle }
            }
            return low
        }
    }

    private(set) var written = Image()
    private(set) var durable = Image()
    private var waiting: [(ticket: UInt64, work: [RaftDiskWork])] = []
    /// Snapshots that came over the network, by the token of their bytes.
    var arrived: [UInt64: Snapshot] = [:]

    mutating func write(_ work: [RaftDiskWork], ticket: UInt64) {
        for step in work { written.apply(step, arrived: arrived) }
        waiting.append((ticket, work))
    }

    mutating func sync(_ ticket: UInt64) {
        while let first = waiting.first, first.ticket <= ticket {
            for step in first.work { durable.apply(step, arrived: arrived) }
            waiting.removeFirst()
        }
    }

    mutating func store(_ id: SnapshotId, _ snapshot: Snapshot) {
        written.snapshots[id] = snapshot
        durable.snapshots[id] = snapshot
    }

    /// Of what was not synced a part is left, in the order that it was written.
    mutating func crash(keeping share: Double, forgettingVotes: Bool) {
        let work = waiting.flatMap(\.work)
        for step in work.prefix(Int(Double(work.count) * share)) { durable.apply(step, arrived: arrived) }
        if forgettingVotes { durable.election.voted = nil }
        waiting = []
        written = durable
    }
}

import World

/// What a run is about that looks for something in particular: which faults there are, how often, and what clients do.
struct Aim: Sendable {
    enum Fault: Sendable {
        case kill, powerLoss, powerLossAfterStop, restart, pause, cut, reset, park, parkClient, delay, slowDisk, clock
        case readError, syncError, indexDamage
        case cutPassShort, holdUpExchanges, loseLog
        // Of clusters.
        case isolate, cutBetween, longPause, killAll, allPowerLoss, killTwo
        // Of clusters with several log directories.
        case failDirectory, fillDirectory, replaceDirectory, rot
        // Several in a row, see `Plots`.
        case lastWords, stagger, loseTwoLeaders, keepLeaderInTheDark, delayIsrRequest, delayStop
    }

    var faults: [Fault] = []
    var nodes = 1
    /// Whether controllers are nodes of their own; then nothing happens to these.
    var isApart = false
    /// Whether nodes have several log directories, between which replicas are moved.
    var hasSeveralDisks = false
    /// Whether the log names the voters of the metadata, who come and go.
    var changesVoters = false
    /// So many are left at least.
    var fewestVoters = 2
    /// Between two changes of theirs.
    var voterMillis: ClosedRange<Int64> = 100...1000
    /// Between two faults.
    var faultMillis: ClosedRange<Int64> = 1000...5000
    /// Whether `ottla.flush.policy` is `ack`.
    var flushesBeforeAck = true
    /// How long work on the disk takes while no fault makes it longer.
    var diskMicros: ClosedRange<Int64> = 10...2000
    /// Between two things that a client does.
    var pauseMillis: ClosedRange<Int64> = 10...200
    /// So many sends of a producer may be under way.
    var sendsAtOnce = 1
    /// `batch.size` of producers.
    var batchBytes = 16384
    /// What those who read from the beginning get of a partition at once.
    var fetchBytes: Int32 = 1 << 20
    /// How long writes may stand still that nothing hinders; nil for as long as in other runs.
    var stallMillis: Int64?
    /// Nothing that happens may cost a member its membership.
    var membersStay = false
    /// Settings of the node that differ from those of other runs.
    var settings: [String: String] = [:]
    /// Whether there are compacted topics.
    var isCompacting = false
    /// Whether producers use transactions.
    var isTransacting = false
    /// The highest level that `transaction.version` has; below 2 it becomes that at once.
    var newestTransactionVersion: Int64 = 2
    /// For how long producers of transactions wait for an answer; nil for as long as in other runs.
    var patienceMillis: Int64?
    var minCompactionLagMillis: Int64 = 0
    /// How long bytes are on their way while no fault makes it longer.
    var latencyMicros: ClosedRange<Int64> = 50...400
    var administrators = 1
    /// Between two things that one of them does.
    var adminMillis: ClosedRange<Int64> = 200...3000
}

extension RunOptions {
    /// Takes over what an aim says.
    mutating func follow(_ aim: Aim) {
        nodes = aim.nodes
        isApart = aim.isApart
        hasSeveralDisks = aim.hasSeveralDisks
        changesVoters = aim.changesVoters
        isTransacting = aim.isTransacting
        if changesVoters { voterMillis = aim.voterMillis }
        flushesBeforeAck = aim.flushesBeforeAck
        latency = (aim.latencyMicros.lowerBound * 1000)...(aim.latencyMicros.upperBound * 1000)
        pauseMillis = aim.pauseMillis
        sendsAtOnce = aim.sendsAtOnce
        batchBytes = aim.batchBytes
        fetchBytes = aim.fetchBytes
        diskPace = (aim.diskMicros.lowerBound * 1000)...(aim.diskMicros.upperBound * 1000)
        faultNanoseconds = (aim.faultMillis.lowerBound * 1_000_000)...(aim.faultMillis.upperBound * 1_000_000)
    }
}

extension Run {
    /// M5: the only voter votes for itself in a new epoch at each start, and that is on the disk before it leads.
    func checkVoteIsStored(by node: SimulatedNode) {
        let epoch = MetadataDisk(node.disk).epoch ?? 0
        if epoch <= storedEpochs[node.name] ?? 0 {
            timeline.violated("M5", "\(node.name) leads, and its stored vote is of epoch \(epoch)")
        }
        storedEpochs[node.name] = epoch
    }
}

extension Nemesis {
    /// One of the faults that the run is about.
    func strike(_ node: SimulatedNode, _ aim: Aim) {
        guard let fault = aim.faults.randomElement(using: &run.scheduler.random) else { return }
        switch fault {
        case .kill: kill(node)
        case .powerLoss: run.isReplicated ? cluster.losePower(node) : losePower(node)
        case .powerLossAfterStop: losePowerAfterStop(node)
        case .restart: node.restart(downFor: seconds(0...2))
        case .pause: pause(node)
        case .cut: cut(node)
        case .reset: reset()
        case .park: park(ofClients: false)
        case .parkClient: park(ofClients: true)
        case .delay: delay()
        case .slowDisk: slowDisk(node)
        case .clock: setClock(node)
        case .readError: failReads(node)
        case .syncError: failSync(node)
        case .indexDamage: damageIndexes(node)
        case .cutPassShort: cutPassShort(node)
        case .holdUpExchanges: holdUpExchanges(node)
        case .loseLog: loseLog(node)
        case .isolate: cluster.isolate(node)
        case .cutBetween: cluster.cutBetween(node)
        case .longPause: cluster.pauseForLong(node)
        case .killAll: cluster.killAll()
        case .killTwo: cluster.killTwo(node)
        case .allPowerLoss: cluster.loseAllPower()
        case .failDirectory: cluster.disturbDirectory(node, .failure)
        case .fillDirectory: cluster.disturbDirectory(node, .shortage)
        case .replaceDirectory: cluster.disturbDirectory(node, .replacement)
        case .rot: cluster.rot.strike(node)
        case .lastWords: cluster.lastWords(node)
        case .stagger: cluster.stagger(node)
        case .loseTwoLeaders: plots.loseTwoLeaders()
        case .keepLeaderInTheDark: plots.keepLeaderInTheDark()
        case .delayIsrRequest: plots.delayIsrRequest()
        case .delayStop: plots.delayStop(node)
        }
    }

    /// An orderly stop makes everything durable, so power that fails then takes nothing.
    private func losePowerAfterStop(_ node: SimulatedNode) {
        node.restart(downFor: seconds(4...5))
        waitForStop(node, tries: 30)
    }

    private func waitForStop(_ node: SimulatedNode, tries: Int) {
        run.scheduler.after(nanoseconds: 100_000_000) { [self] in
            if tries == 0 { return }
            if !node.isDown { return waitForStop(node, tries: tries - 1) }
            node.losePower()
            later(1...2) { node.regainPower() }
        }
    }

    /// The node dies, and some of what it reads of its logs at the next start fails once.
    private func failReads(_ node: SimulatedNode) {
        node.kill()
        later(0...1) { [run] in
            run.timeline.log(node.name, "cannot read a log")
            let left = Countdown(1)
            node.setDiskPlan { _, operation, path in
                let isRead = operation == "read" && path.hasSuffix(".log") && path.contains(Run.topic)
                return isRead && left.takes() ? .fail(errno: 5) : .proceed
            }
            node.start()
        }
    }

    /// An fsync of a log fails, and power soon after.
    private func failSync(_ node: SimulatedNode) {
        run.timeline.log(node.name, "cannot sync a log")
        let left = Countdown(1)
        node.setDiskPlan { _, operation, path in
            let isSync = operation == "sync" && path.hasSuffix(".log") && path.contains(Run.topic)
            return isSync && left.takes() ? .fail(errno: 5) : .proceed
        }
        later(0...1) { [self] in losePower(node) }
    }

    /// The node dies, and its index files are changed before it starts: they are hints, so nothing comes of it.
    private func damageIndexes(_ node: SimulatedNode) {
        node.kill()
        run.timeline.log(node.name, "has damaged indexes")
        for path in node.disk.paths where path.hasSuffix(".index") && path.contains(Run.topic) {
            guard let bytes = node.disk.peek(path) else { continue }
            // The low byte of an offset or of a position: what still looks like an index.
            for place in stride(from: 3, to: bytes.count, by: 4) where run.scheduler.happens(0.5) {
                node.disk.damage(path, at: place, [bytes[place] ^ UInt8(run.scheduler.draw(1...255))])
            }
        }
        // Those of aborted transactions have their format's version in each entry.
        for path in node.disk.paths where path.hasSuffix(".txnindex") && run.transfers != nil {
            if node.disk.peek(path).map({ !$0.isEmpty }) ?? false { node.disk.damage(path, at: 0, [0xFF]) }
        }
        later(0...1) { node.start() }
    }
}

/// Counts down to nothing.
/// Sendable: only the thread of the scheduler touches it.
private final class Countdown: @unchecked Sendable {
    private var left: Int

    init(_ count: Int) { left = count }

    func takes() -> Bool {
        left -= 1
        return left >= 0
    }
}

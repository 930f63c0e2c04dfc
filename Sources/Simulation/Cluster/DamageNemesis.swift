import KafkaProtocol
import World

/// Changes what a node's disk holds, and mends it as an operator with a backup does: stops the node, repairs, starts it.
///
/// What a fault may cost: damage of derived files nothing; of others the partition or the node may refuse to serve until they are mended, and
/// nothing is lost, unless the node cut the log there and said so. A disk that lied about a sync, or was replaced by an older copy of itself,
/// loses what was promised since, which nobody can notice. The checks leave out exactly that.
/// Sendable: only the thread of the scheduler touches it.
final class DamageNemesis: @unchecked Sendable {
    private let run: Run
    private let later: (ClosedRange<Int64>, @escaping () -> Void) -> Void
    private var damage: [(node: SimulatedNode, damage: Damage)] = []
    private var lying: SimulatedNode?
    private var misdirecting: SimulatedNode?
    private var copy: (disk: MemoryFileSystem, memory: History.Memory, node: SimulatedNode)?

    init(_ run: Run, later: @escaping (ClosedRange<Int64>, @escaping () -> Void) -> Void) {
        self.run = run
        self.later = later
    }

    private var isIdle: Bool { damage.isEmpty && lying == nil && misdirecting == nil && copy == nil }

    func strike(_ node: SimulatedNode) {
        // One at a time, so that it is known what each costs.
        // What it costs is not kept account of for transactions.
        guard isIdle, run.transfers == nil else { return }
        switch run.scheduler.draw(0...9) {
        case 0, 1, 2: flip(node, whileDown: false)
        case 3, 4, 5: flip(node, whileDown: true)
        case 6, 7: loseContent(node)
        case 8: run.options.flushesBeforeAck ? lie(node) : misdirect(node)
        default: run.scheduler.happens(0.5) ? misdirect(node) : takeCopy(node)
        }
    }

    /// Power fails: what a disk lied about is gone.
    func losePower(_ node: SimulatedNode) {
        for entry in damage where entry.node === node { entry.damage.sawPowerLoss = true }
        let hasLied = lying === node
        let before = hasLied ? contents(node.disk) : [:]
        node.losePower()
        run.history.powerWasLost()
        guard hasLied else { return }
        lying = nil
        // The node may know that more had reached the disk than there is; the operator tells it to go on.
        node.disk.lose("/data/recovery-point-offset-checkpoint")
        for (path, bytes) in before.sorted(by: { $0.key < $1.key }) {
            let now = node.disk.peek(path) ?? []
            let same = zip(bytes, now).prefix { $0 == $1 }.count
            if same == bytes.count { continue }
            let lost = Damage(path, .content(before: bytes, after: now), bytes: bytes, at: same)
            if let partition = lost.partition { run.history.lost(partition, from: lost.firstOffset) }
        }
    }

    private func contents(_ disk: MemoryFileSystem) -> [String: [UInt8]] {
        let logs = disk.paths.filter { $0.contains("/\(Run.topic)-") && $0.hasSuffix(".log") }
        return Dictionary(uniqueKeysWithValues: logs.map { ($0, disk.peek($0) ?? []) })
    }

    // MARK: Damage

    /// Files whose kinds are as likely as each other. Retention takes those of the topic that keeps little, so these are left out.
    private func someFile(_ node: SimulatedNode) -> String? {
        let kinds: [(String) -> Bool] =
            [
                { $0.hasSuffix(".log") && $0.contains("/\(Run.topic)-") },
                { $0.hasSuffix(".log") && $0.contains("/\(Run.topic)-") },
                { $0.hasSuffix(".log") && $0.contains("__consumer_offsets") },
                { $0.hasSuffix(".index") }, { $0.hasSuffix(".timeindex") }, { $0.hasSuffix(".snapshot") },
                { $0.hasSuffix("leader-epoch-checkpoint") }, { $0.hasSuffix("recovery-point-offset-checkpoint") },
                { $0.hasSuffix("replication-offset-checkpoint") }, { $0.hasSuffix("log-start-offset-checkpoint") },
                { $0.hasSuffix("quorum-state") }, { $0.hasSuffix("meta.properties") },
                { $0.hasSuffix(".log") && $0.contains("__cluster_metadata") },
                { $0.hasSuffix(".checkpoint") && $0.contains("__cluster_metadata") },
                { $0.hasSuffix("partition.metadata") },
            ] + (run.compacted == nil ? [] : [Damage.isCompacted])
        let kind = kinds[Int(run.scheduler.draw(0...Int64(kinds.count - 1)))]
        let known = node.disk.paths.filter {
            kind($0) && !$0.contains("/\(Run.shortTopic)-") && !$0.contains("extra-")
                && !(node.disk.peek($0) ?? []).isEmpty
        }
        return known.randomElement(using: &run.scheduler.random)
    }

    private func flip(_ node: SimulatedNode, whileDown: Bool) {
        guard let path = someFile(node), var bytes = node.disk.peek(path) else { return }
        var mask = UInt8(1) << UInt8(run.scheduler.draw(0...7))
        // Kafka's format has no checksum here: a digit that became another one is not seen.
        if path.hasSuffix("log-start-offset-checkpoint") { mask = 0x40 }
        // The last batch of this log looks like one that was torn.
        if path.contains("__cluster_metadata"), path.hasSuffix(".log") {
            bytes.removeLast(bytes.count - Damage.lastBatch(bytes))
        }
        if bytes.isEmpty { return }
        let position = Int(run.scheduler.draw(0...Int64(bytes.count - 1)))
        // Where offsets may be missing, nothing tells a wrong one from a right one.
        if Damage.isCompacted(path), !Damage.isChecked(bytes, at: position) { return }
        if Damage.isCompacted(path) { run.compacted?.wasDamaged = true }
        if whileDown { node.kill() }
        let (before, after) = (bytes[position], bytes[position] ^ mask)
        run.timeline.log(node.name, "byte \(position) of \(path) becomes \(after), and was \(before)")
        node.disk.damage(path, at: position, [after])
        began(Damage(path, .flip(position: position, before: before, after: after), bytes: bytes, at: position), node)
    }

    /// Of a segment only the end: without a whole file in front of others nothing tells that there was one.
    private func loseContent(_ node: SimulatedNode) {
        guard let path = someFile(node), !Damage.isCompacted(path) else { return }
        // Groups may begin anew then, with generations that they had before.
        let isOfSystem = path.contains("__cluster_metadata") || path.contains("__consumer_offsets")
        if isOfSystem, path.hasSuffix(".log") { return }
        guard let bytes = node.disk.peek(path) else { return }
        node.kill()
        let count = Int(run.scheduler.draw(0...Int64(bytes.count - 1)))
        var after: [UInt8]? = Array(bytes.prefix(count))
        switch run.scheduler.draw(0...3) {
        case 0 where !path.hasSuffix(".log"): after = nil
        case 1 where !path.hasSuffix(".log"): after = []
        default: break
        }
        run.timeline.log(
            node.name,
            "\(path) has \(after.map { "\($0.count) bytes" } ?? "gone"), and had \(bytes.count)"
        )
        if let after { node.disk.replace(path, with: after) } else { node.disk.lose(path) }
        began(Damage(path, .content(before: bytes, after: after), bytes: bytes, at: count), node)
    }

    private func misdirect(_ node: SimulatedNode) {
        run.timeline.log(node.name, "its disk writes to a wrong place")
        misdirecting = node
        let far = 512 * Int(run.scheduler.draw(1...4))
        node.setDiskPlan { [unowned self] _, operation, path in
            guard operation == "write", misdirecting === node, path.hasSuffix(".log"), path.contains("/\(Run.topic)-"),
                (node.disk.peek(path) ?? []).count > far
            else { return .proceed }
            misdirecting = nil
            run.scheduler.after(nanoseconds: 0) { [self] in misdirected(node) }
            return .misdirect(bytes: far)
        }
        later(5...5) { [self] in if misdirecting === node { misdirecting = nil } }
    }

    private func misdirected(_ node: SimulatedNode) {
        let writes = node.disk.takeMisdirected()
        guard let first = writes.first else { return }
        let bytes = node.disk.peek(first.path) ?? []
        run.timeline.log(node.name, "what was meant for byte \(first.meant) of \(first.path) is at \(first.place)")
        began(Damage(first.path, .misdirected(writes), bytes: first.mend(bytes), at: first.place), node)
    }

    private func began(_ new: Damage, _ node: SimulatedNode) {
        node.forgetReports()
        // What is not readable there is not known, nor that a name is another one.
        if new.path.hasSuffix("log-start-offset-checkpoint") { run.history.starts.forget() }
        if let partition = new.partition { run.history.doubts(partition) }
        damage.append((node, new))
        later(0...3) { node.start() }
        later(4...15) { [self] in mend() }
    }

    /// What has to be mended is, and the nodes are started again.
    func mend() {
        let all = damage
        damage = []
        for (node, damage) in all {
            node.kill()
            run.timeline.log(node.name, "\(damage.path) is mended")
            run.history.settles(lost: mend(damage, node))
            node.start()
        }
    }

    /// - Returns: whether records are lost.
    private func mend(_ damage: Damage, _ node: SimulatedNode) -> Bool {
        let name = Path.name(damage.path)
        // An operator who cannot restore it takes it away: then everything is checked.
        if name == "recovery-point-offset-checkpoint" {
            node.disk.lose(damage.path)
            return false
        }
        if damage.mend(node.disk) { return false }
        if name == "log-start-offset-checkpoint" { run.history.starts.forget() }
        guard let partition = damage.partition, !damage.isOfMetadata else { return false }
        if case .flip = damage.kind, !damage.sawPowerLoss {
            let isTold = node.reports.contains { $0.contains("truncated ") || $0.contains("removed ") }
            if Damage.isCompacted(damage.path), !isTold { return false }
            let problem = damage.hasFollowers ? "though valid batches follow" : isTold ? nil : "and did not say so"
            if let problem {
                run.timeline.violated("I1", "\(node.name) cut \(damage.path) at the damage, \(problem)")
            }
        }
        if damage.isOfGroups {
            run.history.lostGroups()
        } else {
            run.history.lost(partition, from: damage.firstOffset)
        }
        return true
    }

    // MARK: Lies

    /// Syncs of segments succeed and write nothing, until power fails.
    private func lie(_ node: SimulatedNode) {
        run.timeline.log(node.name, "its disk does not write what it is told to")
        lying = node
        node.setDiskPlan { _, operation, path in
            operation == "sync" && path.hasSuffix(".log") && path.contains("/\(Run.topic)-") ? .lie : .proceed
        }
        later(1...6) { [self] in
            if lying !== node { return }
            losePower(node)
            later(1...3) { node.regainPower() }
        }
    }

    private func takeCopy(_ node: SimulatedNode) {
        run.timeline.log("operator", "copies the directory of \(node.name)")
        let disk = node.disk.forNextProcess()
        // That the disk is full right now is no part of what is copied, and would never end.
        disk.setCapacity(.max)
        copy = (disk, run.history.remember(), node)
        later(5...20) { [self] in
            guard let copy else { return }
            self.copy = nil
            node.kill()
            run.timeline.log("operator", "puts the copy in the place of \(node.name)'s directory")
            node.replaceDisk(by: copy.disk)
            run.history.restored(copy.memory)
            run.admin?.forget()
            node.start()
        }
    }

    /// The faults are over.
    func stop() {
        (lying, misdirecting, copy) = (nil, nil, nil)
        mend()
    }
}

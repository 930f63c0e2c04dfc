import World

/// Does to clusters what happens between nodes, and to several of them at once.
/// Sendable: only the thread of the scheduler touches it.
final class ClusterNemesis: @unchecked Sendable {
    private let run: Run
    private unowned let nemesis: Nemesis
    private let disks: DiskNemesis
    /// Under `ottla.flush.policy=os` replicas stand for the disk, and only as long as not two lose what they had not synced: it is
    /// always this one.
    let losesPower: Int
    private let directories: DirectoryNemesis
    let rot: RotNemesis

    init(_ run: Run, _ nemesis: Nemesis, _ disks: DiskNemesis) {
        (self.run, self.nemesis, self.disks) = (run, nemesis, disks)
        directories = DirectoryNemesis(run, nemesis)
        rot = RotNemesis(run)
        losesPower = Int(run.scheduler.draw(0...Int64(run.nodes.count - 1)))
    }

    func strike(_ node: SimulatedNode) {
        if directories.isReplacing { return }
        // Most runs with several disks are about them.
        if run.options.hasSeveralDisks, run.scheduler.happens(0.4) { return disturbDisk(node) }
        switch run.scheduler.draw(0...24) {
        case 0, 1, 2: nemesis.kill(node)
        case 3: losePower(node)
        case 4, 5: node.restart(downFor: nemesis.seconds(0...5))
        case 6, 7: nemesis.pause(node)
        case 8: isolate(node)
        case 9, 10: split()
        case 11: bridge(node)
        case 12, 13: cutBetween(node)
        case 14: nemesis.cut(node)
        case 15: nemesis.reset()
        // Below version 2 of transactions what comes late can end the next one, as in Kafka.
        case 16 where run.transfers?.changesVersion == false && run.scheduler.happens(0.5):
            nemesis.park(ofClients: run.scheduler.happens(0.3))
        case 16: nemesis.sever()
        case 17: nemesis.slowReader()
        case 18: nemesis.delay()
        case 19: nemesis.setClock(node)
        case 20: killAll()
        case 21: loseAllPower()
        default: disturbDisk(node)
        }
    }

    /// What has failed is replaced, and its nodes are started again.
    func stop() { directories.stop() }

    // MARK: Processes and machines

    func losePower(_ node: SimulatedNode) {
        let victim = run.options.flushesBeforeAck ? node : run.nodes[losesPower]
        cutPower(of: victim)
        nemesis.later(1...10) { victim.regainPower() }
    }

    func cutPower(of node: SimulatedNode) {
        node.losePower()
        run.watch?.lostCache(node)
    }

    /// All of them at once, which loses nothing that the machines still have.
    func killAll() {
        for node in run.nodes {
            node.kill()
            nemesis.later(0...4) { node.start() }
        }
    }

    /// The same with the machines: only where an answer promises more than the page cache.
    func loseAllPower() {
        guard run.options.flushesBeforeAck else { return killAll() }
        for node in run.nodes {
            node.losePower()
            nemesis.later(0...4) { node.regainPower() }
        }
    }

    /// One, and another about when somebody else has taken over.
    func killTwo(_ node: SimulatedNode) {
        nemesis.kill(node)
        nemesis.later(nanoseconds: run.scheduler.draw(200_000_000...1_500_000_000)) { [self] in
            guard let other = run.brokers.filter(\.isServing).randomElement(using: &run.scheduler.random) else {
                return
            }
            nemesis.kill(other)
        }
    }

    /// What a node sends the others takes longer over one connection than over the next.
    func stagger(_ node: SimulatedNode) {
        run.timeline.log("network", "what \(node.name) sends is in no order any more")
        for other in run.nodes where other !== node {
            run.fabric.stagger(
                Fabric.Direction(from: node.name, to: other.name),
                nanoseconds: 200_000_000...2_000_000_000
            )
        }
    }

    /// What a node has sent the others arrives long after it has died.
    func lastWords(_ node: SimulatedNode) {
        run.timeline.log("network", "what \(node.name) sends takes long")
        for other in run.nodes where other !== node {
            run.fabric.holdUp(
                Fabric.Direction(from: node.name, to: other.name),
                nanoseconds: run.scheduler.draw(2_000_000_000...8_000_000_000)
            )
        }
        nemesis.later(nanoseconds: run.scheduler.draw(20_000_000...400_000_000)) { [nemesis] in nemesis.kill(node) }
    }

    /// Longer than its session, whatever that is.
    func pauseForLong(_ node: SimulatedNode) {
        if run.nodes.contains(where: { $0.isServing && !$0.isWell }) { return }
        node.pause()
        nemesis.later(25...40) { node.resume() }
    }

    /// One disk at a time: the others keep what was acknowledged.
    private func disturbDisk(_ node: SimulatedNode) {
        if run.options.hasSeveralDisks, run.scheduler.happens(0.3) {
            rot.strike(node)
            // A start may find it before anybody else does, and refuse the log.
            if rot.damage != nil, run.scheduler.happens(0.5) { nemesis.kill(node) }
            return
        }
        if run.nodes.contains(where: \.hasDiskFault) { return nemesis.kill(node) }
        if run.nodes.contains(where: \.hasOfflineDirectory) { return nemesis.kill(node) }
        if run.options.hasSeveralDisks, run.scheduler.happens(0.6) { return directories.strike(node, losesPower) }
        if run.scheduler.happens(0.2) { return nemesis.slowDisk(node) }
        disks.strike(node)
    }

    /// The same of one log directory of several.
    func disturbDirectory(_ node: SimulatedNode, _ fault: DirectoryNemesis.Fault) {
        let isDisturbed = run.nodes.contains { $0.hasDiskFault || $0.hasOfflineDirectory }
        if !isDisturbed, !directories.isReplacing { directories.strike(node, losesPower, fault) }
    }

    // MARK: Wires

    /// No other node hears of it, or it of none; clients still do.
    func isolate(_ node: SimulatedNode) { separate([node], run.nodes.filter { $0 !== node }) }

    /// Any nodes from all others.
    private func split() {
        let side = run.nodes.filter { _ in run.scheduler.happens(0.5) }
        if side.isEmpty || side.count == run.nodes.count { return }
        separate(side, run.nodes.filter { node in !side.contains { $0 === node } })
    }

    /// In one direction or both.
    private func separate(_ some: [SimulatedNode], _ others: [SimulatedNode]) {
        let (hear, areHeard) = [(false, false), (false, false), (true, false), (false, true)][
            Int(run.scheduler.draw(0...3))
        ]
        let names = "\(some.map(\.name)) and \(others.map(\.name))"
        run.timeline.log(
            "network",
            "\(names) are cut off: the first \(hear ? "hear" : "do not hear"), and \(areHeard ? "are" : "are not") heard"
        )
        var cuts: [Fabric.Direction] = []
        for one in some {
            for other in others {
                if !areHeard { cuts.append(Fabric.Direction(from: one.name, to: other.name)) }
                if !hear { cuts.append(Fabric.Direction(from: other.name, to: one.name)) }
            }
        }
        cut(cuts, "\(names) reach each other again")
    }

    /// Two sides that reach each other only by way of one node, which reaches all.
    private func bridge(_ node: SimulatedNode) {
        var others = run.nodes.filter { $0 !== node }
        others.shuffle(using: &run.scheduler.random)
        let (some, rest) = (others.prefix(others.count / 2), others.dropFirst(others.count / 2))
        run.timeline.log("network", "only \(node.name) reaches both \(some.map(\.name)) and \(rest.map(\.name))")
        let cuts = some.flatMap { one in rest.flatMap { Fabric.Link(one.name, $0.name).directions } }
        cut(cuts, "all reach each other again")
    }

    func cutBetween(_ node: SimulatedNode) {
        guard let other = run.nodes.filter({ $0 !== node }).randomElement(using: &run.scheduler.random) else { return }
        let directions = Fabric.Link(node.name, other.name).directions
        let cuts = run.scheduler.happens(0.4) ? [directions[Int(run.scheduler.draw(0...1))]] : directions
        for direction in cuts { run.timeline.log("network", "nothing goes from \(direction.from) to \(direction.to)") }
        cut(cuts, "\(node.name) and \(other.name) reach each other again")
    }

    private func cut(_ directions: [Fabric.Direction], _ healed: String) {
        for direction in directions { run.fabric.cut(direction) }
        nemesis.later(0...20) { [run] in
            run.timeline.log("network", healed)
            for direction in directions { run.fabric.heal(direction) }
        }
    }
}

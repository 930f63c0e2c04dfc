import World

/// Does to a cluster what happens to clusters, as the seed says, and mends it at the end.
/// Sendable: only the thread of the scheduler touches it.
final class Nemesis: @unchecked Sendable {
    let run: Run
    private var isOver = false
    private lazy var disks = DiskNemesis(run) { [unowned self] in later($0, $1) }
    private(set) lazy var cluster = ClusterNemesis(run, self, disks)
    private(set) lazy var plots = Plots(run, self)
    private lazy var damages = DamageNemesis(run) { [unowned self] in later($0, $1) }

    init(_ run: Run) { self.run = run }

    func start() {
        for node in run.nodes { node.setDiskPace(run.options.diskPace) }
        run.fabric.latency = run.options.latency
        plan()
    }

    private func plan() {
        run.scheduler.after(nanoseconds: run.scheduler.draw(run.options.faultNanoseconds)) { [self] in
            if isOver { return }
            strike()
            plan()
        }
    }

    /// No fault from now on, and those that there are end.
    ///
    /// - Returns: when the last of them is over: a call that hangs in a disk cannot be called off.
    func stop() -> Int64 {
        isOver = true
        let end = run.nodes.map { $0.endDelays() }.max() ?? 0
        run.fabric.healAll()
        run.fabric.latency = RunOptions.calm
        run.fabric.isSlow = false
        for node in run.nodes {
            node.resume()
            node.setWallRight()
            node.setDiskPace(run.options.diskPace)
            node.setDiskCapacity(.max)
            node.setNextDiskPlan(nil)
            node.endDiskPlan()
            node.regainPower()
        }
        damages.stop()
        if run.options.hasSeveralDisks { cluster.stop() }
        return max(run.scheduler.now, end)
    }

    private func strike() {
        let victims = run.aim == nil ? run.nodes : run.brokers
        let node = victims[Int(run.scheduler.draw(0...Int64(victims.count - 1)))]
        if let aim = run.aim { return strike(node, aim) }
        if run.isReplicated { return cluster.strike(node) }
        switch run.scheduler.draw(0...20) {
        case 0, 1: kill(node)
        case 2, 3: losePower(node)
        case 4: node.restart(downFor: seconds(0...5))
        case 5: pause(node)
        case 6, 7: cut(node)
        case 8: reset()
        case 9: delay()
        case 10: slowDisk(node)
        case 11: setClock(node)
        case 12: sever()
        case 13: slowReader()
        case 14...17: disks.strike(node)
        default: damages.strike(node)
        }
    }

    func seconds(_ range: ClosedRange<Int64>) -> Int64 {
        run.scheduler.draw((range.lowerBound * 1_000_000_000)...(range.upperBound * 1_000_000_000))
    }

    func later(_ range: ClosedRange<Int64>, _ work: @escaping () -> Void) {
        later(nanoseconds: seconds(range), work)
    }

    func later(nanoseconds: Int64, _ work: @escaping () -> Void) {
        run.scheduler.after(nanoseconds: nanoseconds) { [self] in if !isOver { work() } }
    }

    func kill(_ node: SimulatedNode) {
        node.kill()
        later(0...6) { node.start() }
    }

    /// Only where an answer promises more than the page cache.
    func losePower(_ node: SimulatedNode) {
        guard run.options.flushesBeforeAck else { return kill(node) }
        damages.losePower(node)
        later(1...6) { node.regainPower() }
    }

    func pause(_ node: SimulatedNode) {
        node.pause()
        // Meanwhile others may have gone away, and nobody tells it.
        if run.scheduler.happens(0.3) { sever() }
        later(0...15) { node.resume() }
    }

    func cut(_ node: SimulatedNode) {
        guard let client = someClient else { return }
        if run.scheduler.happens(0.4) {
            let isFromNode = run.scheduler.happens(0.5)
            let direction = Fabric.Direction(from: isFromNode ? node.name : client, to: isFromNode ? client : node.name)
            run.timeline.log("network", "nothing goes from \(direction.from) to \(direction.to)")
            run.fabric.cut(direction)
            later(0...12) { [run] in
                run.timeline.log("network", "\(direction.to) hears of \(direction.from) again")
                run.fabric.heal(direction)
            }
            return
        }
        let link = Fabric.Link(node.name, client)
        run.timeline.log("network", "\(node.name) and \(client) are cut off from each other")
        run.fabric.cut(link)
        later(0...12) { [run] in
            run.timeline.log("network", "\(node.name) and \(client) reach each other again")
            run.fabric.heal(link)
        }
    }

    /// Half-open connections.
    func sever() {
        for _ in 0..<run.scheduler.draw(1...4) where run.fabric.severSomeConnection() {
            run.timeline.log("network", "a connection is forgotten by what lies between its ends")
        }
    }

    /// The one that looks whether the cluster goes on is left alone.
    private var someClient: String? {
        run.clients.filter { $0.name != ClusterWatch.writer }.randomElement(using: &run.scheduler.random)?.name
    }

    func slowReader() {
        guard let client = someClient else { return }
        run.timeline.log("network", "\(client) reads slowly")
        run.fabric.slowReader(client, nanoseconds: run.scheduler.draw(20_000_000...1_500_000_000))
        later(1...10) { [run] in run.fabric.slowReader(client, nanoseconds: 0) }
    }

    func reset() {
        for _ in 0..<run.scheduler.draw(1...4) where run.fabric.resetSomeConnection() {
            run.timeline.log("network", "a connection is reset")
        }
    }

    /// What a node sent another comes late, behind what it sent again. Of clients producers of transactions: what members of groups commit has no
    /// order, and the later one counts.
    func park(ofClients: Bool) {
        let nodes = Set(run.nodes.map(\.name))
        let direction = run.fabric.parkSomeConnection(
            { wire in
                let isWanted = ofClients ? wire.from.hasPrefix(Transfers.topic) : nodes.contains(wire.from)
                return isWanted && nodes.contains(wire.to) && wire.from != wire.to
            },
            breaksAfter: run.scheduler.draw(20_000_000...400_000_000),
            nanoseconds: run.scheduler.draw(500_000_000...8_000_000_000)
        )
        guard let direction else { return }
        run.timeline.log(
            "network",
            "\(direction.from) loses a connection to \(direction.to), and what it sent comes late"
        )
    }

    func delay() {
        run.timeline.log("network", "is slow")
        run.fabric.latency = 1_000_000...400_000_000
        run.fabric.isSlow = true
        later(1...10) { [run] in
            run.timeline.log("network", "is as it was")
            run.fabric.latency = run.options.latency
            run.fabric.isSlow = false
        }
    }

    func slowDisk(_ node: SimulatedNode) {
        run.timeline.log(node.name, "has a slow disk")
        node.setDiskPace(50_000_000...2_000_000_000)
        later(1...10) { [run] in
            run.timeline.log(node.name, "has its disk back")
            node.setDiskPace(run.options.diskPace)
        }
    }

    func setClock(_ node: SimulatedNode) {
        node.moveWall(milliseconds: run.scheduler.draw(-86_400_000...86_400_000))
        if run.scheduler.happens(0.5) { later(1...20) { node.setWallRight() } }
    }
}

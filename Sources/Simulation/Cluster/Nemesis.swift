import World

/// Does to a cluster what happens to clusters, as the seed says, and mends it at the end.
/// Sendable: only the thread of the scheduler touches it.
final class Nemesis: @unchecked Sendable {
    private let run: Run
    private var isOver = false

    init(_ run: Run) { self.run = run }

    func start() { plan() }

    private func plan() {
        run.scheduler.after(nanoseconds: run.scheduler.draw(run.options.faultNanoseconds)) { [self] in
            if isOver { return }
            strike()
            plan()
        }
    }

    /// No fault from now on, and those that there are end.
    func stop() {
        isOver = true
        run.fabric.healAll()
        run.fabric.latency = Self.calm
        for node in run.nodes {
            node.resume()
            node.setDiskPace(Self.quick)
            node.setDiskCapacity(.max)
            node.setDiskPlan { _, _, _ in .proceed }
            node.regainPower()
        }
    }

    private static let calm: ClosedRange<Int64> = 50_000...400_000
    private static let quick: ClosedRange<Int64> = 10_000...2_000_000

    private func strike() {
        let node = run.nodes[Int(run.scheduler.draw(0...Int64(run.nodes.count - 1)))]
        switch run.scheduler.draw(0...11) {
        case 0, 1: kill(node)
        case 2, 3: losePower(node)
        case 4: node.restart(downFor: seconds(0...5))
        case 5: pause(node)
        case 6, 7: cut(node)
        case 8: reset()
        case 9: delay()
        case 10: slowDisk(node)
        default: run.scheduler.happens(0.5) ? fillDisk(node) : setClock(node)
        }
    }

    private func seconds(_ range: ClosedRange<Int64>) -> Int64 {
        run.scheduler.draw((range.lowerBound * 1_000_000_000)...(range.upperBound * 1_000_000_000))
    }

    private func later(_ range: ClosedRange<Int64>, _ work: @escaping () -> Void) {
        run.scheduler.after(nanoseconds: seconds(range)) { [self] in if !isOver { work() } }
    }

    private func kill(_ node: SimulatedNode) {
        node.kill()
        later(0...6) { node.start() }
    }

    /// Only where an answer promises more than the page cache.
    private func losePower(_ node: SimulatedNode) {
        guard run.options.flushesBeforeAck else { return kill(node) }
        node.losePower()
        run.history.powerWasLost()
        later(1...6) { node.regainPower() }
    }

    private func pause(_ node: SimulatedNode) {
        node.pause()
        later(0...15) { node.resume() }
    }

    private func cut(_ node: SimulatedNode) {
        guard let client = run.clientNames.randomElement(using: &run.scheduler.random) else { return }
        let link = Fabric.Link(node.name, client)
        run.timeline.log("network", "\(node.name) and \(client) are cut off from each other")
        run.fabric.cut(link)
        later(0...12) { [run] in
            run.timeline.log("network", "\(node.name) and \(client) reach each other again")
            run.fabric.heal(link)
        }
    }

    private func reset() {
        for _ in 0..<run.scheduler.draw(1...4) where run.fabric.resetSomeConnection() {
            run.timeline.log("network", "a connection is reset")
        }
    }

    private func delay() {
        run.timeline.log("network", "is slow")
        run.fabric.latency = 1_000_000...400_000_000
        later(1...10) { [run] in
            run.timeline.log("network", "is as it was")
            run.fabric.latency = Self.calm
        }
    }

    private func slowDisk(_ node: SimulatedNode) {
        run.timeline.log(node.name, "has a slow disk")
        node.setDiskPace(50_000_000...2_000_000_000)
        later(1...10) { [run] in
            run.timeline.log(node.name, "has its disk back")
            node.setDiskPace(Self.quick)
        }
    }

    private func fillDisk(_ node: SimulatedNode) {
        run.timeline.log(node.name, "has a full disk")
        node.setDiskCapacity(1)
        later(1...10) { [run] in
            run.timeline.log(node.name, "has space on its disk")
            node.setDiskCapacity(.max)
        }
    }

    private func setClock(_ node: SimulatedNode) {
        node.moveWall(milliseconds: run.scheduler.draw(-86_400_000...86_400_000))
    }
}

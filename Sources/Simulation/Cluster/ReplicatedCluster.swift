import KafkaProtocol
import NIOCore
import World

/// What runs with several nodes have that others don't: a quorum of controllers, replicas, and faults between nodes.
/// Sendable: only the thread of the scheduler touches it.
final class ReplicatedCluster: @unchecked Sendable {
    static let clusterId = "c2ltdWxhdGVkY2x1c3Rlcg"
    static let controllerPort = 9093
    static let replicas: Int16 = 3
    static let minInSync = 2

    private let run: Run
    private let nemesis: Nemesis
    /// Under `ottla.flush.policy=os` replicas stand for the disk, and only as long as not two lose what they had not synced: it is
    /// always this one.
    private let losesPower: Int

    init(_ run: Run, _ nemesis: Nemesis) {
        (self.run, self.nemesis) = (run, nemesis)
        losesPower = Int(run.scheduler.draw(0...Int64(run.nodes.count - 1)))
    }

    /// What all nodes are configured with.
    static func settings(_ scheduler: Scheduler, nodes: Int) -> [String: String] {
        let voters = (1...nodes).map { "\($0)@\(name($0)):\(controllerPort)" }
        return [
            "process.roles": "broker,controller", "controller.listener.names": "CONTROLLER",
            "controller.quorum.voters": voters.joined(separator: ","),
            "default.replication.factor": "\(replicas)", "min.insync.replicas": "\(minInSync)",
            "offsets.topic.replication.factor": "\(replicas)",
            "replica.lag.time.max.ms": "\(scheduler.draw(2000...15_000))",
            "broker.session.timeout.ms": "\(scheduler.draw(3000...9000))",
            "broker.heartbeat.interval.ms": "\(scheduler.draw(500...2000))",
            "controller.quorum.election.timeout.ms": "\(scheduler.draw(300...1000))",
            "controller.quorum.fetch.timeout.ms": "\(scheduler.draw(500...2000))",
        ]
    }

    static func name(_ id: Int) -> String { "node-\(id)" }

    // MARK: Faults

    func strike(_ node: SimulatedNode) {
        switch run.scheduler.draw(0...17) {
        case 0, 1, 2: nemesis.kill(node)
        case 3:
            let victim = run.options.flushesBeforeAck ? node : run.nodes[losesPower]
            victim.losePower()
            nemesis.later(1...10) { victim.regainPower() }
        case 4, 5: node.restart(downFor: nemesis.seconds(0...5))
        case 6, 7: nemesis.pause(node)
        case 8, 9: isolate(node)
        case 10, 11: cutBetween(node)
        case 12: nemesis.cut(node)
        case 13: nemesis.reset()
        case 14: nemesis.delay()
        case 15: nemesis.slowDisk(node)
        case 16: nemesis.setClock(node)
        default: killAll()
        }
    }

    /// All of them at once, which loses nothing that the machines still have.
    private func killAll() {
        for node in run.nodes {
            node.kill()
            nemesis.later(0...4) { node.start() }
        }
    }

    /// No other node hears of it, or it of none; clients still do.
    private func isolate(_ node: SimulatedNode) {
        let others = run.nodes.filter { $0 !== node }
        let (hears, isHeard) = [(false, false), (true, false), (false, true)][Int(run.scheduler.draw(0...2))]
        run.timeline.log(
            "network",
            "\(node.name) \(hears ? "hears" : "does not hear") of others, which \(isHeard ? "hear" : "do not hear") of it"
        )
        let cuts = others.flatMap { other in
            (isHeard ? [] : [Fabric.Direction(from: node.name, to: other.name)])
                + (hears ? [] : [Fabric.Direction(from: other.name, to: node.name)])
        }
        cut(cuts, "\(node.name) and others reach each other again")
    }

    private func cutBetween(_ node: SimulatedNode) {
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

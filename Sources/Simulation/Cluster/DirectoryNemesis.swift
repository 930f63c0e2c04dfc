import Broker
import ClusterMetadata
import World

/// Does to single log directories of nodes that have several what happens to single disks.
/// Sendable: only the thread of the scheduler touches it.
final class DirectoryNemesis: @unchecked Sendable {
    private let run: Run
    private unowned let nemesis: Nemesis
    /// Whose disk was replaced last.
    private var replaced: SimulatedNode?

    init(_ run: Run, _ nemesis: Nemesis) {
        self.run = run
        self.nemesis = nemesis
    }

    enum Fault {
        case failure, shortage, replacement
    }

    /// - Parameters:
    ///   - loser: the place of the one node that may lose what it has: the others keep what was acknowledged.
    ///   - fault: nil for any.
    func strike(_ node: SimulatedNode, _ loser: Int, _ fault: Fault? = nil) {
        guard run.brokers.contains(where: { $0 === node }), let directory = someDirectory() else { return }
        switch fault ?? someFault() {
        case .failure: fail(node, directory)
        case .shortage: fill(node, directory)
        case .replacement: replace(run.nodes[loser], directory)
        }
    }

    private func someFault() -> Fault {
        switch run.scheduler.draw(0...3) {
        case 0: .failure
        case 1: .shortage
        default: .replacement
        }
    }

    /// Without the first one, a node ends: the metadata log lies there.
    private func someDirectory() -> String? {
        run.cluster?.directories.dropFirst().randomElement(using: &run.scheduler.random)
    }

    /// Its node goes on without it, until somebody starts it again.
    private func fail(_ node: SimulatedNode, _ directory: String) {
        run.timeline.log(node.name, "the disk of \(directory) fails")
        node.setDiskPlan { _, _, path in path.hasPrefix(directory + "/") ? .fail(errno: 5) : .proceed }
        nemesis.later(2...15) { [self] in
            run.timeline.log(node.name, "the disk of \(directory) works again")
            node.endDiskPlan()
            startAgain(node)
        }
    }

    private func startAgain(_ node: SimulatedNode) {
        guard node.hasOfflineDirectory else { return }
        if run.scheduler.happens(0.5) { return node.restart(downFor: nemesis.seconds(0...3)) }
        nemesis.kill(node)
    }

    private func fill(_ node: SimulatedNode, _ directory: String) {
        run.timeline.log(node.name, "the disk of \(directory) is full")
        node.setDiskPlan { _, operation, path in
            operation == "write" && path.hasPrefix(directory + "/") ? .fail(errno: 28) : .proceed
        }
        nemesis.later(2...15) { [run] in
            run.timeline.log(node.name, "the disk of \(directory) has space again")
            node.endDiskPlan()
        }
    }

    /// A node whose disk was replaced has not told so yet: if all others were killed meanwhile, nobody would be known to have what was acknowledged.
    var isReplacing: Bool { replaced.map { !$0.isServing } ?? false }

    /// An empty one is put in its place, after an orderly stop or without.
    private func replace(_ node: SimulatedNode, _ directory: String) {
        guard node.isServing, isDispensable(node) else { return }
        replaced = node
        let pause = nemesis.seconds(0...4)
        if run.scheduler.happens(0.5) {
            node.restart(downFor: pause, emptying: directory)
        } else {
            node.kill()
            node.emptyDisk(of: directory)
            nemesis.later(nanoseconds: pause) { node.start() }
        }
    }

    /// As operators look before: all others are well, and nothing is in sync on this node alone.
    private func isDispensable(_ node: SimulatedNode) -> Bool {
        guard run.brokers.allSatisfy({ $0 === node || $0.isWell }) else { return false }
        return run.nodes.compactMap { $0.inspect()?.image }.allSatisfy { image in
            image.topics.values.allSatisfy { topic in
                topic.partitions.values.allSatisfy { $0.isr != [Int32(node.id)] }
            }
        }
    }

    func stop() {
        for node in run.nodes where node.hasOfflineDirectory {
            node.kill()
            node.start()
        }
    }
}

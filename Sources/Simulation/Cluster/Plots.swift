import Broker
import ClusterMetadata
import KafkaProtocol

/// Faults in a row that wait for what nodes know, for states that hardly ever come about by chance. Each is about one partition; while one
/// goes on, no other begins.
/// Sendable: only the thread of the scheduler touches it.
final class Plots: @unchecked Sendable {
    /// A partition whose three replicas are all in sync and well.
    private struct Cast {
        var partition: TopicPartition
        var leader: SimulatedNode
        /// In the order of the assignment.
        var followers: (SimulatedNode, SimulatedNode)
    }

    private static let lookNanoseconds: Int64 = 2_000_000
    /// Connections are given up when nothing is acknowledged for 5 s.
    private static let heldUpNanoseconds: ClosedRange<Int64> = 3_000_000_000...4_800_000_000

    private let run: Run
    private let nemesis: Nemesis
    private var isPlaying = false
    private var cuts: [Fabric.Direction] = []

    init(_ run: Run, _ nemesis: Nemesis) { (self.run, self.nemesis) = (run, nemesis) }

    // MARK: The plots

    /// A follower that has not heard what was committed last sees its leader go, and the next one before it has fetched anything from it.
    func loseTwoLeaders() {
        guard let cast = begin(where: { _, _ in true }) else { return }
        let (leader, (heir, last)) = (cast.leader, cast.followers)
        cut(leader, last)
        after(millis: 50...400) { [self] in
            leader.kill()
            cut(heir, last)
            cut(last, heir)
            when({ [self] in leads(heir, cast) || leads(last, cast) }) { [self] in
                if leads(last, cast) { return end() }
                after(millis: 200...600) { [self] in
                    heir.kill()
                    when({ [self] in leads(last, cast) }) { [self] in after(millis: 1000...1000) { self.end() } }
                }
            }
        }
    }

    /// A leader asks for a follower to be taken in, and hears of nothing that follows: not even that the follower leads now.
    func keepLeaderInTheDark() {
        beginWithRestart(of: nil) { [self] cast, leader in
            when({ [self] in takesIn(cast.leader, leader, cast) }) { [self] in
                for controller in controllers {
                    cut(controller, leader)
                    cut(controller, other(cast, leader))
                }
                when({ [self] in leads(cast.leader, cast) }) { [self] in after(millis: 1500...2500) { self.end() } }
            }
        }
    }

    /// A leader asks for a follower to be taken in; until the controller hears of it, that one has lost power and is back with less.
    func delayIsrRequest() {
        // Always the same one, as of two some record may have been on no disk.
        let victim = run.brokers[nemesis.cluster.losesPower % run.brokers.count]
        beginWithRestart(of: victim) { [self] cast, leader in
            when({ [self] in isUnfenced(victim, for: leader) }) { [self] in
                for controller in controllers { holdUp(leader, controller) }
                when({ [self] in takesIn(victim, leader, cast) }) { [self] in returnWithLess(victim, leader, cast) }
            }
        }
    }

    private func returnWithLess(_ victim: SimulatedNode, _ leader: SimulatedNode, _ cast: Cast) {
        nemesis.cluster.cutPower(of: victim)
        cut(leader, victim)
        cut(victim, leader)
        after(millis: 100...500) { [self] in
            victim.regainPower()
            when({ [self] in leads(victim, cast) }) { [self] in after(millis: 1000...1000) { self.end() } }
        }
    }

    /// A broker is killed while it stops, and what it said then reaches the controllers when its next process is there.
    func delayStop(_ node: SimulatedNode) {
        if isPlaying || !run.nodes.allSatisfy(\.isWell) { return }
        isPlaying = true
        for controller in controllers where controller !== node { holdUp(node, controller) }
        node.restart(downFor: 0)
        after(millis: 100...400) { [self] in
            node.kill()
            node.start()
            after(millis: 7000...7000) { self.end() }
        }
    }

    // MARK: Parts of them

    private func begin(where isWanted: (PartitionImage, SimulatedNode) -> Bool) -> Cast? {
        guard !isPlaying, run.nodes.allSatisfy(\.isWell) else { return nil }
        let casts = Run.partitions.compactMap { id -> Cast? in
            guard let image = run.watch?.partition(id), image.isr.count == 3, let leader = node(image.leader),
                isWanted(image, leader)
            else { return nil }
            let followers = image.replicas.filter { $0 != image.leader }.compactMap(node)
            if followers.count != 2 { return nil }
            return Cast(partition: id, leader: leader, followers: (followers[0], followers[1]))
        }
        guard let cast = casts.randomElement(using: &run.scheduler.random) else { return nil }
        isPlaying = true
        return cast
    }

    /// The preferred leader of a partition is killed, another node leads, and the first one is started again.
    ///
    /// - Parameter leader: the one to be killed; nil for any.
    private func beginWithRestart(of leader: SimulatedNode?, _ then: @escaping (Cast, SimulatedNode) -> Void) {
        let cast = begin { image, node in
            image.replicas.first == image.leader && (leader == nil || node === leader)
        }
        guard let cast else { return }
        cast.leader.kill()
        let others = [cast.followers.0, cast.followers.1]
        when({ [self] in others.contains { leads($0, cast) } }) { [self] in
            after(millis: 300...1500) { [self] in
                cast.leader.start()
                guard let now = others.first(where: { leads($0, cast) }) else { return end() }
                then(cast, now)
            }
        }
    }

    /// All goes on as it was.
    private func end() {
        isPlaying = false
        for direction in cuts { run.fabric.heal(direction) }
        cuts = []
        for node in run.nodes {
            node.regainPower()
            node.start()
        }
    }

    /// Goes on when something is so; ends the plot if that takes too long.
    private func when(
        _ isSo: @escaping () -> Bool,
        withinLooks looks: Int = 3000,
        _ then: @escaping () -> Void
    ) {
        if isSo() { return then() }
        if looks == 0 { return end() }
        nemesis.later(nanoseconds: Self.lookNanoseconds) { self.when(isSo, withinLooks: looks - 1, then) }
    }

    private func after(millis: ClosedRange<Int64>, _ then: @escaping () -> Void) {
        let range = (millis.lowerBound * 1_000_000)...(millis.upperBound * 1_000_000)
        nemesis.later(nanoseconds: run.scheduler.draw(range), then)
    }

    private func cut(_ from: SimulatedNode, _ to: SimulatedNode) {
        let direction = Fabric.Direction(from: from.name, to: to.name)
        run.timeline.log("network", "nothing goes from \(from.name) to \(to.name)")
        run.fabric.cut(direction)
        cuts.append(direction)
    }

    private func holdUp(_ from: SimulatedNode, _ to: SimulatedNode) {
        run.timeline.log("network", "what \(from.name) sends \(to.name) takes long")
        run.fabric.holdUp(
            Fabric.Direction(from: from.name, to: to.name),
            nanoseconds: run.scheduler.draw(Self.heldUpNanoseconds)
        )
    }

    // MARK: Looking

    private func node(_ id: Int32) -> SimulatedNode? { run.nodes.first { $0.id == Int(id) } }

    private var controllers: [SimulatedNode] {
        run.nodes.filter { run.cluster?.controllers.contains($0.id) ?? false }
    }

    private func other(_ cast: Cast, _ leader: SimulatedNode) -> SimulatedNode {
        cast.followers.0 === leader ? cast.followers.1 : cast.followers.0
    }

    /// By the newest image that any node has.
    private func leads(_ node: SimulatedNode, _ cast: Cast) -> Bool {
        run.watch?.partition(cast.partition)?.leader == Int32(node.id)
    }

    /// By what another node knows.
    private func isUnfenced(_ node: SimulatedNode, for other: SimulatedNode) -> Bool {
        other.inspect()?.image.brokers[Int32(node.id)].map { !$0.isFenced } ?? false
    }

    /// Whether a leader has asked for a follower to be in sync, and does not know yet what came of it.
    private func takesIn(_ follower: SimulatedNode, _ leader: SimulatedNode, _ cast: Cast) -> Bool {
        let replica = leader.inspect()?.replicas.first { $0.id == cast.partition }
        guard let replica, replica.isLeader else { return false }
        let id = Int32(follower.id)
        return replica.maximalIsr.contains(id) && !replica.isr.contains(id)
    }
}

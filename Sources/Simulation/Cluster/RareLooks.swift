import Broker
import KafkaProtocol
import World

/// Rare states that show in what the nodes of a cluster know at one moment.
struct RareLooks {
    /// A node at that moment.
    struct Seen {
        var id: Int32
        var name: String
        var isPaused: Bool
        /// nil while it has no process.
        var knows: NodeInspection?
    }

    private struct Leading {
        var node: Seen
        var replica: NodeInspection.Replica
    }

    private static let soonNanoseconds: Int64 = 2_000_000_000

    private var controller: (id: Int32, epoch: Int32, since: Int64)?
    private var hasMoved = false
    /// Leaders that asked for another in-sync set when they were last seen.
    private var asking: Set<RareStates.Place> = []
    private var wereAllDown = false
    /// Of the metadata log of each node: the end of its newest snapshot, and how far its image was.
    private var snapshots: [String: Int64] = [:]
    private var offsets: [String: Int64] = [:]

    mutating func look(at nodes: [Seen], brokers: Set<Int32>, now: Int64, _ states: inout RareStates) {
        lookAtController(nodes, now, &states)
        lookAtReplicas(nodes, &states)
        let present = nodes.filter { brokers.contains($0.id) && $0.knows != nil }
        if present.isEmpty { wereAllDown = true }
        if wereAllDown, present.count == brokers.count, leaders(nodes).contains(where: { $0.replica.isr.count > 1 }) {
            states.reach(.allDownAndBack)
            wereAllDown = false
        }
    }

    // MARK: The controller

    private mutating func lookAtController(_ nodes: [Seen], _ now: Int64, _ states: inout RareStates) {
        let own = nodes.filter { $0.knows?.controller == $0.id }
        if own.count > 1 { states.reach(.twoControllers) }
        guard let newest = nodes.compactMap(\.knows).filter({ $0.controller >= 0 }).max(by: Self.isEarlier) else {
            return
        }
        guard let known = controller else {
            controller = (newest.controller, newest.controllerEpoch, now)
            return
        }
        if newest.controllerEpoch <= known.epoch { return }
        controller = (newest.controller, newest.controllerEpoch, now)
        if newest.controller == known.id { return }
        states.reach(.controllerMoved)
        if hasMoved, now - known.since < Self.soonNanoseconds { states.reach(.controllerMovedTwice) }
        hasMoved = true
        if leaders(nodes).contains(where: { $0.replica.maximalIsr != $0.replica.isr }) { states.reach(.isrLostByMove) }
    }

    private static func isEarlier(_ one: NodeInspection, _ other: NodeInspection) -> Bool {
        one.controllerEpoch < other.controllerEpoch
    }

    // MARK: Replicas

    private func leaders(_ nodes: [Seen]) -> [Leading] {
        nodes.flatMap { node in
            (node.knows?.replicas ?? []).filter(\.isLeader).map { Leading(node: node, replica: $0) }
        }
    }

    private mutating func lookAtReplicas(_ nodes: [Seen], _ states: inout RareStates) {
        let leaders = leaders(nodes)
        var newest: [TopicPartition: NodeInspection.Replica] = [:]
        for one in leaders where newest[one.replica.id].map({ $0.leaderEpoch < one.replica.leaderEpoch }) ?? true {
            newest[one.replica.id] = one.replica
        }
        for one in leaders where one.replica.leaderEpoch < newest[one.replica.id]?.leaderEpoch ?? 0 {
            states.reach(.twoLeaders)
            if one.node.isPaused { states.reach(.pausedLeader) }
        }
        var stillAsking: Set<RareStates.Place> = []
        for node in nodes {
            for replica in node.knows?.replicas ?? [] {
                let place = RareStates.Place(node: node.name, partition: replica.id)
                states.segments[place] = replica.lastSegment
                if replica.waitingDeletions > 0 { states.reach(.deletionAwaited) }
                if !replica.isLeader, let leader = newest[replica.id], replica.leaderEpoch == leader.leaderEpoch,
                    replica.logEnd > leader.logEnd
                {
                    states.reach(.followerAhead)
                }
                if replica.isLeader, replica.maximalIsr != replica.isr { stillAsking.insert(place) }
                if !replica.isLeader, asking.contains(place) { states.reach(.deposedWhileAsking) }
            }
        }
        asking = stillAsking
    }

    // MARK: The metadata log

    /// Looks at the disk of a node, which takes longer.
    mutating func look(at disk: MemoryFileSystem, of node: Seen, _ states: inout RareStates) {
        let names = disk.paths.filter { $0.hasPrefix(MetadataDisk.directory + "/") }.map { Path.name($0) }
        let starts = names.filter { $0.hasSuffix(".log") }.compactMap { Int64($0.dropLast(".log".count)) }
        let ends = names.filter { $0.hasSuffix(".checkpoint") }.compactMap { Int64($0.prefix { $0 != "-" }) }
        let (start, end) = (starts.min() ?? 0, ends.max() ?? 0)
        if start > 0 { states.reach(.metadataTrimmed) }
        if let known = offsets[node.name], start > known + 1 { states.reach(.snapshotFetched) }
        if let known = snapshots[node.name], end > known {
            states.reach(.snapshotMade)
            if node.knows?.controller == -1 { states.reach(.snapshotInElection) }
        }
        snapshots[node.name] = end
        if let knows = node.knows { offsets[node.name] = knows.offset }
    }
}

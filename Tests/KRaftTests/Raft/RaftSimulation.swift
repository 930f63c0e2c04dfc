import KafkaProtocol
import TestSupport

@testable import KRaft

/// A quorum on a virtual network with virtual disks and time. One seed decides everything; what it finds is in `violations`.
final class RaftSimulation {
    /// What goes wrong most.
    enum Flavor: CaseIterable {
        case mixed, powerCuts, contention, voterChanges, smallSteps
    }

    struct Plan {
        var flavor = Flavor.mixed
        var voters: Int
        /// Nodes that begin as observers.
        var observers = 0
        /// `kraft.version` 1: voters come and go.
        var isDynamic = false
        /// Nodes that do not vote join by themselves; now and then one gets an empty disk.
        var joins = false
        var chaosMillis: Int64 = 4000
        /// Between two faults, on average.
        var faultMillis: Int64 = 150
        var faults: Set<RaftFault> = []
        /// A crash takes back a vote that was on disk.
        var forgetsVotes = false
    }

    final class Node {
        let id: NodeId
        var replica: RaftReplica?
        var disk = RaftDiskModel()
        var incarnation = 0
        var pausedUntil: Int64 = 0
        var tick: Int64 = .max
        var held: [RaftPromise] = []
        var done: UInt64 = 0
        var diskMillis: Int64 = 2
        var highWatermark: Int64 = 0
        var committed: Int64 = 0
        /// What it proposed in its present leadership: token and offset behind.
        var proposed: [(token: UInt64, end: Int64)] = []
        var establishedEpoch: LeaderEpoch?
        /// How often it got another disk, which is another directory.
        var disks = 0
        var voter: RaftVoter { RaftSimulation.voter(id, disk: disks) }

        init(_ id: NodeId) { self.id = id }
    }

    enum Step {
        case tick
        case deliver(RaftMessage, from: NodeId)
        case refused(RaftMessage)
        case disk(UInt64)
        case installed(SnapshotId)
        case restart
        case crash
    }

    struct Scheduled {
        var time: Int64
        var number: Int
        var node: Int
        var incarnation: Int
        var step: Step
    }

    let plan: Plan
    let seed: UInt64
    var random: SeededGenerator
    var now: Int64 = 0
    var nodes: [Node] = []
    var queue: [Scheduled] = []
    var scheduled = 0
    var steps = 0
    /// One-way cuts.
    var cuts: Set<Int> = []
    var loss = 0
    var slowness: Int64 = 5
    let checker = RaftChecker()
    var nextToken: UInt64 = 1
    var acknowledged = 0
    var elections = 0
    var disksReplaced = 0
    let configured: RaftVoterSet
    let formatted: RaftVoterSet?
    var trace: [String]?

    init(seed: UInt64, _ plan: Plan, tracing: Bool = false) {
        self.plan = plan
        self.seed = seed
        random = SeededGenerator(seed: seed)
        trace = tracing ? [] : nil
        let voters = RaftVoterSet((0..<plan.voters).map { Self.voter(NodeId(Int32($0))) })
        configured = plan.isDynamic ? RaftVoterSet() : voters
        formatted = plan.isDynamic ? voters : nil
        for index in 0..<(plan.voters + plan.observers) {
            nodes.append(Node(NodeId(Int32(index))))
            start(index)
        }
    }

    static func voter(_ id: NodeId, disk: Int = 0) -> RaftVoter {
        RaftVoter(
            ReplicaKey(id, KafkaUUID(high: 7 + UInt64(disk), low: UInt64(id.rawValue) + 1)),
            endpoints: [VoterEndpoint(listener: "CONTROLLER", host: "node\(id)", port: 9093)]
        )
    }

    var violation: String? { checker.violation }
    var time: MonotonicTime { MonotonicTime(nanoseconds: now) }

    // MARK: Queue

    func schedule(_ node: Int, in nanoseconds: Int64, _ step: Step) {
        scheduled += 1
        let entry = Scheduled(
            time: now + max(0, nanoseconds),
            number: scheduled,
            node: node,
            incarnation: nodes[node].incarnation,
            step: step
        )
        queue.append(entry)
        var child = queue.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard isEarlier(child, parent) else { return }
            queue.swapAt(child, parent)
            child = parent
        }
    }

    private func isEarlier(_ a: Int, _ b: Int) -> Bool {
        queue[a].time != queue[b].time ? queue[a].time < queue[b].time : queue[a].number < queue[b].number
    }

    private func pop() -> Scheduled? {
        guard let first = queue.first else { return nil }
        let last = queue.removeLast()
        if !queue.isEmpty {
            queue[0] = last
            var parent = 0
            while true {
                var least = parent
                let left = 2 * parent + 1
                if left < queue.count, isEarlier(left, least) { least = left }
                if left + 1 < queue.count, isEarlier(left + 1, least) { least = left + 1 }
                if least == parent { break }
                queue.swapAt(parent, least)
                parent = least
            }
        }
        return first
    }

    /// Runs until `end` or until `isDone`.
    func run(until end: Int64, _ isDone: () -> Bool = { false }) {
        while checker.violation == nil, let first = queue.first, first.time <= end, !isDone(), let next = pop() {
            now = max(now, next.time)
            perform(next)
        }
        if checker.violation == nil, !isDone() { now = max(now, end) }
    }

    private func perform(_ next: Scheduled) {
        let node = nodes[next.node]
        if case .restart = next.step {
            if node.replica == nil { start(next.node) }
            return
        }
        guard next.incarnation == node.incarnation || isRequest(next.step), node.replica != nil else { return }
        if node.pausedUntil > now {
            schedule(next.node, in: node.pausedUntil - now, next.step)
            return
        }
        steps += 1
        switch next.step {
        case .restart: break
        case .crash: bringDown(next.node)
        case .tick:
            guard node.tick <= now else { return }
            node.tick = .max
            handle(next.node, .tick)
        case .deliver(var message, let from):
            message.peer = .node(from)
            handle(next.node, .received(message))
        case .refused(let message): refuse(next.node, message)
        case .disk(let ticket):
            node.disk.sync(ticket)
            node.done = max(node.done, ticket)
            handle(next.node, .diskDone(ticket))
            release(next.node)
        case .installed(let id):
            let content = node.disk.durable.snapshots[id] ?? RaftDiskModel.Snapshot(kraftVersion: 0, voters: nil)
            handle(next.node, .snapshotInstalled(id, kraftVersion: content.kraftVersion, voters: content.voters))
        }
    }

    /// Requests come over connections that may be older than the process.
    private func isRequest(_ step: Step) -> Bool {
        if case .deliver(let message, _) = step, case .request = message.body { return true }
        return false
    }

    private func refuse(_ index: Int, _ message: RaftMessage) {
        handle(index, .failed(message.peer, correlation: message.correlation))
        if case .node(let id) = message.peer { handle(index, .leaderUnreachable(id)) }
    }

    // MARK: Nodes

    func start(_ index: Int) {
        let node = nodes[index]
        var options = RaftOptions(own: node.voter)
        options.joinsVoters = plan.joins
        options.clusterId = "c"
        if plan.flavor != .mixed, plan.flavor != .voterChanges { options.electionTimeoutMillis = 60 }
        options.bootstrapServers = plan.voters + plan.observers
        let isFirst = !plan.joins || index < plan.voters && node.disks == 0
        let disk = node.disk.durable.found(configured: configured, formatted: isFirst ? formatted : nil)
        node.incarnation += 1
        node.held = []
        node.done = 0
        node.proposed = []
        node.establishedEpoch = nil
        node.pausedUntil = 0
        var replica = RaftReplica(options, disk: disk, now: time, random: random.next())
        #if DEBUG
            replica.faults = plan.faults
        #endif
        node.highWatermark = replica.highWatermark
        node.committed = replica.committed
        node.replica = replica
        node.tick = .max
        handle(index, .tick)
    }

    func crash(_ index: Int) {
        let node = nodes[index]
        guard node.replica != nil else { return }
        node.replica = nil
        node.incarnation += 1
        node.disk.crash(keeping: Double(random.next(below: 101)) / 100, forgettingVotes: plan.forgetsVotes)
        note("crash \(index)")
    }

    func handle(_ index: Int, _ event: RaftEvent) {
        let node = nodes[index]
        guard let effects = node.replica?.handle(event, now: time, random: random.next()) else { return }
        if trace != nil, event != .tick { note("\(index) < \(event)") }
        carryOut(index, effects)
        guard let replica = node.replica else { return }
        checker.check(node, replica)
        let due = replica.wakeUp
        let wanted = due == .never ? .max : max(due.nanoseconds, now + 1000)
        if wanted < node.tick {
            node.tick = wanted
            schedule(index, in: wanted - now, .tick)
        }
    }

    private func carryOut(_ index: Int, _ effects: RaftEffects) {
        let node = nodes[index]
        if effects.ticket != 0 {
            checker.appended(effects.disk, by: node)
            node.disk.write(effects.disk, ticket: effects.ticket)
            if let damage = node.disk.written.damage { checker.require(false, "node \(node.id): \(damage)") }
            schedule(index, in: diskDelay(node), .disk(effects.ticket))
            checker.checkVoters(node)
            for case .install(let id) in effects.disk { schedule(index, in: 50_000_000, .installed(id)) }
        }
        for notice in effects.notices { take(notice, node) }
        for message in effects.messages { send(index, message) }
        node.held += effects.promises
        release(index)
    }

    private func diskDelay(_ node: Node) -> Int64 { Int64(1 + random.next(below: Int(node.diskMillis) * 1000)) * 1000 }

    /// What was promised and is on disk now.
    private func release(_ index: Int) {
        let node = nodes[index]
        guard !node.held.isEmpty else { return }
        let ready = node.held.filter { $0.ticket <= node.done }
        guard !ready.isEmpty else { return }
        node.held.removeAll { $0.ticket <= node.done }
        for promise in ready { send(index, promise.message) }
    }

    private func take(_ notice: RaftNotice, _ node: Node) {
        if trace != nil { note("\(node.id) ! \(notice)") }
        switch notice {
        case .committed(let offset):
            checker.require(offset > node.committed, "node \(node.id): told \(node.committed), then \(offset)")
            node.committed = offset
            while let first = node.proposed.first, first.end <= offset {
                node.proposed.removeFirst()
                acknowledged += 1
            }
        case .leadershipGained(let epoch, let first):
            checker.require(node.committed > first, "node \(node.id) leads before it heard of what is before it")
            node.establishedEpoch = epoch
        case .leadershipLost:
            node.establishedEpoch = nil
            node.proposed = []
        case .proposed(let token, let offset):
            if let offset { node.proposed.append((token, offset + 1)) }
        case .role(.leader, let epoch, _):
            elections += 1
            if plan.flavor == .smallSteps, random.next(below: 3) < 2, now < plan.chaosMillis * 1_000_000 {
                schedule(Int(node.id.rawValue), in: Int64(random.next(below: 40)) * 1_000_000, .crash)
            }
            checker.leads(node, epoch)
        case .role, .upgraded: break
        case .ignored(let peer, let violation):
            checker.require(false, "node \(node.id) ignored \(peer): \(violation)")
        }
    }

    // MARK: Network

    private func send(_ index: Int, _ outgoing: RaftMessage) {
        var message = outgoing
        let target: Int
        switch outgoing.peer {
        case .node(let id): target = Int(id.rawValue)
        case .bootstrap(let place): target = place
        case .connection: return
        }
        checker.sent(message, by: nodes[index])
        guard target < nodes.count else { return }
        // An answer reaches the process that asked and no later one, whose correlations begin at 1 again: a connection ends with
        // its process. On its way a request's correlation bears the incarnation of the asker.
        switch message.body {
        case .request: message.correlation |= UInt64(nodes[index].incarnation) << 32
        case .answer:
            guard message.correlation >> 32 == UInt64(nodes[target].incarnation) else { return }
            message.correlation &= 0xffff_ffff
        }
        fillIn(&message, nodes[index])
        if target == index {
            if case .request = message.body { schedule(index, in: 1000, .refused(outgoing)) }
            return
        }
        if cuts.contains(index * 64 + target) || random.next(below: 100) < loss { return }
        if nodes[target].replica == nil {
            if case .request = message.body { schedule(index, in: delay(), .refused(outgoing)) }
            return
        }
        let step = Step.deliver(message, from: nodes[index].id)
        schedule(target, in: delay(), step)
        if loss > 0, random.next(below: 10) == 0 { schedule(target, in: delay() * 3, step) }
    }

    private func delay() -> Int64 {
        let slow = random.next(below: 50) == 0 ? slowness * 20 : slowness
        return Int64(200 + random.next(below: Int(slow) * 1000)) * 1000
    }

    /// What the leader's shell adds to an answer.
    private func fillIn(_ message: inout RaftMessage, _ node: Node) {
        if case .answer(.fetch(var fetch)) = message.body, !fetch.offsets.isEmpty {
            let image = node.disk.written
            let first = image.index(of: fetch.offsets.lowerBound)
            for batch in image.batches[first...].prefix(plan.flavor == .smallSteps ? 1 : 4)
            where batch.nextOffset <= fetch.offsets.upperBound {
                fetch.batches.append(batch)
            }
            message.body = .answer(.fetch(fetch))
        }
        if case .answer(.fetchSnapshot(var fetch)) = message.body, fetch.error == .none {
            guard let content = node.disk.written.snapshots[fetch.snapshot] else { return }
            fetch.size = 200
            fetch.length = min(100, fetch.size - fetch.position)
            fetch.token = nextToken
            nextToken += 1
            for other in nodes { other.disk.arrived[fetch.token] = content }
            message.body = .answer(.fetchSnapshot(fetch))
        }
    }

    func note(_ line: @autoclosure () -> String) {
        guard trace != nil else { return }
        trace?.append("\(now / 1_000_000) \(line())")
    }
}

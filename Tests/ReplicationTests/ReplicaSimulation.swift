import KafkaProtocol

@testable import Replication

/// Up to three replicas of a partition under a trivial controller: fetches that are late, lost and repeated, leaders that change,
/// brokers that crash and lose what was not synced. Everything follows from the seed.
final class ReplicaSimulation {
    struct Violation: Error, CustomStringConvertible {
        var description: String
    }

    private var generator: SeededGenerator
    private let settings: ReplicaSettings
    private var nodes: [ModelNode] = []
    private var controller: ModelController
    private var network: [ModelMessage] = []
    private var now: Int64 = 0
    private var nextValue = 0
    private var nextBrokerEpoch: Int64 = 100
    private let fault: ReplicaFault?
    private var isHealed = false
    /// How often a broker crashes, and whether disks are synced rarely.
    private let crashPercent: Int
    private let isLazy: Bool
    /// Whether what the controller is asked takes long.
    private let isSlow: Bool
    /// What was committed, as the first replica said that had its watermark behind it.
    private var ledger: [Entry] = []
    /// Answers with success for acks=all: value and offset.
    private var acknowledged: [(value: Int, offset: Int)] = []
    private var marks: [NodeId: (epoch: LeaderEpoch, mark: Int64)] = [:]
    /// What happened, for the one who reads a failure.
    private(set) var story: [String] = []
    private(set) var acknowledgedCount = 0

    init(seed: UInt64, fault: ReplicaFault? = nil) {
        var generator = SeededGenerator(seed: seed)
        self.fault = fault
        let count = generator.chance(10) ? 1 : generator.chance(40) ? 2 : 3
        settings = ReplicaSettings(
            minInSync: 1 + generator.below(count),
            syncsFirst: generator.chance(50),
            lagLimitMillis: 100
        )
        crashPercent = [1, 2, 6][generator.below(3)]
        isLazy = generator.chance(50)
        isSlow = generator.chance(30)
        let ids = (1...count).map { NodeId(Int32($0)) }
        controller = ModelController(
            leader: 1,
            isr: ids,
            brokerEpochs: Dictionary(uniqueKeysWithValues: ids.map { ($0, Int64($0.rawValue)) }),
            replicas: ids
        )
        self.generator = generator
        for id in ids {
            let node = ModelNode(id.rawValue, settings: settings)
            breakIt(node)
            nodes.append(node)
        }
        for node in nodes { hear(node) }
    }

    private func breakIt(_ node: ModelNode) {
        #if DEBUG
            node.replica.fault = fault
        #endif
    }

    private func note(_ text: @autoclosure () -> String) { story.append("\(now) " + text()) }

    private func node(_ id: NodeId) -> ModelNode { nodes[Int(id.rawValue) - 1] }

    /// - Throws: `Violation`.
    func run(steps: Int) throws {
        for _ in 0..<steps {
            try step()
            try check()
        }
        try heal()
    }

    // MARK: Steps

    private func step() throws {
        now += Int64(generator.below(8))
        let node = nodes[generator.below(nodes.count)]
        if generator.chance(crashPercent) {
            if node.isAlive { try crash(node) } else { restart(node) }
            return
        }
        switch generator.below(100) {
        case 0..<18: try append(node)
        case 18..<58: try deliver()
        case 58..<72: fetch(node)
        case 72..<80: if !isLazy || generator.chance(10) { try sync(node) }
        case 80..<86: tick(node)
        case 86..<93: hear(node)
        case 93..<95: if !node.isAlive { restart(node) }
        case 95: transferLeadership()
        case 96: fence(node)
        case 97..<99: unfence(node)
        default: node.checkpoint = node.replica.highWatermark
        }
    }

    private func append(_ node: ModelNode) throws {
        let needs: AnswerConditions =
            generator.chance(70) ? settings.syncsFirst ? [.replicated, .synced] : .replicated : .appended
        guard node.isAlive, node.replica.refusal(ofAppend: needs) == nil else { return }
        let value = nextValue
        nextValue += 1
        node.log.append(Entry(epoch: node.replica.epoch.rawValue, value: value))
        let effects = node.replica.appended(end: Int64(node.log.count), needs: needs, now: time)
        note("\(node.id) appends \(value) at \(node.log.count - 1) in epoch \(node.replica.epoch)")
        switch effects.answer {
        case .now(let code): if needs.contains(.replicated) { try answered(node, value, code) }
        case .later(let token):
            guard node.waiting.updateValue(value, forKey: token) == nil else {
                throw Violation(description: "token \(token) twice")
            }
        }
    }

    private var time: MonotonicTime { MonotonicTime(milliseconds: now) }

    private func fetch(_ node: ModelNode) {
        guard node.isAlive, let position = node.replica.fetchPosition else { return }
        send(.fetch(from: node.id, to: position.leader, brokerEpoch: node.brokerEpoch, position))
    }

    private func sync(_ node: ModelNode) throws {
        guard node.isAlive else { return }
        node.durable = node.log.count
        try carryOut(node.replica.durable(upTo: Int64(node.durable)), node)
    }

    private func tick(_ node: ModelNode) {
        guard node.isAlive else { return }
        let lastFetch = node.lastFetch
        let effects = node.replica.ticked(now: time) { lastFetch[$0] }
        // A tick answers nobody that was not due.
        try? carryOut(effects, node)
    }

    /// The broker hears of all that the controller has decided.
    private func hear(_ node: ModelNode) {
        guard node.isAlive else { return }
        let before = node.replica.epoch
        let effects = node.replica.metadataChanged(controller.metadata, now: time)
        if node.replica.epoch != before { note("\(node.id): \(effects.decisions.map(\.description))") }
        try? carryOut(effects, node)
    }

    /// Power goes: what was not synced is lost, but for the last one in sync when the policy allows no promise without it.
    private func crash(_ node: ModelNode) throws {
        guard node.isAlive else { return }
        node.isAlive = false
        node.waiting = [:]
        node.lastFetch = [:]
        marks[node.id] = nil
        controller.fence(node.id, using: &generator)
        let isLast = controller.isr == [node.id]
        if generator.chance(70), settings.syncsFirst || !isLast {
            let kept = node.durable + generator.below(node.log.count - min(node.durable, node.log.count) + 1)
            node.log.removeLast(node.log.count - min(kept, node.log.count))
        }
        node.durable = node.log.count
        note("\(node.id) crashes and keeps \(node.log.count)")
    }

    private func restart(_ node: ModelNode) {
        guard !node.isAlive else { return }
        node.isAlive = true
        node.brokerEpoch = nextBrokerEpoch
        nextBrokerEpoch += 1
        controller.brokerEpochs[node.id] = node.brokerEpoch
        controller.unfence(node.id, using: &generator)
        node.replica = Replica(
            nodeId: node.id,
            log: node.position,
            highWatermark: node.checkpoint,
            settings: settings
        )
        breakIt(node)
        note("\(node.id) restarts as \(node.brokerEpoch) with \(node.log.count), mark \(node.replica.highWatermark)")
        hear(node)
    }

    private func transferLeadership() {
        guard controller.leader != nil else { return }
        controller.elect(using: &generator)
        note("the controller elects \(controller.leader?.description ?? "nobody") in epoch \(controller.leaderEpoch)")
    }

    /// A broker seems dead, and goes on as if nothing had happened.
    private func fence(_ node: ModelNode) {
        guard node.isAlive, !controller.fenced.contains(node.id) else { return }
        controller.fence(node.id, using: &generator)
        note("\(node.id) is fenced; in sync \(controller.isr), leader \(String(describing: controller.leader))")
    }

    private func unfence(_ node: ModelNode) {
        guard node.isAlive, controller.fenced.contains(node.id) else { return }
        controller.unfence(node.id, using: &generator)
    }

    // MARK: Messages

    private func send(_ message: ModelMessage) {
        if isHealed { return network.append(message) }
        if generator.chance(8) { return }
        network.append(message)
        if generator.chance(12) { network.append(message) }
    }

    private func deliver() throws {
        if network.isEmpty { return }
        // Mostly in order, sometimes very late.
        let index = generator.chance(60) ? 0 : generator.below(network.count)
        let message = network.remove(at: index)
        if case .isrRequest = message, isSlow, !isHealed, generator.chance(90) { return network.append(message) }
        switch message {
        case .fetch(let from, let to, let brokerEpoch, let position):
            try lead(node(to), from, brokerEpoch, position)
        case .data(let to, let brokerEpoch, let asked, let entries, let mark):
            try follow(node(to), brokerEpoch, asked, entries, mark)
        case .diverging(let to, let brokerEpoch, let asked, let end, let mark):
            try diverge(node(to), brokerEpoch, asked, end, mark)
        case .hasNot(let to, let brokerEpoch, let asked, let end):
            let node = node(to)
            guard node.isAlive, node.brokerEpoch == brokerEpoch, asked.offset == Int64(node.log.count) else { return }
            let effects = node.replica.leaderHasNot(epoch: asked.leaderEpoch, leaderStart: 0, leaderEnd: end)
            try carryOut(effects, node)
        case .isrRequest(let from, let brokerEpoch, let request):
            let answer = controller.answer(request, from: from)
            note("the controller is asked by \(from) for \(request.isr.map(\.id)): \(answer)")
            send(.isrAnswer(to: from, brokerEpoch: brokerEpoch, request.number, answer))
        case .isrAnswer(let to, let brokerEpoch, let number, let answer):
            let node = node(to)
            guard node.isAlive, node.brokerEpoch == brokerEpoch else { return }
            try carryOut(node.replica.isrAnswered(number, answer, now: time), node)
        }
    }

    private func lead(_ node: ModelNode, _ from: NodeId, _ brokerEpoch: Int64, _ asked: FetchPosition) throws {
        guard node.isAlive, node.replica.isLeader else { return }
        if asked.leaderEpoch != node.replica.epoch, fault != .countsStaleFetches { return }
        let mark = node.replica.highWatermark
        if let last = asked.lastFetchedEpoch, asked.leaderEpoch == node.replica.epoch {
            guard let end = node.end(of: last.rawValue) else {
                return send(.hasNot(to: from, brokerEpoch: brokerEpoch, asked: asked, end: Int64(node.log.count)))
            }
            if end.epoch < last || end.offset < asked.offset {
                return send(.diverging(to: from, brokerEpoch: brokerEpoch, asked: asked, end, mark: mark))
            }
        }
        var effects = ReplicaEffects()
        let fetch = FollowerFetch(
            id: from,
            brokerEpoch: brokerEpoch,
            leaderEpoch: asked.leaderEpoch,
            offset: asked.offset,
            now: time,
            previousFetch: node.lastFetch[from]
        )
        if node.replica.followerFetched(fetch, &effects) == .offsetOutOfRange {
            send(.hasNot(to: from, brokerEpoch: brokerEpoch, asked: asked, end: Int64(node.log.count)))
        } else {
            node.lastFetch[from] = time
            let entries = Array(node.log[min(Int(asked.offset), node.log.count)...].prefix(3))
            send(
                .data(
                    to: from,
                    brokerEpoch: brokerEpoch,
                    asked: asked,
                    entries: entries,
                    mark: node.replica.highWatermark
                )
            )
        }
        try carryOut(effects, node)
    }

    private func follow(
        _ node: ModelNode,
        _ brokerEpoch: Int64,
        _ asked: FetchPosition,
        _ entries: [Entry],
        _ mark: Int64
    ) throws {
        guard node.isAlive, node.brokerEpoch == brokerEpoch,
            node.replica.accepts(epoch: asked.leaderEpoch, offset: asked.offset)
        else { return }
        if let last = entries.last {
            // The storage refuses records whose epochs fall.
            guard entries[0].epoch >= node.log.last?.epoch ?? -1 else {
                throw Violation(description: "epochs fall in the log of \(node.id)")
            }
            node.log += entries
            let effects = node.replica.appendedFromLeader(
                end: Int64(node.log.count),
                lastEpoch: LeaderEpoch(last.epoch)
            )
            try carryOut(effects, node)
        }
        let answer = LeaderAnswer(epoch: asked.leaderEpoch, highWatermark: mark, logStart: 0)
        try carryOut(node.replica.leaderAnswered(answer), node)
    }

    private func diverge(
        _ node: ModelNode,
        _ brokerEpoch: Int64,
        _ asked: FetchPosition,
        _ end: EpochEnd,
        _ mark: Int64
    ) throws {
        guard node.isAlive, node.brokerEpoch == brokerEpoch,
            node.replica.accepts(epoch: asked.leaderEpoch, offset: asked.offset)
        else { return }
        let answer = LeaderAnswer(
            epoch: asked.leaderEpoch,
            highWatermark: mark,
            logStart: 0,
            diverging: end,
            local: node.end(of: end.epoch.rawValue)
        )
        try carryOut(node.replica.leaderAnswered(answer), node)
    }

    private func carryOut(_ effects: ReplicaEffects, _ node: ModelNode) throws {
        for reply in effects.answers {
            guard let value = node.waiting.removeValue(forKey: reply.token) else {
                throw Violation(description: "an answer to token \(reply.token), which nobody waits for")
            }
            try answered(node, value, reply.code)
        }
        if let request = effects.isrRequest {
            send(.isrRequest(from: node.id, brokerEpoch: node.brokerEpoch, request))
        }
        if case .truncate(let offset) = effects.logChange {
            note("\(node.id): \(effects.decisions.map(\.description))")
            if Int(offset) < node.log.count { node.log.removeLast(node.log.count - Int(offset)) }
            node.durable = min(node.durable, node.log.count)
            try carryOut(node.replica.truncated(node.position), node)
        }
        // Answers to requests may be lost: the shell gives up waiting.
        if !isHealed, node.replica.isLeader, generator.chance(2), let number = lastRequest(of: node) {
            try carryOut(node.replica.isrAnswered(number, .lost, now: time), node)
        }
    }

    private func lastRequest(of node: ModelNode) -> UInt64? {
        node.replica.nextRequest == 0 ? nil : node.replica.nextRequest - 1
    }

    // MARK: Checks

    private func answered(_ node: ModelNode, _ value: Int, _ code: ErrorCode) throws {
        guard code == .none else { return }
        acknowledgedCount += 1
        guard let offset = node.log.lastIndex(where: { $0.value == value }) else {
            throw Violation(description: "\(value) is acknowledged and not in the log of \(node.id)")
        }
        note("\(node.id) acknowledges \(value) at \(offset)")
        acknowledged.append((value, offset))
    }

    private func check() throws {
        for node in nodes where node.isAlive { try check(node) }
        for (value, offset) in acknowledged {
            guard offset < ledger.count, ledger[offset].value == value else {
                throw Violation(description: "\(value) was acknowledged at \(offset), and something else is committed")
            }
        }
        acknowledged = []
        guard let leader = controller.leader, node(leader).isAlive else { return }
        // Who leads by clean elections has all that was ever committed.
        guard node(leader).log.starts(with: ledger) else {
            throw Violation(description: "the leader \(leader) lacks what was committed")
        }
        for member in controller.isr where node(member).isAlive {
            guard node(member).log.starts(with: ledger) else {
                throw Violation(description: "\(member) is in sync and lacks what was committed")
            }
        }
    }

    private func check(_ node: ModelNode) throws {
        let mark = node.replica.highWatermark
        guard mark <= Int64(node.log.count) else {
            throw Violation(description: "the high watermark \(mark) of \(node.id) is beyond its log")
        }
        if let known = marks[node.id], known.epoch == node.replica.epoch, mark < known.mark {
            throw Violation(description: "the high watermark of \(node.id) goes back from \(known.mark) to \(mark)")
        }
        if node.replica.isLeader, let known = marks[node.id], known.epoch == node.replica.epoch, mark > known.mark,
            node.replica.isr.count < min(settings.minInSync, nodes.count)
        {
            throw Violation(description: "the high watermark of \(node.id) moves with \(node.replica.isr) in sync")
        }
        marks[node.id] = (node.replica.epoch, mark)
        for offset in 0..<Int(mark) {
            if offset == ledger.count { ledger.append(node.log[offset]) }
            guard ledger[offset] == node.log[offset] else {
                throw Violation(
                    description:
                        "\(node.id) has \(node.log[offset]) committed at \(offset), others have \(ledger[offset])"
                )
            }
        }
    }

    // MARK: The end

    /// Faults are over: in the end all have the same, and nobody waits.
    private func heal() throws {
        isHealed = true
        for node in nodes {
            restart(node)
            unfence(node)
        }
        if controller.leader == nil { throw Violation(description: "nobody leads") }
        for _ in 0..<400 {
            now += 30
            for node in nodes {
                hear(node)
                fetch(node)
                try sync(node)
                tick(node)
                if node.replica.isLeader, let number = lastRequest(of: node), network.isEmpty {
                    try carryOut(node.replica.isrAnswered(number, .lost, now: time), node)
                }
            }
            try check()
            while !network.isEmpty {
                try deliver()
                try check()
            }
            if isAtRest { return }
        }
        throw Violation(
            description: "no rest: " + nodes.map(state).joined(separator: "; ") + " controller \(controller)"
        )
    }

    private var isAtRest: Bool {
        controller.isr.count == nodes.count
            && nodes.allSatisfy { node in
                node.log == nodes[0].log && node.waiting.isEmpty && node.replica.highWatermark == Int64(node.log.count)
                    && node.replica.maximalIsr.count == (node.replica.isLeader ? nodes.count : 0)
            }
    }

    private func state(_ node: ModelNode) -> String {
        "\(node.id): \(node.log.count) records, mark \(node.replica.highWatermark), epoch \(node.replica.epoch), "
            + "leads \(node.replica.isLeader), maximal \(node.replica.maximalIsr), waiting \(node.waiting.count), "
            + "fetch \(String(describing: node.replica.fetchPosition))"
    }
}

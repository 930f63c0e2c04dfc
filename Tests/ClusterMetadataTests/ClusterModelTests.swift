import Foundation
import KafkaProtocol
import TestSupport
import Testing

@testable import ClusterMetadata

/// Controllers and brokers' lives that lose each other's messages, stop, crash and come back, over logs that replicate in the simplest way.
/// `OTTLA_SEEDS=A..B` chooses other seeds.
struct ClusterModelTests {
    @Test func whatWasAcknowledgedIsThereWhoeverLeads() throws {
        var reached: [String: Int] = [:]
        let isChosen = ProcessInfo.processInfo.environment["OTTLA_SEEDS"] != nil
        for seed in isChosen ? ControllerSimulationTests.seeds : 0..<60 {
            var run = ClusterModelRun(seed: seed)
            try run.play(steps: 300)
            #expect(run.problems.isEmpty, "seed \(seed): \(run.problems.prefix(3))")
            reached.merge(run.reached) { $0 + $1 }
        }
        if isChosen { return }
        // Without the rare states the rest means nothing.
        for state in [
            "acknowledged", "fenced", "unfenced", "in sync leads", "eligible leads", "last known leads",
            "unclean leads",
            "nobody leads", "stopped in order", "crashed", "lost records", "controller moved", "AlterPartition refused",
            "stale epoch", "duplicate", "registered again", "in-sync set grew", "in-sync set shrank", "healed",
        ] {
            #expect(reached[state, default: 0] > 10, "\(state): \(reached)")
        }
    }
}

struct ClusterModelRun {
    var run: ControllerRun
    var random: SeededGenerator
    var problems: [String] = []
    var reached: [String: Int] = [:]
    var brokers: [ModelBroker] = []
    var messages: [ModelMessage] = []
    var replies: [Int: (broker: Int32, incarnation: UInt64, number: Int)] = [:]
    /// By partition, what was acknowledged and no election has given up.
    var acknowledged: [TopicPartition: Set<Int>] = [:]
    var epochs: [TopicPartition: (leader: Int32, partition: Int32)] = [:]
    var firstEpochs: [TopicPartition: Int32] = [:]
    var nextRecord = 0
    private var incarnations: UInt64 = 100
    var alterations = 0
    /// Without faults, appends and followers that count as slow.
    var isHealing = false
    /// Whether brokers lose what they have not synced when they crash.
    private let losesRecords: Bool
    private let allowsUnclean: Bool

    static let topic = "t"
    static let partitions: Int32 = 3

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
        run = ControllerRun(seed: seed ^ 0x9e37)
        let tracksEligible = seed % 2 == 0
        // Without eligible leaders, nothing in the metadata says that a replica may have lost what it had.
        losesRecords = tracksEligible && seed % 4 == 0
        allowsUnclean = seed % 5 == 0
        if tracksEligible {
            var record = FeatureLevelRecord()
            (record.name, record.featureLevel) = ("eligible.leader.replicas.version", 1)
            run.bootstrap = Controller.bootstrapRecords() + [.featureLevel(record)]
        }
        if allowsUnclean { run.settings.staticConfig["unclean.leader.election.enable"] = "true" }
        run.settings.staticConfig["leader.imbalance.check.interval.seconds"] = "5"
        run.settings.staticConfig["min.insync.replicas"] = "2"
    }

    mutating func play(steps: Int) throws {
        _ = try run.lead()
        for id in 1...4 as ClosedRange<Int32> { boot(id) }
        try settle(steps: 60)
        _ = run.send(ControllerRun.create(Self.topic, partitions: Self.partitions, factor: 3))
        try settle(steps: 20)
        for _ in 0..<steps {
            try step()
            try check()
        }
        try heal()
    }

    mutating func next(_ count: Int) -> Int { random.next(below: count) }
    mutating func note(_ state: String) { reached[state, default: 0] += 1 }

    // MARK: Time and faults

    private mutating func step() throws {
        run.now = run.now.adding(milliseconds: Int64(1 + next(400)))
        switch next(60) {
        case 0: crash(next(brokers.count))
        case 1: stop(next(brokers.count))
        case 2, 3, 4:
            let down = brokers.filter { !$0.isUp }
            if let broker = down.first { boot(broker.id) }
        case 5: try moveController()
        case 6:
            // It is away for a while, and what it was sent goes lost.
            let id = brokers[next(brokers.count)].id
            messages.removeAll { $0.broker == id }
        case 7: intrude(next(brokers.count))
        default: break
        }
        try moveOn()
    }

    /// Another process has the id of a broker, and other directories. It is not heard of again.
    private mutating func intrude(_ index: Int) {
        incarnations += 1
        var request = ControllerRun.register(brokers[index].id, incarnation: incarnations)
        request.logDirs = [KafkaUUID(high: 9, low: 1000 + incarnations)]
        send(.register(request, number: 0), index, incarnation: incarnations)
    }

    /// A while without faults.
    private mutating func settle(steps: Int) throws {
        for _ in 0..<steps {
            run.now = run.now.adding(milliseconds: 100)
            try moveOn()
        }
    }

    private mutating func moveOn() throws {
        if run.controller == nil, next(3) == 0 {
            _ = try run.lead()
            note("controller moved")
        }
        if let wakeUp = run.controller?.wakeUp, wakeUp <= run.now, let effects = run.tick() { follow(effects) }
        if next(3) > 0 { try deliver(try run.commit(1 + next(4))) }
        for index in brokers.indices where brokers[index].isUp {
            if next(2) == 0 { try read(index) }
            if brokers[index].life.deadline <= run.now {
                let effects = brokers[index].life.tick(now: run.now)
                carryOut(effects, index)
            }
            work(index)
        }
        let due = messages.filter { $0.at <= run.now }
        messages.removeAll { $0.at <= run.now }
        for message in due { try receive(message) }
    }

    private mutating func moveController() throws {
        let tail = run.log.count - run.committedCount
        _ = run.lose(kept: tail == 0 ? 0 : next(tail + 1))
        replies = [:]
    }

    // MARK: Brokers

    func index(of id: Int32) -> Int? { brokers.firstIndex { $0.id == id } }

    private mutating func boot(_ id: Int32) {
        incarnations += 1
        let old = index(of: id).map { brokers[$0] }
        var request = ControllerRun.register(id, incarnation: incarnations, previousEpoch: old?.cleanEpoch ?? -1)
        if old != nil, next(12) == 0 { request.logDirs.append(KafkaUUID(high: 9, low: 1000 + incarnations)) }
        var new = ModelBroker(
            id: id,
            incarnation: incarnations,
            life: BrokerLife(registration: request, settings: BrokerLife.Settings(heartbeatMillis: 1000))
        )
        new.logs = old?.logs ?? [:]
        if let index = index(of: id) { brokers[index] = new } else { brokers.append(new) }
        let place = brokers.firstIndex { $0.id == id } ?? 0
        carryOut(brokers[place].life.start(now: run.now), place)
        carryOut(brokers[place].life.serves(now: run.now), place)
    }

    private mutating func crash(_ index: Int) {
        guard brokers[index].isUp else { return }
        note("crashed")
        (brokers[index].isUp, brokers[index].cleanEpoch) = (false, nil)
        guard losesRecords, next(2) == 0 else { return }
        for partition in brokers[index].logs.keys.sorted() {
            let count = brokers[index].logs[partition]?.records.count ?? 0
            let kept = next(count + 1)
            if kept < count { note("lost records") }
            brokers[index].logs[partition]?.records.removeSubrange(kept...)
        }
    }

    private mutating func stop(_ index: Int) {
        guard brokers[index].isUp else { return }
        let effects = brokers[index].life.stop(now: run.now)
        carryOut(effects, index)
    }

    /// Reads what is committed, some batches at a time.
    private mutating func read(_ index: Int) throws {
        let end = isHealing ? run.committedCount : min(run.committedCount, brokers[index].position + 1 + next(4))
        guard end > brokers[index].position else { return }
        for batch in run.log[brokers[index].position..<end] { try run.take(batch, &brokers[index].loader) }
        brokers[index].position = end
        takeOver(index)
        let (image, id) = (brokers[index].image, brokers[index].id)
        let effects = brokers[index].life.published(
            brokers[index].loader.position.endOffset - 1,
            broker: image.brokers[id],
            hasOthers: image.brokers.values.contains { $0.id != id && !$0.isFenced },
            now: run.now
        )
        carryOut(effects, index)
    }

    private mutating func carryOut(_ effects: [BrokerLifeEffect], _ index: Int) {
        for effect in effects {
            switch effect {
            case .register(let request, let number): send(.register(request, number: number), index)
            case .heartbeat(let request, let number): send(.heartbeat(request, number: number), index)
            case .stopped:
                note("stopped in order")
                let epoch = brokers[index].life.epoch
                (brokers[index].isUp, brokers[index].cleanEpoch) = (false, epoch < 0 ? nil : epoch)
            case .refused(let reason): problems.append("broker \(brokers[index].id) is refused: \(reason)")
            case .note(.registersAgain), .note(.replaced): note("registered again")
            case .registered, .unfenced, .note: break
            }
        }
    }

    // MARK: Messages

    mutating func send(_ body: ModelMessage.Body, _ index: Int, incarnation: UInt64? = nil) {
        if next(15) == 0, !isHealing { return }
        let broker = brokers[index]
        let delay = next(20) == 0 && !isHealing ? 3000 + next(5000) : next(50)
        messages.append(
            ModelMessage(
                body: body,
                broker: broker.id,
                incarnation: incarnation ?? broker.incarnation,
                at: run.now.adding(milliseconds: Int64(delay))
            )
        )
    }

    private mutating func receive(_ message: ModelMessage) throws {
        switch message.body {
        case .register(let request, let number): try ask(request, message, number)
        case .heartbeat(let request, let number): try ask(request, message, number)
        case .alter(let request, let number): try ask(request, message, number)
        default:
            guard let index = index(of: message.broker), brokers[index].isUp,
                brokers[index].incarnation == message.incarnation
            else { return }
            switch message.body {
            case .registered(let response, let number):
                carryOut(brokers[index].life.answered(number, response, now: run.now), index)
            case .beaten(let response, let number):
                carryOut(brokers[index].life.answered(number, response, now: run.now), index)
            case .altered(let response, let number): altered(response, number, index)
            case .register, .heartbeat, .alter: break
            }
        }
    }

    private mutating func ask<Request: ControllerRequest>(_ request: Request, _ message: ModelMessage, _ number: Int)
        throws
    {
        guard run.controller != nil, let (token, effects) = run.send(request) else {
            return answer(request.refusal(.notController, ""), message.broker, message.incarnation, number)
        }
        replies[token] = (message.broker, message.incarnation, number)
        follow(effects)
        try deliver(effects.answers)
    }

    private mutating func deliver(_ answers: [ActiveController<Int>.Answer]) throws {
        for answer in answers {
            guard let reply = replies.removeValue(forKey: answer.token) else { continue }
            self.answer(answer.response, reply.broker, reply.incarnation, reply.number)
        }
    }

    private mutating func answer(_ response: any ResponseMessage, _ broker: Int32, _ incarnation: UInt64, _ number: Int)
    {
        guard let index = index(of: broker) else { return }
        switch response {
        case let response as BrokerRegistrationResponse:
            if response.errorCode == .duplicateBrokerRegistration { note("duplicate") }
            send(.registered(response, number: number), index, incarnation: incarnation)
        case let response as BrokerHeartbeatResponse:
            if response.errorCode == .staleBrokerEpoch { note("stale epoch") }
            send(.beaten(response, number: number), index, incarnation: incarnation)
        case let response as AlterPartitionResponse:
            send(.altered(response, number: number), index, incarnation: incarnation)
        default: break
        }
    }

    /// What was decided: elections that may lose records give up what was acknowledged.
    private mutating func follow(_ effects: ActiveController<Int>.Effects) {
        for decision in effects.decisions {
            switch decision {
            case .fenced: note("fenced")
            case .unfenced: note("unfenced")
            case .partition(let change):
                switch change.election {
                case .kept:
                    if change.after.isr.count > change.before.isr.count { note("in-sync set grew") }
                    if change.after.isr.count < change.before.isr.count { note("in-sync set shrank") }
                case .inSync: note("in sync leads")
                case .eligible: note("eligible leads")
                case .lastKnown:
                    note("last known leads")
                    giveUp(change)
                case .unclean:
                    note("unclean leads")
                    if !allowsUnclean { problems.append("an unclean election that nobody allowed: \(change)") }
                    giveUp(change)
                case .nobody: note("nobody leads")
                }
            default: break
            }
        }
    }

    /// Neither what was acknowledged counts any more, nor what leaders of earlier epochs acknowledge yet.
    private mutating func giveUp(_ change: PartitionDecision) {
        acknowledged[change.partition] = nil
        firstEpochs[change.partition] = change.before.leaderEpoch + 1
    }

    // MARK: Checks

    private mutating func check() throws {
        guard let topic = run.controller?.view.topic(named: Self.topic) else { return }
        for (number, partition) in topic.partitions {
            let name = TopicPartition(Self.topic, number)
            if partition.leader >= 0, !partition.isr.contains(partition.leader) {
                problems.append("\(name) is led by \(partition.leader), in sync are \(partition.isr)")
            }
            if partition.leader >= 0, run.controller?.view.brokers[partition.leader]?.isFenced ?? true {
                problems.append("\(name) is led by broker \(partition.leader), which is fenced")
            }
            if !Set(partition.isr).isDisjoint(with: partition.eligibleLeaderReplicas) {
                problems.append("\(name) has \(partition.isr) in sync, and \(partition.eligibleLeaderReplicas) besides")
            }
            if next(5) == 0 { checkAcknowledged(name, partition) }
        }
        guard let committed = run.loader.image.topic(named: Self.topic) else { return }
        for (number, partition) in committed.partitions {
            let name = TopicPartition(Self.topic, number)
            if let last = epochs[name], partition.leaderEpoch < last.leader || partition.partitionEpoch < last.partition
            {
                problems.append("an epoch of \(name) went back")
            }
            epochs[name] = (partition.leaderEpoch, partition.partitionEpoch)
        }
    }

    /// Whoever may be elected without loss has all that was acknowledged.
    private mutating func checkAcknowledged(_ name: TopicPartition, _ partition: PartitionImage) {
        guard let records = acknowledged[name], !records.isEmpty else { return }
        for id in partition.isr + partition.eligibleLeaderReplicas {
            guard let index = index(of: id), isTrusted(index) else { continue }
            let missing = records.subtracting(brokers[index].logs[name]?.records ?? [])
            if !missing.isEmpty {
                problems.append(
                    "\(name): broker \(id) may lead without \(missing.sorted().prefix(3)); in sync \(partition.isr), "
                        + "eligible \(partition.eligibleLeaderReplicas), epoch \(partition.leaderEpoch) at \(run.now.milliseconds)"
                )
            }
        }
    }

    /// A broker that crashed and may have lost records cannot lead before the controller has heard of that.
    private func isTrusted(_ index: Int) -> Bool {
        if !losesRecords { return true }
        guard brokers[index].isUp else { return brokers[index].cleanEpoch != nil }
        return run.controller?.view.brokers[brokers[index].id]?.registration.incarnationId.low
            == brokers[index].incarnation
    }

    /// Without faults all are there again, and in sync.
    private mutating func heal() throws {
        isHealing = true
        if run.controller == nil { _ = try run.lead() }
        for _ in 0..<200 {
            for broker in brokers where !broker.isUp { boot(broker.id) }
            run.now = run.now.adding(milliseconds: 100)
            try moveOn()
            try check()
        }
        let image = run.controller?.view
        let fenced = image?.brokers.values.filter(\.isFenced).map(\.id).sorted() ?? []
        if !fenced.isEmpty { problems.append("brokers \(fenced) are fenced in the end") }
        for (number, partition) in image?.topic(named: Self.topic)?.partitions ?? PartitionTable() {
            if partition.leader < 0 {
                problems.append("\(Self.topic)-\(number) has no leader in the end: \(partition)")
            }
            if partition.isr.count < 3 {
                problems.append("\(Self.topic)-\(number) has \(partition.isr) in sync in the end")
            }
        }
        if problems.isEmpty { note("healed") }
    }
}

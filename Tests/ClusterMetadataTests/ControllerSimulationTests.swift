import Foundation
import KafkaProtocol
import TestSupport
import Testing

@testable import ClusterMetadata

/// Requests, commits and losses of leadership in any order. `OTTLA_SEEDS=A..B` chooses other seeds.
struct ControllerSimulationTests {
    static var seeds: Range<UInt64> {
        let bounds = ProcessInfo.processInfo.environment["OTTLA_SEEDS"]?.components(separatedBy: "..") ?? []
        guard bounds.count == 2, let first = UInt64(bounds[0]), let last = UInt64(bounds[1]) else { return 0..<40 }
        return first..<last + 1
    }

    @Test func whateverHappensTheImageIsWhatWasCommitted() throws {
        var reached = ControllerSimulation.Reached()
        for seed in Self.seeds {
            var simulation = ControllerSimulation(seed: seed)
            try simulation.play(steps: 120)
            #expect(simulation.problems.isEmpty, "seed \(seed): \(simulation.problems)")
            reached.add(simulation.reached)
        }
        // Without the rare states the rest means nothing.
        #expect(reached.refusedForLoss > 20 && reached.committedAfterLoss > 5 && reached.lostForEver > 5, "\(reached)")
        #expect(reached.answeredFromUncommitted > 20 && reached.aborted > 5 && reached.deepestQueue > 5, "\(reached)")
    }
}

struct ControllerSimulation {
    struct Reached {
        var refusedForLoss = 0
        var committedAfterLoss = 0
        var lostForEver = 0
        var answeredFromUncommitted = 0
        var aborted = 0
        var deepestQueue = 0

        mutating func add(_ other: Reached) {
            refusedForLoss += other.refusedForLoss
            committedAfterLoss += other.committedAfterLoss
            lostForEver += other.lostForEver
            answeredFromUncommitted += other.answeredFromUncommitted
            aborted += other.aborted
            deepestQueue = max(deepestQueue, other.deepestQueue)
        }
    }

    var run: ControllerRun
    var random: SeededGenerator
    var problems: [String] = []
    var reached = Reached()
    /// Tokens that wait for their answer.
    private var unanswered: Set<Int> = []
    private var takenIds: [Range<Int64>] = []
    private var epochs: [Int32: Int64] = [:]
    /// Images that somebody holds, with what they said when they were new.
    private var held: [(image: MetadataImage, records: [MetadataRecord])] = []

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
        run = ControllerRun(seed: seed ^ 0x5bd1)
    }

    mutating func play(steps: Int) throws {
        for _ in 0..<steps {
            try step()
            try check()
        }
        if run.controller == nil { _ = try run.lead() }
        take(try run.commit())
        if !unanswered.isEmpty { problems.append("no answer for \(unanswered.sorted())") }
        if run.controller?.view != run.loader.image { problems.append("the view is not what was committed in the end") }
        for (image, records) in held where image.records() != records { problems.append("an old image changed") }
    }

    private mutating func next(_ count: Int) -> Int { Int(random.next() % UInt64(count)) }

    private mutating func step() throws {
        if next(8) == 0 { held.append((run.loader.image, run.loader.image.records())) }
        guard run.controller != nil else {
            // Another leader's unfinished transaction stays in the log.
            if next(3) == 0, !run.loader.isInTransaction {
                run.write([
                    try MetadataRecord.beginTransaction(BeginTransactionRecord()).encoded(at: .latest),
                    try ImageTests.topicRecord("unfinished", 77).encoded(at: .latest),
                ])
            }
            let before = run.committedCount
            let tail = run.log.count - before
            _ = try run.lead()
            if run.log[before...].contains(where: { $0.values.count == 2 }), run.loader.isInTransaction {
                reached.aborted += 1
            }
            reached.committedAfterLoss += tail > 0 ? 1 : 0
            return
        }
        switch next(20) {
        case 0:
            let tail = run.log.count - run.committedCount
            let kept = tail == 0 ? 0 : next(tail + 1)
            reached.lostForEver += tail - kept > 0 ? 1 : 0
            let answers = run.lose(kept: kept)
            reached.refusedForLoss += answers.count
            take(answers, isLoss: true)
        case 1...5: take(try run.commit(1 + next(3)))
        default: send()
        }
        reached.deepestQueue = max(reached.deepestQueue, run.controller?.waitingCount ?? 0)
    }

    private mutating func send() {
        let name = ["a", "b", "c.d", "c_d", "e"][next(5)]
        switch next(10) {
        case 0, 1: sent(run.send(ControllerRun.create(name, partitions: Int32(1 + next(8)), factor: 1)))
        case 2: sent(run.send(ControllerRun.delete(name)))
        case 3: sent(run.send(ControllerRun.grow(name, to: Int32(1 + next(40)))))
        case 4: sent(run.send(ControllerRun.set(name, "retention.ms", String(next(4)))))
        case 5: sent(run.send(ControllerRun.replace(name, "retention.ms", String(next(4)))))
        case 6: sent(run.send(ControllerRun.elect(name, Int32(next(5)), type: Int8(next(2)))))
        case 7:
            let broker = Int32(next(3))
            sent(run.send(ControllerRun.ids(broker, epoch: epochs[broker] ?? -1)))
        case 8:
            let broker = Int32(next(3))
            sent(run.send(ControllerRun.heartbeat(broker, epoch: run.epoch(of: broker), offset: .max)))
        default:
            let broker = Int32(next(3))
            sent(
                run.send(
                    ControllerRun.register(
                        broker,
                        incarnation: random.next() % 5,
                        previousEpoch: next(2) == 0 ? epochs[broker] ?? -1 : -1
                    )
                )
            )
        }
    }

    private mutating func sent(_ sent: (token: Int, effects: ActiveController<Int>.Effects)?) {
        guard let sent else { return problems.append("nobody took a request") }
        unanswered.insert(sent.token)
        if sent.effects.proposal == nil, sent.effects.answers.isEmpty { reached.answeredFromUncommitted += 1 }
        take(sent.effects.answers)
    }

    // MARK: Checks

    private mutating func take(_ answers: [ActiveController<Int>.Answer], isLoss: Bool = false) {
        var last = 0
        for answer in answers {
            if unanswered.remove(answer.token) == nil { problems.append("\(answer.token) is answered twice") }
            if answer.token < last { problems.append("\(answer.token) is answered behind \(last)") }
            last = answer.token
            check(answer.response, isLoss)
        }
    }

    /// What is answered as done is in the image that everybody sees.
    private mutating func check(_ response: any ResponseMessage, _ isLoss: Bool) {
        let image = run.loader.image
        switch response {
        case let response as CreateTopicsResponse:
            for row in response.topics {
                if isLoss, row.errorCode != .notController { problems.append("\(row.errorCode) after a loss") }
                if row.errorCode == .none, !run.everCommitted(row.topicId) {
                    problems.append("\(row.name) was answered before it was there")
                }
            }
        case let response as DeleteTopicsResponse:
            for row in response.responses where row.errorCode == .none && image.topics[row.topicId] != nil {
                problems.append("\(row.name ?? "") was answered before it was gone")
            }
        case let response as AllocateProducerIdsResponse where response.errorCode == .none:
            let block = response.producerIdStart..<response.producerIdStart + Int64(response.producerIdLen)
            if takenIds.contains(where: { $0.overlaps(block) }) { problems.append("ids \(block) are given out twice") }
            if image.producerIds.nextProducerId < block.upperBound { problems.append("ids \(block) are not taken yet") }
            takenIds.append(block)
        default: break
        }
    }

    private mutating func check() throws {
        for (id, broker) in run.loader.image.brokers { epochs[id] = broker.epoch }
        if run.controller?.waitingCount ?? 0 != unanswered.count {
            problems.append("\(unanswered.count) wait, and \(run.controller?.waitingCount ?? 0) are known")
        }
        guard next(10) == 0 else { return }
        if try run.replayed().image != run.loader.image { problems.append("the image is not the replay of the log") }
        guard run.committedCount == run.log.count, let controller = run.controller else { return }
        if controller.view != run.loader.image { problems.append("all is committed, and the view is another") }
    }
}

extension ControllerRun {
    /// Whether a topic was in a published image.
    func everCommitted(_ id: KafkaUUID) -> Bool {
        publications.contains { $0.image.topics[id] != nil || $0.delta.removedTopics[id] != nil }
    }
}

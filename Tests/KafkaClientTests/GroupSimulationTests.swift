import Coordination
import KafkaProtocol
import NIOCore
import TestSupport
import Testing

@testable import KafkaClient
@testable import KafkaConnection

/// Members of one group and Ottla's coordinator, both without IO, with a clock of their own: requests get lost, members die, dawdle and
/// come, partitions are added.
private final class GroupSimulation {
    private struct Member {
        var membership: GroupMembership
        var name: String
        /// The answer that is waited for.
        var token: CoordinatorToken?
        /// When the consumer asks for records again; nil while it waits for some.
        var busyUntil: Int64?
        /// Whether the answer gets lost.
        var losesAnswer = false
    }

    private var groups: CoordinatorRuntime<GroupShard>
    private var random: SeededGenerator
    /// For the coordinator.
    private var ids: any RandomNumberGenerator
    private var members: [Member] = []
    private var now: Int64 = 1_000_000
    private var moment: Moment {
        Moment(now: MonotonicTime(milliseconds: now), wall: WallTime(milliseconds: 1_700_000_000_000 + now))
    }
    private var endOffset: Int64 = 0
    private var replies: [CoordinatorToken: Result<GroupResponse, ErrorCode>] = [:]
    private var nextToken: CoordinatorToken = 1
    private var names = 0
    private var partitions: [String: Int32] = ["a": 4, "b": 3]
    private let assignors: [any PartitionAssignor]
    private var isTroubled = true

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
        ids = SeededGenerator(seed: seed)
        var config = GroupConfig()
        config.initialRebalanceDelay = random.next(below: 2) == 0 ? 0 : 3000
        groups = CoordinatorRuntime(
            config: config,
            limits: .init(sharedBytes: 1 << 20, batchBytes: 1 << 20, commitTimeoutMillis: 5000)
        )
        let choices: [[any PartitionAssignor]] = [
            [.range], [.roundRobin], [.sticky], [.cooperativeSticky], [.cooperativeSticky],
            [.range, .cooperativeSticky],
        ]
        assignors = choices[random.next(below: choices.count)]
        if let term = groups.take().load { groups.loaded(term, at: moment) }
    }

    var description: String { "\(assignors.map(\.name)), \(members.map { ($0.name, $0.membership.owned.sorted()) })" }

    private func chance(_ percent: Int) -> Bool { random.next(below: 1000) < percent * 10 }

    private func add() {
        names += 1
        var settings = GroupMembership.Settings(groupId: "g", assignors: assignors)
        settings.sessionMillis = 10_000
        settings.maxPollMillis = 20_000
        settings.watchMillis = 15_000
        let subscription: GroupMembership.Subscription =
            random.next(below: 3) == 0 ? .matching { Set($0).intersection(["a", "b"]) } : .topics(["a", "b"])
        members.append(Member(membership: GroupMembership(settings, subscription), name: "m\(names)"))
        members[members.count - 1].membership.polls(true, nowMillis: now)
    }

    /// - Returns: what is wrong, if anything.
    func run() -> String? {
        for _ in 0..<3 { add() }
        for step in 0..<3000 {
            now += 50
            isTroubled = step < 1500
            if isTroubled { trouble() }
            carryOut(groups.tick(at: moment))
            for index in members.indices { advance(index) }
            if let problem = overlap() { return "after \(step) steps: \(problem)" }
        }
        let owned = members.flatMap { $0.membership.owned }
        let all = partitions.flatMap { topic, count in (0..<count).map { TopicPartition(topic, $0) } }
        if let failure = members.lazy.compactMap(\.membership.failure).first { return "a member failed: \(failure)" }
        if owned.sorted() != all.sorted() { return "in calm \(owned.sorted()) are read of \(all.sorted())" }
        return nil
    }

    private func trouble() {
        if chance(1), members.count < 6 { add() }
        if chance(1), members.count > 1 {
            let gone = members.remove(at: random.next(below: members.count))
            // Some say good-bye, others just die.
            if chance(50), !gone.membership.memberId.isEmpty {
                _ = ask(.leave(gone.membership.leave("", version: 5), version: 5))
            }
        }
        if random.next(below: 400) == 0 { partitions["a", default: 1] += 1 }
        for index in members.indices where members[index].busyUntil == nil && chance(10) {
            members[index].membership.polls(false, nowMillis: now)
            members[index].busyUntil = now + Int64(chance(2) ? 30_000 : random.next(below: 2000))
        }
    }

    /// Two whom the coordinator counts as members never read the same partition.
    private func overlap() -> String? {
        guard case .success(let group) = groups.read({ $0.describe("g", version: 5) }) else {
            return "nobody coordinates"
        }
        let known = Set(group.members.map(\.memberId))
        var holder: [TopicPartition: String] = [:]
        for member in members where known.contains(member.membership.memberId) && !member.membership.memberId.isEmpty {
            for key in member.membership.owned {
                if let other = holder.updateValue(member.name, forKey: key) {
                    return "\(key) is read by \(other) and \(member.name); \(description)"
                }
            }
        }
        return nil
    }

    /// What is appended is committed at once.
    private func carryOut(_ effects: CoordinatorEffects<GroupShard>) {
        for (token, result) in effects.answers { replies[token] = result }
        guard let append = effects.append else { return }
        endOffset += 1
        carryOut(groups.appended(append.id, endOffset: endOffset))
        carryOut(groups.committed(upTo: endOffset, append.id.term))
    }

    private func ask(_ request: GroupRequest) -> CoordinatorToken {
        nextToken += 1
        carryOut(groups.handle(request, from: nextToken, at: moment, using: &ids))
        return nextToken
    }

    private func advance(_ index: Int) {
        consume(index)
        receive(index)
        guard members[index].token == nil else { return }
        let isLost = isTroubled && chance(3)
        let lost = KafkaError(.connectionLost, "lost")
        let membership = members[index].membership
        switch members[index].membership.action(nowMillis: now) {
        case .wait: break
        case .describe(let topics):
            let known = partitions.filter { topics?.contains($0.key) ?? true }
            if isLost {
                members[index].membership.failed(lost, nowMillis: now)
            } else {
                members[index].membership.described(known, nowMillis: now)
            }
        case .join:
            if isLost, chance(50) { return members[index].membership.failed(lost, nowMillis: now) }
            let client = GroupClient(clientId: members[index].name, host: "h")
            wait(index, isLost, ask(.join(membership.join(version: 9), version: 9, client: client)))
        case .sync(let assignments):
            if isLost, chance(50) { return members[index].membership.failed(lost, nowMillis: now) }
            wait(index, isLost, ask(.sync(membership.sync(assignments, version: 5))))
        case .heartbeat:
            let token = ask(.heartbeat(membership.heartbeat(version: 4)))
            guard case .success(.heartbeat(let code))? = replies.removeValue(forKey: token) else { return }
            if isLost {
                members[index].membership.failed(lost, nowMillis: now)
            } else {
                members[index].membership.heartbeatAnswered(code, nowMillis: now)
            }
        case .leave:
            if !isLost {
                _ = ask(.leave(membership.leave("slow", version: 5), version: 5))
            }
            members[index].membership.left()
        }
    }

    private func wait(_ index: Int, _ losesAnswer: Bool, _ token: CoordinatorToken) {
        members[index].token = token
        members[index].losesAnswer = losesAnswer
    }

    private func receive(_ index: Int) {
        guard let token = members[index].token, let reply = replies.removeValue(forKey: token) else { return }
        members[index].token = nil
        if members[index].losesAnswer {
            return members[index].membership.failed(KafkaError(.connectionLost, "lost"), nowMillis: now)
        }
        switch reply {
        case .success(.join(let response)): members[index].membership.joined(response, nowMillis: now)
        case .success(.sync(let response)): members[index].membership.synced(response, nowMillis: now)
        default: members[index].membership.failed(KafkaError(.connectionLost, "refused"), nowMillis: now)
        }
    }

    private func consume(_ index: Int) {
        if let until = members[index].busyUntil {
            guard now >= until else { return }
            members[index].busyUntil = nil
            members[index].membership.polls(true, nowMillis: now)
        }
        while members[index].membership.beginChange() != nil {
            let isDone = !(isTroubled && chance(5))
            members[index].membership.finishChange(isDone: isDone)
            if !isDone { break }
        }
    }
}

struct GroupSimulationTests {
    @Test(arguments: 0..<60) func membersNeverReadTheSameAndInCalmReadEverything(seed: Int) {
        let simulation = GroupSimulation(seed: UInt64(seed))
        let problem = simulation.run()
        #expect(problem == nil, "seed \(seed), \(simulation.description)")
    }
}

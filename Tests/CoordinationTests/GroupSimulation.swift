import KafkaProtocol
import NIOCore
import TestSupport

@testable import Coordination

/// Groups, their members and administrators in one seed: batches are refused, dawdle, the shard is given up and taken again, the node
/// crashes. After every step what is replicated is compared with the log.
final class GroupSimulation {
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    private struct Sync {
        var token: CoordinatorToken
        var member: String
        var generation: Int32
    }

    private let world: GroupWorld
    private var random: SeededGenerator
    private var joins: [CoordinatorToken] = []
    private var syncs: [Sync] = []
    private var commits: [(token: CoordinatorToken, group: String, offset: Int64)] = []
    /// Members that were told of themselves, with the generation that they know.
    private var members: [(id: String, generation: Int32)] = []
    private var nextOffset: Int64 = 0
    private var asked = 0

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
        let delay: Int64 = seed % 2 == 0 ? 0 : 3000
        world = GroupWorld {
            $0.initialRebalanceDelay = delay
            $0.offsetsRetention = 100_000
        }
    }

    private func chance(_ percent: Int) -> Bool { random.next(below: 100) < percent }

    func run(steps: Int = 120) throws(Failure) {
        for _ in 0..<steps {
            step()
            learn()
            try check()
        }
        try calm()
    }

    private func step() {
        let member =
            members.isEmpty || chance(5) ? (id: "stranger", generation: 1) : members[random.next(below: members.count)]
        switch random.next(below: 22) {
        case 0, 1: joins.append(world.join(version: chance(50) ? 3 : 5))
        case 2: joins.append(world.join(instance: "i", version: 5))
        case 3, 4: joins.append(world.join(member.id))
        case 5, 6, 7: sync(member)
        case 8, 9: _ = world.beat(member.id, member.generation)
        case 10: _ = world.leave(member.id)
        case 11, 12: commit(member.id, member.generation, group: "g")
        case 13: commit("", -1, group: "other")
        case 14: _ = world.send(.deleteOffsets(group: "other", [TopicPartition("t", 0)]))
        case 15: _ = world.send(.delete(group: chance(50) ? "g" : "other"))
        case 16: world.expire()
        case 17: world.failure = chance(70) ? nil : .kafkaStorageError
        case 18: world.isHeld = chance(50)
        case 19: chance(50) ? world.write() : world.settle()
        case 20: world.pass(Int64(random.next(below: 9000)))
        default: if chance(20) { interrupt() }
        }
    }

    private func sync(_ member: (id: String, generation: Int32)) {
        asked += 1
        let assignments = Dictionary(uniqueKeysWithValues: members.map { ($0.id, "\($0.id) \(asked)") })
        let token = world.sync(member.id, member.generation, assignments)
        syncs.append(Sync(token: token, member: member.id, generation: member.generation))
    }

    private func commit(_ member: String, _ generation: Int32, group: String) {
        nextOffset += 1
        let token = world.sendCommit(nextOffset, member: member, generation: generation, group: group)
        commits.append((token, group, nextOffset))
    }

    private func interrupt() {
        if chance(50) {
            world.crash()
        } else {
            world.giveUp()
            world.settle()
            world.take()
        }
    }

    /// What members learn from their answers.
    private func learn() {
        for token in joins {
            guard case .success(.join(let response))? = world.answers[token], !response.memberId.isEmpty else {
                continue
            }
            members.removeAll { $0.id == response.memberId }
            if response.errorCode == .unknownMemberId { continue }
            members.append((response.memberId, response.generationId))
        }
        joins.removeAll { world.answers[$0] != nil }
    }

    // MARK: Checks

    private func check() throws(Failure) {
        let shard = world.runtime.shard
        let log = world.log.map(\.content)
        guard world.runtime.phase == .active else { return }
        let all = GroupModel(log + world.unwritten)
        guard GroupModel(latest: shard) == all else {
            throw Failure(description: "the state is \(GroupModel(latest: shard)), its records say \(all)")
        }
        let committed = GroupModel(world.log.filter { $0.endOffset <= world.committedOffset }.map(\.content))
        guard GroupModel(committed: shard) == committed else {
            throw Failure(description: "readers see \(GroupModel(committed: shard)), committed is \(committed)")
        }
        for commit in commits where world.code(commit.token) == ErrorCode.none {
            guard committed.wasCommitted(commit.group, commit.offset) else {
                throw Failure(description: "offset \(commit.offset) was answered, but is not in the log")
            }
        }
        commits.removeAll { world.answers[$0.token] != nil }
        let waiting = shard.groups.values.flatMap(\.orderedMembers).flatMap { [$0.joinToken, $0.syncToken] }
        guard Set(waiting.compactMap { $0 }) == world.runtime.open else {
            throw Failure(description: "\(world.runtime.open) are to be answered, \(waiting) are known")
        }
        for sync in syncs {
            guard case .success(.sync(let response))? = world.answers[sync.token], response.errorCode == .none else {
                continue
            }
            guard committed.assignments[sync.generation]?.contains([sync.member: response.assignment]) == true else {
                throw Failure(
                    description: "\(sync.member) was given an assignment that generation \(sync.generation) has not"
                )
            }
        }
        syncs.removeAll { world.answers[$0.token] != nil }
    }

    /// When everyone has fallen silent and nothing fails, the group ends, and everybody has been answered.
    private func calm() throws(Failure) {
        world.failure = nil
        world.isHeld = false
        world.settle()
        for _ in 0..<5 { world.pass(400_000) }
        guard ["Empty", "Dead"].contains(world.state()) else {
            throw Failure(description: "\(world.state()) after everyone fell silent")
        }
        guard world.runtime.open.isEmpty else { throw Failure(description: "\(world.runtime.open) are never answered") }
        try check()
        let (now, later) = (GroupModel(latest: world.runtime.shard), GroupModel(latest: world.reloaded().runtime.shard))
        guard now == later else { throw Failure(description: "after a load it is \(later), before it was \(now)") }
    }
}

/// What is replicated, as one reads it off the records: deliberately simple.
struct GroupModel: Equatable {
    var offsets: [String: Int64] = [:]
    var groups: [String: [String]] = [:]
    /// All that were ever written, by generation, for each member.
    var assignments: [Int32: Set<[String: ByteBuffer]>] = [:]
    private var history: Set<String> = []

    static func == (left: GroupModel, right: GroupModel) -> Bool {
        left.offsets == right.offsets && left.groups == right.groups
    }

    init(_ contents: [CoordinatorAppend<CoordinatorRecord>.Content]) {
        for content in contents {
            guard case .records(let records) = content else { continue }
            for record in records { apply(record) }
        }
    }

    private mutating func apply(_ record: CoordinatorRecord) {
        if let key = record.decodedKey(OffsetCommitKey.self), record.recordType == 1 {
            offsets[key.group] = record.decodedValue(OffsetCommitValue.self)?.offset
            if let offset = offsets[key.group] { history.insert("\(key.group) \(offset)") }
        } else if let key = record.decodedKey(GroupMetadataKey.self), record.recordType == 2 {
            let value = record.decodedValue(GroupMetadataValue.self)
            groups[key.group] = value.map(Self.describe)
            for row in value?.members ?? [] {
                assignments[value?.generation ?? 0, default: []].insert([row.memberId: row.assignment])
            }
        }
    }

    private static func describe(_ value: GroupMetadataValue) -> [String] {
        ["\(value.generation)"] + value.members.map { "\($0.memberId): \($0.assignment)" }
    }

    func wasCommitted(_ group: String, _ offset: Int64) -> Bool { history.contains("\(group) \(offset)") }

    init(latest shard: GroupShard) {
        for (group, table) in shard.offsets {
            for entry in table.entries { offsets[group] = entry.value.offset.offset }
        }
        for entry in shard.stored.entries { groups[entry.key.text] = Self.describe(entry.value) }
    }

    init(committed shard: GroupShard) {
        for (group, table) in shard.offsets {
            for entry in table.committedEntries { offsets[group] = entry.value.offset.offset }
        }
        for entry in shard.stored.committedEntries { groups[entry.key.text] = Self.describe(entry.value) }
    }
}

import NIOCore
import TestSupport
import Testing

@testable import KafkaClient
@testable import KafkaConnection

struct AssignorTests {
    private func members(_ count: Int, _ topics: [String] = ["t"]) -> [GroupMember] {
        (0..<count).map { GroupMember(id: "m\($0)", topics: topics) }
    }

    private func numbers(_ share: [TopicPartition]?) -> [String] { (share ?? []).map(\.description) }

    @Test func rangeGivesNeighboursAndTheFirstMembersTheOddOnes() {
        let shares = RangeAssignor().assign(partitions: ["t": 5, "u": 2], members: members(3, ["t", "u"]))
        #expect(numbers(shares["m0"]) == ["t-0", "t-1", "u-0"])
        #expect(numbers(shares["m1"]) == ["t-2", "t-3", "u-1"])
        #expect(numbers(shares["m2"]) == ["t-4"])
    }

    @Test func roundRobinGivesInTurnAndPassesOverWhoDoesNotWantATopic() {
        var all = members(3, ["t", "u"])
        all[1].topics = ["u"]
        let shares = RoundRobinAssignor().assign(partitions: ["t": 3, "u": 3], members: all)
        #expect(numbers(shares["m0"]) == ["t-0", "t-2", "u-2"])
        #expect(numbers(shares["m1"]) == ["u-0"])
        #expect(numbers(shares["m2"]) == ["t-1", "u-1"])
    }

    @Test func staticMembersComeInTheOrderOfTheirNamesWhateverTheirIds() {
        let one = GroupMember(id: "z", instanceId: "a", topics: ["t"])
        let two = GroupMember(id: "b", instanceId: "c", topics: ["t"])
        let shares = RangeAssignor().assign(partitions: ["t": 2], members: [two, one])
        #expect(numbers(shares["z"]) == ["t-0"])
        #expect(numbers(shares["b"]) == ["t-1"])
    }

    @Test(arguments: [false, true], 0..<150)
    func everyPartitionIsGivenOnceToOneWhoWantsItAsEvenlyAsPossibleAndKept(isCooperative: Bool, seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        let assignor = StickyAssignor(isCooperative: isCooperative)
        let isEqual = random.next(below: 2) == 0
        var partitions = ["a": Int32(random.next(below: 9)), "b": Int32(1 + random.next(below: 9)), "c": 3]
        var members = (0..<1 + random.next(below: 6)).map { number in
            GroupMember(id: "m\(number)", topics: ["a", "b", "c"].filter { _ in isEqual || random.next(below: 3) > 0 })
        }
        var before: [String: [TopicPartition]] = [:]
        for round in 0..<6 {
            let moved = settle(assignor, partitions, &members, Int32(round))
            let shares = Dictionary(uniqueKeysWithValues: members.map { ($0.id, $0.owned) })
            let given = shares.values.flatMap { $0 }
            #expect(Set(given).count == given.count, "a partition is given twice")
            let wanted = partitions.filter { topic, _ in members.contains { $0.topics.contains(topic) } }
            #expect(given.count == wanted.values.reduce(0) { $0 + Int($1) }, "a partition is given to nobody")
            for member in members { #expect(member.owned.allSatisfy { member.topics.contains($0.topic) }) }
            if isEqual {
                let sizes = shares.values.map(\.count)
                #expect((sizes.max() ?? 0) - (sizes.min() ?? 0) <= 1, "the shares \(sizes) are not even")
            }
            #expect(settle(assignor, partitions, &members, Int32(round)) == 0, "\(moved) moved, and then more")
            if isEqual, round > 0 {
                let stayed = members.filter { before[$0.id] != nil }
                let kept = stayed.reduce(0) { $0 + Set($1.owned).intersection(before[$1.id] ?? []).count }
                let possible = stayed.reduce(0) { $0 + min($1.owned.count, before[$1.id]?.count ?? 0) }
                #expect(kept == possible, "\(possible - kept) partitions changed hands for nothing")
            }
            before = shares
            switch random.next(below: 3) {
            case 0: members.append(GroupMember(id: "n\(round)", topics: members.first?.topics ?? ["a", "b", "c"]))
            case 1 where members.count > 1: members.remove(at: random.next(below: members.count))
            default: partitions["b", default: 1] += Int32(random.next(below: 4))
            }
        }
    }

    /// Rounds until nothing changes; the number of partitions that changed hands.
    @discardableResult
    private func settle(
        _ assignor: StickyAssignor,
        _ partitions: [String: Int32],
        _ members: inout [GroupMember],
        _ generation: Int32
    ) -> Int {
        var moved = 0
        for _ in 0..<5 {
            for index in members.indices {
                members[index].generation = generation
                members[index].userData = assignor.userData(owned: members[index].owned, generation: generation)
            }
            let shares = assignor.assign(partitions: partitions, members: members)
            var isStable = true
            if assignor.isCooperative {
                // Nobody gets what another still has.
                for member in members {
                    for other in members where other.id != member.id {
                        #expect(Set(shares[member.id] ?? []).isDisjoint(with: other.owned))
                    }
                }
            }
            for index in members.indices {
                let share = shares[members[index].id] ?? []
                if Set(share) != Set(members[index].owned) { isStable = false }
                moved += Set(share).subtracting(members[index].owned).count
                members[index].owned = share
            }
            if isStable { return moved }
        }
        Issue.record("the shares don't come to rest")
        return moved
    }

    @Test func aClaimOfAnEarlierGenerationCountsLessThanALaterOne() {
        let assignor = StickyAssignor(isCooperative: false)
        let key = TopicPartition("t", 0)
        var old = GroupMember(id: "a", topics: ["t"]), new = GroupMember(id: "b", topics: ["t"])
        old.userData = assignor.userData(owned: [key], generation: 3)
        new.userData = assignor.userData(owned: [key], generation: 4)
        let shares = assignor.assign(partitions: ["t": 1], members: [old, new])
        #expect(shares["b"] == [key])
    }

    @Test func whatAMemberTellsThatCannotBeReadIsNoClaim() throws {
        let assignor = StickyAssignor(isCooperative: false)
        let whole = try #require(
            assignor.userData(owned: [TopicPartition("t", 0), TopicPartition("u", 3)], generation: 2)
        )
        for length in 0..<whole.readableBytes {
            let member = GroupMember(id: "a", topics: ["t"], userData: whole.getSlice(at: 0, length: length))
            #expect(assignor.assign(partitions: ["t": 2], members: [member])["a"]?.count == 2)
        }
        let huge = ByteBuffer(bytes: [0x7f, 0xff, 0xff, 0xff, 0, 1, 0x74, 0x7f, 0xff, 0xff, 0xff])
        let member = GroupMember(id: "a", topics: ["t"], userData: huge)
        #expect(assignor.assign(partitions: ["t": 2], members: [member])["a"]?.count == 2)
    }
}

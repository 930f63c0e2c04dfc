import KafkaProtocol
import NIOCore
import Testing

@testable import Coordination

/// Offsets that belong to transactions, and groups of newer protocols: what other coordinators wrote, and this one replays.
struct GroupTransactionTests {
    private let producer = TransactionalProducer(id: 4, epoch: 0)

    private func offset(_ value: Int64, topic: String = "t") throws -> CoordinatorRecord {
        try CommittedOffset(offset: value, commitTimestamp: 1).record(group: "g", TopicPartition(topic, 0))
    }

    private func marker(isCommit: Bool) -> CoordinatorAppend<CoordinatorRecord>.Content {
        .marker(TransactionMarker(producer: producer, coordinatorEpoch: 0, isCommit: isCommit))
    }

    private func world(_ contents: [CoordinatorAppend<CoordinatorRecord>.Content]) -> GroupWorld {
        GroupWorld(log: contents.enumerated().map { CoordinatorBatch($1, endOffset: Int64($0) + 1) })
    }

    @Test func offsetsOfATransactionCountWhenItCommits() throws {
        let pending = CoordinatorAppend<CoordinatorRecord>.Content.transactional([try offset(9)], producer)
        let open = world([pending])
        #expect(open.offset() == nil)
        #expect(open.reader.hasPendingTransaction(group: "g", TopicPartition("t", 0)))
        #expect(!open.reader.hasPendingTransaction(group: "g", TopicPartition("u", 0)))
        let aborted = world([pending, marker(isCommit: false)])
        #expect(aborted.offset() == nil && aborted.groupIds.isEmpty)
        #expect(!aborted.reader.hasPendingTransaction(group: "g", TopicPartition("t", 0)))
        let committed = world([pending, marker(isCommit: true)])
        #expect(committed.offset()?.offset == 9 && committed.groupIds == ["g"])
    }

    @Test func aLaterCommitOutsideOfTheTransactionCounts() throws {
        let later = world([
            .transactional([try offset(9), try offset(5, topic: "u")], producer), .records([try offset(20)]),
            marker(isCommit: true),
        ])
        #expect(later.offset()?.offset == 20 && later.offset(topic: "u")?.offset == 5)
        let earlier = world([
            .records([try offset(20)]), .transactional([try offset(9)], producer), marker(isCommit: true),
        ])
        #expect(earlier.offset()?.offset == 9)
    }

    @Test func anEndThatIsNotWrittenLeavesTheTransactionOpen() throws {
        let world = world([
            .records([try offset(1)]), .transactional([try offset(9), try offset(5, topic: "u")], producer),
        ])
        world.failure = .kafkaStorageError
        let end = TransactionMarker(producer: producer, coordinatorEpoch: 0, isCommit: true)
        world.end(end)
        #expect(world.offset()?.offset == 1 && world.offset(topic: "u") == nil)
        #expect(world.reader.hasPendingTransaction(group: "g", TopicPartition("t", 0)))
        world.failure = nil
        world.isHeld = true
        world.end(end)
        #expect(world.reader.hasPendingTransaction(group: "g", TopicPartition("t", 0)), "the end is not committed yet")
        world.settle()
        #expect(world.offset()?.offset == 9 && world.offset(topic: "u")?.offset == 5)
        #expect(!world.reader.hasPendingTransaction(group: "g", TopicPartition("t", 0)))
        #expect(world.reloaded().offset()?.offset == 9)
    }

    // MARK: Groups of newer protocols

    private func modernRecords(hasMember: Bool) throws -> [CoordinatorRecord] {
        var group = ConsumerGroupMetadataKey()
        group.groupId = "g"
        var records = [try CoordinatorRecord(group, ConsumerGroupMetadataValue(), version: 0)]
        if hasMember {
            var member = ConsumerGroupMemberMetadataKey()
            member.groupId = "g"
            member.memberId = "m"
            records.append(try CoordinatorRecord(member, ConsumerGroupMemberMetadataValue(), version: 0))
        }
        return records
    }

    @Test func groupsOfNewerProtocolsAreSeenAndKeepTheirNames() throws {
        let world = world([.records(try modernRecords(hasMember: true))])
        let row = try #require(world.reader.list(states: [], types: ["Consumer"]).first)
        #expect(row.groupId == "g" && row.groupType == "consumer" && row.groupState == "Stable")
        #expect(world.reader.list(states: ["Empty"], types: []).isEmpty)
        #expect(world.reader.describe("g", version: 6).errorCode == .groupIdNotFound)
        #expect(world.joined(world.join())?.errorCode == .inconsistentGroupProtocol)
        #expect(
            world.commit(1) == .unknownMemberId && world.commit(1, member: "m", generation: 1) == .illegalGeneration
        )
        #expect(world.delete("g") == .nonEmptyGroup)
        world.expire()
        #expect(world.groupIds == ["g"])
    }

    @Test func anEmptyOneCanBeDeletedOrGivesItsNameAway() throws {
        let records = CoordinatorAppend<CoordinatorRecord>.Content.records(try modernRecords(hasMember: false))
        let deleted = world([records])
        #expect(deleted.state() == "Dead" && deleted.commit(3) == ErrorCode.none)
        #expect(deleted.delete("g") == ErrorCode.none)
        #expect(deleted.groupIds.isEmpty && deleted.reloaded().groupIds.isEmpty)
        let taken = world([records])
        let member = try #require(taken.joined(taken.join())?.memberId)
        _ = taken.sync(member, 1, [member: "x"])
        #expect(taken.reader.list(states: [], types: []).map(\.groupType) == ["classic"])
        #expect(taken.reloaded().state() == "Stable")
    }

    @Test func aNameThatCouldNotBeTakenIsTakenWithTheAssignment() throws {
        let world = world([.records(try modernRecords(hasMember: false))])
        world.failure = .notLeaderOrFollower
        #expect(world.joined(world.join())?.errorCode == .notLeaderOrFollower)
        #expect(world.reader.list(states: [], types: []).count == 1)
        world.failure = nil
        world.pass(400_000)
        let member = try #require(world.joined(world.join())?.memberId)
        let sync = world.sync(member, world.joinedGeneration, [member: "x"])
        #expect(world.synced(sync)?.errorCode == ErrorCode.none)
        #expect(world.reloaded().reader.list(states: [], types: []).map(\.groupType) == ["classic"])
    }
}

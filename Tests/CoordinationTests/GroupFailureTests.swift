import KafkaProtocol
import NIOCore
import Testing

@testable import Coordination

/// What groups are while their records are on the way, and when those cannot be written.
struct GroupFailureTests {
    @Test func anAssignmentIsNeitherAnsweredNorShownBeforeItIsCommitted() throws {
        let world = GroupWorld()
        let member = try #require(world.joined(world.join())?.memberId)
        world.isHeld = true
        let sync = world.sync(member, 1, [member: "mine"])
        let beat = world.beat(member, 1)
        #expect(world.synced(sync) == nil && world.code(beat) == nil, "the heartbeat has seen the assignment")
        #expect(world.state() == "CompletingRebalance")
        world.write()
        #expect(world.synced(sync) == nil && world.state() == "CompletingRebalance")
        world.commit()
        #expect(world.synced(sync)?.assignment == ByteBuffer(string: "mine") && world.code(beat) == ErrorCode.none)
        #expect(world.state() == "Stable")
    }

    @Test func aFailedWriteTellsTheMembersAndStartsOver() throws {
        let world = GroupWorld()
        let member = try #require(world.joined(world.join())?.memberId)
        world.failure = .notCoordinator
        let sync = world.sync(member, 1, [member: "x"])
        #expect(world.synced(sync)?.errorCode == .notCoordinator)
        #expect(world.heartbeat(member, 1) == .rebalanceInProgress)
        #expect(world.reasons.contains(.notWritten(generation: 1, code: "NOT_COORDINATOR")))
        world.failure = nil
        let again = world.join(member)
        #expect(world.joined(again)?.generationId == 2)
        _ = world.sync(member, 2, [member: "y"])
        #expect(world.heartbeat(member, 2) == ErrorCode.none && world.reloaded().heartbeat(member, 2) == ErrorCode.none)
    }

    @Test func whoeverHasSeenWhatIsUndoneIsToldSo() throws {
        let world = GroupWorld()
        let member = try #require(world.joined(world.join())?.memberId)
        world.isHeld = true
        let sync = world.sync(member, 1, [member: "x"])
        let commit = world.sendCommit(5, member: member, generation: 1)
        let beat = world.beat(member, 1)
        let stranger = world.sendCommit(6, group: "other")
        world.failure = .kafkaStorageError
        world.settle()
        for token in [sync, commit, beat, stranger] { #expect(world.code(token) == .kafkaStorageError) }
        world.failure = nil
        #expect(world.offset() == nil && world.offset("other") == nil && world.state() == "PreparingRebalance")
        world.isHeld = false
        #expect(world.commit(7, group: "other") == ErrorCode.none && world.offset("other")?.offset == 7)
    }

    @Test func readersSeeTheLastCommittedOffset() throws {
        let world = GroupWorld()
        #expect(world.commit(1) == ErrorCode.none)
        world.isHeld = true
        let second = world.sendCommit(2)
        world.write()
        let third = world.sendCommit(3)
        #expect(world.offset()?.offset == 1)
        world.commit()
        #expect(world.offset()?.offset == 2 && world.code(second) == ErrorCode.none && world.code(third) == nil)
        let gone = world.send(.deleteOffsets(group: "g", [TopicPartition("t", 0)]))
        #expect(world.offset()?.offset == 2 && world.groupIds == ["g"])
        world.settle()
        #expect(world.offset() == nil && world.code(gone) == ErrorCode.none && world.code(third) == ErrorCode.none)
    }

    @Test func anUncommittedGroupIsNotSeenAndADeletedOneIsUntilThen() throws {
        let world = GroupWorld()
        world.isHeld = true
        let commit = world.sendCommit(1, group: "new")
        #expect(world.groupIds.isEmpty && world.state("new") == "Dead")
        world.settle()
        #expect(world.groupIds == ["new"] && world.code(commit) == ErrorCode.none)
        let deleted = world.send(.delete(group: "new"))
        let again = world.send(.delete(group: "new"))
        #expect(world.groupIds == ["new"] && world.code(again) == nil)
        world.settle()
        #expect(world.groupIds.isEmpty)
        #expect(world.code(deleted) == ErrorCode.none && world.code(again) == .groupIdNotFound)
    }

    @Test func theLastMemberWhoseLeavingIsNotWrittenIsAMemberStill() throws {
        let world = GroupWorld()
        let member = try #require(world.joined(world.join())?.memberId)
        _ = world.sync(member, 1, [member: "x"])
        world.failure = .kafkaStorageError
        #expect(world.leave(member) == .kafkaStorageError)
        #expect(world.state() == "Stable")
        #expect(world.heartbeat(member, 1) == ErrorCode.none)
        world.failure = nil
        world.pass(10_001)
        #expect(
            world.state() == "Empty" && world.reloaded().state() == "Empty",
            "its session ends, and that is written"
        )
        let next = world.joined(world.join())
        #expect((next?.generationId ?? 0) > 2, "numbers of generations are not used twice")
    }

    @Test func aDeletionThatIsNotWrittenLeavesEverything() throws {
        let world = GroupWorld()
        let (leader, follower, generation) = try world.stablePair()
        #expect(world.commit(3, member: leader, generation: generation) == ErrorCode.none)
        #expect(world.leave(leader) == ErrorCode.none && world.leave(follower) == ErrorCode.none)
        world.failure = .kafkaStorageError
        #expect(world.delete("g") == .kafkaStorageError)
        #expect(world.offset()?.offset == 3 && world.state() == "Empty" && world.groupIds == ["g"])
        world.failure = nil
        #expect(world.delete("g") == ErrorCode.none && world.groupIds.isEmpty)
    }

    @Test func aStaticMemberWhoseReturnIsNotWrittenComesAgain() throws {
        let world = GroupWorld()
        let old = try #require(world.joined(world.join(instance: "i", version: 5))?.memberId)
        _ = world.sync(old, 1, [old: "mine"])
        world.failure = .kafkaStorageError
        #expect(world.joined(world.join(instance: "i", version: 5))?.errorCode == .kafkaStorageError)
        world.failure = nil
        let next = try #require(world.joined(world.join(instance: "i", version: 5)))
        #expect(next.errorCode == ErrorCode.none && next.memberId != old)
        let sync = world.sync(next.memberId, next.generationId, [next.memberId: "again"])
        #expect(world.synced(sync)?.assignment == ByteBuffer(string: "again"))
        #expect(world.reloaded().heartbeat(next.memberId, next.generationId, instance: "i") == ErrorCode.none)
    }

    @Test func anAssignmentLargerThanABatchFailsForItsGroupAlone() throws {
        let world = GroupWorld()
        let member = try #require(world.joined(world.join())?.memberId)
        world.isHeld = true
        let before = world.sendCommit(1, group: "other")
        let sync = world.sync(member, 1, [member: String(repeating: "x", count: 1 << 20)])
        let after = world.sendCommit(2, group: "other")
        #expect(world.code(sync) == .recordListTooLarge && world.state() == "PreparingRebalance")
        world.settle()
        #expect(world.code(before) == ErrorCode.none && world.code(after) == ErrorCode.none)
        #expect(world.offset("other")?.offset == 2)
    }

    @Test func aWriteThatTakesTooLongIsAnsweredAndMayComeYet() throws {
        let world = GroupWorld()
        world.isHeld = true
        let commit = world.sendCommit(4)
        world.pass(5000)
        #expect(world.code(commit) == .requestTimedOut && world.offset() == nil)
        world.settle()
        #expect(world.offset()?.offset == 4)
    }

    @Test func whoWaitsIsToldWhenTheShardIsGivenUpAndMembersGoOnWhenItIsTakenAgain() throws {
        let world = GroupWorld()
        let (leader, follower, generation) = try world.stablePair()
        let waiting = world.join(leader)
        let third = world.join()
        #expect(world.code(waiting) == nil && world.code(third) == nil)
        world.giveUp()
        #expect(world.code(waiting) == .notCoordinator && world.code(third) == .notCoordinator)
        #expect(world.heartbeat(follower, generation) == .notCoordinator)
        world.take()
        #expect(world.state() == "Stable")
        #expect(world.heartbeat(follower, generation) == ErrorCode.none)
        #expect(world.heartbeat(leader, generation) == ErrorCode.none)
    }

    @Test func expiryThatIsNotWrittenComesAgain() throws {
        let world = GroupWorld { $0.offsetsRetention = 1000 }
        #expect(world.commit(5) == ErrorCode.none)
        world.moment.wall.milliseconds += 1000
        world.failure = .kafkaStorageError
        world.expire()
        #expect(world.offset()?.offset == 5)
        world.failure = nil
        world.expire()
        #expect(world.offset() == nil && world.groupIds.isEmpty && world.reloaded().groupIds.isEmpty)
    }
}

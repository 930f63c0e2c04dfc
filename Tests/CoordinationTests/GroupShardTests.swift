import KafkaProtocol
import NIOCore
import Testing

@testable import Coordination

struct GroupShardTests {
    @Test func oneMemberJoinsSyncsAndBeats() throws {
        let world = GroupWorld()
        let token = world.join()
        let response = try #require(world.joined(token))
        #expect(
            response.errorCode == ErrorCode.none && response.generationId == 1 && response.leader == response.memberId
        )
        #expect(response.members.map(\.memberId) == [response.memberId] && response.protocolName == "range")
        let sync = world.sync(response.memberId, 1, [response.memberId: "mine"])
        #expect(world.synced(sync)?.assignment == ByteBuffer(string: "mine"))
        #expect(world.heartbeat(response.memberId, 1) == ErrorCode.none)
        #expect(world.heartbeat(response.memberId, 0) == .illegalGeneration)
        #expect(world.heartbeat("stranger", 1) == .unknownMemberId)
        #expect(world.log.count == 1, "the assignment is stored before it is answered")
    }

    @Test func theFirstGenerationWaitsForMore() throws {
        let world = GroupWorld { $0.initialRebalanceDelay = 3000 }
        let first = world.join()
        world.pass(2000)
        let second = world.join()
        world.pass(2999)
        #expect(world.joined(first) == nil, "the second member prolonged the wait")
        world.pass(2)
        #expect(world.joined(first)?.generationId == 1 && world.joined(second)?.generationId == 1)
        #expect(world.joined(first)?.members.count == 2)
    }

    @Test func aSecondMemberMakesEveryoneJoinAgain() throws {
        let world = GroupWorld()
        let first = world.join()
        let leader = try #require(world.joined(first)?.memberId)
        _ = world.sync(leader, 1, [leader: "x"])
        let second = world.join()
        #expect(world.joined(second) == nil)
        #expect(world.heartbeat(leader, 1) == .rebalanceInProgress)
        let again = world.join(leader)
        #expect(world.joined(second)?.generationId == 2 && world.joined(again)?.generationId == 2)
        #expect(world.joined(again)?.members.count == 2 && world.joined(second)?.members.isEmpty == true)
        let waiting = world.sync(try #require(world.joined(second)?.memberId), 2)
        #expect(world.synced(waiting) == nil)
        _ = world.sync(leader, 2, [leader: "A", try #require(world.joined(second)?.memberId): "B"])
        #expect(world.synced(waiting)?.assignment == ByteBuffer(string: "B"))
    }

    @Test func aMemberThatFallsSilentIsDropped() throws {
        let world = GroupWorld()
        let (leader, follower, generation) = try world.stablePair()
        for _ in 0..<3 {
            world.pass(4000)
            #expect(
                world.heartbeat(leader, generation)
                    == (world.reasons.contains(.sessionExpired(follower, afterMillis: 10_000))
                        ? .rebalanceInProgress : ErrorCode.none)
            )
        }
        #expect(world.reasons.contains(.sessionExpired(follower, afterMillis: 10_000)))
        let again = world.join(leader)
        #expect(world.joined(again)?.members.count == 1 && world.joined(again)?.generationId == generation + 1)
        #expect(world.heartbeat(follower, generation) == .unknownMemberId)
    }

    @Test func aMemberThatDoesNotComeBackEndsTheWaitOfOthers() throws {
        let world = GroupWorld()
        let (leader, follower, generation) = try world.stablePair()
        let third = world.join(rebalance: 60_000)
        let again = world.join(leader)
        for _ in 0..<5 {
            world.pass(9000)
            #expect(world.heartbeat(follower, generation) == .rebalanceInProgress, "it lives, but does not join")
        }
        world.pass(20_000)
        #expect(world.joined(again)?.members.count == 2 && world.joined(third)?.errorCode == ErrorCode.none)
    }

    @Test func leavingTriggersARebalanceAndTheLastOneEmptiesTheGroup() throws {
        let world = GroupWorld()
        let (leader, follower, generation) = try world.stablePair()
        #expect(world.leave(follower) == ErrorCode.none && world.leave(follower) == .unknownMemberId)
        #expect(world.heartbeat(leader, generation) == .rebalanceInProgress)
        #expect(world.leave(leader) == ErrorCode.none)
        #expect(world.state() == "Empty")
        #expect(world.reloaded().state() == "Empty")
    }

    @Test func badJoinsGetTheirCodes() throws {
        let world = GroupWorld { $0.maxSize = 1 }
        func code(_ token: CoordinatorToken) -> ErrorCode? { world.joined(token)?.errorCode }
        #expect(code(world.join(group: "")) == .invalidGroupId)
        #expect(code(world.join(session: 5999)) == .invalidSessionTimeout)
        #expect(code(world.join(session: 1_800_001)) == .invalidSessionTimeout)
        #expect(code(world.join(session: -1)) == .invalidSessionTimeout)
        #expect(code(world.join(protocols: [])) == .inconsistentGroupProtocol)
        #expect(code(world.join(type: "")) == .inconsistentGroupProtocol)
        #expect(code(world.join("unknown")) == .unknownMemberId)
        let asked = world.join(version: 4)
        #expect(code(asked) == .memberIdRequired)
        let member = try #require(world.joined(asked)?.memberId)
        #expect(code(world.join(member, version: 4)) == ErrorCode.none)
        #expect(code(world.join(member, protocols: ["other"])) == .inconsistentGroupProtocol)
        #expect(code(world.join()) == .groupMaxSizeReached)
    }

    @Test func memberIdsThatNobodyUsesAreForgotten() throws {
        let world = GroupWorld()
        let asked = world.join(version: 4)
        world.pass(10_001)
        let late = world.join(try #require(world.joined(asked)?.memberId), version: 4)
        #expect(world.joined(late)?.errorCode == .unknownMemberId)
    }

    @Test func aStaticMemberComesBackWithoutARebalance() throws {
        let world = GroupWorld()
        let first = world.join(instance: "i", version: 5)
        let old = try #require(world.joined(first)?.memberId)
        _ = world.sync(old, 1, [old: "mine"])
        let second = world.join(instance: "i", version: 9)
        let new = try #require(world.joined(second))
        #expect(new.errorCode == ErrorCode.none && new.generationId == 1 && new.memberId != old && new.skipAssignment)
        let sync = world.sync(new.memberId, 1)
        #expect(world.synced(sync)?.assignment == ByteBuffer(string: "mine"))
        #expect(world.heartbeat(old, 1, instance: "i") == .fencedInstanceId)
        #expect(world.reloaded().heartbeat(new.memberId, 1, instance: "i") == ErrorCode.none)
    }

    @Test func aStaticMemberThatJoinsByItsIdAloneStaysStatic() throws {
        let world = GroupWorld()
        let member = try #require(world.joined(world.join(instance: "i", version: 5))?.memberId)
        _ = world.sync(member, 1, [member: "x"])
        let again = world.join(member)
        #expect(world.joined(again)?.generationId == 2)
        #expect(world.heartbeat(member, 2, instance: "i") == ErrorCode.none)
        #expect(world.leave(member) == ErrorCode.none)
        let next = world.join(instance: "i", version: 5)
        #expect(world.joined(next)?.errorCode == ErrorCode.none, "nobody is left whose place it takes")
    }

    @Test func commitsAreCheckedStoredAndReloaded() throws {
        let world = GroupWorld()
        #expect(world.commit(5) == ErrorCode.none, "a group of its own, without members")
        #expect(world.commit(6, member: "x", generation: 3, group: "none") == .illegalGeneration)
        #expect(
            world.commit(1, group: "") == ErrorCode.none,
            "the group without a name has no members, but may have offsets"
        )
        #expect(world.commit(1, member: "m", generation: 1, group: "") != ErrorCode.none)
        let (leader, _, generation) = try world.stablePair()
        #expect(world.commit(7, member: leader, generation: generation) == ErrorCode.none)
        #expect(world.commit(8, member: leader, generation: generation - 1) == .illegalGeneration)
        #expect(world.commit(9) == .unknownMemberId, "an administrator may not commit under living members")
        let loaded = world.reloaded()
        #expect(loaded.offset()?.offset == 7)
        #expect(loaded.reader.describe("g", version: 5).members.count == 2)
        #expect(loaded.heartbeat(leader, generation) == ErrorCode.none, "members go on after the coordinator came back")
        loaded.pass(10_001)
        #expect(loaded.reader.describe("g", version: 5).groupState != "Stable", "their sessions run again")
    }

    @Test(arguments: [("x", 4096), ("ü", 4096), ("€", 4096), ("😀", 2048)])
    func metadataIsLimitedByUTF16Units(text: String, fits: Int) {
        let world = GroupWorld()
        let longest = String(repeating: text, count: fits)
        #expect(world.commit(1, metadata: longest) == ErrorCode.none)
        #expect(world.commit(2, metadata: longest + "x") == .offsetMetadataTooLarge)
        #expect(world.reloaded().offset()?.metadata == longest)
    }

    @Test func groupsWhoseNamesOnlyLookAlikeAreTwo() throws {
        let world = GroupWorld()
        let (one, two) = ("caf\u{e9}", "cafe\u{301}")
        try #require(one == two, "to Swift they are equal")
        #expect(world.commit(1, group: one) == ErrorCode.none && world.commit(2, group: two) == ErrorCode.none)
        for some in [world, world.reloaded()] {
            #expect(some.offset(one)?.offset == 1 && some.offset(two)?.offset == 2)
            #expect(some.groupIds.count == 2)
        }
        _ = world.join(instance: one, version: 5)
        let other = world.join(instance: two, version: 5)
        #expect(world.joined(other)?.errorCode != .fencedInstanceId)
        #expect(world.reasons.allSatisfy { if case .staticMemberReplaced = $0 { false } else { true } })
    }

    @Test func offsetsExpireWhenNobodyUsesThem() throws {
        let world = GroupWorld { $0.offsetsRetention = 1000 }
        #expect(world.commit(5) == ErrorCode.none)
        world.moment.wall.milliseconds += 999
        world.expire()
        #expect(world.offset() != nil)
        world.moment.wall.milliseconds += 1
        world.expire()
        #expect(world.offset() == nil && world.groupIds.isEmpty)
        #expect(world.reloaded().groupIds.isEmpty)
    }

    @Test func livingGroupsKeepTheirOffsets() throws {
        let world = GroupWorld { $0.offsetsRetention = 1000 }
        let (leader, follower, generation) = try world.stablePair()
        #expect(world.commit(7, member: leader, generation: generation) == ErrorCode.none)
        world.moment.wall.milliseconds += 1_000_000
        world.expire()
        #expect(world.offset() != nil)
        #expect(world.leave(leader) == ErrorCode.none && world.leave(follower) == ErrorCode.none)
        world.moment.wall.milliseconds += 999
        world.expire()
        #expect(world.offset() != nil, "the time counts from when the group became empty")
        world.moment.wall.milliseconds += 1
        world.expire()
        #expect(world.offset() == nil)
    }

    @Test func groupsAreDeletedOnlyWhenEmpty() throws {
        let world = GroupWorld()
        let (leader, follower, _) = try world.stablePair()
        #expect(world.delete("g") == .nonEmptyGroup)
        #expect(world.delete("other") == .groupIdNotFound)
        #expect(world.leave(leader) == ErrorCode.none && world.leave(follower) == ErrorCode.none)
        #expect(world.delete("g") == ErrorCode.none)
        #expect(world.reader.describe("g", version: 6).errorCode == .groupIdNotFound)
        #expect(world.reloaded().groupIds.isEmpty)
    }

    @Test func aGroupWhoseLastOffsetWasDeletedIsStillThereAndCanBeDeleted() throws {
        let world = GroupWorld()
        #expect(world.commit(7, group: "simple") == ErrorCode.none)
        #expect(world.deleteOffset(group: "simple") == ErrorCode.none)
        #expect(world.groupIds == ["simple"] && world.state("simple") == "Empty")
        #expect(world.deleteOffset(group: "simple") == ErrorCode.none)
        #expect(world.commit(8, group: "simple") == ErrorCode.none)
        #expect(world.deleteOffset(group: "simple") == ErrorCode.none)
        #expect(world.delete("simple") == ErrorCode.none)
        #expect(world.groupIds.isEmpty)
        #expect(world.delete("simple") == .groupIdNotFound)
        // Nothing is left of it for the next start, either.
        #expect(world.reloaded().groupIds.isEmpty)
    }

    @Test func anEmptyGroupThatWasNeverWrittenGoesWithTheNextExpiry() throws {
        let world = GroupWorld()
        #expect(world.commit(7, group: "simple") == ErrorCode.none)
        world.forget(["t"])
        #expect(world.groupIds.count == 1 && world.offset("simple") == nil)
        world.expire()
        #expect(world.groupIds.isEmpty)
    }

    @Test func offsetsOfTopicsThatMembersReadCannotBeDeleted() throws {
        let world = GroupWorld()
        let (leader, _, generation) = try world.stablePair()
        #expect(world.commit(1, member: leader, generation: generation) == ErrorCode.none)
        #expect(world.deleteOffset() == .nonEmptyGroup, "what the members subscribe to cannot be told")
        #expect(world.deleteOffset(group: "") == .invalidGroupId)
        #expect(world.deleteOffset(group: "other") == .groupIdNotFound)
        #expect(world.offset()?.offset == 1)
    }

    @Test func aRecordMaySayAnything() throws {
        let world = GroupWorld()
        #expect(world.commit(5) == ErrorCode.none)
        let partition = TopicPartition("t", 0)
        var unreadable = try CoordinatorRecord.tombstone(CommittedOffset.key("g", partition))
        unreadable.value = ByteBuffer(bytes: [0x7f, 0xff])
        let ancient = try CommittedOffset(offset: 6, commitTimestamp: .min).record(group: "old", partition)
        let end = world.log.last?.endOffset ?? 0
        let loaded = GroupWorld(
            log: world.log + [CoordinatorBatch(.records([unreadable, ancient]), endOffset: end + 2)]
        )
        #expect(loaded.offset()?.offset == 5 && loaded.offset("old")?.offset == 6)
        loaded.expire()
        #expect(loaded.groupIds == ["g"])
    }

    @Test func textsThatNoRecordCanHoldAreRefused() throws {
        let world = GroupWorld()
        let long = String(repeating: "x", count: 32_800)
        #expect(world.joined(world.join(instance: long, version: 5))?.errorCode == .invalidRequest)
        #expect(world.joined(world.join(group: long))?.errorCode == .invalidRequest)
        #expect(world.commit(1, group: long) == .invalidRequest)
        #expect(world.groupIds.isEmpty && world.log.isEmpty)
    }
}

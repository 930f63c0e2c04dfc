import KafkaProtocol
import NIOCore
import Testing

@testable import Coordination

/// A group shard with a clock of its own and a log in memory: what the shell does, without the shell.
final class GroupWorld {
    let shard: GroupShard
    var now: Int64 = 1_000_000
    var wall: Int64 = 1_700_000_000_000
    var log: [CoordinatorRecord] = []
    var joins: [ReplyToken: JoinGroupResponse] = [:]
    var syncs: [ReplyToken: SyncGroupResponse] = [:]
    var reasons: [GroupReason] = []
    var appendsFail = false
    private var token: ReplyToken = 0
    private var ids = 0

    init(_ change: (inout GroupConfig) -> Void = { _ in }) {
        var config = GroupConfig()
        config.initialRebalanceDelay = 0
        change(&config)
        shard = GroupShard(config: config)
    }

    func carryOut(_ effects: GroupEffects) {
        reasons += effects.reasons.map(\.reason)
        deliver(effects.replies)
        if appendsFail, !effects.records.isEmpty {
            return carryOut(shard.appendFailed(effects, code: .notCoordinator, now: now, wall: wall))
        }
        log += effects.records
        for record in effects.records { shard.replay(record, isLoading: false, now: now) }
        deliver(effects.committedReplies)
    }

    private func deliver(_ replies: [(ReplyToken, GroupReply)]) {
        for (token, reply) in replies {
            #expect(joins[token] == nil && syncs[token] == nil, "answered twice")
            switch reply {
            case .join(let response): joins[token] = response
            case .sync(let response): syncs[token] = response
            }
        }
    }

    /// Lets time pass, with every timer on the way.
    func pass(_ millis: Int64) {
        let end = now + millis
        while shard.nextDeadline <= end {
            let step = max(shard.nextDeadline, now)
            wall += step - now
            now = step
            carryOut(shard.tick(now: now, wall: wall))
            if shard.nextDeadline <= now { break }
        }
        wall += end - now
        now = end
    }

    func join(
        _ member: String = "",
        instance: String? = nil,
        session: Int32 = 10_000,
        rebalance: Int32 = 60_000,
        protocols: [String] = ["range"],
        type: String = "consumer",
        version: Int16 = 3,
        group: String = "g"
    ) -> ReplyToken {
        var request = JoinGroupRequest()
        request.groupId = group
        request.memberId = member
        request.groupInstanceId = instance
        request.sessionTimeoutMs = session
        request.rebalanceTimeoutMs = rebalance
        request.protocolType = type
        request.protocols = protocols.map { name in
            var row = JoinGroupRequest.JoinGroupRequestProtocol()
            row.name = name
            row.metadata = ByteBuffer(string: name)
            return row
        }
        token += 1
        ids += 1
        carryOut(
            shard.join(
                request,
                version: version,
                client: GroupClient(clientId: "c", host: "/h"),
                newMemberId: "m\(ids)",
                token: token,
                now: now,
                wall: wall
            )
        )
        return token
    }

    func sync(_ member: String, _ generation: Int32, _ assignments: [String: String] = [:]) -> ReplyToken {
        var request = SyncGroupRequest()
        request.groupId = "g"
        request.memberId = member
        request.generationId = generation
        request.assignments = assignments.sorted { $0.key < $1.key }.map { id, text in
            var row = SyncGroupRequest.SyncGroupRequestAssignment()
            row.memberId = id
            row.assignment = ByteBuffer(string: text)
            return row
        }
        token += 1
        carryOut(shard.sync(request, token: token, now: now))
        return token
    }

    func heartbeat(_ member: String, _ generation: Int32) -> ErrorCode {
        var request = HeartbeatRequest()
        request.groupId = "g"
        request.memberId = member
        request.generationId = generation
        return shard.heartbeat(request, now: now)
    }

    func leave(_ member: String) -> ErrorCode {
        var request = LeaveGroupRequest()
        request.groupId = "g"
        request.memberId = member
        let (response, effects) = shard.leave(request, version: 2, now: now, wall: wall)
        carryOut(effects)
        return response.errorCode
    }

    func commit(
        _ offset: Int64,
        member: String = "",
        generation: Int32 = -1,
        group: String = "g",
        topic: String = "t",
        metadata: String = ""
    ) -> ErrorCode {
        let problem = shard.commitProblem(
            group: group,
            memberId: member,
            instanceId: nil,
            generation: generation,
            version: 8,
            now: now
        )
        guard problem == .none else { return problem }
        var effects = GroupEffects()
        guard
            let record = shard.commit(
                group: group,
                TopicPartition(topic, 0),
                CommittedOffset(offset: offset, metadata: metadata, commitTimestamp: wall)
            )
        else {
            return .offsetMetadataTooLarge
        }
        effects.records = [record]
        carryOut(effects)
        return .none
    }

    /// A group of two stable members; the first leads.
    func stablePair() throws -> (leader: String, follower: String, generation: Int32) {
        let first = join()
        let leader = try #require(joins[first]?.memberId)
        _ = sync(leader, 1, [leader: "all"])
        let second = join()
        let again = join(leader)
        let generation = try #require(joins[again]?.generationId)
        let follower = try #require(joins[second]?.memberId)
        _ = sync(leader, generation, [leader: "A", follower: "B"])
        _ = sync(follower, generation)
        return (leader, follower, generation)
    }

    /// The shard that loads this one's log.
    func reloaded() -> GroupWorld {
        let other = GroupWorld()
        other.now = now
        other.wall = wall
        for record in log { other.shard.replay(record, isLoading: true, now: now) }
        return other
    }
}

struct GroupShardTests {
    @Test func oneMemberJoinsSyncsAndBeats() throws {
        let world = GroupWorld()
        let token = world.join()
        let response = try #require(world.joins[token])
        #expect(response.errorCode == .none && response.generationId == 1 && response.leader == response.memberId)
        #expect(response.members.map(\.memberId) == [response.memberId] && response.protocolName == "range")
        let sync = world.sync(response.memberId, 1, [response.memberId: "mine"])
        #expect(world.syncs[sync]?.assignment == ByteBuffer(string: "mine"))
        #expect(world.heartbeat(response.memberId, 1) == .none)
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
        #expect(world.joins[first] == nil, "the second member prolonged the wait")
        world.pass(2)
        #expect(world.joins[first]?.generationId == 1 && world.joins[second]?.generationId == 1)
        #expect(world.joins[first]?.members.count == 2)
    }

    @Test func aSecondMemberMakesEveryoneJoinAgain() throws {
        let world = GroupWorld()
        let first = world.join()
        let leader = try #require(world.joins[first]?.memberId)
        _ = world.sync(leader, 1, [leader: "x"])
        let second = world.join()
        #expect(world.joins[second] == nil)
        #expect(world.heartbeat(leader, 1) == .rebalanceInProgress)
        let again = world.join(leader)
        #expect(world.joins[second]?.generationId == 2 && world.joins[again]?.generationId == 2)
        #expect(world.joins[again]?.members.count == 2 && world.joins[second]?.members.isEmpty == true)
        let waiting = world.sync(try #require(world.joins[second]?.memberId), 2)
        #expect(world.syncs[waiting] == nil)
        _ = world.sync(leader, 2, [leader: "A", try #require(world.joins[second]?.memberId): "B"])
        #expect(world.syncs[waiting]?.assignment == ByteBuffer(string: "B"))
    }

    @Test func aMemberThatFallsSilentIsDropped() throws {
        let world = GroupWorld()
        let (leader, follower, generation) = try world.stablePair()
        for _ in 0..<3 {
            world.pass(4000)
            #expect(
                world.heartbeat(leader, generation)
                    == (world.reasons.contains(.sessionExpired(follower, afterMillis: 10_000))
                        ? .rebalanceInProgress : .none)
            )
        }
        #expect(world.reasons.contains(.sessionExpired(follower, afterMillis: 10_000)))
        let again = world.join(leader)
        #expect(world.joins[again]?.members.count == 1 && world.joins[again]?.generationId == generation + 1)
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
        #expect(world.joins[again]?.members.count == 2 && world.joins[third]?.errorCode == ErrorCode.none)
    }

    @Test func leavingTriggersARebalanceAndTheLastOneEmptiesTheGroup() throws {
        let world = GroupWorld()
        let (leader, follower, generation) = try world.stablePair()
        #expect(world.leave(follower) == .none && world.leave(follower) == .unknownMemberId)
        #expect(world.heartbeat(leader, generation) == .rebalanceInProgress)
        #expect(world.leave(leader) == .none)
        #expect(world.shard.describe("g", version: 5).groupState == "Empty")
        #expect(world.reloaded().shard.describe("g", version: 5).groupState == "Empty")
    }

    @Test func badJoinsGetTheirCodes() throws {
        let world = GroupWorld { $0.maxSize = 1 }
        func code(_ token: ReplyToken) -> ErrorCode? { world.joins[token]?.errorCode }
        #expect(code(world.join(group: "")) == .invalidGroupId)
        #expect(code(world.join(session: 5999)) == .invalidSessionTimeout)
        #expect(code(world.join(session: 1_800_001)) == .invalidSessionTimeout)
        #expect(code(world.join(session: -1)) == .invalidSessionTimeout)
        #expect(code(world.join(protocols: [])) == .inconsistentGroupProtocol)
        #expect(code(world.join(type: "")) == .inconsistentGroupProtocol)
        #expect(code(world.join("unknown")) == .unknownMemberId)
        let asked = world.join(version: 4)
        #expect(code(asked) == .memberIdRequired)
        let member = try #require(world.joins[asked]?.memberId)
        #expect(code(world.join(member, version: 4)) == ErrorCode.none)
        #expect(code(world.join(member, protocols: ["other"])) == .inconsistentGroupProtocol)
        #expect(code(world.join()) == .groupMaxSizeReached)
    }

    @Test func memberIdsThatNobodyUsesAreForgotten() throws {
        let world = GroupWorld()
        let asked = world.join(version: 4)
        world.pass(10_001)
        let late = world.join(try #require(world.joins[asked]?.memberId), version: 4)
        #expect(world.joins[late]?.errorCode == .unknownMemberId)
    }

    @Test func aStaticMemberComesBackWithoutARebalance() throws {
        let world = GroupWorld()
        let first = world.join(instance: "i", version: 5)
        let old = try #require(world.joins[first]?.memberId)
        _ = world.sync(old, 1, [old: "mine"])
        let second = world.join(instance: "i", version: 9)
        let new = try #require(world.joins[second])
        #expect(new.errorCode == .none && new.generationId == 1 && new.memberId != old && new.skipAssignment)
        let sync = world.sync(new.memberId, 1)
        #expect(world.syncs[sync]?.assignment == ByteBuffer(string: "mine"))
        var fenced = HeartbeatRequest()
        fenced.groupId = "g"
        fenced.memberId = old
        fenced.groupInstanceId = "i"
        fenced.generationId = 1
        #expect(world.shard.heartbeat(fenced, now: world.now) == .fencedInstanceId)
    }

    @Test func aFailedWriteTellsTheMembersAndStartsOver() throws {
        let world = GroupWorld()
        let token = world.join()
        let member = try #require(world.joins[token]?.memberId)
        world.appendsFail = true
        let sync = world.sync(member, 1, [member: "x"])
        #expect(world.syncs[sync]?.errorCode == .notCoordinator)
        #expect(world.heartbeat(member, 1) == .rebalanceInProgress)
        world.appendsFail = false
        let again = world.join(member)
        #expect(world.joins[again]?.generationId == 2)
    }

    @Test func commitsAreCheckedStoredAndReloaded() throws {
        let world = GroupWorld()
        #expect(world.commit(5) == .none, "a group of its own, without members")
        #expect(world.commit(6, member: "x", generation: 3, group: "none") == .illegalGeneration)
        #expect(world.commit(1, group: "") == .none, "the group without a name has no members, but may have offsets")
        #expect(world.commit(1, member: "m", generation: 1, group: "") != .none)
        let (leader, _, generation) = try world.stablePair()
        #expect(world.commit(7, member: leader, generation: generation) == .none)
        #expect(world.commit(8, member: leader, generation: generation - 1) == .illegalGeneration)
        #expect(world.commit(9) == .unknownMemberId, "an administrator may not commit under living members")
        let loaded = world.reloaded()
        #expect(loaded.shard.committed(group: "g")[TopicPartition("t", 0)]?.offset == 7)
        #expect(loaded.shard.describe("g", version: 5).members.count == 2)
        #expect(loaded.heartbeat(leader, generation) == .none, "members go on after the coordinator came back")
        loaded.pass(10_001)
        #expect(loaded.shard.describe("g", version: 5).groupState != "Stable", "their sessions run again")
    }

    @Test(arguments: [("x", 4096), ("ü", 4096), ("€", 4096), ("😀", 2048)])
    func metadataIsLimitedByUTF16Units(text: String, fits: Int) {
        let world = GroupWorld()
        let longest = String(repeating: text, count: fits)
        #expect(world.commit(1, metadata: longest) == .none)
        #expect(world.commit(2, metadata: longest + "x") == .offsetMetadataTooLarge)
        #expect(world.reloaded().shard.committed(group: "g")[TopicPartition("t", 0)]?.metadata == longest)
    }

    @Test func groupsWhoseNamesOnlyLookAlikeAreTwo() throws {
        let world = GroupWorld()
        let (one, two) = ("caf\u{e9}", "cafe\u{301}")
        try #require(one == two, "to Swift they are equal")
        #expect(world.commit(1, group: one) == .none && world.commit(2, group: two) == .none)
        for shard in [world.shard, world.reloaded().shard] {
            #expect(shard.committed(group: one)[TopicPartition("t", 0)]?.offset == 1)
            #expect(shard.committed(group: two)[TopicPartition("t", 0)]?.offset == 2)
            #expect(shard.groupCount == 2 && shard.list(states: [], types: []).count == 2)
        }
        _ = world.join(instance: one, version: 5)
        let other = world.join(instance: two, version: 5)
        #expect(world.joins[other]?.errorCode != .fencedInstanceId)
        #expect(world.reasons.allSatisfy { if case .staticMemberReplaced = $0 { false } else { true } })
    }

    @Test func offsetsExpireWhenNobodyUsesThem() throws {
        let world = GroupWorld { $0.offsetsRetention = 1000 }
        #expect(world.commit(5) == .none)
        world.wall += 999
        world.carryOut(world.shard.expire(wall: world.wall))
        #expect(world.shard.committed(group: "g").count == 1)
        world.wall += 1
        world.carryOut(world.shard.expire(wall: world.wall))
        #expect(world.shard.committed(group: "g").isEmpty && world.shard.groupCount == 0)
        #expect(world.reloaded().shard.groupCount == 0)
    }

    @Test func livingGroupsKeepTheirOffsets() throws {
        let world = GroupWorld { $0.offsetsRetention = 1000 }
        let (leader, follower, generation) = try world.stablePair()
        #expect(world.commit(7, member: leader, generation: generation) == .none)
        world.wall += 1_000_000
        world.carryOut(world.shard.expire(wall: world.wall))
        #expect(world.shard.committed(group: "g").count == 1)
        #expect(world.leave(leader) == .none && world.leave(follower) == .none)
        world.wall += 999
        world.carryOut(world.shard.expire(wall: world.wall))
        #expect(world.shard.committed(group: "g").count == 1, "the time counts from when the group became empty")
        world.wall += 1
        world.carryOut(world.shard.expire(wall: world.wall))
        #expect(world.shard.committed(group: "g").isEmpty)
    }

    @Test func groupsAreDeletedOnlyWhenEmpty() throws {
        let world = GroupWorld()
        let (leader, follower, _) = try world.stablePair()
        var effects = GroupEffects()
        #expect(world.shard.delete("g", &effects) == .nonEmptyGroup)
        #expect(world.shard.delete("other", &effects) == .groupIdNotFound)
        #expect(world.leave(leader) == .none && world.leave(follower) == .none)
        #expect(world.shard.delete("g", &effects) == .none)
        world.carryOut(effects)
        #expect(world.shard.describe("g", version: 6).errorCode == .groupIdNotFound)
    }

    @Test func aGroupWhoseLastOffsetWasDeletedIsStillThereAndCanBeDeleted() throws {
        let world = GroupWorld()
        #expect(world.commit(7, group: "simple") == .none)
        func deleteOffset() -> ErrorCode? {
            let (code, results, records) = world.shard.deleteOffsets(group: "simple", [TopicPartition("t", 0)])
            var effects = GroupEffects()
            effects.records = records
            world.carryOut(effects)
            return code == .none ? results.values.first : code
        }
        #expect(deleteOffset() == ErrorCode.none)
        #expect(world.shard.list(states: [], types: []).map(\.groupId) == ["simple"])
        #expect(world.shard.describe("simple", version: 6).groupState == "Empty")
        #expect(deleteOffset() == ErrorCode.none)
        #expect(world.commit(8, group: "simple") == .none && deleteOffset() == ErrorCode.none)
        var effects = GroupEffects()
        #expect(world.shard.delete("simple", &effects) == .none)
        world.carryOut(effects)
        #expect(world.shard.list(states: [], types: []).isEmpty)
        #expect(world.shard.delete("simple", &effects) == .groupIdNotFound)
        // Nothing is left of it for the next start, either.
        #expect(world.reloaded().shard.list(states: [], types: []).isEmpty)
    }

    @Test func anEmptyGroupThatWasNeverWrittenGoesWithTheNextExpiry() throws {
        let world = GroupWorld()
        #expect(world.commit(7, group: "simple") == .none)
        var effects = GroupEffects()
        effects.records = world.shard.forget(topics: ["t"])
        world.carryOut(effects)
        #expect(world.shard.list(states: [], types: []).count == 1)
        world.carryOut(world.shard.expire(wall: world.wall))
        #expect(world.shard.list(states: [], types: []).isEmpty)
    }

    @Test func transactionalOffsetsCountWhenTheTransactionCommits() throws {
        let world = GroupWorld()
        let record = try CommittedOffset(offset: 9, commitTimestamp: 1).record(group: "g", TopicPartition("t", 0))
        world.shard.replay(record, producerId: 4, isLoading: true, now: 0)
        #expect(
            world.shard.committed(group: "g").isEmpty
                && world.shard.hasPendingTransaction(group: "g", TopicPartition("t", 0))
        )
        world.shard.endTransaction(producerId: 4, isCommit: false)
        #expect(world.shard.committed(group: "g").isEmpty)
        world.shard.replay(record, producerId: 4, isLoading: true, now: 0)
        world.shard.endTransaction(producerId: 4, isCommit: true)
        #expect(world.shard.committed(group: "g")[TopicPartition("t", 0)]?.offset == 9)
    }

    @Test func anySequenceOfEventsKeepsOneGenerationPerMemberAndAnswersOnce() throws {
        for seed in 0..<200 as Range<UInt64> {
            var state = seed &* 0x9e37_79b9_7f4a_7c15 | 1
            func next(_ bound: Int) -> Int {
                state ^= state << 13
                state ^= state >> 7
                state ^= state << 17
                return Int(state % UInt64(bound))
            }
            let world = GroupWorld()
            var known: [String] = []
            for _ in 0..<60 {
                let member = known.isEmpty ? "" : known[next(known.count)]
                let generation = Int32(next(6))
                switch next(7) {
                case 0: if let id = world.joins[world.join()]?.memberId { known.append(id) }
                case 1: _ = world.join(member)
                case 2: _ = world.sync(member, generation, [member: "x"])
                case 3: _ = world.heartbeat(member, generation)
                case 4: _ = world.leave(member)
                case 5: world.appendsFail = next(8) == 0
                default: world.pass(Int64(next(12_000)))
                }
                known += world.joins.values.map(\.memberId).filter { !$0.isEmpty && !known.contains($0) }
            }
            world.pass(400_000)
            let group = world.shard.describe("g", version: 5)
            #expect(
                ["Empty", "Dead"].contains(group.groupState),
                "seed \(seed): \(group.groupState) after everyone fell silent"
            )
        }
    }
}

import KafkaProtocol
import Testing

@testable import Coordination

/// Expiry and deleted topics may concern more offsets than one batch holds.
struct GroupCleaningTests {
    /// 60 groups with an offset each, of which a batch holds about ten.
    private func world() -> GroupWorld {
        let world = GroupWorld(batchBytes: 800) { $0.offsetsRetention = 60_000 }
        for index in 0..<60 { #expect(world.commit(Int64(index), group: "group \(index)") == ErrorCode.none) }
        return world
    }

    private func batches(_ world: GroupWorld, from count: Int) -> Int { world.log.count - count }

    @Test func whatExpiresTogetherIsWrittenInAsManyBatchesAsItTakes() {
        let world = world()
        let before = world.log.count
        world.pass(60_000)
        world.expire()
        #expect(world.groupIds.isEmpty)
        #expect(batches(world, from: before) >= 10)
        #expect(world.reloaded().groupIds.isEmpty)
    }

    @Test func offsetsOfADeletedTopicGoInAsManyBatchesAsItTakes() {
        let world = world()
        let before = world.log.count
        world.forget(["t"])
        for index in 0..<60 { #expect(world.offset("group \(index)") == nil) }
        #expect(batches(world, from: before) >= 5)
    }

    @Test func whatCouldNotBeWrittenExpiresTheNextTime() {
        let world = world()
        world.pass(60_000)
        world.isHeld = true
        world.expire()
        world.write()
        world.write()
        world.failure = .kafkaStorageError
        world.write()
        world.failure = nil
        world.settle()
        let left = world.groupIds.count
        #expect(left > 20 && left < 60, "\(left) are left")
        #expect(world.reloaded().groupIds.count == left)
        world.isHeld = false
        world.expire()
        #expect(world.groupIds.isEmpty)
    }

    @Test func aCommitInBetweenIsNotLost() {
        let world = world()
        world.pass(60_000)
        world.isHeld = true
        world.expire()
        let commit = world.sendCommit(99, group: "group 59")
        world.settle()
        #expect(world.code(commit) == ErrorCode.none)
        #expect(world.groupIds == ["group 59"] && world.offset("group 59")?.offset == 99)
        #expect(world.reloaded().offset("group 59")?.offset == 99)
    }

    /// A request of a client is written as a whole, or refused.
    @Test func aCommitThatFitsIntoNoBatchIsRefusedWhole() {
        let world = GroupWorld(batchBytes: 800)
        var commit = GroupCommit(group: "g", version: 8)
        commit.offsets = (0..<40).map { GroupCommit.Offset(TopicPartition("t", $0), offset: 5, metadata: "") }
        #expect(world.code(world.send(.commit(commit))) == .recordListTooLarge)
        #expect(world.log.isEmpty && world.reader.committedOffsets(group: "g").isEmpty)
        commit.offsets.removeLast(35)
        #expect(world.code(world.send(.commit(commit))) == ErrorCode.none)
        #expect(world.reader.committedOffsets(group: "g").count == 5)
    }
}

import KafkaProtocol
import Testing

@testable import Replication

/// A leader has deleted all that a follower has: whether that was the same it does not know any more.
struct LeaderStartTests {
    /// A follower of node 1 in leader epoch 3, whose records are older.
    private func follower(start: Int64 = 0, lastEpoch: LeaderEpoch = 1) -> Replica {
        var replica = Replica(
            nodeId: 2,
            log: LogPosition(start: start, end: 10, durableEnd: 10, lastEpoch: lastEpoch),
            highWatermark: start,
            settings: ReplicaSettings()
        )
        follow(&replica, epoch: 3)
        return replica
    }

    private func follow(_ replica: inout Replica, epoch: LeaderEpoch) {
        let metadata = ReplicaMetadata(
            leader: 1,
            leaderEpoch: epoch,
            partitionEpoch: epoch.rawValue,
            isr: [1],
            replicas: [ReplicaMember(1), ReplicaMember(2)]
        )
        _ = replica.metadataChanged(metadata, now: MonotonicTime(milliseconds: 0))
    }

    private func change(_ replica: inout Replica, epoch: LeaderEpoch, leaderStart: Int64) -> LogChange? {
        let effects = replica.leaderBegins(epoch: epoch, at: leaderStart)
        return effects?.logChange
    }

    @Test(arguments: [10, 15] as [Int64]) func whatItHasBeginsAnewThere(_ leaderStart: Int64) {
        var replica = follower()
        #expect(change(&replica, epoch: 3, leaderStart: leaderStart) == .restart(at: leaderStart))
        #expect(change(&replica, epoch: 3, leaderStart: leaderStart) == nil, "the log is being changed")
        let accepts = replica.accepts(epoch: 3, offset: 10)
        #expect(!accepts)
        let empty = LogPosition(start: leaderStart, end: leaderStart, durableEnd: leaderStart, lastEpoch: nil)
        let effects = replica.truncated(empty)
        #expect(effects.fetch?.offset == leaderStart)
        #expect(change(&replica, epoch: 3, leaderStart: leaderStart) == nil)
    }

    @Test func whatTheLeaderHasComparedStays() {
        var replica = follower()
        #expect(change(&replica, epoch: 3, leaderStart: 9) == nil, "it has some of it")
        #expect(change(&replica, epoch: 3, leaderStart: 10) == nil, "it has deleted it since")
        follow(&replica, epoch: 4)
        #expect(change(&replica, epoch: 3, leaderStart: 10) == nil, "an answer to an earlier question")
        #expect(change(&replica, epoch: 4, leaderStart: 10) == .restart(at: 10), "another leader")
    }

    @Test func whatOnlyThisLeaderCanHaveWrittenStays() {
        var replica = follower(lastEpoch: 3)
        #expect(change(&replica, epoch: 3, leaderStart: 10) == nil)
        var empty = follower(start: 10)
        #expect(change(&empty, epoch: 3, leaderStart: 10) == nil)
    }
}

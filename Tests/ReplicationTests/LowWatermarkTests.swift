import KafkaProtocol
import Testing

@testable import Replication

/// What lies below has been deleted by all who may lead next.
struct LowWatermarkTests {
    private func leader(isr: [NodeId]) -> Replica {
        var replica = Replica(
            nodeId: 1,
            log: LogPosition(start: 0, end: 10, durableEnd: 10, lastEpoch: 1),
            highWatermark: 10,
            settings: ReplicaSettings()
        )
        _ = replica.metadataChanged(metadata(isr: isr, partitionEpoch: 1), now: MonotonicTime(milliseconds: 0))
        return replica
    }

    private func metadata(isr: [NodeId], partitionEpoch: Int32, epochOfTwo: Int64 = 5) -> ReplicaMetadata {
        ReplicaMetadata(
            leader: 1,
            leaderEpoch: 2,
            partitionEpoch: partitionEpoch,
            isr: isr,
            replicas: [ReplicaMember(1), ReplicaMember(2, brokerEpoch: epochOfTwo), ReplicaMember(3)]
        )
    }

    private func fetch(_ id: NodeId, logStart: Int64, _ replica: inout Replica) {
        var effects = ReplicaEffects()
        let fetch = FollowerFetch(
            id: id,
            brokerEpoch: -1,
            leaderEpoch: 2,
            offset: 10,
            now: MonotonicTime(milliseconds: 1),
            logStart: logStart
        )
        #expect(replica.followerFetched(fetch, &effects) == nil)
    }

    @Test func itWaitsForAllInSyncAndForNobodyElse() {
        var replica = leader(isr: [1, 2])
        replica.logStartMoved(to: 7)
        #expect(replica.lowWatermark == -1, "nothing is known of 2 yet")
        fetch(2, logStart: 3, &replica)
        #expect(replica.lowWatermark == 3)
        fetch(2, logStart: 7, &replica)
        #expect(replica.lowWatermark == 7, "3 is not in sync")
        // One that is being taken in may lead next.
        fetch(3, logStart: 4, &replica)
        #expect(replica.maximalIsr == [1, 2, 3] && replica.lowWatermark == 4)
        fetch(3, logStart: 9, &replica)
        #expect(replica.lowWatermark == 7, "this log has the others still")
    }

    @Test func anotherIncarnationHasToTellAnew() {
        var replica = leader(isr: [1, 2])
        fetch(2, logStart: 0, &replica)
        #expect(replica.lowWatermark == 0)
        let now = MonotonicTime(milliseconds: 2)
        _ = replica.metadataChanged(metadata(isr: [1, 2], partitionEpoch: 1, epochOfTwo: 9), now: now)
        #expect(replica.lowWatermark == -1)
        _ = replica.metadataChanged(metadata(isr: [1], partitionEpoch: 2, epochOfTwo: 9), now: now)
        #expect(replica.lowWatermark == 0)
    }

    /// Simulated seed 3027 of three nodes: a deletion was acknowledged, the power of all failed, and a follower that took over had the records
    /// again.
    @Test func aFollowerSaysWhereItsLogBeginsOnceACrashKeepsThat() {
        var replica = Replica(
            nodeId: 2,
            log: LogPosition(start: 0, end: 10, durableEnd: 10, lastEpoch: 1),
            highWatermark: 10,
            settings: ReplicaSettings()
        )
        _ = replica.metadataChanged(metadata(isr: [1, 2], partitionEpoch: 1), now: MonotonicTime(milliseconds: 0))
        let answer = LeaderAnswer(epoch: 2, highWatermark: 10, logStart: 7)
        #expect(replica.leaderAnswered(answer).logChange == .deletePrefix(before: 7))
        replica.logStartMoved(to: 7)
        #expect(replica.fetchPosition?.logStart == 0)
        // A checkpoint that was begun before says less.
        replica.logStartIsDurable(4)
        #expect(replica.fetchPosition?.logStart == 4)
        #expect(replica.leaderAnswered(answer).logChange == .deletePrefix(before: 7), "it is still asked for")
        replica.logStartIsDurable(7)
        #expect(replica.fetchPosition?.logStart == 7)
        #expect(replica.leaderAnswered(answer).logChange == nil)
    }
}

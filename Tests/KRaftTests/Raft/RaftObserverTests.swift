import KafkaProtocol
import Testing

@testable import KRaft

/// What a leader remembers of those who fetch without a vote.
struct RaftObserverTests {
    private func leader(_ change: (inout RaftOptions) -> Void = { _ in }) -> RaftReplica {
        var options = RaftOptions(own: RaftSimulation.voter(1), clusterId: "c")
        change(&options)
        let disk = RaftDisk(voters: VoterHistory(configured: RaftVoterSet([options.own])))
        var replica = RaftReplica(options, disk: disk, now: MonotonicTime(milliseconds: 0), random: 4)
        _ = replica.handle(.tick, now: MonotonicTime(milliseconds: 0), random: 4)
        while replica.doneTicket < replica.lastTicket {
            _ = replica.handle(.diskDone(replica.lastTicket), now: MonotonicTime(milliseconds: 0), random: 4)
        }
        return replica
    }

    private func fetch(_ replica: inout RaftReplica, _ id: Int32, at time: Int64) -> RaftEffects {
        let request = RaftRequest.Fetch(
            clusterId: "c",
            replica: ReplicaKey(NodeId(id), KafkaUUID(high: 3, low: UInt64(bitPattern: Int64(id)))),
            epoch: replica.election.epoch,
            offset: replica.log.endOffset,
            lastFetchedEpoch: replica.log.lastEpoch,
            highWatermark: replica.highWatermark,
            maxWaitMillis: 500
        )
        return replica.handle(
            .received(RaftMessage(.node(NodeId(id)), UInt64(time), .request(.fetch(request)))),
            now: MonotonicTime(milliseconds: time),
            random: 4
        )
    }

    @Test func whoFetchesNoMoreIsForgottenAfterFiveMinutes() throws {
        var replica = leader()
        #expect(replica.isLeader && replica.wakeUp == .never)
        #expect(fetch(&replica, 5, at: 1000).messages.isEmpty, "it waits for news")
        #expect(fetch(&replica, 6, at: 2000).messages.count == 1, "the first one has waited long enough")
        #expect(replica.wakeUp == MonotonicTime(milliseconds: 2500))
        _ = replica.handle(.tick, now: replica.wakeUp, random: 4)
        #expect(replica.wakeUp == MonotonicTime(milliseconds: 301_000))
        _ = replica.handle(.tick, now: replica.wakeUp, random: 4)
        #expect(replica.leader?.sortedIds == [6])
        _ = replica.handle(.tick, now: replica.wakeUp, random: 4)
        #expect(replica.leader?.sortedIds == [] && replica.wakeUp == .never)
    }

    @Test func idsThatSomeoneMakesUpAreServedButNotRemembered() {
        var replica = leader { $0.replicasRemembered = 5 }
        for id in 10..<100 as Range<Int32> {
            let answers = fetch(&replica, id, at: 1000).messages
            #expect(answers.count == (id < 15 ? 0 : 1), "\(id)")
        }
        #expect(replica.leader?.sortedIds == [10, 11, 12, 13, 14])
        #expect(fetch(&replica, 12, at: 1100).messages.count == 1, "its earlier fetch is answered")
    }

    @Test func whoeverOnlyReadsIsNoReplica() {
        var replica = leader()
        #expect(fetch(&replica, -1, at: 1000).messages.count == 1)
        #expect(replica.leader?.sortedIds == [])
    }

    @Test func votersAreRememberedHoweverManyOthersThereAre() {
        var options = RaftOptions(own: RaftSimulation.voter(1), clusterId: "c")
        options.replicasRemembered = 1
        let set = RaftVoterSet([1, 2, 3].map { RaftSimulation.voter($0) })
        let disk = RaftDisk(election: ElectionState(epoch: 1), voters: VoterHistory(configured: set))
        var replica = RaftReplica(options, disk: disk, now: MonotonicTime(milliseconds: 0), random: 4)
        replica.become(
            .leader(Leader(epochStart: 0, firstOffset: 0, granted: [1, 2])),
            ElectionState(epoch: 1, leader: 1, voted: options.own.key),
            .votesGranted([1, 2])
        )
        for id in [2, 3, 4, 5] as [Int32] {
            let key = id < 4 ? RaftSimulation.voter(NodeId(id)).key : ReplicaKey(NodeId(id))
            let request = RaftRequest.Fetch(
                clusterId: "c",
                replica: key,
                epoch: 1,
                offset: 0,
                lastFetchedEpoch: 0,
                highWatermark: 0,
                maxWaitMillis: 500
            )
            _ = replica.handle(
                .received(RaftMessage(.node(NodeId(id)), 1, .request(.fetch(request)))),
                now: MonotonicTime(milliseconds: 10),
                random: 4
            )
        }
        #expect(replica.leader?.sortedIds == [2, 3])
    }
}

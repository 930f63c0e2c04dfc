import KafkaProtocol
import Testing

@testable import KRaft

/// What a replica knows of peers that belong to another cluster.
struct StrangerTests {
    private func follower() -> RaftReplica {
        let disk = RaftDisk(
            election: ElectionState(epoch: 1, leader: 2),
            log: RaftLog(endOffset: 0, epochs: []),
            voters: VoterHistory(configured: RaftVoterSet((1...3).map { RaftSimulation.voter(NodeId($0)) }))
        )
        let options = RaftOptions(own: RaftSimulation.voter(1), clusterId: "ours")
        return RaftReplica(options, disk: disk, now: MonotonicTime(milliseconds: 0), random: 4)
    }

    private func answer(_ replica: inout RaftReplica, from peer: RaftPeer, _ error: ErrorCode) -> [RaftNotice] {
        let answer = RaftAnswer.Fetch(error: error, hint: LeaderHint(epoch: 0, leader: nil, endpoints: []))
        let message = RaftMessage(peer, 99, .answer(.fetch(answer)))
        return replica.handle(.received(message), now: MonotonicTime(milliseconds: 1), random: 4).notices
    }

    @Test func aPeerOfAnotherClusterIsToldOfOnce() {
        var replica = follower()
        #expect(answer(&replica, from: .node(2), .inconsistentClusterId) == [.ignored(.node(2), .otherCluster)])
        #expect(answer(&replica, from: .node(2), .inconsistentClusterId).isEmpty)
        #expect(
            answer(&replica, from: .bootstrap(0), .inconsistentClusterId) == [.ignored(.bootstrap(0), .otherCluster)]
        )
        #expect(replica.strangers == [.node(2), .bootstrap(0)])
    }

    @Test func whoAnswersAsOneOfOursIsNone() {
        var replica = follower()
        _ = answer(&replica, from: .node(2), .inconsistentClusterId)
        _ = answer(&replica, from: .node(2), .notLeaderOrFollower)
        #expect(replica.strangers.isEmpty)
        #expect(answer(&replica, from: .node(2), .inconsistentClusterId) == [.ignored(.node(2), .otherCluster)])
    }
}

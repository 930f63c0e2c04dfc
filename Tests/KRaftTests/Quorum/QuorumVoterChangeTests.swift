import KafkaProtocol
import LogStorage
import NIOCore
import Testing
import World

@testable import KRaft

/// Voters come and go while the quorum works (KIP-853).
struct QuorumVoterChangeTests {
    private func ask(_ cluster: QuorumCluster, _ request: RaftRequest) throws {
        let leader = try #require(cluster.leader)
        let message = RaftMessage(.connection(1), 1, .request(request))
        try cluster.process(leader).inbox.post(.message(message, bytes: ByteBuffer()))
        try cluster.turn(leader)
    }

    private func voters(_ cluster: QuorumCluster) throws -> [[Int32]] {
        try cluster.members.indices.map { try cluster.process($0).quorum.status.voters }
    }

    @Test func anObserverBecomesVoterAndTheLeaderGoes() throws {
        let cluster = QuorumCluster(seed: 21, members: 4, isDynamic: true)
        try cluster.startAll()
        try cluster.run("someone leads") { cluster.leader != nil }
        try cluster.agree()
        #expect(try voters(cluster).allSatisfy { $0 == [0, 1, 2] })
        let added = QuorumCluster.voter(3)
        try ask(
            cluster,
            .addVoter(.init(clusterId: "c", voter: added, timeoutMillis: 5000, acknowledgesWhenCommitted: true))
        )
        try cluster.run("the tool is answered") { !cluster.toTools.isEmpty }
        #expect(cluster.toTools.map(\.body) == [.answer(.addVoter(.none, nil))])
        try cluster.agree()
        #expect(try voters(cluster).allSatisfy { $0 == [0, 1, 2, 3] })
        let old = try #require(cluster.leader)
        try ask(cluster, .removeVoter(.init(clusterId: "c", voter: QuorumCluster.voter(old).key)))
        try cluster.run("another leads") { cluster.leader.map { $0 != old } ?? false }
        try cluster.agree()
        let left = [0, 1, 2, 3].filter { $0 != Int32(old) }
        #expect(try voters(cluster).allSatisfy { $0 == left })
        // All of it is in the log: after a crash of all it is as it was.
        for index in cluster.members.indices { cluster.crash(index) }
        try cluster.startAll()
        try cluster.agree()
        #expect(try voters(cluster).allSatisfy { $0 == left })
    }

    @Test func voterSetReachesANewNodeByASnapshot() throws {
        let cluster = QuorumCluster(seed: 22, members: 4, isDynamic: true) { $0.bytesBetweenSnapshots = 500 }
        for index in 0..<3 { try cluster.start(index) }
        try cluster.run("someone leads") { cluster.leader != nil }
        for _ in 0..<40 {
            try cluster.propose()
            try cluster.run(milliseconds: 20)
        }
        try cluster.start(3)
        try cluster.run("a snapshot is heard") { cluster.members[3].process?.snapshotsHeard.isEmpty == false }
        try cluster.agree()
        let status = try cluster.process(3).quorum.status
        #expect(status.voters == [0, 1, 2] && status.kraftVersion == 1)
    }
}

import Foundation
import KafkaProtocol
import LogStorage
import NIOCore
import Synchronization
import TestSupport
import Testing
import World

@testable import KRaft

/// Quorums of several nodes, with their files: what the machine proves by itself, the shell has to keep.
struct QuorumClusterTests {
    @Test func threeNodesElectOneAndHearTheSame() throws {
        let cluster = QuorumCluster(seed: 1)
        try cluster.startAll()
        try cluster.run("someone leads") { cluster.leader != nil }
        for _ in 0..<10 {
            try cluster.propose(2)
            try cluster.run(milliseconds: 20)
        }
        try cluster.agree()
        #expect(cluster.ledger.count == 21)
        #expect(cluster.leaders.count == 1, "a healthy quorum has one election")
        let leader = try #require(cluster.leader)
        for index in cluster.members.indices {
            let status = try cluster.process(index).quorum.status
            #expect(status.leaderId == Int32(leader) && status.voters == [0, 1, 2])
        }
    }

    @Test func theLeaderKnowsHowFarTheOthersAre() throws {
        let cluster = QuorumCluster(seed: 11, members: 4)
        cluster.voters = 3
        for index in 0..<3 { try cluster.start(index) }
        try cluster.run("someone leads") { cluster.leader != nil }
        let leader = try #require(cluster.leader)
        let silent = try #require((0..<3).first { $0 != leader })
        cluster.members[silent].isCutOff = true
        try cluster.start(3)
        try cluster.propose(3)
        try cluster.run(milliseconds: 3000)
        let now = MonotonicTime(nanoseconds: cluster.now)
        let known = try cluster.process(leader).quorum.replicas(at: now)
        #expect(known.map(\.key.id) == [0, 1, 2, 3] && known.map(\.isVoter) == [true, true, true, false])
        let end = try cluster.process(leader).quorum.status.logEndOffset
        for replica in known {
            let isBehind = replica.key.id == NodeId(Int32(silent))
            #expect((replica.endOffset == end) == !isBehind, "\(replica)")
            let idle = replica.lastFetch.map { now.milliseconds(since: $0) } ?? .max
            #expect((idle < 1000) == !isBehind && (replica.lastCaughtUp != nil || isBehind), "\(replica)")
        }
        let follower = try #require((0..<3).first { $0 != leader && $0 != silent })
        #expect(try cluster.process(follower).quorum.replicas(at: now).isEmpty, "only the leader knows")
        #expect(try cluster.process(follower).quorum.status.leaderEndpoints == QuorumCluster.voter(leader).endpoints)
    }

    @Test func theSameSeedGivesTheSameStory() throws {
        func story() throws -> [String] {
            let cluster = QuorumCluster(seed: 7)
            try Self.disturb(cluster)
            return cluster.log + cluster.ledger
        }
        let first = try story()
        #expect(try story() == first)
    }

    @Test func nobodyLeadsWithoutAMajority() throws {
        let cluster = QuorumCluster(seed: 2)
        try cluster.start(0)
        try cluster.run(milliseconds: 10_000)
        #expect(cluster.leaders.isEmpty)
        #expect(try cluster.process(0).quorum.status.leaderEpoch == 0, "pre-votes raise no epoch")
        try cluster.agree()
    }

    @Test func aLeaderThatIsCutOffStepsDownAndWhatItAppendedGoes() throws {
        let cluster = QuorumCluster(seed: 3)
        try cluster.startAll()
        try cluster.run("someone leads") { cluster.leader != nil }
        try cluster.propose()
        try cluster.run(milliseconds: 50)
        let old = try #require(cluster.leader)
        cluster.members[old].isCutOff = true
        try cluster.propose(3)
        try cluster.run("another leads") { cluster.leader.map { $0 != old } ?? false }
        try cluster.run("the old leader has noticed") { cluster.members[old].process?.leading == nil }
        try cluster.propose()
        try cluster.agree()
        #expect(
            !cluster.ledger.contains { $0.hasPrefix("value 2.") },
            "what only the old leader had was never committed"
        )
    }

    @Test func aLeaderThatStopsInOrderIsFollowedAtOnce() throws {
        let cluster = QuorumCluster(seed: 4)
        try cluster.startAll()
        try cluster.run("someone leads") { cluster.leader != nil }
        try cluster.propose()
        try cluster.run(milliseconds: 100)
        let old = try #require(cluster.leader)
        let before = cluster.now
        try cluster.process(old).quorum.close()
        for (message, bytes) in try cluster.process(old).transport.takeAll() {
            guard case .node(let id) = message.peer else { continue }
            var told = message
            told.peer = .node(NodeId(Int32(old)))
            try cluster.process(Int(id.rawValue)).inbox.post(.message(told, bytes: bytes))
            try cluster.turn(Int(id.rawValue))
        }
        cluster.crash(old, losesPower: false)
        try cluster.run("another leads") { cluster.leader != nil }
        #expect(cluster.now - before < 1_000_000_000, "sooner than the fetch timeout")
        try cluster.agree()
    }

    // MARK: Faults

    /// A few seconds in which nodes crash with and without loss, are cut off, and messages go astray.
    static func disturb(_ cluster: QuorumCluster) throws {
        try cluster.startAll()
        for _ in 0..<120 {
            try cluster.run(milliseconds: 5 + Int64(cluster.random.next() % 80))
            try cluster.propose(1 + Int(cluster.random.next() % 3))
            let index = Int(cluster.random.next() % UInt64(cluster.members.count))
            switch cluster.random.next() % 24 {
            case 0: cluster.crash(index)
            case 1: cluster.crash(index, losesPower: false)
            case 2, 3: cluster.members[index].isCutOff.toggle()
            case 4: cluster.loss = Int(cluster.random.next() % 30)
            case 5: cluster.loss = 0
            case 6: for member in cluster.members { member.isCutOff = false }
            case 7: if let leader = cluster.leader { cluster.crash(leader) }
            case 8: try crashInTheMiddle(cluster, index)
            default: break
            }
            if cluster.random.next() % 4 == 0 {
                for index in cluster.members.indices where cluster.members[index].process == nil {
                    try cluster.start(index)
                }
            }
        }
        try cluster.agree()
    }

    /// The machine stops before one of its next operations on the disk.
    private static func crashInTheMiddle(_ cluster: QuorumCluster, _ index: Int) throws {
        let member = cluster.members[index]
        let point = member.disk.operationCount + Int(cluster.random.next() % 30)
        member.disk.setPlan { number, _, _ in number >= point ? .crash : .proceed }
        try cluster.run(milliseconds: 500)
        cluster.crash(index)
    }

    /// `QUORUM_SEEDS=1000..<2000` plays others than the usual ones.
    @Test func nothingCommittedIsLostUnderFaults() throws {
        let seeds = ProcessInfo.processInfo.environment["QUORUM_SEEDS"] ?? "0..<24"
        let bounds = seeds.split(separator: "..<").compactMap { UInt64($0) }
        var (committed, snapshots, elections) = (0, 0, 0)
        for seed in bounds[0]..<bounds[1] {
            let cluster = QuorumCluster(seed: seed, members: seed % 3 == 0 ? 4 : 3, isDynamic: seed % 2 == 0) {
                $0.bytesBetweenSnapshots = [600, 3000, 1 << 20][Int(seed % 5) / 2]
            }
            do { try Self.disturb(cluster) } catch {
                Issue.record("seed \(seed): \(error)")
            }
            committed += cluster.ledger.count
            snapshots += cluster.members.reduce(0) { $0 + ($1.process?.snapshotsHeard.count ?? 0) }
            elections += cluster.leaders.count
        }
        print("\(seeds): \(committed) committed, \(snapshots) snapshots heard, \(elections) leaders")
        #expect(committed > 0 && snapshots > 0 && elections > 0)
    }

    @Test func voteIsRememberedThroughAPowerCut() throws {
        let cluster = QuorumCluster(seed: 5)
        try cluster.startAll()
        try cluster.run("someone leads") { cluster.leader != nil }
        let leader = try #require(cluster.leader)
        let follower = try #require(cluster.members.indices.first { $0 != leader })
        cluster.crash(follower)
        let text = String(buffer: try cluster.members[follower].disk.contents("/d/__cluster_metadata-0/quorum-state"))
        let state = try QuorumState(parsing: text, path: "")
        #expect(state.leaderEpoch == cluster.leaders.keys.max()?.rawValue)
        #expect(state.votedId == Int32(leader) || state.leaderId == Int32(leader))
        #expect(state.voters == [0, 1, 2])
    }

    @Test func otherVotersThanAreConfiguredAreRefused() throws {
        let cluster = QuorumCluster(seed: 6)
        try cluster.startAll()
        try cluster.run("someone leads") { cluster.leader != nil }
        cluster.crash(0, losesPower: false)
        cluster.voters = 2
        #expect(throws: LogError.self) { try cluster.start(0) }
        cluster.voters = 3
        try cluster.start(0)
    }

    @Test(arguments: [false, true]) func whoeverIsAskedIsAskedAtItsAddress(_ isDynamic: Bool) throws {
        let cluster = QuorumCluster(seed: 8, isDynamic: isDynamic)
        try cluster.startAll()
        try cluster.run("someone leads") { cluster.leader != nil }
        let old = try #require(cluster.leader)
        cluster.members[old].isCutOff = true
        try cluster.run("another leads") { cluster.leader.map { $0 != old } ?? false }
        try cluster.agree()
        for index in cluster.members.indices {
            for other in cluster.members.indices where other != index {
                let hosts = try cluster.process(index).transport.hosts(of: NodeId(Int32(other)))
                #expect(hosts == ["node\(other)"], "\(index) asks \(other)")
            }
        }
    }

    // MARK: The inbox

    @Test func theInboxIsBoundedAndAnnouncesOnce() {
        let announced = Mutex(0)
        let inbox = RaftInbox(capacity: 2)
        let item = RaftInbox.Item.leaderUnreachable(1)
        #expect(inbox.post(item))
        inbox.announce { announced.withLock { $0 += 1 } }
        #expect(announced.withLock { $0 } == 1, "what came before is announced too")
        #expect(inbox.post(item))
        #expect(!inbox.post(item))
        #expect(announced.withLock { $0 } == 1)
        #expect(inbox.take().count == 2 && inbox.take().isEmpty)
        #expect(inbox.post(item))
        #expect(announced.withLock { $0 } == 2)
    }
}

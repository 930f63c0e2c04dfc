import KafkaProtocol
import LogStorage
import NIOCore
import TestSupport
import Testing
import World

@testable import KRaft

/// A controller that is made the only voter because the others are lost for good.
struct QuorumRecoveryTests {
    private static let wall = WallTime(milliseconds: 2_000_000)

    /// Three voters that have committed something and do not run any more; node 0 is the one whose disk is left.
    private func stopped(isDynamic: Bool = true, snapshots: Bool = false) throws -> QuorumCluster {
        let cluster = QuorumCluster(seed: 31, isDynamic: isDynamic) { if snapshots { $0.bytesBetweenSnapshots = 500 } }
        try cluster.startAll()
        try cluster.run("someone leads") { cluster.leader != nil }
        for _ in 0..<20 {
            try cluster.propose()
            try cluster.run(milliseconds: 20)
        }
        try cluster.agree()
        for index in cluster.members.indices { cluster.crash(index, losesPower: false) }
        return cluster
    }

    private func recovery(_ disk: MemoryFileSystem) throws -> QuorumRecovery {
        try QuorumRecovery(directory: "/d", fileSystem: disk, now: Self.wall) { _ in }
    }

    private func recover(_ disk: MemoryFileSystem) throws {
        let recovery = try recovery(disk)
        let epoch = try #require(recovery.nextEpoch)
        try recovery.makeOnlyVoter(QuorumCluster.voter(0), epoch: epoch, now: Self.wall)
        try recovery.close()
    }

    private var all: RaftVoterSet { RaftVoterSet((0..<3).map { QuorumCluster.voter($0) }) }

    @Test(arguments: [false, true]) func theOneThatIsLeftLeadsWithWhatItHas(hasSnapshots: Bool) throws {
        let cluster = try stopped(snapshots: hasSnapshots)
        let disk = cluster.members[0].disk
        let before = try recovery(disk)
        #expect(before.findings.voters == all && before.findings.kraftVersion == 1)
        #expect((before.findings.committedOffset > 0) == hasSnapshots)
        let (end, epoch) = (before.findings.logEndOffset, before.findings.leaderEpoch)
        try before.close()
        try recover(disk)
        let after = try recovery(disk)
        #expect(after.findings.voters == RaftVoterSet([QuorumCluster.voter(0)]))
        #expect(after.findings.logEndOffset == end + 2 && after.findings.lastEpoch == epoch + 1)
        try after.close()
        let known = cluster.ledger
        try cluster.start(0)
        try cluster.run("it leads alone") { cluster.leader == 0 }
        let process = try cluster.process(0)
        #expect(process.quorum.status.voters == [0] && process.quorum.status.leaderEpoch > epoch + 1)
        // Also what was not committed yet is now.
        let found = process.values
        #expect(found.starts(with: known))
        try cluster.propose()
        #expect(process.values.count == found.count + 1, "it commits by itself")
    }

    /// One of the others that is there after all has another end of its log: it follows, and votes no more.
    @Test func aFormerVoterFollows() throws {
        let cluster = try stopped()
        try recover(cluster.members[0].disk)
        try cluster.start(0)
        try cluster.run("it leads alone") { cluster.leader == 0 }
        try cluster.propose()
        try cluster.start(1)
        try cluster.run("it has all") { cluster.members[1].process?.values == cluster.ledger }
        #expect(try cluster.process(1).quorum.status.voters == [0])
    }

    /// What the node has voted in is over: nobody else is asked whether there was a later epoch.
    @Test func theEpochIsLaterThanAnyThatItKnows() throws {
        let cluster = try stopped()
        let disk = cluster.members[0].disk
        var state = QuorumState()
        (state.version, state.leaderEpoch, state.votedId) = (1, 70, 2)
        try disk.writeAtomically(
            ByteBuffer(string: state.text),
            to: "/d/\(QuorumDirectory.name)/\(QuorumState.fileName)"
        )
        try recover(disk)
        #expect(try recovery(disk).findings.lastEpoch == 71)
        try cluster.start(0)
        try cluster.run("it leads") { cluster.leader == 0 }
        #expect(try cluster.process(0).quorum.status.leaderEpoch > 71)
    }

    /// Power fails at each operation in turn: the voters are those before or those after, and the log is whole.
    @Test func aCrashLeavesAllOfItOrNothing() throws {
        var crashes = 0
        var isOver = false
        while !isOver {
            let cluster = try stopped()
            let disk = cluster.members[0].disk
            let plain = try recovery(disk)
            let end = plain.findings.logEndOffset
            try plain.close()
            let limit = disk.operationCount + crashes
            disk.setPlan { number, _, _ in number >= limit ? .crash : .proceed }
            do {
                try recover(disk)
                isOver = true
            } catch is LogError {
                crashes += 1
            }
            var fate = SeededGenerator(seed: UInt64(crashes))
            disk.crash(using: &fate)
            let found = try recovery(disk).findings
            let isMade = found.voters == RaftVoterSet([QuorumCluster.voter(0)])
            #expect(isMade || found.voters == all, "\(crashes): \(found)")
            #expect(found.logEndOffset == (isMade ? end + 2 : end))
            if isOver { #expect(isMade, "what was done is on the disk") }
        }
        #expect(crashes > 5)
    }

    @Test func aDamagedLogIsRefused() throws {
        let cluster = try stopped()
        let disk = cluster.members[0].disk
        let path = try #require(disk.paths.first { $0.hasSuffix(".log") })
        let byte = try #require(disk.peek(path)?[80])
        disk.damage(path, at: 80, [byte ^ 1])
        #expect {
            _ = try recovery(disk)
        } throws: { error in
            if case LogError.corrupt = error { true } else { false }
        }
    }

    /// With `kraft.version` 0 a node refuses voters that it has not had.
    @Test func votersOfTheConfigurationAreTaken() throws {
        let cluster = try stopped(isDynamic: false)
        cluster.voters = 1
        #expect(throws: LogError.self) { try cluster.start(0) }
        cluster.members[0].disk.restartProcess()
        let recovery = try recovery(cluster.members[0].disk)
        #expect(recovery.findings.kraftVersion == 0 && recovery.findings.voters.keys.map(\.id) == [0, 1, 2])
        try recovery.takeConfigured([0])
        try recovery.close()
        let known = cluster.ledger
        try cluster.start(0)
        try cluster.run("it leads alone") { cluster.leader == 0 }
        #expect(try cluster.process(0).values.starts(with: known))
    }
}

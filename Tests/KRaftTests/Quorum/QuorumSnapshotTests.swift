import KafkaProtocol
import LogStorage
import NIOCore
import TestSupport
import Testing
import World

@testable import KRaft

/// A follower that is so far behind that the log it needs is gone gets a snapshot, in parts.
struct QuorumSnapshotTests {
    /// Node 2 has missed all that the log still had.
    private func clusterWithOneBehind(seed: UInt64 = 11) throws -> QuorumCluster {
        let cluster = QuorumCluster(seed: seed) { $0.bytesBetweenSnapshots = 600 }
        try cluster.startAll()
        try cluster.run("someone leads") { cluster.leader != nil }
        if cluster.leader == 2 {
            cluster.crash(2)
            try cluster.run("another leads") { cluster.leader != nil }
            try cluster.start(2)
        }
        try cluster.propose()
        try cluster.run(milliseconds: 100)
        cluster.members[2].isCutOff = true
        for _ in 0..<40 {
            try cluster.propose()
            try cluster.run(milliseconds: 20)
        }
        return cluster
    }

    private func names(_ cluster: QuorumCluster, _ index: Int, _ suffix: String) throws -> [String] {
        try cluster.members[index].disk.list("/d/__cluster_metadata-0").filter { $0.hasSuffix(suffix) }
    }

    @Test func aFollowerFarBehindIsGivenASnapshot() throws {
        let cluster = try clusterWithOneBehind()
        let before = try cluster.process(2).values.count
        cluster.members[2].isCutOff = false
        try cluster.run("a snapshot is heard") { cluster.members[2].process?.snapshotsHeard.isEmpty == false }
        try cluster.agree()
        #expect(try cluster.process(2).values == cluster.ledger)
        #expect(cluster.ledger.count > before + 30)
        #expect(try names(cluster, 2, ".part").isEmpty)
        // And it goes on from there after a start.
        cluster.crash(2)
        try cluster.start(2)
        #expect(try cluster.process(2).snapshotsHeard.count == 1)
        try cluster.agree()
    }

    @Test func aCrashAtAnyMomentOfTheInstallationIsMended() throws {
        var (crashes, finished) = (0, 0)
        for point in 0..<60 {
            let cluster = try clusterWithOneBehind()
            cluster.members[2].isCutOff = false
            let disk = cluster.members[2].disk
            let first = disk.operationCount + point
            disk.setPlan { number, _, _ in number >= first ? .crash : .proceed }
            try cluster.run(milliseconds: 4000)
            if cluster.members[2].failure != nil { crashes += 1 }
            cluster.crash(2)
            if try !names(cluster, 2, ".checkpoint").filter({ !$0.hasPrefix("00000000000000000000-") }).isEmpty {
                finished += 1
            }
            try cluster.start(2)
            #expect(try names(cluster, 2, ".part").isEmpty, "point \(point)")
            try cluster.agree()
        }
        #expect(crashes > 30 && finished > 3, "\(crashes) crashes, \(finished) with the snapshot in place")
    }

    @Test func aDamagedSnapshotIsFetchedAgain() throws {
        let cluster = try clusterWithOneBehind()
        var damaged = 0
        cluster.tamper = { message, bytes in
            guard case .answer(.fetchSnapshot(let answer)) = message.body, answer.error == .none, damaged == 0,
                bytes.readableBytes > 200
            else { return }
            damaged += 1
            bytes.setInteger(UInt8(0x55), at: bytes.readerIndex + 150)
        }
        cluster.members[2].isCutOff = false
        try cluster.agree()
        #expect(damaged == 1)
        #expect(try cluster.process(2).values == cluster.ledger)
    }

    @Test func aSnapshotThatEndsEarlyOrIsTooLargeIsNotTaken() throws {
        for size in [150, 1 << 40] as [Int64] {
            let cluster = try clusterWithOneBehind()
            var tampered = 0
            cluster.tamper = { message, _ in
                guard case .answer(.fetchSnapshot(var answer)) = message.body, answer.error == .none, tampered < 5
                else {
                    return
                }
                tampered += 1
                answer.size = size
                message.body = .answer(.fetchSnapshot(answer))
            }
            cluster.members[2].isCutOff = false
            try cluster.agree()
            #expect(tampered == 5)
            #expect(try cluster.process(2).values == cluster.ledger)
        }
    }

    @Test func damagedRecordsOfALeaderAreAskedForAgain() throws {
        let cluster = QuorumCluster(seed: 12)
        try cluster.startAll()
        try cluster.run("someone leads") { cluster.leader != nil }
        var tampered = 0
        cluster.tamper = { message, bytes in
            guard case .answer(.fetch) = message.body, bytes.readableBytes > 70, tampered < 20 else { return }
            tampered += 1
            // In turn: the checksum, the epoch, the offset of a batch.
            let place = [62, 15, 7][tampered % 3]
            let byte: UInt8 = bytes.getInteger(at: bytes.readerIndex + place) ?? 0
            bytes.setInteger(byte ^ 0x40, at: bytes.readerIndex + place)
        }
        try cluster.run("all have been damaged") {
            if cluster.proposals < 100 { try? cluster.propose() }
            return tampered == 20
        }
        try cluster.agree()
    }

    @Test func aLeaderThatCutsWithinABatchIsNotBelieved() throws {
        let cluster = QuorumCluster(seed: 13)
        try cluster.startAll()
        try cluster.run("someone leads") { cluster.leader != nil }
        try cluster.propose(5)
        var tampered = 0
        cluster.tamper = { message, bytes in
            guard case .answer(.fetch(var fetch)) = message.body, fetch.error == .none, tampered < 10 else { return }
            tampered += 1
            fetch.diverging = LogPosition(epoch: fetch.hint.epoch, endOffset: 3)
            message.body = .answer(.fetch(fetch))
            bytes.clear()
        }
        try cluster.run(milliseconds: 3000)
        #expect(tampered == 10)
        #expect(cluster.members.allSatisfy { $0.failure == nil })
        try cluster.agree()
    }

    @Test func whatIsNotThereCannotBeFetched() throws {
        let cluster = try clusterWithOneBehind()
        let leader = try #require(cluster.leader)
        let process = try cluster.process(leader)
        let epoch = try #require(process.leading)
        let known = try #require(
            try names(cluster, leader, ".checkpoint").compactMap { SnapshotId(fileName: $0) }.max()
        )
        func ask(_ id: SnapshotId, _ position: Int64) throws -> (RaftAnswer.FetchSnapshot, Int)? {
            let request = RaftRequest.FetchSnapshot(
                clusterId: "c",
                replica: QuorumCluster.voter(2).key,
                epoch: epoch,
                snapshot: id,
                position: position
            )
            process.inbox.post(
                .message(RaftMessage(.connection(9), 5, .request(.fetchSnapshot(request))), bytes: ByteBuffer())
            )
            while try process.quorum.next() != nil {}
            for (message, bytes) in process.transport.takeAll() {
                if case .answer(.fetchSnapshot(let answer)) = message.body { return (answer, bytes.readableBytes) }
            }
            return nil
        }
        let whole = try #require(try ask(known, 0))
        #expect(whole.0.error == .none && whole.1 == 300 && whole.0.size > 300)
        let rest = try #require(try ask(known, whole.0.size - 7))
        #expect(rest.0.error == .none && rest.1 == 7)
        #expect(try ask(known, whole.0.size)?.0.error == .positionOutOfRange)
        #expect(try ask(known, -1)?.0.error == .positionOutOfRange)
        #expect(try ask(SnapshotId(endOffset: 3, epoch: 9), 0)?.0.error == .snapshotNotFound)
        #expect(try ask(.bootstrap, 0)?.0.error == .snapshotNotFound)
    }
}

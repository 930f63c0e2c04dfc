import KafkaProtocol
import LogStorage
import NIOCore
import Synchronization
import TestSupport
import Testing
import World

@testable import KRaft

/// What a quorum promises to the node above it; here the one that is a quorum by itself.
struct SeamTests {
    let disk = MemoryFileSystem()

    func open(_ disk: MemoryFileSystem? = nil, bytesBetweenSnapshots: Int64 = 1 << 20) throws -> RaftQuorum {
        var limits = RaftQuorum.Limits()
        limits.bytesBetweenSnapshots = bytesBetweenSnapshots
        return try RaftQuorum(
            directory: "/d",
            fileSystem: disk ?? self.disk,
            nodeId: 1,
            directoryId: KafkaUUID(high: 1, low: 2),
            bootstrap: QuorumBootstrap(values: [ByteBuffer(string: "boot")]),
            limits: limits,
            now: 1000
        ) { _ in }
    }

    /// All that happened, in words.
    func drain(_ quorum: any MetadataQuorum) throws -> [String] {
        var result: [String] = []
        while let event = try quorum.next() {
            switch event {
            case .snapshot(let snapshot):
                result.append("snapshot \(snapshot.id) \(text(snapshot.values)) kraft \(snapshot.kraftVersion)")
            case .committed(let batches):
                result += batches.map { batch in
                    "committed \(batch.firstOffset)..<\(batch.endOffset) epoch \(batch.epoch) \(text(batch.values))"
                        + (batch.kraftVersion.map { " kraft \($0)" } ?? "")
                }
            case .leading(let epoch, let firstOffset): result.append("leading \(epoch) from \(firstOffset)")
            case .following(let leader, let epoch):
                result.append("following \(leader.map { "\($0)" } ?? "nobody") in \(epoch)")
            }
        }
        return result
    }

    private func text(_ values: [ByteBuffer]) -> String {
        "[" + values.map { String(buffer: $0) }.joined(separator: " ") + "]"
    }

    private func propose(_ quorum: any MetadataQuorum, _ values: String..., epoch: LeaderEpoch = 1) throws -> Int64 {
        try quorum.propose(
            values.map { ByteBuffer(string: $0) },
            epoch: epoch,
            now: WallTime(milliseconds: 5)
        )
    }

    @Test func leadershipIsHeardBehindAllThatCameBefore() throws {
        let first = try open()
        #expect(try drain(first) == ["committed 0..<1 epoch 1 []", "leading 1 from 0"])
        #expect(try drain(first).isEmpty)
        #expect(first.nextOffset == 1)
        #expect(try propose(first, "a", "b") == 1)
        #expect(try propose(first, "c") == 3)
        #expect(first.status.highWatermark == 1 && first.status.logEndOffset == 4, "proposed is not committed")
        #expect(try drain(first) == ["committed 1..<3 epoch 1 [a b]", "committed 3..<4 epoch 1 [c]"])
        #expect(first.status.highWatermark == 4)
        try first.close()
        disk.restartProcess()
        let second = try open()
        #expect(
            try drain(second) == [
                "committed 0..<1 epoch 1 []", "committed 1..<3 epoch 1 [a b]", "committed 3..<4 epoch 1 [c]",
                "committed 4..<5 epoch 2 []", "leading 2 from 4",
            ]
        )
    }

    @Test func onlyTheEpochsLeaderProposes() throws {
        let quorum = try open()
        _ = try drain(quorum)
        for epoch in [0, 2] as [LeaderEpoch] {
            do throws(ProposalError) {
                _ = try quorum.propose([ByteBuffer(string: "a")], epoch: epoch, now: WallTime(milliseconds: 5))
                Issue.record("epoch \(epoch) is not this leader's")
            } catch {
                guard case .notLeader = error else { throw error }
            }
            #expect(throws: ProposalError.self) {
                try quorum.proposeVoters([], epoch: epoch, now: WallTime(milliseconds: 5))
            }
        }
        #expect(try drain(quorum).isEmpty && quorum.nextOffset == 1)
    }

    @Test func proposalsThatHaveGatheredAreSyncedOnce() throws {
        let quorum = try open()
        _ = try drain(quorum)
        let syncs = Mutex(0)
        disk.setPlan { _, operation, _ in
            if operation == "sync" { syncs.withLock { $0 += 1 } }
            return .proceed
        }
        for index in 0..<50 { _ = try propose(quorum, "r\(index)") }
        #expect(syncs.withLock { $0 } == 0)
        #expect(try drain(quorum).count == 50)
        #expect(syncs.withLock { $0 } == 1)
    }

    @Test func aSnapshotTakesThePlaceOfWhatItHolds() throws {
        let quorum = try open(bytesBetweenSnapshots: 300)
        _ = try drain(quorum)
        #expect(!quorum.wantsSnapshot(now: WallTime(milliseconds: 5)))
        for index in 0..<6 { _ = try propose(quorum, "r\(index)") }
        _ = try drain(quorum)
        #expect(quorum.wantsSnapshot(now: WallTime(milliseconds: 5)))
        let state = QuorumSnapshot(
            id: SnapshotId(endOffset: 5, epoch: 1),
            appendTime: WallTime(milliseconds: 5),
            values: [ByteBuffer(string: "s")],
            kraftVersion: 0
        )
        try quorum.store(state, now: WallTime(milliseconds: 6))
        #expect(!quorum.wantsSnapshot(now: WallTime(milliseconds: 6)))
        try quorum.close()
        disk.restartProcess()
        #expect(
            try drain(try open()) == [
                "snapshot 5-1 [s] kraft 0", "committed 5..<6 epoch 1 [r4]", "committed 6..<7 epoch 1 [r5]",
                "committed 7..<8 epoch 2 []", "leading 2 from 7",
            ]
        )
    }

    @Test func ofABatchThatASnapshotEndsWithinOnlyTheRestIsHeard() throws {
        let quorum = try open()
        _ = try drain(quorum)
        _ = try propose(quorum, "a", "b")
        _ = try drain(quorum)
        let state = QuorumSnapshot(
            id: SnapshotId(endOffset: 2, epoch: 1),
            appendTime: WallTime(milliseconds: 5),
            values: [ByteBuffer(string: "s")],
            kraftVersion: 0
        )
        try quorum.store(state, now: WallTime(milliseconds: 6))
        try quorum.close()
        disk.restartProcess()
        #expect(
            try drain(try open()) == [
                "snapshot 2-1 [s] kraft 0", "committed 2..<3 epoch 1 [b]", "committed 3..<4 epoch 2 []",
                "leading 2 from 3",
            ]
        )
    }

    @Test func anUpgradeOfTheVotersIsHeardWhereItStandsInTheLog() throws {
        let quorum = try open()
        _ = try drain(quorum)
        _ = try propose(quorum, "a")
        try quorum.proposeVoters(
            [VoterEndpoint(listener: "C", host: "h", port: 9)],
            epoch: 1,
            now: WallTime(milliseconds: 5)
        )
        #expect(try propose(quorum, "b") == 4)
        #expect(
            try drain(quorum) == [
                "committed 1..<2 epoch 1 [a]", "committed 2..<4 epoch 1 [] kraft 1", "committed 4..<5 epoch 1 [b]",
            ]
        )
        try quorum.proposeVoters([], epoch: 1, now: WallTime(milliseconds: 5))
        #expect(try drain(quorum).isEmpty, "it is so already")
    }

    @Test func whatWasHeardAsCommittedSurvivesAPowerCut() throws {
        for seed in 0..<40 as Range<UInt64> {
            let disk = MemoryFileSystem()
            var random = SeededGenerator(seed: seed)
            var heard: [String] = []
            let point = 20 + Int(seed) * 4
            disk.setPlan { number, _, _ in number == point ? .crash : .proceed }
            if let quorum = try? open(disk) {
                do {
                    for index in 0..<60 {
                        _ = try propose(quorum, "r\(index)")
                        if random.next() % 3 == 0 { heard += try records(quorum) }
                    }
                } catch {
                }
            }
            disk.crash(using: &random)
            let found = try records(try open(disk))
            #expect(found.starts(with: heard), "seed \(seed): \(found.count) found, \(heard.count) heard")
        }
    }

    private func records(_ quorum: any MetadataQuorum) throws -> [String] {
        var result: [String] = []
        while let event = try quorum.next() {
            guard case .committed(let batches) = event else { continue }
            result += batches.flatMap(\.values).map { String(buffer: $0) }
        }
        return result
    }
}

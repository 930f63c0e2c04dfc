import KafkaProtocol
import KafkaRecords
import LogStorage
import NIOCore
import TestSupport
import Testing
import World

@testable import KRaft

struct RaftQuorumTests {
    let disk = MemoryFileSystem()

    func open(_ change: (inout RaftQuorum.Limits) -> Void = { _ in }, node: Int32 = 1) throws
        -> RaftQuorum
    {
        var limits = RaftQuorum.Limits()
        change(&limits)
        return try RaftQuorum(
            directory: "/d",
            fileSystem: disk,
            nodeId: node,
            directoryId: KafkaUUID(high: 1, low: 2),
            bootstrap: QuorumBootstrap(values: [ByteBuffer(string: "boot")]),
            limits: limits,
            now: 1000
        ) { _ in }
    }

    @Test func recordsSurviveAPowerCutOnceTheyAreAnswered() throws {
        for seed in 0..<20 as Range<UInt64> {
            let disk = MemoryFileSystem()
            var random = SeededGenerator(seed: seed)
            var written: [String] = []
            let point = 30 + Int(seed) * 7
            disk.setPlan { number, _, _ in number == point ? .crash : .proceed }
            let limits = RaftQuorum.Limits()
            do {
                let quorum = try RaftQuorum(
                    directory: "/d",
                    fileSystem: disk,
                    nodeId: 1,
                    directoryId: .zero,
                    bootstrap: QuorumBootstrap(values: [ByteBuffer(string: "boot")]),
                    limits: limits,
                    now: 1
                ) { _ in }
                for index in 0..<60 {
                    try quorum.commit("r\(index)", now: 1)
                    written.append("r\(index)")
                    if index % 17 == 16 { try quorum.store(written, now: 1) }
                }
            } catch {
            }
            disk.crash(using: &random)
            let again = try RaftQuorum(
                directory: "/d",
                fileSystem: disk,
                nodeId: 1,
                directoryId: .zero,
                bootstrap: QuorumBootstrap(values: [ByteBuffer(string: "boot")]),
                limits: limits,
                now: 1
            ) { _ in }
            let found = try again.content()
            #expect(found.starts(with: written), "seed \(seed): \(found.count) found, \(written.count) answered")
            #expect(found.count <= written.count + 1, "seed \(seed)")
        }
    }

    @Test func eachStartBeginsAnEpochOfItsOwn() throws {
        let first = try open()
        #expect(first.status.leaderEpoch == 1 && first.status.leaderId == 1)
        let offset = try first.commit("a", "b")
        #expect(offset == 1, "the leader's own record comes first")
        #expect(first.status.highWatermark == 3)
        try first.close()
        disk.restartProcess()
        let second = try open()
        #expect(second.status.leaderEpoch == 2)
        #expect(try second.content() == ["a", "b"])
        #expect(try second.bootstrapValues().map { String(buffer: $0) } == ["boot"])
    }

    @Test func snapshotsReplaceTheLog() throws {
        let quorum = try open { $0.bytesBetweenSnapshots = 300 }
        var all: [String] = []
        for index in 0..<40 {
            try quorum.commit("record \(index)")
            all.append("record \(index)")
            if quorum.wantsSnapshot(now: WallTime(milliseconds: 5)) { try quorum.store(all) }
        }
        let names = try disk.list("/d/__cluster_metadata-0").filter { $0.hasSuffix(".checkpoint") }
        #expect(names.count == 2)
        disk.restartProcess()
        #expect(try open().content() == all)
    }

    @Test func damageIsNamedAndNothingIsServed() throws {
        let quorum = try open()
        try quorum.commit("a")
        let snapshot = "/d/__cluster_metadata-0/00000000000000000000-0000000000.checkpoint"
        try disk.open(snapshot, .readWrite).write(ByteBuffer(string: "x"), at: 70)
        disk.restartProcess()
        do {
            _ = try open()
            Issue.record("a damaged snapshot was read")
        } catch LogError.corrupt(let path, _, _) {
            #expect(path == snapshot)
        }
    }

    /// A bit of the log changes while the quorum runs, before or after what it hears of next: nothing but that is heard, or the damage.
    @Test func aLogThatChangesOnTheDiskIsNamedOrDoesNotMatter() throws {
        var named = 0
        let path = "/d/__cluster_metadata-0/00000000000000000000.log"
        for step in 0..<400 {
            let disk = MemoryFileSystem()
            let quorum = try RaftQuorum(
                directory: "/d",
                fileSystem: disk,
                nodeId: 1,
                directoryId: .zero,
                bootstrap: QuorumBootstrap(values: [ByteBuffer(string: "boot")]),
                limits: RaftQuorum.Limits(),
                now: 1
            ) { _ in }
            for value in ["a", "b", "c"] { try quorum.commit(value) }
            let read = try #require(disk.peek(path)).count
            for value in ["d", "e"] {
                let epoch = LeaderEpoch(quorum.status.leaderEpoch)
                _ = try quorum.propose([ByteBuffer(string: value)], epoch: epoch, now: WallTime(milliseconds: 5))
            }
            let bytes = try #require(disk.peek(path))
            // All of what is unread, and the offset of the batch before it.
            let last = try #require(
                RecordBatches(ByteBuffer(bytes: bytes.prefix(read))).map(\.bytes.readableBytes).last
            )
            let place = read - last + step / 8 + (step / 8 < 8 ? 0 : last - 8)
            if place >= bytes.count { break }
            disk.damage(path, at: place, [bytes[place] ^ 1 << UInt8(step % 8)])
            do {
                #expect(try quorum.content() == ["d", "e"], "byte \(place), bit \(step % 8)")
            } catch LogError.corrupt {
                named += 1
            }
        }
        #expect(named > 200)
    }

    @Test func otherVotersAreRefused() throws {
        let path = "/d/__cluster_metadata-0/quorum-state"
        _ = try open()
        let text = String(buffer: try disk.contents(path)).replacing(
            "[{\"voterId\":1}]",
            with: "[{\"voterId\":1},{\"voterId\":2}]"
        )
        try disk.writeAtomically(ByteBuffer(string: text), to: path)
        disk.restartProcess()
        #expect(throws: LogError.self) { try open() }
    }

    @Test func theOnlyVoterWaitsForNoLeaderOfBefore() throws {
        let path = "/d/__cluster_metadata-0/quorum-state"
        _ = try open()
        let text = String(buffer: try disk.contents(path)).replacing("\"leaderId\":1", with: "\"leaderId\":2")
        try disk.writeAtomically(ByteBuffer(string: text), to: path)
        disk.restartProcess()
        let status = try open().status
        #expect(status.leaderId == 1 && status.leaderEpoch == 2)
    }

    @Test func theStateFileIsKafkasInBothVersions() throws {
        let old = try QuorumState(
            parsing:
                "{\"clusterId\":\"\",\"leaderId\":7,\"leaderEpoch\":1,\"votedId\":-1,\"appliedOffset\":0,\"currentVoters\":[{\"voterId\":7}],\"data_version\":0}",
            path: "p"
        )
        #expect(old.leaderId == 7 && old.leaderEpoch == 1 && old.voters == [7])
        #expect(try QuorumState(parsing: old.text, path: "p") == old)
        let new = try QuorumState(
            parsing:
                "{\"leaderId\": 3, \"leaderEpoch\": 12, \"votedId\": -1, \"votedDirectoryId\": \"AAAAAAAAAAAAAAAAAAAAAA\", \"data_version\": 1}",
            path: "p"
        )
        #expect(new.version == 1 && new.leaderEpoch == 12)
        #expect(try QuorumState(parsing: new.text, path: "p") == new)
        #expect(throws: LogError.self) { try QuorumState(parsing: "{}", path: "p") }
        #expect(throws: LogError.self) {
            try QuorumState(parsing: old.text.replacing("\"data_version\":0", with: "\"data_version\":5"), path: "p")
        }
    }
}

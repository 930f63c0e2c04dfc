import KafkaProtocol
import KafkaRecords
import LogStorage
import NIOCore
import Testing
import World

@testable import KRaft

/// Voters that the log names (KIP-853), as directories that Kafka formatted have them.
struct QuorumVotersTests {
    static let directoryId = KafkaUUID(high: 1, low: 2)
    static let endpoint = VoterEndpoint(listener: "CONTROLLER", host: "127.0.0.1", port: 22711)
    let disk = MemoryFileSystem()
    let metadata = "/d/__cluster_metadata-0"

    static var bootstrap: QuorumBootstrap {
        QuorumBootstrap(
            values: [ByteBuffer(string: "boot")],
            voters: QuorumVoters(only: 1, directoryId: directoryId, endpoints: [endpoint])
        )
    }

    func open(
        _ bootstrap: QuorumBootstrap = bootstrap,
        directoryId: KafkaUUID = directoryId,
        endpoints: [VoterEndpoint] = [],
        now: Int64 = 1000
    ) throws -> RaftQuorum {
        try RaftQuorum(
            directory: "/d",
            fileSystem: disk,
            nodeId: 1,
            directoryId: directoryId,
            bootstrap: bootstrap,
            endpoints: endpoints,
            now: now
        ) { _ in }
    }

    /// The control records of a file, by batch.
    func controlRecords(_ name: String) throws -> [[ControlRecordKind]] {
        try RecordBatches(try disk.contents("\(metadata)/\(name)")).filter(\.header.isControl).map { batch in
            try batch.allRecords().compactMap { ControlRecordKind(key: $0.key) }
        }
    }

    /// Header, version and voters in the first batch, then the records, then the footer: the order of Kafka's formatting. The
    /// first leader copies version and voters into the log.
    @Test func formattingNamesTheVoterAndTheFirstLeaderSaysItInTheLog() throws {
        let quorum = try open()
        #expect(
            try controlRecords("00000000000000000000-0000000000.checkpoint")
                == [[.snapshotHeader, .kraftVersion, .kraftVoters], [.snapshotFooter]]
        )
        #expect(
            try controlRecords("00000000000000000000.log") == [[.leaderChange, .kraftVersion, .kraftVoters]]
        )
        #expect(quorum.status.kraftVersion == 1 && quorum.status.endpoints == [Self.endpoint])
        #expect(quorum.status.directoryId == Self.directoryId)
        #expect(try quorum.bootstrapValues().map { String(buffer: $0) } == ["boot"])
        try quorum.close()
        disk.restartProcess()
        _ = try open()
        #expect(
            try controlRecords("00000000000000000000.log").last == [.leaderChange],
            "once in the log it is not said again"
        )
        let state = String(buffer: try disk.contents("\(metadata)/quorum-state"))
        #expect(
            state
                == "{\"leaderId\":1,\"leaderEpoch\":2,\"votedId\":-1,\"votedDirectoryId\":\"AAAAAAAAAAAAAAAAAAAAAA\",\"data_version\":1}"
        )
    }

    /// The bytes of a snapshot that Kafka 4.4 wrote when it formatted a directory: controller 1 of scenario 07.
    @Test func theFirstBatchIsKafkas() throws {
        let id = try #require(KafkaUUID("ZAQlQsCcQDKJ4KzghpDdxQ"))
        let bytes = try SnapshotFile.encode(
            [],
            voters: QuorumVoters(only: 1, directoryId: id, endpoints: [Self.endpoint]),
            id: .bootstrap,
            lastTimestamp: 1_795_637_948_883,
            now: 1_795_637_948_921
        )
        let first = try #require(bytes.getSlice(at: 0, length: 166))
        let hex = first.readableBytesView.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        #expect(hex == Self.kafkasFirstBatch)
    }

    static let kafkasFirstBatch =
        "00000000000000000000009a00000000025d0d3bca002000000002000001a2145cb1f9000001a2145cb1f9ffffffffff"
        + "ffffffffffffffffff000000032a0000000800000003160000000001a2145cb1d300001e00000208000000050a000000"
        + "010000820100000408000000066e0000020000000164042542c09c403289e0ace08690ddc5020b434f4e54524f4c4c45"
        + "520a3132372e302e302e3158b7000000000100000000"

    @Test func aNewAddressIsSaidOnce() throws {
        _ = try open()
        let moved = VoterEndpoint(listener: "CONTROLLER", host: "elsewhere", port: 9)
        for _ in 0..<2 {
            disk.restartProcess()
            #expect(try open(endpoints: [moved]).status.endpoints == [moved])
        }
        let batches = try controlRecords("00000000000000000000.log")
        #expect(batches.map(\.count) == [3, 3, 1])
        disk.restartProcess()
        #expect(try open().status.endpoints == [moved], "no address of one's own changes nothing")
    }

    @Test func snapshotsCarryTheVoters() throws {
        let quorum = try open()
        for index in 0..<3 {
            try quorum.commit("r\(index)")
            try quorum.store(["s\(index)"])
        }
        let names = try disk.list(metadata).filter { $0.hasSuffix(".checkpoint") }
        #expect(names.count == 2 && !names.contains(SnapshotId.bootstrap.fileName))
        for name in names { #expect(try controlRecords(name).first == [.snapshotHeader, .kraftVersion, .kraftVoters]) }
        try quorum.close()
        disk.restartProcess()
        #expect(try open().status.kraftVersion == 1)
    }

    /// Earlier versions left the voters out of their snapshots; formatting still says them.
    @Test func votersThatASnapshotLeftOutAreSaidAgain() throws {
        let quorum = try open()
        try quorum.commit("a")
        let end = SnapshotId(endOffset: quorum.status.logEndOffset, epoch: 1)
        try quorum.close()
        disk.restartProcess()
        let bare = try SnapshotFile.encode([], voters: QuorumVoters(), id: end, lastTimestamp: 5, now: 5)
        try disk.writeAtomically(bare, to: "\(metadata)/\(end.fileName)")
        let again = try open()
        #expect(again.status.kraftVersion == 1)
        #expect(try controlRecords("00000000000000000000.log").last == [.leaderChange, .kraftVersion, .kraftVoters])
    }

    @Test func aStaticQuorumStaysOneUntilItIsUpgraded() throws {
        let quorum = try open(QuorumBootstrap(values: []))
        #expect(quorum.status.kraftVersion == 0 && quorum.status.directoryId == .zero)
        #expect(try controlRecords("00000000000000000000.log") == [[.leaderChange]])
        #expect(String(buffer: try disk.contents("\(metadata)/quorum-state")).contains("\"data_version\":0"))
        try quorum.proposeVoters([Self.endpoint], epoch: 1, now: WallTime(milliseconds: 7))
        #expect(quorum.status.kraftVersion == 1)
        #expect(try controlRecords("00000000000000000000.log").last == [.kraftVersion, .kraftVoters])
        #expect(String(buffer: try disk.contents("\(metadata)/quorum-state")).contains("\"data_version\":1"))
        try quorum.close()
        disk.restartProcess()
        let again = try open(QuorumBootstrap(values: []))
        #expect(again.status.kraftVersion == 1 && again.status.endpoints == [Self.endpoint])
        #expect(try controlRecords("00000000000000000000.log").last == [.leaderChange])
    }

    @Test func whoIsNoVoterIsToldSo() throws {
        try Self.bootstrap.write(to: "/d", fileSystem: disk, now: 1)
        func refusal(_ open: () throws -> RaftQuorum) -> String? {
            do {
                _ = try open()
                return nil
            } catch { return "\(error)" }
        }
        #expect(refusal { try self.open(directoryId: KafkaUUID(high: 3, low: 4)) }?.contains("directory id") == true)
        var nobody = QuorumVoters()
        nobody.kraftVersion = 1
        try QuorumBootstrap(values: [], voters: nobody).write(to: "/d", fileSystem: disk, now: 1)
        #expect(refusal { try self.open() }?.contains("no voter") == true)
        nobody.kraftVersion = 2
        try QuorumBootstrap(values: [], voters: nobody).write(to: "/d", fileSystem: disk, now: 1)
        #expect(refusal { try self.open() }?.contains("kraft.version 2") == true)
    }

    /// What Kafka formatted and nobody has started yet stays as it is; before 4.4 the records lay in a file of their own.
    @Test func whatKafkaFormattedIsNotFormattedAgain() throws {
        let other = QuorumBootstrap(values: [ByteBuffer(string: "kafka's")], voters: Self.bootstrap.voters)
        try other.write(to: "/d", fileSystem: disk, now: 1)
        let before = try disk.contents("\(metadata)/\(SnapshotId.bootstrap.fileName)")
        #expect(try open().bootstrapValues().map { String(buffer: $0) } == ["kafka's"])
        #expect(try disk.contents("\(metadata)/\(SnapshotId.bootstrap.fileName)") == before)

        let old = MemoryFileSystem()
        try old.createDirectory("/d")
        let legacy = try SnapshotFile.encode(
            [ByteBuffer(string: "legacy")],
            voters: QuorumVoters(),
            id: .bootstrap,
            lastTimestamp: 1,
            now: 1
        )
        try old.writeAtomically(legacy, to: "/d/bootstrap.checkpoint")
        let quorum = try RaftQuorum(
            directory: "/d",
            fileSystem: old,
            nodeId: 1,
            directoryId: Self.directoryId,
            bootstrap: Self.bootstrap,
            now: 1
        ) { _ in }
        #expect(quorum.status.kraftVersion == 0)
        #expect(try quorum.bootstrapValues().map { String(buffer: $0) } == ["legacy"])
    }

    @Test func whatIsThereCanBeReadBesideARunningNode() throws {
        #expect(try QuorumInspection(logDirectory: "/d", fileSystem: disk) == nil)
        try Self.bootstrap.write(to: "/d", fileSystem: disk, now: 1)
        let formatted = try #require(try QuorumInspection(logDirectory: "/d", fileSystem: disk))
        #expect(formatted.state == nil && formatted.voters.kraftVersion == 1)
        #expect(formatted.values.map { String(buffer: $0) } == ["boot"])
        let quorum = try open()
        try quorum.commit("a")
        try quorum.store(["s"])
        try quorum.commit("b")
        let running = try #require(try QuorumInspection(logDirectory: "/d", fileSystem: disk))
        #expect(running.values.map { String(buffer: $0) } == ["s", "b"])
        #expect(running.state?.leaderEpoch == 1 && running.voters.record?.voters.map(\.voterId) == [1])
    }
}

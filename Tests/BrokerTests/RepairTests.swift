import ClusterMetadata
import KafkaProtocol
import LogStorage
import NIOCore
import Replication
import Synchronization
import Testing
import World

@testable import Broker

/// Damaged logs that get what other replicas have, while they are used.
@Suite(.serialized)
struct RepairTests {
    private static let file = "/one/t-0/00000000000000000000.log"
    private static let calm = ["replica.lag.time.max.ms": "600000", "ottla.scrub.interval.ms": "-1"]

    private func cluster(_ settings: [String: String] = calm, replicas: [Int32] = [1, 2]) throws -> ReplicaCluster {
        let cluster = try ReplicaCluster(3, settings: settings)
        try cluster.create(replicas: replicas)
        let client = try cluster.client(1)
        for index in 0..<20 {
            let value = "\(index) " + String(repeating: "x", count: 100)
            #expect(try client.produce("t", 0, value).only.errorCode == ErrorCode.none)
        }
        try eventually("all have all, and know that it is committed") {
            try replicas.allSatisfy { try cluster.partition($0).committedEnd == 20 }
        }
        return cluster
    }

    private func contents(_ cluster: ReplicaCluster, _ node: Int) throws -> ByteBuffer {
        try cluster.nodes[node - 1].disk.contents(Self.file)
    }

    /// Changes a byte of a record, or of what stands before a batch.
    private func damage(_ cluster: ReplicaCluster, _ node: Int, at position: Int64) throws {
        let file = try cluster.nodes[node - 1].disk.open(Self.file, .readWrite)
        let byte = try #require(try file.read(at: position, count: 1).getInteger(at: 0, as: UInt8.self))
        try file.write(ByteBuffer(integer: byte ^ 0x20), at: position)
    }

    private func findings(_ cluster: ReplicaCluster, _ node: Int32) -> [LogFinding] {
        cluster.node(node).store.decisions.last(100) { $0 == .partition(TopicPartition("t", 0)) }.map(\.decision)
            .compactMap {
                if case .storage(let finding) = $0 { finding } else { nil }
            }
    }

    @Test(arguments: [1, 2]) func aScrubFindsAndMendsWhatIsDamaged(node: Int) throws {
        let cluster = try cluster(["replica.lag.time.max.ms": "600000", "ottla.scrub.interval.ms": "200"])
        defer { cluster.stop() }
        let whole = try contents(cluster, node)
        for position in [100, 2000] as [Int64] { try damage(cluster, node, at: position) }
        try eventually("node \(node) is mended") { (try? contents(cluster, node)) == whole }
        try eventually("it says so") { findings(cluster, Int32(node)).filter(isRepair).count == 2 }
        let from = try #require(findings(cluster, Int32(node)).last(where: isRepair))
        guard case .repaired(_, _, let source) = from else { return }
        #expect(source == (node == 1 ? 2 : 1))
        // It goes on behind it.
        #expect(try cluster.client(1).produce("t", 0, "more").only.errorCode == ErrorCode.none)
        try eventually("both go on") { try cluster.partition(Int32(node)).facts.logEndOffset == 21 }
        #expect(try cluster.bytes(1) == cluster.bytes(2))
    }

    private func isRepair(_ finding: LogFinding) -> Bool {
        if case .repaired = finding { true } else { false }
    }

    @Test func whatNoReplicaHasIsNamedAndTriedAgain() throws {
        let cluster = try cluster()
        defer { cluster.stop() }
        let whole = try contents(cluster, 1)
        for node in [1, 2] { try damage(cluster, node, at: 100) }
        try cluster.partition(1).store?.repairer.look(cluster.partition(1), 0)
        try eventually("it says that it cannot be mended") {
            findings(cluster, 1).contains { finding in
                guard case .notRepaired(_, let reason) = finding else { return false }
                return reason.contains("broker 2: its own copy is damaged")
            }
        }
        let found = findings(cluster, 1).contains { finding in
            guard case .damaged(_, let offsets, _) = finding else { return false }
            return offsets == 0..<1
        }
        #expect(found)
        // Once one of them is whole again, the other one is.
        try cluster.nodes[1].disk.open(Self.file, .readWrite).write(whole, at: 0)
        try eventually("node 1 is mended") { (try? contents(cluster, 1)) == whole }
    }

    @Test func aReaderThatFindsDamageHasItMended() throws {
        let cluster = try cluster()
        defer { cluster.stop() }
        let whole = try contents(cluster, 1)
        // The length of a batch: nobody can read on from there.
        try damage(cluster, 1, at: 8)
        _ = try cluster.client(1).fetchBytes(offset: 0)
        try eventually("node 1 is mended") { (try? contents(cluster, 1)) == whole }
        try eventually("it is read") { try cluster.client(1).fetchBytes(offset: 0) > 0 }
    }

    @Test func aFollowerThatRefusesWhatItGetsHasItsLeaderMended() throws {
        let cluster = try cluster()
        defer { cluster.stop() }
        let whole = try contents(cluster, 1)
        try damage(cluster, 1, at: 100)
        // Node 3 has nothing yet, and asks for all of it.
        try cluster.publish { image, delta in
            var record = PartitionChangeRecord()
            (record.topicId, record.partitionId, record.replicas) = (ReplicaCluster.topicId, 0, [1, 2, 3])
            try image.apply(.partitionChange(record), &delta)
        }
        try eventually("node 1 is mended") { (try? contents(cluster, 1)) == whole }
        try eventually("node 3 has all") { try cluster.partition(3).facts.logEndOffset == 20 }
        #expect(try cluster.bytes(3) == cluster.bytes(1))
    }

    @Test func whoIsAloneSaysSo() throws {
        let cluster = try cluster(replicas: [1])
        defer { cluster.stop() }
        try damage(cluster, 1, at: 100)
        try cluster.partition(1).store?.repairer.look(cluster.partition(1), 0)
        try eventually("it says that there is nobody") {
            findings(cluster, 1).contains {
                $0 == .notRepaired(TopicPartition("t", 0), reason: "no other replica is in sync")
            }
        }
    }
}

extension TestClient {
    /// How many bytes of records a consumer gets.
    fileprivate func fetchBytes(offset: Int64) throws -> Int {
        var request = FetchRequest()
        (request.minBytes, request.maxBytes) = (0, 1 << 20)
        request.topics = [fetchTopic("", id: ReplicaCluster.topicId, offset: offset)]
        let answer = try call(request, FetchResponse.self, version: 16)
        return answer.responses.first?.partitions.first?.records?.count ?? 0
    }
}

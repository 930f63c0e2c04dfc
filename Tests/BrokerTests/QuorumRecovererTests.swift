import ClusterMetadata
import KRaft
import KafkaProtocol
import LogStorage
import NIOCore
import Testing
import World

@testable import Broker

/// `ottla storage recover-quorum`: what it says of a directory, and what it makes of it.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct QuorumRecovererTests {
    private static let roles: [Int32: String] = [1: "broker,controller", 2: "controller", 3: "controller"]

    private func recoverer(
        _ cluster: TestCluster,
        _ id: Int32,
        _ settings: [String: String] = [:]
    ) throws -> QuorumRecoverer {
        let values = try cluster.values(id).merging(settings) { $1 }
        let disk = try #require(cluster.disks[id])
        return QuorumRecoverer(try BrokerConfig(values), world: .real(files: disk), logger: .silent)
    }

    private func content(_ disk: MemoryFileSystem) -> [String: [UInt8]] {
        Dictionary(uniqueKeysWithValues: disk.paths.filter { !$0.hasSuffix(".lock") }.map { ($0, disk.peek($0) ?? []) })
    }

    private func refusal(_ body: () throws -> Void) -> String {
        do { try body() } catch { return "\(error)" }
        return "done"
    }

    @Test func theOneThatIsLeftServesAgain() throws {
        let cluster = try TestCluster(Self.roles, isDynamic: true)
        try cluster.start()
        #expect(try cluster.client(1).createTopic("letters") == ErrorCode.none)
        #expect(refusal { _ = try recoverer(cluster, 1).plan() }.contains("in use"), "the node runs")
        cluster.stopAll()
        let disk = try #require(cluster.disks[1])
        let before = content(disk)
        let plan = try recoverer(cluster, 1).plan()
        #expect(content(disk) == before, "nothing is changed")
        #expect(plan.voters.map(\.id) == [1, 2, 3] && plan.lost == [2, 3] && plan.isVoter && plan.kraftVersion == 1)
        #expect(plan.step == .onlyVoter(epoch: plan.leaderEpoch + 1))
        #expect(plan.directoryId == TestCluster.directoryId(1) && plan.nodeId == 1)
        #expect(try recoverer(cluster, 1).execute() == plan)
        #expect(refusal { _ = try recoverer(cluster, 1).execute() }.contains("the only voter already"))
        try cluster.start([1])
        let client = try cluster.client(1)
        #expect(try client.createTopic("letters") == .topicAlreadyExists)
        #expect(try client.createTopic("numbers") == ErrorCode.none)
        #expect(try #require(cluster.nodes[1]).core.metadata.status.voters == [1])
        // A former voter with an empty disk is an observer first.
        try cluster.replaceDisk(2)
        try cluster.start([2])
        _ = try cluster.wait("node 2 follows") {
            cluster.nodes[2]?.core.metadata.latest.image.topic(named: "numbers") == nil ? nil : true
        }
        cluster.stopAll()
    }

    @Test func whatIsNoMetadataLogIsRefused() throws {
        let cluster = try TestCluster(Self.roles, isDynamic: true)
        #expect(refusal { _ = try recoverer(cluster, 1).plan() }.contains("no metadata log of a node that ran"))
        let disk = MemoryFileSystem()
        let config = try BrokerConfig(try cluster.values(1))
        let nowhere = QuorumRecoverer(config, world: .real(files: disk), logger: .silent)
        #expect(refusal { _ = try nowhere.plan() }.contains("does not exist"))
        try disk.createDirectory("/data")
        #expect(refusal { _ = try nowhere.plan() }.contains("not formatted"))
    }

    @Test func aDamagedLogIsRefusedAndLeftAsItIs() throws {
        let cluster = try TestCluster(Self.roles, isDynamic: true)
        try cluster.start()
        cluster.stopAll()
        let disk = try #require(cluster.disks[1])
        let path = try #require(disk.paths.first { $0.contains("__cluster_metadata-0") && $0.hasSuffix(".log") })
        let byte = try #require(disk.peek(path)?[80])
        disk.damage(path, at: 80, [byte ^ 1])
        let before = content(disk)
        #expect(refusal { _ = try recoverer(cluster, 1).plan() }.contains("damaged"))
        #expect(refusal { _ = try recoverer(cluster, 1).execute() }.contains("damaged"))
        #expect(content(disk) == before)
    }

    /// kraft.version 0: the configuration is to be changed first, and then each node is told.
    @Test func votersOfTheConfigurationTakeThePlaceOfThoseThatAreLost() throws {
        let cluster = try TestCluster(Self.roles)
        try cluster.start()
        cluster.stopAll()
        let same = refusal { _ = try recoverer(cluster, 1).plan() }
        #expect(same.contains("controller.quorum.voters") && same.contains("1, 2, 3"))
        let settings = ["controller.quorum.voters": "1@127.0.0.1:\(try cluster.controllerPort(1))"]
        let plan = try recoverer(cluster, 1, settings).execute()
        #expect(plan.step == .takeConfigured([1]) && plan.lost == [2, 3])
        let disk = try #require(cluster.disks[1])
        let start = NodeStarting()
        let node = try start.begin(
            try BrokerConfig(try cluster.values(1).merging(settings) { $1 }),
            world: .real(files: disk)
        )
        let ready = try start.wait()
        #expect(try TestClient(port: ready.port).createTopic("letters") == ErrorCode.none)
        node.stop()
    }
}

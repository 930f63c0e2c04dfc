import ClusterMetadata
import KRaft
import KafkaProtocol
import LogStorage
import Testing
import World

@testable import Broker

/// Several nodes that find one another, agree on metadata, and lose some of themselves.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct ClusterTests {
    private static let combined: [Int32: String] = [
        1: "broker,controller", 2: "broker,controller", 3: "broker,controller",
    ]

    private func others(_ cluster: TestCluster, than id: Int32) -> [Int32] {
        cluster.nodes.keys.sorted().filter { $0 != id }
    }

    private func sees(_ cluster: TestCluster, _ topic: String) throws {
        for id in cluster.nodes.keys.sorted() where cluster.nodes[id]?.broker != nil {
            _ = try cluster.wait("node \(id) knows \(topic)") {
                cluster.nodes[id]?.node.view.image.topicIds[topic]
            }
        }
    }

    private func quorum(_ client: TestClient) throws -> DescribeQuorumResponse.PartitionData {
        var topic = DescribeQuorumRequest.TopicData()
        topic.topicName = "__cluster_metadata"
        topic.partitions = [DescribeQuorumRequest.PartitionData()]
        var request = DescribeQuorumRequest()
        request.topics = [topic]
        let response = try client.call(request, DescribeQuorumResponse.self, version: 2)
        return try #require(response.topics.first?.partitions.first)
    }

    /// Whoever is asked has the controller do it, and the controller may be another one from one moment to the next.
    @Test func threeNodesElectAControllerAndWorkOnWithoutIt() throws {
        let cluster = try TestCluster(Self.combined)
        try cluster.start()
        let first = try cluster.leader()
        let follower = try #require(others(cluster, than: first).first)
        #expect(try cluster.client(follower).createTopic("one") == ErrorCode.none)
        try sees(cluster, "one")
        let view = try #require(cluster.nodes[follower]).node.view
        #expect(view.image.brokers.keys.sorted() == [1, 2, 3])
        cluster.stop(first)
        #expect(try cluster.client(follower).createTopic("two") == ErrorCode.none)
        let second = try cluster.leader()
        #expect(second != first)
        // It comes back with what it has, and hears the rest.
        try cluster.start([first])
        try sees(cluster, "two")
        #expect(try cluster.client(first).createTopic("one") == .topicAlreadyExists)
        cluster.stopAll()
    }

    @Test func anyBrokerDescribesTheQuorum() throws {
        let cluster = try TestCluster([1: "controller", 2: "controller", 3: "controller", 4: "broker"])
        try cluster.start()
        let leader = try cluster.leader()
        let client = try cluster.client(4)
        let state = try cluster.wait("all have fetched") { () -> DescribeQuorumResponse.PartitionData? in
            let state = try quorum(client)
            let replicas = state.currentVoters + state.observers
            return replicas.count == 4 && replicas.allSatisfy { $0.logEndOffset > 0 } ? state : nil
        }
        #expect(state.leaderId == leader && state.errorCode == .none && state.highWatermark > 0)
        #expect(state.currentVoters.map(\.replicaId) == [1, 2, 3] && state.observers.map(\.replicaId) == [4])
        let now = World.real.time.wall.milliseconds
        #expect(state.currentVoters.allSatisfy { now - $0.lastFetchTimestamp < 60_000 })
        // A controller leaves no mark: it has no logs of partitions.
        cluster.stopAll()
        #expect(cluster.disks[1]?.exists("/data/.kafka_cleanshutdown") == false)
        #expect(cluster.disks[4]?.exists("/data/.kafka_cleanshutdown") == true)
    }

    /// The log names the voters, and who is none finds them by the addresses of the configuration.
    @Test func votersThatTheLogNamesAreFoundByTheirAddresses() throws {
        let cluster = try TestCluster(
            [1: "controller", 2: "broker,controller", 3: "controller", 4: "broker"],
            isDynamic: true
        )
        try cluster.start()
        let state = try cluster.wait("all have fetched") { () -> DescribeQuorumResponse.PartitionData? in
            let state = try quorum(try cluster.client(4))
            return state.currentVoters.allSatisfy { $0.logEndOffset > 0 } && state.observers.count == 1 ? state : nil
        }
        #expect(state.currentVoters.map(\.replicaDirectoryId) == [1, 2, 3].map { TestCluster.directoryId($0) })
        #expect(try cluster.client(4).createTopic("letters") == ErrorCode.none)
        try sees(cluster, "letters")
        // The controllers have told what they are.
        _ = try cluster.wait("three controllers are registered") {
            try #require(cluster.nodes[4]).node.view.image.controllers.count == 3 ? true : nil
        }
        cluster.stopAll()
    }

    /// The cluster comes back when all of it was gone.
    @Test func allNodesStopAndStartAgain() throws {
        let cluster = try TestCluster(Self.combined)
        try cluster.start()
        #expect(try cluster.client(2).createTopic("kept") == ErrorCode.none)
        cluster.stopAll()
        try cluster.start()
        try sees(cluster, "kept")
        cluster.stopAll()
    }

    /// What the log no longer has, a snapshot tells.
    @Test func aBrokerThatComesLateBeginsWithASnapshot() throws {
        let cluster = try TestCluster(
            [1: "controller", 2: "controller", 3: "controller", 4: "broker", 5: "broker"],
            settings: ["metadata.log.max.record.bytes.between.snapshots": "2000"]
        )
        try cluster.start([1, 2, 3, 4])
        let client = try cluster.client(4)
        let names = (1...60).map { "topic-\($0)" }
        for name in names { #expect(try client.createTopic(name) == ErrorCode.none) }
        let leader = try cluster.leader()
        let disk = try #require(cluster.disks[leader])
        _ = try cluster.wait("two snapshots are kept, and the log begins at the older one") {
            try disk.list("/data/__cluster_metadata-0").filter { $0.hasSuffix(".checkpoint") }.count >= 2 ? true : nil
        }
        try cluster.start([5])
        #expect(try #require(cluster.nodes[5]).node.view.image.topicIds.count == names.count)
        let snapshots = try #require(cluster.disks[5]).list("/data/__cluster_metadata-0").filter {
            $0.hasSuffix(".checkpoint") && !$0.hasPrefix("00000000000000000000-")
        }
        #expect(!snapshots.isEmpty)
        // Whoever stops in order says so.
        cluster.stop(5)
        _ = try cluster.wait("5 is fenced") {
            try #require(cluster.nodes[4]).node.view.image.brokers[5]?.isFenced == true ? true : nil
        }
        cluster.stopAll()
    }

    /// The directories are a copy, and the first process is there.
    @Test func aSecondProcessWithANodesDirectoriesWaitsAndEndsWithASentence() throws {
        let cluster = try TestCluster([1: "broker,controller", 2: "broker"])
        try cluster.start()
        let client = try cluster.client(2)
        #expect(try client.createTopic("t", partitions: 4) == ErrorCode.none)
        try sees(cluster, "t")
        let before = try #require(cluster.nodes[1]?.node.view.image.brokers[2])
        let copy = try #require(cluster.disks[2]).forNextProcess()
        let values = try cluster.values(2).merging(["initial.broker.registration.timeout.ms": "1500"]) { $1 }
        do {
            try RunningNode.started(try BrokerConfig(values), world: .real(files: copy)).stop()
            Issue.record("the second process was taken")
        } catch let error as ConfigurationError {
            #expect(error.description.contains("another process is broker 2"))
            #expect(error.description.contains("a node.id and log directories of its own"))
        }
        #expect(cluster.nodes[1]?.node.view.image.brokers[2] == before)
        let led = try #require(cluster.nodes[1]?.node.view.image.topic(named: "t")?.partitions)
            .filter { $1.leader == 2 }.map(\.0)
        #expect(!led.isEmpty)
        for number in led { #expect(try client.produce("t", number, "v").only.errorCode == ErrorCode.none) }
        cluster.stopAll()
    }

    /// A node that waits for others can be stopped, and leaves its directory as it was.
    @Test func aNodeWithoutAMajorityWaitsAndCanBeStopped() throws {
        let cluster = try TestCluster(Self.combined)
        let disk = try #require(cluster.disks[1])
        try {
            let node = try NodeStarting().begin(try BrokerConfig(try cluster.values(1)), world: .real(files: disk))
            _ = try cluster.wait("it stands for election") { node.core.metadata.status.leaderId < 0 ? true : nil }
            node.stop()
        }()
        #expect(!disk.exists("/data/.kafka_cleanshutdown"))
        try cluster.start()
        cluster.stopAll()
    }

    @Test func aNodeOfSeveralIsNotFormattedByItself() throws {
        let cluster = try TestCluster(Self.combined)
        #expect(throws: ConfigurationError.self) {
            try RunningNode.started(try BrokerConfig(try cluster.values(1)), world: .real(files: MemoryFileSystem()))
        }
    }
}

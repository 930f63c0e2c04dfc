import ClusterMetadata
import KafkaProtocol
import LogStorage
import Testing
import World

@testable import Broker

/// Three nodes of two log directories each, one of which fails on one of them.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct FailedDirectoryTests {
    private static let roles: [Int32: String] = [
        1: "broker,controller", 2: "broker,controller", 3: "broker,controller",
    ]
    private static let partitions: Int32 = 12
    /// What nobody has to wait for.
    private static let lag: Int64 = 120_000
    /// Virtual time would say less than one; this machine has others to serve.
    private static let bound: Int64 = 10_000

    private func makeCluster(_ settings: [String: String] = [:]) throws -> TestCluster {
        let own = [
            "log.dirs": "/data,/two", "min.insync.replicas": "2", "replica.lag.time.max.ms": "\(Self.lag)",
            "auto.leader.rebalance.enable": "false",
        ]
        let cluster = try TestCluster(Self.roles, settings: own.merging(settings) { $1 })
        try cluster.start()
        #expect(try cluster.client(1).createTopic("t", partitions: Self.partitions, replicas: 3) == ErrorCode.none)
        _ = try cluster.wait("all nodes know the topic") {
            cluster.nodes.keys.allSatisfy { image(cluster, $0)?.partitions.count == Int(Self.partitions) } ? true : nil
        }
        for number in 0..<Self.partitions { try produce(cluster, number, "first") }
        _ = try cluster.wait("the controller knows where all replicas are") {
            let told = (image(cluster, 1)?.partitions ?? PartitionTable()).flatMap(\.value.directories)
            return told.count == 3 * Int(Self.partitions) && !told.contains(.zero) ? true : nil
        }
        return cluster
    }

    private func image(_ cluster: TestCluster, _ node: Int32) -> TopicImage? {
        cluster.nodes[node]?.node.view.image.topic(named: "t")
    }

    /// With acks=all, to whoever leads.
    private func produce(_ cluster: TestCluster, _ number: Int32, _ value: String) throws {
        _ = try cluster.wait("\(value) is acknowledged by t-\(number)") { () -> Bool? in
            guard let leader = image(cluster, 1)?.partitions[number]?.leader, leader >= 0 else { return nil }
            return try cluster.client(leader).produce("t", number, value).only.errorCode == .none ? true : nil
        }
    }

    /// The partitions whose replicas a node has in its second directory: those that it leads, and those that it follows.
    private func second(_ cluster: TestCluster, _ node: Int32) throws -> (led: [Int32], followed: [Int32]) {
        let store = try #require(cluster.nodes[node]).node.store
        let there = (0..<Self.partitions).filter { store[TopicPartition("t", $0)]?.directory.path == "/two" }
        let led = there.filter { image(cluster, 1)?.partitions[$0]?.leader == node }
        return (led, there.filter { !led.contains($0) })
    }

    private func failSecond(_ cluster: TestCluster, _ node: Int32) throws {
        try #require(cluster.disks[node]).setPlan { _, _, path in
            path.hasPrefix("/two/") ? .fail(errno: 5) : .proceed
        }
    }

    /// Waits until nothing counts on a node's replicas of these partitions.
    private func leaves(_ cluster: TestCluster, _ node: Int32, _ numbers: [Int32]) throws {
        _ = try cluster.wait("nobody counts on \(node)") {
            let topic = image(cluster, 1)
            return numbers.allSatisfy { number in
                topic?.partitions[number].map { $0.leader > 0 && $0.leader != node && !$0.isr.contains(node) } ?? false
            } ? true : nil
        }
    }

    @Test func othersLeadWhatWasInADirectoryThatFails() throws {
        let cluster = try makeCluster()
        let victim: Int32 = 3
        let (led, followed) = try second(cluster, victim)
        try #require(!led.isEmpty && !followed.isEmpty)
        try failSecond(cluster, victim)
        let began = World.real.time.now
        let code = try cluster.client(victim).produce("t", led[0], "refused").only.errorCode
        #expect(code == .kafkaStorageError)
        try leaves(cluster, victim, led + followed)
        for number in led + followed { try produce(cluster, number, "second") }
        #expect(World.real.time.now.milliseconds(since: began) < Self.bound)
        // The other directory is as it was.
        let others = (0..<Self.partitions).filter { !(led + followed).contains($0) }
        #expect(others.allSatisfy { image(cluster, 1)?.partitions[$0]?.isr.contains(victim) == true })
        let view = try #require(cluster.nodes[1]).node.view
        let offline = try #require(view.image.topic(named: "t")?.partitions[led[0]]).replicas.filter { $0 == victim }
        #expect(view.offlineReplicas(of: try #require(image(cluster, 1)?.partitions[led[0]])) == offline)
        cluster.stopAll()
    }

    /// What is in it can be read, and comes back by itself. What nobody writes to stays.
    @Test func othersLeadWhatAFullDirectoryHasNoSpaceForUntilItHas() throws {
        let cluster = try makeCluster()
        let victim: Int32 = 3
        let (led, followed) = try second(cluster, victim)
        let (first, quiet) = (try #require(led.first), try #require(led.last))
        let other = try #require(followed.first)
        try #require(first != quiet)
        let disk = try #require(cluster.disks[victim])
        disk.setPlan { _, operation, path in
            operation == "write" && path.hasPrefix("/two/t-") ? .fail(errno: 28) : .proceed
        }
        let began = World.real.time.now
        #expect(try cluster.client(victim).produce("t", first, "refused").only.errorCode == .kafkaStorageError)
        for number in [first, other] { try produce(cluster, number, "second") }
        try leaves(cluster, victim, [first, other])
        // It goes on fetching, from where it found no space; nobody waits for it.
        for number in [first, other] { for count in 0..<5 { try produce(cluster, number, "more \(count)") } }
        #expect(World.real.time.now.milliseconds(since: began) < Self.bound)
        #expect(image(cluster, 1)?.partitions[quiet]?.leader == victim)
        let store = try #require(cluster.nodes[victim]).node.store
        #expect(store.directories.allSatisfy { !$0.isOffline })
        disk.setPlan { _, _, _ in .proceed }
        _ = try cluster.wait("all are in sync again, where they were") {
            let ids = store.directories.map(\.meta.directoryId)
            let partitions = [first, other].compactMap { image(cluster, 1)?.partitions[$0] }
            return partitions.allSatisfy { $0.isr.count == 3 && $0.directory(of: victim) == ids[1] } ? true : nil
        }
        cluster.stopAll()
    }

    /// Kafka's leaders wait there for the follower until replica.lag.time.max.ms is over.
    @Test func whatTheOthersHaveIsAcknowledgedAtOnceWhenAFollowersDirectoryFails() throws {
        let cluster = try makeCluster()
        let victim: Int32 = 3
        let (_, followed) = try second(cluster, victim)
        let number = try #require(followed.first)
        try failSecond(cluster, victim)
        let began = World.real.time.now
        try produce(cluster, number, "without it")
        #expect(World.real.time.now.milliseconds(since: began) < Self.bound)
        try leaves(cluster, victim, [number])
        cluster.stopAll()
    }
}

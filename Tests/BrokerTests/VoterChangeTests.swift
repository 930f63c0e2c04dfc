import ClusterMetadata
import KRaft
import KafkaProtocol
import LogStorage
import Testing
import World

@testable import Broker

/// Voters of the metadata quorum that come and go (KIP-853), as clients ask for it.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct VoterChangeTests {
    private static let roles: [Int32: String] = [
        1: "controller", 2: "controller", 3: "controller", 4: "controller", 5: "broker",
    ]

    private func quorum(_ client: TestClient) throws -> DescribeQuorumResponse.PartitionData {
        var topic = DescribeQuorumRequest.TopicData()
        topic.topicName = "__cluster_metadata"
        topic.partitions = [DescribeQuorumRequest.PartitionData()]
        var request = DescribeQuorumRequest()
        request.topics = [topic]
        let response = try client.call(request, DescribeQuorumResponse.self, version: 2)
        return try #require(response.topics.first?.partitions.first)
    }

    private func add(
        _ id: Int32,
        _ directory: KafkaUUID,
        _ cluster: TestCluster,
        _ client: TestClient,
        timeout: Int32 = 30_000
    ) throws -> AddRaftVoterResponse {
        var request = AddRaftVoterRequest()
        (request.clusterId, request.voterId, request.voterDirectoryId) = (nil, id, directory)
        request.timeoutMs = timeout
        var listener = AddRaftVoterRequest.Listener()
        (listener.name, listener.host) = ("CONTROLLER", "127.0.0.1")
        listener.port = try cluster.controllerPort(id)
        request.listeners = [listener]
        return try client.call(request, AddRaftVoterResponse.self, version: 1)
    }

    private func remove(_ id: Int32, _ directory: KafkaUUID, _ client: TestClient) throws -> RemoveRaftVoterResponse {
        var request = RemoveRaftVoterRequest()
        (request.clusterId, request.voterId, request.voterDirectoryId) = (nil, id, directory)
        return try client.call(request, RemoveRaftVoterResponse.self, version: 0)
    }

    private func upgrade(
        _ client: TestClient,
        _ feature: String = "kraft.version",
        to level: Int16 = 1
    ) throws -> UpdateFeaturesResponse {
        var update = UpdateFeaturesRequest.FeatureUpdateKey()
        (update.feature, update.maxVersionLevel, update.upgradeType) = (feature, level, 1)
        var request = UpdateFeaturesRequest()
        request.featureUpdates = [update]
        return try client.call(request, UpdateFeaturesResponse.self, version: 2)
    }

    /// The directory of a controller that follows without a vote.
    private func observer(_ id: Int32, _ cluster: TestCluster, _ client: TestClient) throws -> KafkaUUID {
        try cluster.wait("node \(id) follows") {
            try quorum(client).observers.first { $0.replicaId == id }?.replicaDirectoryId
        }
    }

    private func waitForVoters(_ ids: [Int32], _ cluster: TestCluster, _ client: TestClient) throws {
        _ = try cluster.wait("\(ids) vote") { try quorum(client).currentVoters.map(\.replicaId) == ids ? true : nil }
    }

    /// Through a broker that has no controller; each refusal says what is wrong.
    @Test func anObserverIsAddedOnceAndWithItsOwnDirectoryOnly() throws {
        let cluster = try TestCluster(Self.roles, isDynamic: true, initial: [1, 2, 3])
        try cluster.start()
        let client = try cluster.client(5)
        let directory = try observer(4, cluster, client)
        #expect(directory != .zero)
        let other = KafkaUUID(high: 5, low: 5)
        let wrong = try add(4, other, cluster, client, timeout: 100)
        #expect(wrong.errorCode == .requestTimedOut)
        #expect(wrong.errorMessage?.contains("\(directory)") == true, "\(wrong.errorMessage ?? "")")
        let absent = try remove(4, directory, client)
        #expect(absent.errorCode == .voterNotFound)
        #expect(absent.errorMessage?.contains("not one of the voters") == true, "\(absent.errorMessage ?? "")")
        let added = try add(4, directory, cluster, client)
        #expect(added.errorCode == .none && added.errorMessage == nil)
        try waitForVoters([1, 2, 3, 4], cluster, client)
        let again = try add(4, directory, cluster, client)
        #expect(again.errorCode == .duplicateVoter)
        #expect(again.errorMessage?.contains("node 4 is a voter already") == true, "\(again.errorMessage ?? "")")
        #expect(try client.createTopic("letters") == ErrorCode.none)
        // A restart of all finds them in the log.
        cluster.stopAll()
        try cluster.start()
        try waitForVoters([1, 2, 3, 4], cluster, try cluster.client(5))
        cluster.stopAll()
    }

    /// The others do not have to miss it first: that would take half a minute here.
    @Test func anActiveControllerThatIsRemovedHandsOverAtOnce() throws {
        let cluster = try TestCluster(
            Self.roles,
            isDynamic: true,
            initial: [1, 2, 3],
            settings: ["controller.quorum.fetch.timeout.ms": "30000"]
        )
        try cluster.start()
        let client = try cluster.client(5)
        let old = try cluster.leader()
        let began = World.real.time.now
        let removed = try remove(old, TestCluster.directoryId(old), client)
        #expect(removed.errorCode == .none, "\(removed.errorMessage ?? "")")
        _ = try cluster.wait("another one leads") {
            try cluster.leader() != old && quorum(client).leaderId != old ? true : nil
        }
        #expect(World.real.time.now.milliseconds(since: began) < 15_000)
        let state = try cluster.wait("the old one only follows") { () -> DescribeQuorumResponse.PartitionData? in
            let state = try quorum(client)
            return state.observers.contains { $0.replicaId == old } ? state : nil
        }
        #expect(state.currentVoters.map(\.replicaId) == [1, 2, 3].filter { $0 != old })
        #expect(try client.createTopic("letters") == ErrorCode.none)
        #expect(try remove(old, TestCluster.directoryId(old), client).errorCode == .voterNotFound)
        cluster.stopAll()
    }

    /// Controllers join by themselves, and again with an empty disk in place of the one with which they voted.
    @Test func controllersThatMayJoinDoSo() throws {
        let roles: [Int32: String] = [1: "controller", 2: "controller", 3: "controller", 5: "broker"]
        let cluster = try TestCluster(roles, isDynamic: true, initial: [1], joins: true)
        try cluster.start()
        let client = try cluster.client(5)
        try waitForVoters([1, 2, 3], cluster, client)
        let former = try #require(try quorum(client).currentVoters.first { $0.replicaId == 3 }).replicaDirectoryId
        cluster.stop(3)
        try cluster.replaceDisk(3)
        try cluster.start([3])
        _ = try cluster.wait("node 3 votes with its new disk") {
            let voters = try quorum(client).currentVoters
            let directory = voters.first { $0.replicaId == 3 }?.replicaDirectoryId
            return voters.count == 3 && directory != nil && directory != former ? true : nil
        }
        cluster.stopAll()
    }

    /// kraft.version 1 would shut out a voter that has not told its directory; asking for it harms nobody.
    @Test func votersAreNamedByTheLogOnceAllOfThemAreKnown() throws {
        let cluster = try TestCluster([1: "broker,controller", 2: "broker,controller", 3: "controller"])
        try cluster.start([1, 2])
        let client = try cluster.client(1)
        let before = try add(3, KafkaUUID(high: 5, low: 5), cluster, client)
        #expect(before.errorCode == .unsupportedVersion)
        #expect(before.errorMessage?.contains("kraft.version") == true, "\(before.errorMessage ?? "")")
        let refused = try upgrade(client)
        #expect(refused.errorCode == .invalidUpdateVersion)
        #expect(refused.errorMessage?.contains("3") == true, "\(refused.errorMessage ?? "")")
        #expect(try client.createTopic("letters") == ErrorCode.none, "the controller goes on")
        try cluster.start([3])
        _ = try cluster.wait("all have told of themselves") { try upgrade(client).errorCode == .none ? true : nil }
        let state = try quorum(client)
        #expect(state.currentVoters.allSatisfy { $0.replicaDirectoryId != .zero })
        let third = try #require(state.currentVoters.first { $0.replicaId == 3 })
        #expect(try remove(3, third.replicaDirectoryId, client).errorCode == .none)
        try waitForVoters([1, 2], cluster, client)
        cluster.stopAll()
    }

    /// As Kafka's tools do with --bootstrap-controller (KIP-919).
    @Test func controllersAreAskedThemselves() throws {
        let cluster = try TestCluster([1: "controller", 2: "controller", 3: "controller"], isDynamic: true)
        try cluster.start()
        let leader = try cluster.leader()
        let client = try TestClient(port: Int(try cluster.controllerPort(leader)))
        func describe(_ type: Int8) throws -> DescribeClusterResponse {
            var request = DescribeClusterRequest()
            request.endpointType = type
            return try client.call(request, DescribeClusterResponse.self, version: 2)
        }
        let known = try cluster.wait("all are registered") { () -> DescribeClusterResponse? in
            let response = try describe(2)
            return response.brokers.count == 3 ? response : nil
        }
        #expect(known.errorCode == .none && known.errorMessage == nil && known.endpointType == 2)
        #expect(known.controllerId == leader && known.clusterId == TestCluster.clusterId)
        #expect(known.brokers.map(\.brokerId) == [1, 2, 3])
        #expect(try known.brokers.map(\.port) == [1, 2, 3].map { Int32(try cluster.controllerPort($0)) })
        #expect(try describe(1).errorCode == .mismatchedEndpointType)
        #expect(try describe(7).errorCode == .unsupportedEndpointType)
        let follower = try #require([1, 2, 3].first { $0 != leader })
        #expect(try remove(follower, TestCluster.directoryId(follower), client).errorCode == .none)
        try waitForVoters([1, 2, 3].filter { $0 != follower }, cluster, client)
        cluster.stopAll()
    }

    /// Removed from the metadata once it has stopped; before, it registers again, and voters stay.
    @Test func aControllerThatIsGoneIsUnregistered() throws {
        let cluster = try TestCluster(
            Self.roles,
            isDynamic: true,
            initial: [1, 2, 3],
            settings: ["unstable.feature.versions.enable": "true"]
        )
        try cluster.start()
        let client = try cluster.client(5)
        func unregister(_ id: Int32) throws -> UnregisterControllerResponse {
            var request = UnregisterControllerRequest()
            request.controllerId = id
            return try client.call(request, UnregisterControllerResponse.self, version: 0)
        }
        /// As all know it: one of them alone may not have heard of the last change.
        func registered() throws -> [Int32] {
            let known = Set(
                [1, 2, 3, 5].compactMap { cluster.nodes[$0]?.core.metadata.latest.image.controllers.keys.sorted() }
            )
            return known.count == 1 ? known.first ?? [] : []
        }
        _ = try cluster.wait("all are registered") { try registered() == [1, 2, 3, 4] ? true : nil }
        let early = try unregister(4)
        #expect(early.errorCode == .unsupportedVersion, "metadata.version is too low")
        #expect(try upgrade(client, "metadata.version", to: 33).errorCode == .none)
        for voter: Int32 in [1, 2, 3] { #expect(try unregister(voter).errorCode == .invalidRequest) }
        #expect(try unregister(4).errorCode == .none)
        _ = try cluster.wait("it runs, and registers again") { try registered() == [1, 2, 3, 4] ? true : nil }
        cluster.stop(4)
        let gone = try unregister(4)
        #expect(gone.errorCode == .none && gone.errorMessage == nil)
        _ = try cluster.wait("it is gone") { try registered() == [1, 2, 3] ? true : nil }
        #expect(try unregister(4).errorCode == .controllerIdNotRegistered)
        cluster.stopAll()
    }

    @Test func aNodeThatNobodyReachesKeepsItsOnlyVoter() throws {
        let node = try TestNode()
        defer { node.running.stop() }
        let client = try node.client()
        let refused = try remove(1, KafkaUUID(high: 5, low: 5), client)
        #expect(refused.errorCode == .invalidRequest)
        #expect(refused.errorMessage?.contains("controller.listener.names") == true)
    }
}

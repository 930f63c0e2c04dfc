import ClusterMetadata
import KafkaProtocol
import Testing
import World

@testable import Broker

/// Groups go where the leadership of their partition goes.
@Suite(.serialized)
struct ReplicaGroupTests {
    private static let offsetsId = KafkaUUID(high: 5, low: 17)

    private func cluster() throws -> ReplicaCluster {
        let cluster = try ReplicaCluster()
        try cluster.create(TopicName.consumerOffsets, id: Self.offsetsId, partitions: 2)
        try cluster.create()
        return cluster
    }

    private func elect(_ leader: Int32, _ cluster: ReplicaCluster) throws {
        for number in 0..<2 as Range<Int32> { try cluster.elect(leader, number, topic: Self.offsetsId) }
    }

    private func coordinator(_ client: TestClient) throws -> FindCoordinatorResponse.Coordinator {
        let request = make(FindCoordinatorRequest()) { $0.coordinatorKeys = ["g"] }
        return try #require(
            try client.call(request, FindCoordinatorResponse.self, version: 4).coordinators.first
        )
    }

    private func store(_ offset: Int64, _ client: TestClient) throws -> ErrorCode? {
        try client.call(commit("g", offset: offset), OffsetCommitResponse.self, version: 8).topics.first?.partitions
            .first?.errorCode
    }

    private func group(_ client: TestClient) throws -> OffsetFetchResponse.OffsetFetchResponseGroup {
        let request = make(OffsetFetchRequest()) { request in
            request.groups = [
                make(OffsetFetchRequest.OffsetFetchRequestGroup()) { ($0.groupId, $0.topics) = ("g", nil) }
            ]
        }
        return try #require(try client.call(request, OffsetFetchResponse.self, version: 8).groups.first)
    }

    private func offset(_ client: TestClient) throws -> Int64? {
        try group(client).topics.first?.partitions.first?.committedOffset
    }

    @Test func aGroupIsWhereItsPartitionIsLed() throws {
        let cluster = try cluster()
        defer { cluster.stop() }
        let (one, two) = (try cluster.client(1), try cluster.client(2))
        for client in [one, two] {
            let found = try coordinator(client)
            #expect(found.errorCode == .none && found.nodeId == 1)
            #expect(found.port == Int32(cluster.nodes[0].running.ready.port))
        }
        #expect(try store(5, one) == ErrorCode.none)
        #expect(try store(6, two) == .notCoordinator)
        #expect(try group(two).errorCode == .notCoordinator)

        try elect(2, cluster)
        #expect(try coordinator(one).nodeId == 2)
        #expect(try store(7, one) == .notCoordinator)
        try eventually("it is loaded") { try group(two).errorCode == .none }
        #expect(try offset(two) == 5)
        #expect(try store(8, two) == ErrorCode.none)

        // What it knew when it led before is not what counts.
        try elect(1, cluster)
        try eventually("it is loaded again") { try group(one).errorCode == .none }
        #expect(try offset(one) == 8)
        #expect(try group(two).errorCode == .notCoordinator)
    }

    /// A new leader does not know yet that its last records are committed. Without another append it learns that from its followers; until then
    /// it must not say what was before.
    @Test func nobodyIsServedBeforeWhatWasLoadedIsCommitted() throws {
        let cluster = try cluster()
        defer { cluster.stop() }
        let (one, two) = (try cluster.client(1), try cluster.client(2))
        #expect(try store(5, one) == ErrorCode.none)
        let number = CoordinatorPartition.number(for: "g", of: 2)
        try eventually("it is known to be committed") {
            try cluster.partition(2, number, topic: TopicName.consumerOffsets).facts.highWatermark == 1
        }
        try cluster.isolate(1)
        try elect(2, cluster)
        try eventually("it is loaded") { try group(two).errorCode == .none }
        let writer = try cluster.client(2)
        try writer.send(commit("g", offset: 6), version: 8)
        try eventually("it is appended") {
            try cluster.partition(2, number, topic: TopicName.consumerOffsets).facts.logEndOffset == 2
        }
        #expect(try offset(two) == 5)
        try elect(-1, cluster)
        let lost = try #require(try writer.receive(OffsetCommitResponse.self, version: 8))
        #expect(lost.topics.first?.partitions.first?.errorCode == .notCoordinator)
        try elect(2, cluster)
        for _ in 0..<20 { #expect(try group(two).errorCode == .coordinatorLoadInProgress) }
        try cluster.heal()
        try eventually("it is committed") { try group(two).errorCode == .none }
        #expect(try offset(two) == 6)
    }

    @Test func whoCannotBeReachedCoordinatesNothing() throws {
        let cluster = try cluster()
        defer { cluster.stop() }
        let two = try cluster.client(2)
        #expect(try coordinator(two).nodeId == 1)
        try cluster.setFenced(1, true)
        #expect(try coordinator(two).errorCode == .coordinatorNotAvailable)
        try elect(-1, cluster)
        #expect(try coordinator(two).errorCode == .coordinatorNotAvailable)
    }
}

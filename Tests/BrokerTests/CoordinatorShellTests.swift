import KafkaProtocol
import Testing
import World

@testable import Broker

/// What clients hear of a coordinator whose partition fails.
@Suite(.serialized)
struct CoordinatorShellTests {
    private func node() throws -> (TestNode, TestClient) {
        let node = try TestNode(settings: ["ottla.flush.policy": "ack"])
        let client = try node.client()
        #expect(try client.createTopic("t", partitions: 1, [:]) == ErrorCode.none)
        _ = try client.call(
            make(FindCoordinatorRequest()) { $0.coordinatorKeys = ["g"] },
            FindCoordinatorResponse.self,
            version: 4
        )
        #expect(try store(5, client) == ErrorCode.none)
        return (node, client)
    }

    private func store(_ offset: Int64, _ client: TestClient) throws -> ErrorCode? {
        try client.call(commit("g", offset: offset), OffsetCommitResponse.self, version: 8).topics.first?.partitions
            .first?.errorCode
    }

    private func group(_ client: TestClient) throws -> OffsetFetchResponse.OffsetFetchResponseGroup? {
        let request = make(OffsetFetchRequest()) { request in
            request.groups = [
                make(OffsetFetchRequest.OffsetFetchRequestGroup()) { ($0.groupId, $0.topics) = ("g", nil) }
            ]
        }
        return try client.call(request, OffsetFetchResponse.self, version: 8).groups.first
    }

    private func offset(_ client: TestClient) throws -> Int64? {
        try group(client)?.topics.first?.partitions.first?.committedOffset
    }

    @Test func aCommitThatTheDiskRefusesIsUndoneAndTheNextOneCounts() throws {
        let (node, client) = try node()
        node.disk.setPlan { _, operation, path in
            operation == "write" && path.contains("__consumer_offsets-") ? .fail(errno: 28) : .proceed
        }
        #expect(try store(6, client) == .notCoordinator)
        #expect(try offset(client) == 5)
        node.disk.setPlan { _, _, _ in .proceed }
        #expect(try store(7, client) == ErrorCode.none)
        #expect(try offset(client) == 7)
        node.running.stop()
    }

    @Test func aCommitOfWhichNobodyKnowsWhetherItStaysEndsTheCoordinator() throws {
        let (node, client) = try node()
        node.disk.setPlan { _, operation, path in
            operation == "sync" && path.contains("__consumer_offsets-") ? .fail(errno: 5) : .proceed
        }
        #expect(try store(6, client) == .notCoordinator)
        node.disk.setPlan { _, _, _ in .proceed }
        #expect(try store(7, client) == .notCoordinator)
        #expect(try group(client)?.errorCode == .notCoordinator)
        let joined = try client.call(join("g", ""), JoinGroupResponse.self, version: 3)
        #expect(joined.errorCode == .notCoordinator)
        node.running.stop()
    }
}

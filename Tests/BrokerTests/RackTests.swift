import KafkaProtocol
import Replication
import Synchronization
import Testing
import World

@testable import Broker

/// Consumers that read from the replica in their rack (KIP-392).
@Suite(.serialized)
struct RackTests {
    private static let rackAware = [
        "replica.selector.class": "org.apache.kafka.common.replica.RackAwareReplicaSelector",
        "replica.lag.time.max.ms": "600000",
    ]

    private func cluster(_ settings: [String: String] = rackAware) throws -> ReplicaCluster {
        let cluster = try ReplicaCluster(3, settings: settings, racks: ["a", "b", "c"])
        try cluster.create(replicas: [1, 2, 3])
        return cluster
    }

    private func fetch(
        _ offset: Int64,
        rack: String,
        session: (id: Int32, epoch: Int32) = (0, -1),
        wait: Int32 = 0
    ) -> FetchRequest {
        make(FetchRequest()) { request in
            (request.rackId, request.maxWaitMs, request.minBytes) = (rack, wait, 1)
            (request.sessionId, request.sessionEpoch) = session
            request.topics = [fetchTopic("", id: ReplicaCluster.topicId, offset: offset)]
        }
    }

    private func ask(_ client: TestClient, _ request: FetchRequest) throws -> FetchResponse.PartitionData {
        try #require(try client.call(request, FetchResponse.self, version: 16).responses.first?.partitions.first)
    }

    /// All replicas have so many records, and their leader knows that, and they know that it does.
    private func settle(_ cluster: ReplicaCluster, at end: Int64) throws {
        try eventually("all have \(end) records, and know that all have") {
            try cluster.partition(1).state.withLock { $0.replica.followers.allSatisfy { $0.end == end } }
                && [2, 3].allSatisfy { node in
                    try cluster.partition(node).state.withLock {
                        $0.replica.highWatermark == end && $0.replica.servesReaders
                    }
                }
        }
    }

    @Test func consumersAreSentToTheFollowerInTheirRack() throws {
        let cluster = try cluster()
        defer { cluster.stop() }
        let (leader, follower) = (try cluster.client(1), try cluster.client(2))
        #expect(try leader.produce("t", 0, "x").only.errorCode == ErrorCode.none)
        try settle(cluster, at: 1)
        let sent = try ask(leader, fetch(0, rack: "b", wait: 60_000))
        #expect(sent.errorCode == .none && sent.preferredReadReplica == 2)
        #expect(sent.records?.count == 0 && sent.highWatermark == 1)
        let read = try ask(follower, fetch(0, rack: "b"))
        #expect(read.errorCode == .none && read.records?.count ?? 0 > 0)
        #expect(read.highWatermark == 1 && read.preferredReadReplica == -1)
        for rack in ["a", "", "elsewhere"] {
            let own = try ask(leader, fetch(0, rack: rack))
            #expect(own.preferredReadReplica == -1 && own.records?.count ?? 0 > 0)
        }
        // At the end, where there is nothing to read yet, too.
        #expect(try ask(leader, fetch(1, rack: "c", wait: 60_000)).preferredReadReplica == 3)
    }

    @Test func nobodyIsSentAwayByALeaderThatIsNotAskedTo() throws {
        let cluster = try cluster(["replica.lag.time.max.ms": "600000"])
        defer { cluster.stop() }
        let leader = try cluster.client(1)
        #expect(try leader.produce("t", 0, "x").only.errorCode == ErrorCode.none)
        try settle(cluster, at: 1)
        let own = try ask(leader, fetch(0, rack: "b"))
        #expect(own.preferredReadReplica == -1 && own.records?.count ?? 0 > 0)
    }

    @Test func aSessionIsToldWhereverItsPartitionStands() throws {
        let cluster = try cluster()
        defer { cluster.stop() }
        let (writer, reader) = (try cluster.client(1), try cluster.client(1))
        // No follower has what is asked for: the leader keeps the consumer as long as that is so.
        let new = try reader.call(fetch(0, rack: "d", session: (0, 0)), FetchResponse.self, version: 16)
        #expect(new.responses.first?.partitions.first?.preferredReadReplica == -1)
        #expect(try writer.produce("t", 0, "x").only.errorCode == ErrorCode.none)
        try settle(cluster, at: 1)
        var next = fetch(0, rack: "b", session: (new.sessionId, 1), wait: 60_000)
        next.topics = []
        let told = try reader.call(next, FetchResponse.self, version: 16)
        #expect(told.responses.first?.partitions.first?.preferredReadReplica == 2)
    }

    @Test func aFetchThatWaitsAtAFollowerHearsOfRecordsOnceTheyAreCommitted() throws {
        let cluster = try cluster()
        defer { cluster.stop() }
        let (writer, reader) = (try cluster.client(1), try cluster.client(2))
        #expect(try writer.produce("t", 0, "x").only.errorCode == ErrorCode.none)
        try settle(cluster, at: 1)
        // Once without a session, and once in one.
        for (offset, session) in [(1, (0, -1)), (2, (0, 0))] as [(Int64, (Int32, Int32))] {
            if session.1 == 0 {
                let new = try reader.call(
                    fetch(offset, rack: "b", session: session),
                    FetchResponse.self,
                    version: 16
                )
                #expect(new.responses.first?.partitions.first?.records?.count == 0)
                var next = fetch(offset, rack: "b", session: (new.sessionId, 1), wait: 60_000)
                next.topics = []
                try reader.send(next, version: 16)
            } else {
                try reader.send(fetch(offset, rack: "b", session: session, wait: 60_000), version: 16)
            }
            #expect(try writer.produce("t", 0, "y").only.errorCode == ErrorCode.none)
            let answer = try #require(try reader.receive(FetchResponse.self, version: 16)?.responses.first)
            #expect(answer.partitions.first?.records?.count ?? 0 > 0)
            #expect(answer.partitions.first?.highWatermark == offset + 1)
            try settle(cluster, at: offset + 1)
        }
    }

    @Test func aFollowerSendsConsumersToTheLeaderForWhatItDoesNotKnow() throws {
        let cluster = try cluster()
        defer { cluster.stop() }
        let (writer, reader) = (try cluster.client(1), try cluster.client(2))
        #expect(try writer.produce("t", 0, "x").only.errorCode == ErrorCode.none)
        try settle(cluster, at: 1)
        let beyond = try ask(reader, fetch(7, rack: "b"))
        #expect(beyond.errorCode == .notLeaderOrFollower && beyond.currentLeader.leaderId == 1)
        // Before it could name itself nearby, a consumer knew leaders only.
        var old = fetch(0, rack: "")
        old.topics = [fetchTopic("t")]
        let refused = try reader.call(old, FetchResponse.self, version: 10)
        #expect(refused.responses.first?.partitions.first?.errorCode == .notLeaderOrFollower)
        // One that waits hears that the replica is no longer in sync.
        try reader.send(fetch(1, rack: "b", wait: 60_000), version: 16)
        cluster.refuseIsrs(.ineligibleReplica)
        try cluster.elect(-2, isr: [1, 3])
        let out = try #require(try reader.receive(FetchResponse.self, version: 16)?.responses.first?.partitions.first)
        #expect(out.errorCode == .notLeaderOrFollower)
        let leader = try cluster.client(1)
        #expect(try ask(leader, fetch(0, rack: "b")).preferredReadReplica == -1)
        #expect(try ask(leader, fetch(0, rack: "c")).preferredReadReplica == 3)
    }

    @Test func aClassThatThereIsNotIsRefused() {
        #expect {
            _ = try BrokerConfig(["replica.selector.class": "com.example.Nearest"])
        } throws: { error in
            "\(error)".contains("replica.selector.class cannot be 'com.example.Nearest'")
        }
    }
}

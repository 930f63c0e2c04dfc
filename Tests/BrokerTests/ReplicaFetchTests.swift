import KafkaProtocol
import NIOCore
import Replication
import Testing
import World

@testable import Broker

/// What a leader answers to the fetches of a broker, and who is sent elsewhere.
@Suite(.serialized)
struct ReplicaFetchTests {
    private func fetch(
        _ offset: Int64,
        epoch: Int32 = 0,
        lastEpoch: Int32 = -1,
        replica: Int32 = 2,
        brokerEpoch: Int64 = 1 << 40,
        session: Int32 = 0,
        sessionEpoch: Int32 = -1,
        wait: Int32 = 0
    ) -> FetchRequest {
        make(FetchRequest()) { request in
            (request.replicaState.replicaId, request.replicaState.replicaEpoch) = (replica, brokerEpoch)
            (request.maxWaitMs, request.minBytes) = (wait, 1)
            (request.sessionId, request.sessionEpoch) = (session, sessionEpoch)
            request.topics = [
                make(FetchRequest.FetchTopic()) { topic in
                    topic.topicId = ReplicaCluster.topicId
                    topic.partitions = [
                        make(FetchRequest.FetchPartition()) {
                            ($0.fetchOffset, $0.currentLeaderEpoch, $0.lastFetchedEpoch) = (offset, epoch, lastEpoch)
                            $0.partitionMaxBytes = 1 << 20
                        }
                    ]
                }
            ]
        }
    }

    private func ask(_ client: TestClient, _ request: FetchRequest) throws -> FetchResponse.PartitionData {
        let response = try client.call(request, FetchResponse.self, version: 17)
        #expect(response.errorCode == .none)
        return try #require(response.responses.first?.partitions.first)
    }

    /// Node 2 leads nothing, and is kept from fetching: the test fetches for it.
    private func cluster() throws -> ReplicaCluster {
        let cluster = try ReplicaCluster()
        cluster.node(2).store.fetchers.stop()
        try cluster.create()
        return cluster
    }

    @Test func aFollowerReadsToTheEndAndSaysByItsOffsetWhatItHas() throws {
        let cluster = try cluster()
        defer { cluster.stop() }
        let (client, follower) = (try cluster.client(1), try cluster.client(1))
        try client.send(client.produceRequest("t", 0, "a", acks: -1), version: 12)
        try eventually("it is appended") { try cluster.partition(1).facts.logEndOffset == 1 }
        let first = try ask(follower, fetch(0))
        #expect(first.errorCode == .none && first.highWatermark == 0 && first.records?.count ?? 0 > 0)
        #expect(!client.hasAnswer)
        let second = try ask(follower, fetch(1, lastEpoch: 0))
        #expect(second.highWatermark == 1 && second.records?.count == 0)
        #expect(try client.receive(ProduceResponse.self, version: 12)?.only.errorCode == ErrorCode.none)
    }

    @Test func aWaitingFetchHearsOfAppendsAndOfTheWatermark() throws {
        let cluster = try cluster()
        defer { cluster.stop() }
        let (client, follower) = (try cluster.client(1), try cluster.client(1))
        let new = try follower.call(fetch(0, sessionEpoch: 0), FetchResponse.self, version: 17)
        let session = new.sessionId
        #expect(session != 0)
        var next = fetch(0, session: session, sessionEpoch: 1, wait: 60_000)
        next.topics = []
        try follower.send(next, version: 17)
        #expect(try client.produce("t", 0, "a", acks: 1).only.errorCode == ErrorCode.none)
        let appended = try #require(try follower.receive(FetchResponse.self, version: 17))
        #expect(appended.responses.first?.partitions.first?.records?.count ?? 0 > 0)
        // Its own fetch moves the watermark, and nothing else happens.
        try follower.send(fetch(1, lastEpoch: 0, session: session, sessionEpoch: 2, wait: 60_000), version: 17)
        let told = try #require(try follower.receive(FetchResponse.self, version: 17))
        #expect(told.responses.first?.partitions.first?.highWatermark == 1)
        // A session is one broker's.
        next = fetch(1, replica: 3, session: session, sessionEpoch: 3)
        #expect(try follower.call(next, FetchResponse.self, version: 17).errorCode == .fetchSessionIdNotFound)
    }

    @Test func whatDoesNotCountIsRefused() throws {
        let cluster = try cluster()
        defer { cluster.stop() }
        let (client, follower) = (try cluster.client(1), try cluster.client(1))
        for value in ["a", "b", "c"] { _ = try client.produce("t", 0, value, acks: 1) }
        #expect(try ask(follower, fetch(0, epoch: 1)).errorCode == .unknownLeaderEpoch)
        #expect(try ask(follower, fetch(4)).errorCode == .offsetOutOfRange)
        #expect(try ask(follower, fetch(0, replica: 9)).errorCode == .notLeaderOrFollower)
        #expect(try ask(follower, fetch(0, brokerEpoch: 0)).errorCode == .staleBrokerEpoch)
        let diverging = try ask(follower, fetch(9, lastEpoch: 0))
        #expect(diverging.errorCode == .none && diverging.divergingEpoch.epoch == 0)
        #expect(diverging.divergingEpoch.endOffset == 3 && diverging.records?.count == 0)
        #expect(try cluster.partition(1).facts.highWatermark == 0, "none of these says what the follower has")
        try cluster.elect(2)
        let gone = try ask(follower, fetch(3, lastEpoch: 0))
        #expect(gone.errorCode == .notLeaderOrFollower)
        #expect(gone.currentLeader.leaderId == 2 && gone.currentLeader.leaderEpoch == 1)
        try cluster.elect(1)
        #expect(try ask(follower, fetch(0, epoch: 1)).errorCode == .fencedLeaderEpoch)
    }

    @Test func aWaitingFetchEndsWithTheLeadership() throws {
        let cluster = try cluster()
        defer { cluster.stop() }
        let follower = try cluster.client(1)
        try follower.send(fetch(0, wait: 60_000), version: 17)
        WorldTime.real.pause(milliseconds: 50)
        try cluster.elect(2)
        let response = try #require(try follower.receive(FetchResponse.self, version: 17))
        let ended = try #require(response.responses.first?.partitions.first)
        #expect([.fencedLeaderEpoch, .notLeaderOrFollower].contains(ended.errorCode))
        #expect(ended.currentLeader.leaderId == 2)
        #expect(response.nodeEndpoints.map(\.nodeId) == [2])
        #expect(response.nodeEndpoints.first?.port == Int32(cluster.nodes[1].running.ready.port))
    }

    @Test func replicasFetchByTheListenerOfBrokersOnly() throws {
        let node = try TestNode()
        defer { node.running.stop() }
        var old = fetch(0)
        (old.replicaId, old.replicaState) = (2, FetchRequest.ReplicaState())
        let client = try node.client()
        try client.send(old, version: 12)
        #expect(try client.receive(FetchResponse.self, version: 12) == nil, "it cannot say where its log parts")
        let current = try node.client()
        let answer = try current.call(fetch(0), FetchResponse.self, version: 17)
        #expect(answer.responses.first?.partitions.first?.errorCode == .unknownTopicId)
    }

    @Test func producersAndConsumersAreToldWhoLeads() throws {
        let cluster = try ReplicaCluster(3)
        defer { cluster.stop() }
        try cluster.create(replicas: [1, 2])
        // One that follows, and one that has no replica.
        for other in [2, 3] as [Int32] {
            let client = try cluster.client(other)
            let produced = try client.produce("t", 0, "x")
            #expect(produced.only.errorCode == .notLeaderOrFollower && produced.only.currentLeader.leaderId == 1)
            #expect(produced.only.currentLeader.leaderEpoch == 0)
            #expect(produced.nodeEndpoints.map(\.nodeId) == [1])
            #expect(produced.nodeEndpoints.first?.port == Int32(cluster.nodes[0].running.ready.port))
            var request = FetchRequest()
            // A follower answers for what it has; nobody has this yet.
            request.topics = [fetchTopic("", id: ReplicaCluster.topicId, offset: 9)]
            let fetched = try client.call(request, FetchResponse.self, version: 16)
            #expect(fetched.responses.first?.partitions.first?.errorCode == .notLeaderOrFollower)
            #expect(fetched.responses.first?.partitions.first?.currentLeader.leaderId == 1)
            #expect(fetched.nodeEndpoints.map(\.nodeId) == [1])
            let old = try client.produce("t", 0, "x", version: 9)
            #expect(old.only.errorCode == .notLeaderOrFollower && old.nodeEndpoints.isEmpty)
        }
    }
}

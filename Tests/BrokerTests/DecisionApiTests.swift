import KafkaProtocol
import Testing
import World

@testable import Broker

/// What nodes tell of their decisions to those who ask.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct DecisionApiTests {
    private func ask(
        _ client: TestClient,
        _ kind: DecisionSubjectKind? = nil,
        _ name: String = "",
        _ partition: Int32 = -1,
        limit: Int32 = 100
    ) throws -> DescribeDecisionsResponse {
        var request = DescribeDecisionsRequest()
        request.limit = limit
        request.subjects = kind.map { kind in
            var subject = DescribeDecisionsRequest.DecisionSubject()
            (subject.kind, subject.name, subject.partition) = (kind.rawValue, name, partition)
            return [subject]
        }
        return try client.call(request, DescribeDecisionsResponse.self, version: 0)
    }

    @Test func aNodeTellsWhatItRemembers() throws {
        let before = WorldTime.real.wall.milliseconds
        let node = try TestNode()
        defer { node.running.stop() }
        let client = try node.client()
        let response = try ask(client, .broker, "1")
        #expect(response.errorCode == .none && response.nodeId == 1 && response.sinceMs >= before)
        let registered = try #require(response.decisions.first { $0.kind == "registered" })
        #expect(registered.reason == "firstTime" && registered.source == DecisionSource.controller.rawValue)
        #expect(registered.subjects.map(\.name) == ["1"] && registered.atMs >= before)
        #expect(registered.text.hasPrefix("broker 1 registered with epoch"))
        #expect(registered.evidence.map(\.name) == ["epoch"] && registered.count == 1)
        #expect(response.decisions.map(\.number) == response.decisions.map(\.number).sorted())
        #expect(try ask(client, .broker, "1", limit: 1).decisions.count == 1)
        #expect(try ask(client, .broker, "2").decisions.isEmpty)
        #expect(try ask(client).decisions.count >= response.decisions.count)
        #expect(try ask(client, limit: -3).decisions.isEmpty)
    }

    @Test func subjectsThatAreNoneAreRefused() throws {
        let node = try TestNode()
        defer { node.running.stop() }
        let client = try node.client()
        let response = try ask(client, .broker, "one")
        #expect(response.errorCode == .invalidRequest && response.errorMessage?.contains("no broker's id") == true)
        var request = DescribeDecisionsRequest()
        request.subjects = [DescribeDecisionsRequest.DecisionSubject()]
        request.subjects?[0].kind = 77
        #expect(
            try client.call(request, DescribeDecisionsResponse.self, version: 0).errorCode == .invalidRequest
        )
        request.subjects = Array(repeating: DescribeDecisionsRequest.DecisionSubject(), count: 101)
        #expect(
            try client.call(request, DescribeDecisionsResponse.self, version: 0).errorCode == .invalidRequest
        )
    }

    /// A follower that was cut off says so, and its leader why it is out of the in-sync set.
    @Test func replicasTellWhyTheyAreWhatTheyAre() throws {
        let cluster = try ReplicaCluster(settings: ["replica.lag.time.max.ms": "500"])
        defer { cluster.stop() }
        try cluster.create(partitions: 2)
        #expect(try cluster.client(1).produce("t", 0, "together").only.errorCode == .none)
        try cluster.isolate(2, from: 1)
        #expect(try cluster.client(1).produce("t", 0, "alone", acks: 1).only.errorCode == .none)
        try eventually("2 is out") { cluster.isr() == [1] }
        let leader = try cluster.client(1)
        try eventually("the leader tells why") {
            let found = try ask(leader, .partition, "t", 0).decisions
            guard let shrink = found.first(where: { $0.kind == "isrShrink" }) else { return false }
            let evidence = Dictionary(uniqueKeysWithValues: shrink.evidence.map { ($0.name, $0.value) })
            return shrink.reason == "behind" && evidence["removing"] == "2" && evidence["limit_ms"] == "500"
                && found.contains { $0.kind == "isr" && $0.evidence.first?.value == "1" }
        }
        // Of the other partition, of all of the topic, of none.
        #expect(try !ask(leader, .partition, "t", 1).decisions.contains { $0.kind == "isrShrink" })
        #expect(try ask(leader, .partition, "t").decisions.contains { $0.kind == "isrShrink" })
        #expect(try ask(leader, .partition, "other", 0).decisions.isEmpty)
        #expect(try ask(leader, .group, "t").decisions.isEmpty)
        let follower = try cluster.client(2)
        try eventually("the follower tells that it cannot fetch") {
            try ask(follower, .partition, "t", 0).decisions.contains { $0.kind == "fetchFails" }
                && ask(follower, .broker, "1").decisions.contains { $0.kind == "fetchFails" }
        }
        try cluster.heal()
        try eventually("and that it can again") {
            try ask(follower, .broker, "1").decisions.contains { $0.kind == "fetchGoesOn" }
                && ask(leader, .partition, "t", 0).decisions.contains { $0.kind == "isrExpand" }
        }
        try cluster.elect(2, isr: [1, 2])
        try eventually("who leads") {
            try ask(follower, .partition, "t", 0).decisions.contains { $0.kind == "leads" }
                && ask(leader, .partition, "t", 0).decisions.contains { $0.kind == "follows" }
        }
    }

    /// A leader whose disk is gone says so, and who follows it what it hears; not of what passes with the next try.
    @Test func aLeaderThatRefusesAgainAndAgainIsToldOf() throws {
        let cluster = try ReplicaCluster()
        defer { cluster.stop() }
        try cluster.create()
        #expect(try cluster.client(1).produce("t", 0, "one").only.errorCode == .none)
        cluster.node(1).store.directories[0].fail("the disk is gone")
        let follower = try cluster.client(2)
        try eventually("the follower tells what it hears") {
            let refused = try ask(follower, .partition, "t", 0).decisions.filter { $0.kind == "fetchRefused" }
            return refused.map(\.reason) == ["KAFKA_STORAGE_ERROR"] && refused.map(\.source) == [2]
        }
        let leader = try cluster.client(1)
        let lost = try ask(leader, .broker, "1").decisions.first { $0.kind == "directoryFailed" }
        #expect(lost?.evidence.map(\.value) == ["/one", "the disk is gone"])
        let offline = try ask(leader, .partition, "t", 0).decisions.first { $0.kind == "offline" }
        #expect(offline?.reason == "logFailed" && offline?.source == DecisionSource.replica.rawValue)
    }

    /// Controllers that are no brokers are asked by their own listener.
    @Test func aControllerTellsWhoFencedABroker() throws {
        let cluster = try TestCluster([1: "controller", 2: "broker", 3: "broker"])
        try cluster.start()
        #expect(try cluster.client(2).createTopic("t", partitions: 2) == ErrorCode.none)
        cluster.stop(3)
        let port = try #require(cluster.values(1)["listeners"]?.split(separator: ":").last.flatMap { Int($0) })
        let found = try ask(try TestClient(port: port), .broker, "3").decisions
        #expect(found.map(\.kind).filter { !$0.hasPrefix("un") }.starts(with: ["registered"]))
        #expect(found.contains { $0.kind == "fenced" && $0.reason == "stopped" })
        // The broker's own side went with it; the other one knows nothing of it but how its fetches fared.
        #expect(
            try ask(try cluster.client(2), .broker, "3").decisions.allSatisfy {
                $0.source == DecisionSource.fetcher.rawValue
            }
        )
        cluster.stopAll()
    }
}

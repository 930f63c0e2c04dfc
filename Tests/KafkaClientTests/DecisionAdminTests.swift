import KafkaProtocol
import NIOCore
import Testing

@testable import KafkaClient
@testable import KafkaConnection

/// All nodes of a cluster are asked why.
@Suite(.timeLimit(.minutes(2)))
struct DecisionAdminTests {
    private static func decision(_ at: Int64, _ number: Int64, _ text: String) -> DescribeDecisionsResponse.Decision {
        var row = DescribeDecisionsResponse.Decision()
        (row.atMs, row.number, row.text) = (at, number, text)
        return row
    }

    /// A cluster of broker 1, which answers, and of nodes where nobody listens.
    private static func describe(_ broker: ScriptedBroker, brokers: [Int32], voters: [Int32], knowsOwn: Bool = true) {
        let port = Int32(broker.configuration.bootstrapServers[0].port)
        broker.on(DescribeClusterRequest.self) { _ in
            var response = DescribeClusterResponse()
            response.brokers = brokers.map { id in
                var row = DescribeClusterResponse.DescribeClusterBroker()
                (row.brokerId, row.host, row.port) = (id, "127.0.0.1", id == 1 ? port : 1)
                row.isFenced = id != 1
                return row
            }
            return response
        }
        broker.on(DescribeQuorumRequest.self) { _ in
            var response = DescribeQuorumResponse()
            // Nobody leads at the moment.
            response.errorCode = .none
            response.nodes = voters.map { id in
                var listener = DescribeQuorumResponse.Listener()
                (listener.name, listener.host, listener.port) = ("CONTROLLER", "127.0.0.1", 1)
                var node = DescribeQuorumResponse.Node()
                (node.nodeId, node.listeners) = (id, [listener])
                return node
            }
            return response
        }
        if !knowsOwn { return }
        broker.on(DescribeDecisionsRequest.self) { request in
            #expect(request.limit == 2 && request.subjects?.map(\.name) == ["t"])
            var response = DescribeDecisionsResponse()
            (response.nodeId, response.sinceMs) = (1, 77)
            response.decisions = [decision(5, 1, "one"), decision(7, 2, "two"), decision(7, 3, "three")]
            return response
        }
    }

    private static var subject: DescribeDecisionsRequest.DecisionSubject {
        var subject = DescribeDecisionsRequest.DecisionSubject()
        (subject.name, subject.partition) = ("t", 0)
        return subject
    }

    @Test func aNodeThatDoesNotAnswerIsNamed() async throws {
        try await ScriptedBroker.withAdmin { broker, admin in
            Self.describe(broker, brokers: [1, 2], voters: [1, 7])
            let found = try await admin.describeDecisions(about: [Self.subject], limit: 2)
            #expect(found.rows.map(\.decision.text) == ["two", "three"] && found.rows.map(\.node) == [1, 1])
            #expect(found.silent.map(\.node) == [2, 7])
            #expect(found.silent.allSatisfy { $0.reason.code == .unreachable })
            #expect(found.since.map(\.node) == [1] && found.since.map(\.millis) == [77])
        }
    }

    @Test func aClusterOfOthersIsNotAsked() async throws {
        try await ScriptedBroker.withAdmin { broker, admin in
            Self.describe(broker, brokers: [1], voters: [1], knowsOwn: false)
            do throws(KafkaError) {
                _ = try await admin.describeDecisions(about: [Self.subject], limit: 2)
                Issue.record("there is no such API")
            } catch { #expect(error.code == .unsupported) }
        }
    }

    @Test func decisionsOfAllNodesAreOneHistory() {
        var found = ClusterDecisions()
        func answer(_ rows: DescribeDecisionsResponse.Decision...) -> Result<DescribeDecisionsResponse, KafkaError> {
            var response = DescribeDecisionsResponse()
            response.decisions = rows
            return .success(response)
        }
        found.add(2, answer(Self.decision(3, 9, "b"), Self.decision(3, 10, "c"), Self.decision(9, 11, "e")))
        found.add(1, answer(Self.decision(1, 80, "a"), Self.decision(4, 81, "d")))
        found.finish(limit: 4)
        #expect(found.rows.map(\.decision.text) == ["b", "c", "d", "e"])
        #expect(found.rows.map(\.node) == [2, 2, 1, 2])
    }
}

extension LiveTests {
    @Test func aNodeTellsWhyAGroupIsAsItIs() async throws {
        try await withNode { client in
            try await fill(client, "t", 0..<10)
            try await withConsumer(member(client)) { consumer in
                try consumer.subscribe(to: ["t"])
                _ = try await consumer.next()
            }
            var subject = DescribeDecisionsRequest.DecisionSubject()
            (subject.kind, subject.name) = (DecisionSubjectKind.group.rawValue, "g")
            let found = try await withAdmin(client) { [subject] (admin) throws(KafkaError) in
                try await admin.describeDecisions(about: [subject], limit: 10)
            }
            #expect(found.silent.isEmpty && found.rows.allSatisfy { $0.node == 1 })
            #expect(found.rows.map(\.decision.kind).starts(with: ["memberJoined", "rebalanced"]))
            let removed = try #require(found.rows.first { $0.decision.kind == "memberRemoved" }?.decision)
            #expect(removed.reason == "left")
            #expect(removed.evidence.first?.name == "member" && removed.subjects.map(\.name) == ["g"])
        }
    }
}

import KafkaClient
import KafkaProtocol
import Testing

@testable import ottla

/// What `ottla why` asks for, and what it makes of the answers.
struct DecisionsTextTests {
    @Test func targetsAreReadAsTheyAreMeant() {
        let rows: [(String, DecisionTarget?)] = [
            ("orders/3", .partition("orders", 3)), ("topic:orders/3", .partition("orders", 3)),
            ("topic:orders", .topic("orders")), ("orders", .name("orders")), ("2", .broker(2)),
            ("broker:2", .broker(2)),
            ("topic:2", .topic("2")), ("2/0", .partition("2", 0)), ("group:billing", .group("billing")),
            ("group:a/3", .group("a/3")), ("quorum", .quorum), ("topic:quorum", .topic("quorum")),
            // A group may be called so.
            ("a/b", .name("a/b")), ("-1", .name("-1")), ("orders/-1", .name("orders/-1")), ("", nil), ("broker:x", nil),
            ("group:", .name("group:")),
        ]
        for (text, expected) in rows { #expect(DecisionTarget(text) == expected, "\(text)") }
    }

    @Test func nodesAreAskedForAllThatANameMayMean() {
        func asked(_ target: DecisionTarget) -> [String] {
            target.subjects.map { "\($0.kind) \($0.name) \($0.partition)" }
        }
        #expect(asked(.partition("t", 3)) == ["0 t 3"] && asked(.topic("t")) == ["0 t -1"])
        #expect(asked(.broker(2)) == ["1 2 -1"] && asked(.group("g")) == ["2 g -1"] && asked(.quorum) == ["3  -1"])
        #expect(asked(.name("x")) == ["0 x -1", "2 x -1", "4 x -1"])
        #expect(asked(.transaction("x")) == ["4 x -1"])
    }

    private func decision(_ change: (inout DescribeDecisionsResponse.Decision) -> Void)
        -> DescribeDecisionsResponse.Decision
    {
        var decision = DescribeDecisionsResponse.Decision()
        (decision.atMs, decision.firstAtMs) = (1_700_000_000_123, 1_700_000_000_123)
        change(&decision)
        return decision
    }

    private func subject(_ kind: DecisionSubjectKind, _ name: String, _ partition: Int32 = -1)
        -> DescribeDecisionsResponse.DecidedSubject
    {
        var subject = DescribeDecisionsResponse.DecidedSubject()
        (subject.kind, subject.name, subject.partition) = (kind.rawValue, name, partition)
        return subject
    }

    private var found: ClusterDecisions {
        var found = ClusterDecisions()
        let election = decision { row in
            (row.source, row.kind, row.reason) = (0, "election", "brokerFenced")
            row.text = "t-0 is led by 2"
            row.subjects = [subject(.partition, "t", 0)]
            var evidence = DescribeDecisionsResponse.DecisionEvidence()
            (evidence.name, evidence.value) = ("leader", "2")
            row.evidence = [evidence]
        }
        let repeated = decision { row in
            (row.source, row.kind, row.text) = (2, "fetchFails", "cannot fetch")
            (row.count, row.firstAtMs, row.atMs) = (3, 1_700_000_000_000, 1_700_000_001_000)
            row.subjects = [subject(.broker, "1"), subject(.partition, "t", 0), subject(.partition, "t", 1)]
        }
        let unknown = decision { ($0.source, $0.kind, $0.text) = (99, "later", "of a later version") }
        found.rows = [
            ClusterDecisions.Row(node: 2, election), ClusterDecisions.Row(node: 3, repeated),
            ClusterDecisions.Row(node: 3, unknown),
        ]
        return found
    }

    @Test func peopleGetTimesNodesAndSentences() {
        #expect(
            DecisionsText(found).table.lines(.table) == [
                "TIME                      NODE  BY          ABOUT                DECISION",
                "2023-11-14T22:13:20.123Z     2  controller  t/0                  t-0 is led by 2",
                "2023-11-14T22:13:21.000Z     3  fetcher     broker 1 and 2 more  cannot fetch (3 times since 2023-11-14T22:13:20.000Z)",
                "2023-11-14T22:13:20.123Z     3  99                               of a later version",
            ]
        )
    }

    @Test func programsGetReasonsAndEvidence() {
        let lines = DecisionsText(found).table.lines(.json)
        #expect(
            lines.first == #"{"time":"2023-11-14T22:13:20.123Z","node":2,"by":"controller","about":"t/0","#
                + #""decision":"t-0 is led by 2","kind":"election","reason":"brokerFenced","evidence":{"leader":"2"},"#
                + #""time_ms":1700000000123,"count":1,"first_time_ms":1700000000123}"#
        )
        #expect(lines.count == 3 && lines[1].contains(#""reason":null,"evidence":{}"#))
    }

    @Test func whatIsMissingIsNamed() {
        var found = ClusterDecisions()
        found.since = [(1, 1_700_000_000_000), (3, 1_700_000_000_000)]
        found.silent = [ClusterDecisions.Silence(node: 2, reason: KafkaError(.unreachable, "nobody listens"))]
        let text = DecisionsText(found)
        #expect(text.silence == ["ottla: node 2 told nothing: nobody listens"])
        #expect(
            text.nothing(about: .partition("t", 3))
                == "ottla: no decision about partition 3 of topic 't' is remembered; node 1 since 2023-11-14T22:13:20.000Z, "
                + "node 3 since 2023-11-14T22:13:20.000Z"
        )
        #expect(
            DecisionsText(ClusterDecisions()).nothing(about: nil) == "ottla: no decision about anything is remembered"
        )
    }
}

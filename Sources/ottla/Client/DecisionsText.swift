import KafkaClient
import KafkaProtocol

/// What `ottla why` is asked about.
enum DecisionTarget: Equatable {
    case partition(String, Int32)
    case topic(String)
    case broker(Int32)
    case group(String)
    case transaction(String)
    case quorum
    /// A topic's, a group's or a transactional id.
    case name(String)

    /// nil when it can be none of these.
    init?(_ text: String) {
        if text.isEmpty { return nil }
        if text == "quorum" {
            self = .quorum
        } else if let name = Self.rest(text, "group:") {
            self = .group(name)
        } else if let id = Self.rest(text, "transaction:") {
            self = .transaction(id)
        } else if let name = Self.rest(text, "broker:") {
            guard let id = Int32(name), id >= 0 else { return nil }
            self = .broker(id)
        } else if let name = Self.rest(text, "topic:") {
            self = Self.topicOrPartition(name) ?? .topic(name)
        } else if let id = Int32(text), id >= 0 {
            self = .broker(id)
        } else {
            self = Self.topicOrPartition(text) ?? .name(text)
        }
    }

    private static func rest(_ text: String, _ prefix: String) -> String? {
        guard text.hasPrefix(prefix), text.count > prefix.count else { return nil }
        return String(text.dropFirst(prefix.count))
    }

    private static func topicOrPartition(_ text: String) -> DecisionTarget? {
        guard let slash = text.lastIndex(of: "/"), slash > text.startIndex,
            let number = Int32(text[text.index(after: slash)...]), number >= 0
        else { return nil }
        return .partition(String(text[..<slash]), number)
    }

    /// As nodes are asked.
    var subjects: [DescribeDecisionsRequest.DecisionSubject] {
        switch self {
        case .partition(let topic, let number): [Self.subject(.partition, topic, number)]
        case .topic(let name): [Self.subject(.partition, name)]
        case .broker(let id): [Self.subject(.broker, "\(id)")]
        case .group(let name): [Self.subject(.group, name)]
        case .transaction(let id): [Self.subject(.transaction, id)]
        case .quorum: [Self.subject(.quorum, "")]
        case .name(let name):
            [Self.subject(.partition, name), Self.subject(.group, name), Self.subject(.transaction, name)]
        }
    }

    private static func subject(
        _ kind: DecisionSubjectKind,
        _ name: String,
        _ partition: Int32 = -1
    ) -> DescribeDecisionsRequest.DecisionSubject {
        var subject = DescribeDecisionsRequest.DecisionSubject()
        (subject.kind, subject.name, subject.partition) = (kind.rawValue, name, partition)
        return subject
    }

    var words: String {
        switch self {
        case .partition(let topic, let number): "partition \(number) of topic '\(topic)'"
        case .topic(let name): "topic '\(name)'"
        case .broker(let id): "broker \(id)"
        case .group(let name): "group '\(name)'"
        case .transaction(let id): "transactional id '\(id)'"
        case .quorum: "the quorum"
        case .name(let name): "a topic, group or transactional id '\(name)'"
        }
    }
}

/// Decisions in words and fields.
struct DecisionsText {
    let found: ClusterDecisions

    init(_ found: ClusterDecisions) { self.found = found }

    var table: Table {
        var table = Table(
            "time",
            "node",
            "by",
            "about",
            "decision",
            details: ["kind", "reason", "evidence", "time_ms", "count", "first_time_ms"]
        )
        for row in found.rows { Self.add(row.decision, of: row.node, to: &table) }
        return table
    }

    private static func add(_ decision: DescribeDecisionsResponse.Decision, of node: Int32, to table: inout Table) {
        let source = DecisionSource(rawValue: decision.source).map { "\($0)" } ?? "\(decision.source)"
        table.add(
            time(decision.atMs),
            Value(node),
            .text(source),
            about(decision.subjects),
            .text(sentence(decision)),
            .text(decision.kind),
            Value(decision.reason),
            .fields(decision.evidence.map { ($0.name, .text($0.value)) }),
            Value(decision.atMs),
            Value(decision.count),
            Value(decision.firstAtMs)
        )
    }

    private static func sentence(_ decision: DescribeDecisionsResponse.Decision) -> String {
        if decision.count <= 1 { return decision.text }
        return "\(decision.text) (\(decision.count) times since \(time(decision.firstAtMs).cell))"
    }

    private static func time(_ millis: Int64) -> Value {
        .text(timeText(seconds: Int(millis / 1000), millis: Int(millis % 1000)))
    }

    /// One that stands for many is named by the first, and how many there are.
    private static func about(_ subjects: [DescribeDecisionsResponse.DecidedSubject]) -> Value {
        let names = subjects.map(name)
        return .text(names.count > 1 ? "\(names[0]) and \(names.count - 1) more" : names.first ?? "")
    }

    private static func name(_ subject: DescribeDecisionsResponse.DecidedSubject) -> String {
        switch DecisionSubjectKind(rawValue: subject.kind) {
        case .partition: "\(subject.name)/\(subject.partition)"
        case .broker: "broker \(subject.name)"
        case .group: "group \(subject.name)"
        case .transaction: "transactional id \(subject.name)"
        case .quorum: "quorum"
        case nil: subject.name
        }
    }

    /// A line for each node that told nothing.
    var silence: [String] {
        found.silent.map { "ottla: node \($0.node) told nothing: \($0.reason)" }
    }

    func nothing(about target: DecisionTarget?) -> String {
        let since = found.since.map { "node \($0.node) since \(Self.time($0.millis).cell)" }.joined(separator: ", ")
        return
            "ottla: no decision about \(target?.words ?? "anything") is remembered\(since.isEmpty ? "" : "; \(since)")"
    }
}

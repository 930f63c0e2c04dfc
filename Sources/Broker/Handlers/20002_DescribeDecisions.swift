import KafkaProtocol

/// DescribeDecisions, an API of Ottla's own: what this node decided last, and why. Needs DESCRIBE on the cluster once there are ACLs.
struct DescribeDecisionsHandler: ApiHandler {
    let decisions: DecisionLog
    let nodeId: Int32

    /// The most that one answer has.
    private static let limit: Int32 = 1000
    /// The most subjects that one request may name.
    private static let subjectLimit = 100

    /// What is asked about.
    private enum Wanted {
        case subject(DecisionSubject)
        case topic(String)

        init?(_ asked: DescribeDecisionsRequest.DecisionSubject) {
            switch DecisionSubjectKind(rawValue: asked.kind) {
            case .partition where asked.partition < 0: self = .topic(asked.name)
            case .partition: self = .subject(.partition(TopicPartition(asked.name, asked.partition)))
            case .broker:
                guard let id = Int32(asked.name) else { return nil }
                self = .subject(.broker(id))
            case .group: self = .subject(.group(asked.name))
            case .transaction: self = .subject(.transaction(asked.name))
            case .quorum: self = .subject(.quorum)
            case nil: return nil
            }
        }

        func includes(_ subject: DecisionSubject) -> Bool {
            switch (self, subject) {
            case (.subject(let wanted), _): wanted == subject
            case (.topic(let name), .partition(let partition)): partition.topic == name
            case (.topic, _): false
            }
        }
    }

    func handle(_ message: DescribeDecisionsRequest, _ request: Request) {
        var response = DescribeDecisionsResponse()
        (response.nodeId, response.sinceMs) = (nodeId, decisions.began.milliseconds)
        response.forgotten = decisions.forgotten
        let wanted = message.subjects?.map { Wanted($0) }
        if wanted?.count ?? 0 > Self.subjectLimit {
            return refuse(request, &response, "a request may name \(Self.subjectLimit) subjects at most")
        }
        if wanted?.contains(where: { $0 == nil }) ?? false {
            return refuse(
                request,
                &response,
                "a subject is of a kind that this node does not know, or is no broker's id"
            )
        }
        let limit = Int(min(max(message.limit, 0), Self.limit))
        let found = decisions.last(limit) { subject in
            wanted?.contains { $0?.includes(subject) ?? false } ?? true
        }
        response.decisions = found.map(Self.row)
        request.reply(response)
    }

    private func refuse(_ request: Request, _ response: inout DescribeDecisionsResponse, _ reason: String) {
        (response.errorCode, response.errorMessage) = (.invalidRequest, reason)
        request.reply(response)
    }

    private static func row(_ entry: DecisionShelf.Entry) -> DescribeDecisionsResponse.Decision {
        let account = entry.decision.account
        var row = DescribeDecisionsResponse.Decision()
        (row.atMs, row.number) = (entry.at.milliseconds, entry.number)
        (row.firstAtMs, row.count) = (entry.firstAt.milliseconds, entry.count)
        (row.source, row.kind, row.reason) = (entry.decision.source.rawValue, account.kind, account.reason)
        row.text = entry.decision.sentence
        row.evidence = account.evidence.map { evidence in
            var cell = DescribeDecisionsResponse.DecisionEvidence()
            (cell.name, cell.value) = (evidence.name, evidence.value)
            return cell
        }
        row.subjects = entry.decision.subjects.map(Self.cell)
        return row
    }

    private static func cell(_ subject: DecisionSubject) -> DescribeDecisionsResponse.DecidedSubject {
        var cell = DescribeDecisionsResponse.DecidedSubject()
        switch subject {
        case .partition(let partition):
            cell.kind = DecisionSubjectKind.partition.rawValue
            (cell.name, cell.partition) = (partition.topic, partition.partition)
        case .broker(let id): (cell.kind, cell.name) = (DecisionSubjectKind.broker.rawValue, "\(id)")
        case .group(let name): (cell.kind, cell.name) = (DecisionSubjectKind.group.rawValue, name)
        case .transaction(let id): (cell.kind, cell.name) = (DecisionSubjectKind.transaction.rawValue, id)
        case .quorum: cell.kind = DecisionSubjectKind.quorum.rawValue
        }
        return cell
    }
}

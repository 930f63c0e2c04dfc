import ClusterMetadata
import DequeModule
import KafkaProtocol

/// Elections that are decided and not committed yet: somebody leads when they are.
struct ElectionsUnderWay: Sendable {
    private struct Entry: Sendable {
        var endOffset: Int64
        var decidedAt: MonotonicTime
        var changes: [PartitionDecision]
    }

    private var entries: Deque<Entry> = []

    /// - Parameter endOffset: they are committed when all before it is.
    mutating func add(_ decisions: [ControllerDecision], endOffset: Int64, now: MonotonicTime) {
        let changes = decisions.compactMap { decision -> PartitionDecision? in
            guard case .partition(let change) = decision, change.before.leader != change.after.leader else {
                return nil
            }
            return change
        }
        if !changes.isEmpty { entries.append(Entry(endOffset: endOffset, decidedAt: now, changes: changes)) }
    }

    mutating func committed(to endOffset: Int64, now: MonotonicTime, _ log: DecisionLog) {
        while let first = entries.first, first.endOffset <= endOffset {
            entries.removeFirst()
            for change in first.changes {
                log.elected(change, nanos: now.nanoseconds - first.decidedAt.nanoseconds)
            }
        }
    }
}

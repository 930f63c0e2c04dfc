@_spi(Sabotage) import KafkaProtocol

/// A time during which this node coordinates the shard. What belongs to an earlier term comes too late and is ignored.
package struct CoordinatorTerm: Hashable, Sendable, Comparable, CustomStringConvertible {
    package var number: Int64

    package var description: String { "\(number)" }
    package static func < (left: CoordinatorTerm, right: CoordinatorTerm) -> Bool { left.number < right.number }
}

/// One batch on its way into the partition.
package struct CoordinatorAppend<Record> {
    package struct Id: Hashable, Sendable {
        package var term: CoordinatorTerm
        package var number: Int64
    }

    package enum Content {
        /// Records of one or several decisions.
        case records([Record])
        /// Records of one transaction.
        case transactional([Record], TransactionalProducer)
        /// The control batch that ends a transaction.
        case marker(TransactionMarker)
    }

    package var id: Id
    package var content: Content
}

extension CoordinatorAppend: Sendable where Record: Sendable {}
extension CoordinatorAppend.Content: Sendable where Record: Sendable {}

/// A batch of the partition, as loading reads it.
package struct CoordinatorBatch<Record> {
    package var content: CoordinatorAppend<Record>.Content
    /// The offset after the batch.
    package var endOffset: Int64

    package init(_ content: CoordinatorAppend<Record>.Content, endOffset: Int64) {
        self.content = content
        self.endOffset = endOffset
    }
}

/// What should happen after an event. The shell carries it out once it has left the shard's lock.
package struct CoordinatorEffects<Shard: CoordinatorShard> {
    /// Append this batch and tell the outcome, as an event of its own. There is never a second one before that.
    package var append: CoordinatorAppend<Shard.Record>?
    /// Read the partition from its start to its end, for this term.
    package var load: CoordinatorTerm?
    package var answers: [(token: CoordinatorToken, result: Result<Shard.Response, ErrorCode>)] = []
    package var reasons: [Shard.Reason] = []
}

extension CoordinatorEffects: Sendable where Shard.Record: Sendable, Shard.Response: Sendable, Shard.Reason: Sendable {}

/// How the runtime is.
package enum CoordinatorPhase: Equatable, Sendable {
    /// This node does not coordinate the shard.
    case givenUp
    /// The partition is being replayed, or waits for that.
    case loading
    case active
    /// The partition cannot be replayed.
    case failed

    /// What those who ask are told; nil when they are served.
    package var refusal: ErrorCode? {
        switch self {
        case .givenUp: .notCoordinator
        case .loading: Sabotage.answersWhileLoading.isOn ? nil : .coordinatorLoadInProgress
        case .active: nil
        case .failed: .coordinatorNotAvailable
        }
    }
}

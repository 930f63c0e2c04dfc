import KafkaProtocol

/// What the broker's configuration says about transactions.
package struct TransactionConfig: Sendable {
    /// `transaction.max.timeout.ms`
    package var maxTimeoutMillis: Int64 = 900_000
    /// `transactional.id.expiration.ms`
    package var idExpirationMillis: Int64 = 604_800_000
    /// For how long a request waits for the markers of the transaction before; then it is refused, and comes again.
    package var waitMillis: Int64 = 1000
    /// `transaction.two.phase.commit.enable`
    package var allowsTwoPhase = false
    /// How long answers wait for their records to be replicated.
    package var commitTimeoutMillis: Int64 = 10_000
    /// The level of `transaction.version` in force: it changes while the broker runs.
    package var level: @Sendable () -> Int16 = { 2 }

    package init() {}
}

/// What the coordinator of transactions is asked for.
package enum TransactionRequest: Sendable {
    case initProducer(InitTransactionalProducer)
    /// The transaction takes in partitions, and begins with the first.
    case add(TransactionMember, [TopicPartition], version: Int16)
    /// Whether partitions belong to the transaction under way.
    case verify(TransactionMember, [TopicPartition])
    case end(EndTransaction)
    /// Markers stand in these partitions, or none is needed.
    case written(id: String, TransactionalProducer, [TopicPartition])
    /// Ids that nobody has used for long are forgotten.
    case expire
}

/// Whose transaction.
package struct TransactionMember: Equatable, Sendable {
    package var id: String
    package var producer: TransactionalProducer

    package init(id: String, producer: TransactionalProducer) {
        (self.id, self.producer) = (id, producer)
    }
}

/// A producer begins to use a transactional id, or goes on after an error (KIP-360).
package struct InitTransactionalProducer: Sendable {
    package var id: String
    package var timeoutMillis: Int32
    /// Who the producer is so far; nil for one that has just been started.
    package var expected: TransactionalProducer?
    /// A producer id that nobody has had, when one turned out to be needed.
    package var fresh: Int64?
    /// Transactions have no time limit: something outside decides how they end (KIP-939).
    package var isTwoPhase = false
    /// A transaction that is open stays, so that the producer can end it as was decided outside.
    package var keepsPrepared = false

    package init(id: String, timeoutMillis: Int32, expected: TransactionalProducer? = nil, fresh: Int64? = nil) {
        (self.id, self.timeoutMillis) = (id, timeoutMillis)
        (self.expected, self.fresh) = (expected, fresh)
    }
}

/// A producer commits or aborts.
package struct EndTransaction: Sendable {
    package var member: TransactionMember
    package var isCommit: Bool
    /// Of transactions, as the client speaks it: from 2 on the epoch grows with each.
    package var version: Int16
    package var fresh: Int64?

    package init(_ member: TransactionMember, isCommit: Bool, version: Int16, fresh: Int64? = nil) {
        (self.member, self.isCommit) = (member, isCommit)
        (self.version, self.fresh) = (version, fresh)
    }
}

package enum TransactionResponse: Equatable, Sendable {
    /// How the producer goes on.
    case producer(TransactionalProducer)
    /// The same, and whose transaction is open.
    case kept(TransactionalProducer, open: TransactionalProducer)
    case failed(ErrorCode)
    /// It is to be asked again, with a fresh producer id.
    case needsProducerId
    case done
    case verified([TopicPartition: ErrorCode])
}

/// Markers to be written, since the outcome is committed.
package struct TransactionOutcome: Equatable, Sendable {
    package var id: String
    package var producer: TransactionalProducer
    package var isCommit: Bool
    package var version: Int16
    package var partitions: [TopicPartition]
}

/// Why a transaction ended that its producer did not end, or an id went.
package enum TransactionReason: Equatable, Sendable, CustomStringConvertible {
    case timedOut(afterMillis: Int64, limitMillis: Int32, partitions: Int)
    case fenced(TransactionalProducer, partitions: Int)
    case expired(afterMillis: Int64)

    package var description: String {
        switch self {
        case .timedOut(let millis, let limit, let partitions):
            "aborted in \(partitions) partitions: it was open for \(millis) ms, its transaction.timeout.ms is \(limit)"
        case .fenced(let producer, let partitions):
            "aborted in \(partitions) partitions: another producer uses the id now; \(producer.id) epoch \(producer.epoch) is fenced"
        case .expired(let millis): "forgotten: nobody has used the id for \(millis) ms"
        }
    }
}

/// A transactional id and what became of it.
package struct ExplainedTransaction: Equatable, Sendable {
    package var id: String
    package var reason: TransactionReason
}

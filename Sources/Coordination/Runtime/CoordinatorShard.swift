import KafkaProtocol

/// Who waits for an answer: the shell's number for it, never used twice.
package typealias CoordinatorToken = UInt64

/// When something happens, by both clocks.
package struct Moment: Equatable, Sendable {
    /// For sessions and timeouts.
    package var now: MonotonicTime
    /// For what is stored: timestamps and expiry.
    package var wall: WallTime

    package init(now: MonotonicTime, wall: WallTime) {
        self.now = now
        self.wall = wall
    }
}

/// What a coordinator does on one partition of its topic: groups and offsets, transactions, share groups.
///
/// A shard decides and never changes by deciding: `handle` answers with records, and only `replay` changes the replicated state, by the same
/// path when a record was just decided on and when the partition is loaded. Beside it a shard has volatile state, which no record
/// tells and which does not outlive the coordinator: who waits, deadlines, joins in progress. `handle` may change that.
///
/// Each replayed record that changed something is noted as a `Change`. It is either committed (oldest first) or undone (newest first),
/// so the shard can keep what readers see until then, and needs no copy of its state to go back.
package protocol CoordinatorShard: SendableMetatype {
    associatedtype Config
    associatedtype Request
    associatedtype Response
    associatedtype Record
    associatedtype Reason
    /// What a replayed record changed: enough to find it again.
    associatedtype Change
    /// The committed state, for those who only look.
    associatedtype Reader
    /// What has to be done outside of the partition since it is committed: by the shell, once or, after another load, again.
    associatedtype Duty = Never

    init(_ config: Config)

    /// Decides on a request.
    ///
    /// - Parameter token: to be answered by this decision or a later one; nil when nobody waits.
    mutating func handle(
        _ request: Request,
        from token: CoordinatorToken?,
        at moment: Moment,
        using random: inout some RandomNumberGenerator
    ) -> CoordinatorDecision<Self>

    /// Decides on what has run out of time.
    mutating func tick(at moment: Moment) -> CoordinatorDecision<Self>

    /// When `tick` may have something to do next, never later than it has.
    var nextDeadline: MonotonicTime { get }

    /// Applies a record.
    ///
    /// - Parameters:
    ///   - position: grows with the offset, also for records that are not in the log yet; it means nothing in the next term.
    ///   - producerId: of the transaction that the record belongs to; nil for none.
    mutating func replay(_ record: Record, position: Int64, producerId: Int64?) -> Change?

    /// A transaction ended: its records count, or never did.
    mutating func replay(_ marker: TransactionMarker, position: Int64) -> Change?

    /// The change is in the log for good: from now on readers see it.
    mutating func commit(_ change: Change)

    /// Takes back the newest change.
    mutating func undo(_ change: Change)

    /// Everything in the log has been replayed: time begins to run.
    mutating func activate(at moment: Moment)

    /// Changes were undone, because their records could not be written for the reason of `code`: puts the volatile state in order. The
    /// decision holds no records.
    mutating func fellBack(_ code: ErrorCode, at moment: Moment) -> CoordinatorDecision<Self>

    var reader: Reader { get }

    /// Hands over what has become due.
    mutating func takeDuties() -> [Duty]

    /// Bytes that a record takes in a batch, at most.
    static func size(of record: Record) -> Int
}

extension CoordinatorShard where Duty == Never {
    package mutating func takeDuties() -> [Never] { [] }
}

/// What a shard decided: the records to append, and the answers that go out once they are committed.
package struct CoordinatorDecision<Shard: CoordinatorShard> {
    package var records: [Shard.Record] = []
    /// Each record means something by itself: as many batches are made of them as it takes, of which some may be lost. Else all are appended
    /// together, or none.
    package var isDivisible = false
    /// The transaction that the records belong to.
    package var producer: TransactionalProducer?
    package var answers: [(token: CoordinatorToken, response: Shard.Response)] = []
    package var reasons: [Shard.Reason] = []

    package init() {}

    package mutating func answer(_ token: CoordinatorToken?, _ response: Shard.Response) {
        if let token { answers.append((token, response)) }
    }
}

/// Whose transaction a batch belongs to.
package struct TransactionalProducer: Hashable, Sendable {
    package var id: Int64
    package var epoch: Int16

    package init(id: Int64, epoch: Int16) {
        self.id = id
        self.epoch = epoch
    }
}

/// The end of a transaction, as its coordinator writes it into each partition that took part.
package struct TransactionMarker: Hashable, Sendable {
    package var producer: TransactionalProducer
    package var coordinatorEpoch: Int32
    package var isCommit: Bool
    /// By which it was decided on, if that is known: from 2 on a transaction's epoch is below that of its marker, which is that of the next.
    package var version: Int8

    package init(producer: TransactionalProducer, coordinatorEpoch: Int32, isCommit: Bool, version: Int8 = 0) {
        self.producer = producer
        self.coordinatorEpoch = coordinatorEpoch
        self.isCommit = isCommit
        self.version = version
    }
}

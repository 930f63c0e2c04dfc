import HeapModule
@_spi(Sabotage) import KafkaProtocol
import NIOCore

/// The transactional ids of one partition of `__transaction_state`.
///
///     empty -> ongoing -> prepareCommit -> completeCommit -> ongoing ...
///                     |-> prepareAbort  -> completeAbort
///
/// Replicated: a `Transaction` for each id. Volatile: time limits, markers that are being written, and requests that wait for those. Decisions
/// are made by functions of a `Transaction` alone (`TransactionDecisions`), so that one that waited is decided on right behind what it waited for.
package struct TransactionShard: CoordinatorShard {
    package typealias Request = TransactionRequest
    package typealias Response = TransactionResponse
    package typealias Record = CoordinatorRecord
    package typealias Reason = ExplainedTransaction
    package typealias Duty = TransactionOutcome
    package typealias Decision = CoordinatorDecision<TransactionShard>

    package struct Change: Sendable {
        let id: ExactText
    }

    /// A request for the transaction after the one whose markers are being written.
    struct Waiter {
        var token: CoordinatorToken?
        var member: TransactionMember
        var partitions: [TopicPartition]
        var version: Int16
        var deadline: MonotonicTime
    }

    /// When somebody has to look at an id. It may be there in vain: what ended in time is not looked for.
    private struct Appointment: Comparable {
        var time: MonotonicTime
        var id: ExactText

        static func < (left: Appointment, right: Appointment) -> Bool {
            if left.time != right.time { return left.time < right.time }
            return left.id.text.utf8.lexicographicallyPrecedes(right.id.text.utf8)
        }
    }

    /// Between two tries to write what time asks for.
    private static let pauseMillis: Int64 = 100

    let config: TransactionConfig

    // MARK: Replicated

    var table = VersionedTable<ExactText, Transaction>()

    // MARK: Volatile

    private var isActive = false
    /// Partitions whose markers are not known to be written, of outcomes that the shell was told of.
    var unwritten: [ExactText: Set<TopicPartition>] = [:]
    private var duties: [TransactionOutcome] = []
    var waiters: [ExactText: [Waiter]] = [:]
    /// Since when transactions are open, as far as is committed.
    private var open: [ExactText: Int64] = [:]
    private var appointments = Heap<Appointment>()
    /// The next one of each id: a thousand transactions a second must not have one each until their time limits.
    private var appointed: [ExactText: MonotonicTime] = [:]
    /// When open transactions run out of time, by the clock that nobody sets; with their starts, which tell one from the next.
    var limits: [ExactText: (start: Int64, time: MonotonicTime)] = [:]
    private var undone: [ExactText] = []

    package init(_ config: TransactionConfig) { self.config = config }

    /// How often ids will be looked at, as far as is known.
    var appointmentCount: Int { appointments.count }

    package var nextDeadline: MonotonicTime { appointments.min?.time ?? .never }

    package var reader: TransactionReader { TransactionReader(table: table, open: open, endingCount: unwritten.count) }

    package static func size(of record: CoordinatorRecord) -> Int {
        record.key.readableBytes + (record.value?.readableBytes ?? 0) + 32
    }

    // MARK: Deciding

    package mutating func handle(
        _ request: TransactionRequest,
        from token: CoordinatorToken?,
        at moment: Moment,
        using random: inout some RandomNumberGenerator
    ) -> Decision {
        var decision = Decision()
        switch request {
        case .initProducer(let request): initProducer(request, token, at: moment, &decision)
        case .add(let member, let partitions, let version):
            let waiter = Waiter(
                token: token,
                member: member,
                partitions: partitions,
                version: version,
                deadline: moment.now.adding(milliseconds: config.waitMillis)
            )
            add(waiter, at: moment, &decision)
        case .verify(let member, let partitions):
            decision.answer(token, TransactionDecisions.verify(table[ExactText(member.id)], member, partitions))
        case .end(let request): end(request, token, at: moment, &decision)
        case .written(let id, let producer, let partitions):
            written(ExactText(id), producer, partitions, at: moment, &decision)
            decision.answer(token, .done)
        case .expire: expire(at: moment, &decision)
        }
        return decision
    }

    /// Appends what an id becomes; a value that cannot be written leaves it as it is.
    func write(_ id: ExactText, _ transactions: [Transaction], _ decision: inout Decision) -> Bool {
        let version: Int16 = config.level() > 0 ? 1 : 0
        var records: [CoordinatorRecord] = []
        for transaction in transactions {
            guard let record = try? transaction.record(id: id.text, version: version) else { return false }
            records.append(record)
        }
        decision.records += records
        return true
    }

    mutating func appoint(_ id: ExactText, at time: MonotonicTime) {
        // Whoever looks at it earlier sees what is to come.
        if let known = appointed[id], known <= time { return }
        appointed[id] = time
        appointments.insert(Appointment(time: time, id: id))
    }

    package mutating func tick(at moment: Moment) -> Decision {
        var decision = Decision()
        var seen: Set<ExactText> = []
        while let next = appointments.min, next.time <= moment.now {
            appointments.removeMin()
            guard seen.insert(next.id).inserted else { continue }
            if appointed[next.id].map({ $0 <= moment.now }) ?? false { appointed[next.id] = nil }
            keepAppointment(next.id, at: moment, &decision)
        }
        return decision
    }

    // MARK: Replay

    package mutating func replay(_ record: CoordinatorRecord, position: Int64, producerId: Int64?) -> Change? {
        guard record.recordType == TransactionLogKey.schema.key, let key = record.decodedKey(TransactionLogKey.self)
        else { return nil }
        let id = ExactText(key.transactionalId)
        guard record.value != nil else {
            table.set(id, nil)
            return Change(id: id)
        }
        // A value that cannot be read changes nothing.
        guard var transaction = record.decodedValue(TransactionLogValue.self).flatMap({ Transaction($0) }) else {
            return nil
        }
        transaction.previousEpoch = Self.previousEpoch(table[id], transaction)
        table.set(id, transaction)
        if Sabotage.markersBeforeCommit.isOn, isActive { announce(id, transaction) }
        return Change(id: id)
    }

    /// The same whether a record was just decided on or is read again: a retry is known by it.
    private static func previousEpoch(_ old: Transaction?, _ new: Transaction) -> Int16 {
        guard let old, old.producerId == new.producerId else { return -1 }
        return old.epoch == new.epoch ? old.previousEpoch : old.epoch
    }

    /// Nobody writes transactionally here.
    package mutating func replay(_ marker: TransactionMarker, position: Int64) -> Change? { nil }

    package mutating func commit(_ change: Change) {
        table.commit(change.id)
        let now = table.committed(change.id)
        open[change.id] = now?.status == .ongoing ? now?.start : nil
        if isActive { announce(change.id) }
    }

    package mutating func undo(_ change: Change) {
        table.undo(change.id)
        undone.append(change.id)
    }

    /// An outcome that is committed has its markers written.
    mutating func announce(_ id: ExactText) { announce(id, table.committed(id)) }

    private mutating func announce(_ id: ExactText, _ transaction: Transaction?) {
        // What was loaded may become committed step by step, and what it was before is over.
        guard let transaction, transaction.status.isPrepared, unwritten[id] == nil, table[id] == transaction else {
            return
        }
        unwritten[id] = transaction.partitions
        duties.append(
            TransactionOutcome(
                id: id.text,
                producer: TransactionalProducer(id: transaction.producerId, epoch: transaction.epoch),
                isCommit: transaction.status == .prepareCommit,
                version: transaction.clientVersion,
                partitions: transaction.partitions.sorted()
            )
        )
    }

    package mutating func takeDuties() -> [TransactionOutcome] {
        defer { duties = [] }
        return duties
    }

    package mutating func activate(at moment: Moment) {
        isActive = true
        for id in table.keys.sorted(by: { $0.text.utf8.lexicographicallyPrecedes($1.text.utf8) }) {
            if let transaction = table[id], transaction.status == .ongoing { limit(id, transaction, at: moment) }
            if !Sabotage.markersNotResumed.isOn { announce(id) }
        }
    }

    /// Sees to it that an open transaction ends in time.
    mutating func limit(_ id: ExactText, _ transaction: Transaction, at moment: Moment) {
        if transaction.isTwoPhase || Sabotage.transactionNeverTimesOut.isOn { return }
        // A clock that jumped must neither end it at once nor let it live for ever.
        let age = moment.wall.milliseconds &- transaction.start
        let left = min(max(0, Int64(transaction.timeoutMillis) - age), Int64(transaction.timeoutMillis))
        limit(id, transaction, to: moment.now.adding(milliseconds: left))
    }

    private mutating func limit(_ id: ExactText, _ transaction: Transaction, to time: MonotonicTime) {
        limits[id] = (transaction.start, time)
        appoint(id, at: time)
    }

    package mutating func fellBack(_ code: ErrorCode, at moment: Moment) -> Decision {
        for id in undone {
            // What a waiting request is for may not come to pass: it looks again.
            if waiters[id] != nil { appoint(id, at: moment.now) }
            guard let transaction = table[id] else { continue }
            let soon = moment.now.adding(milliseconds: Self.pauseMillis)
            // Its markers are written, and the end is not.
            if transaction.status.isPrepared, unwritten[id] == nil { appoint(id, at: soon) }
            guard transaction.status == .ongoing, !transaction.isTwoPhase else { continue }
            limit(id, transaction, to: max(limits[id]?.time ?? soon, soon))
        }
        undone = []
        return Decision()
    }
}

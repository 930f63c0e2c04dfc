import KafkaProtocol

@testable import Coordination

/// The smallest shard that has everything a shard can have: counters that are added to, moved between, waited for and paid into by transactions.
struct CounterShard: CoordinatorShard {
    /// Defects of a shard, to see that the tests find them.
    enum Flaw: String, CaseIterable, Sendable {
        case undoForgetsOwner
        case commitIsForgotten
        case readersSeeLatest
        case changesByDeciding
        case markerIsForgotten
        case loadsTransactionsAsPlain
    }

    struct Config: Sendable {
        var flaw: Flaw?
    }

    /// A request and its number, by which its records are found in the log.
    struct Request: Equatable, Sendable {
        enum Operation: Equatable, Sendable {
            case add(String, Int)
            case move(from: String, to: String, Int)
            /// Adds as often as it says, a record each.
            case bulk(String, Int)
            /// Adds one to each of these, which need not be written together.
            case sweep([String])
            case look(String)
            /// Answered when the counter is as high, or after 500 ms.
            case wait(String, atLeast: Int)
            /// Pending until the producer's transaction ends.
            case pay(String, Int, TransactionalProducer)
        }
        var number: Int
        var operation: Operation
    }

    struct Response: Equatable, Sendable {
        var value: Int
        var owner = 0
        /// The request that ended the waiting.
        var by = 0
    }

    struct Record: Equatable, Sendable {
        var request: Int
        var key: String
        var value: Int
    }

    enum Change: Equatable, Sendable {
        case cell(String)
        case payment(Payment)
        case ended([Payment], isCommit: Bool)
    }

    struct Payment: Hashable, Sendable {
        var producerId: Int64
        var key: String
    }

    struct Cell: Equatable, Sendable {
        var value: Int
        var owner: Int
    }

    struct Reader {
        var cells: [String: Cell]
        var payments: [Payment: Int]
    }

    private struct Waiter {
        var key: String
        var atLeast: Int
        var token: CoordinatorToken
        var deadline: MonotonicTime
    }

    private let config: Config
    private var values = VersionedTable<String, Int>()
    private var owners = VersionedTable<String, Int>()
    private var payments = VersionedTable<Payment, Int>()
    private var waiters: [Waiter] = []
    private var isActive = false

    init(_ config: Config) { self.config = config }

    /// The state with all that is not committed.
    var latest: Reader {
        Reader(
            cells: Dictionary(
                uniqueKeysWithValues: values.entries.map { ($0.key, Cell(value: $0.value, owner: owners[$0.key] ?? 0)) }
            ),
            payments: Dictionary(uniqueKeysWithValues: payments.entries.map { ($0.key, $0.value) })
        )
    }

    var reader: Reader {
        if config.flaw == .readersSeeLatest { return latest }
        let cells = values.committedEntries.map { entry in
            (entry.key, Cell(value: entry.value, owner: owners.committed(entry.key) ?? 0))
        }
        return Reader(
            cells: Dictionary(uniqueKeysWithValues: cells),
            payments: Dictionary(uniqueKeysWithValues: payments.committedEntries.map { ($0.key, $0.value) })
        )
    }

    // MARK: Deciding

    mutating func handle(
        _ request: Request,
        from token: CoordinatorToken?,
        at moment: Moment,
        using random: inout some RandomNumberGenerator
    ) -> CoordinatorDecision<CounterShard> {
        var decision = CoordinatorDecision<CounterShard>()
        func record(_ key: String, _ value: Int) {
            decision.records.append(Record(request: request.number, key: key, value: value))
        }
        switch request.operation {
        case .add(let key, let amount):
            let value = (values[key] ?? 0) + amount
            record(key, value)
            decision.answer(token, Response(value: value, owner: owners[key] ?? 0))
            release(key, value, by: request.number, &decision)
            if config.flaw == .changesByDeciding { owners.set(key, -1) }
        case .move(let source, let target, let amount):
            let left = (values[source] ?? 0) - amount
            record(source, left)
            record(target, (source == target ? left : values[target] ?? 0) + amount)
            decision.answer(token, Response(value: left, owner: owners[source] ?? 0))
        case .bulk(let key, let count):
            for step in 1...count { record(key, (values[key] ?? 0) + step) }
            decision.answer(token, Response(value: (values[key] ?? 0) + count, owner: owners[key] ?? 0))
        case .sweep(let keys):
            decision.isDivisible = true
            for key in keys { record(key, (values[key] ?? 0) + 1) }
            decision.answer(token, Response(value: keys.count))
        case .look(let key):
            decision.answer(token, Response(value: values[key] ?? 0, owner: owners[key] ?? 0))
        case .wait(let key, let least):
            let value = values[key] ?? 0
            if value >= least {
                decision.answer(token, Response(value: value))
            } else if let token {
                let deadline = moment.now.adding(milliseconds: 500)
                waiters.append(Waiter(key: key, atLeast: least, token: token, deadline: deadline))
            }
        case .pay(let key, let amount, let producer):
            decision.producer = producer
            let pending = (payments[Payment(producerId: producer.id, key: key)] ?? 0) + amount
            record(key, pending)
            decision.answer(token, Response(value: pending))
        }
        return decision
    }

    private mutating func release(
        _ key: String,
        _ value: Int,
        by request: Int,
        _ decision: inout CoordinatorDecision<CounterShard>
    ) {
        for waiter in waiters where waiter.key == key && waiter.atLeast <= value {
            decision.answer(waiter.token, Response(value: value, by: request))
        }
        waiters.removeAll { $0.key == key && $0.atLeast <= value }
    }

    var nextDeadline: MonotonicTime { waiters.map(\.deadline).min() ?? .never }

    mutating func tick(at moment: Moment) -> CoordinatorDecision<CounterShard> {
        var decision = CoordinatorDecision<CounterShard>()
        for waiter in waiters where waiter.deadline <= moment.now {
            decision.answer(waiter.token, Response(value: -1))
        }
        waiters.removeAll { $0.deadline <= moment.now }
        return decision
    }

    // MARK: Replaying

    mutating func replay(_ record: Record, position: Int64, producerId: Int64?) -> Change? {
        if let producerId, !(config.flaw == .loadsTransactionsAsPlain && !isActive) {
            let payment = Payment(producerId: producerId, key: record.key)
            payments.set(payment, record.value)
            return .payment(payment)
        }
        values.set(record.key, record.value)
        owners.set(record.key, record.request)
        return .cell(record.key)
    }

    mutating func replay(_ marker: TransactionMarker, position: Int64) -> Change? {
        let ended = payments.keys.filter { $0.producerId == marker.producer.id }.sorted { $0.key < $1.key }
        if ended.isEmpty || config.flaw == .markerIsForgotten { return nil }
        for payment in ended {
            if marker.isCommit {
                values.set(payment.key, (values[payment.key] ?? 0) + (payments[payment] ?? 0))
                owners.set(payment.key, Int(marker.coordinatorEpoch))
            }
            payments.set(payment, nil)
        }
        return .ended(ended, isCommit: marker.isCommit)
    }

    mutating func commit(_ change: Change) {
        if config.flaw == .commitIsForgotten { return }
        switch change {
        case .cell(let key):
            values.commit(key)
            owners.commit(key)
        case .payment(let payment): payments.commit(payment)
        case .ended(let ended, let isCommit):
            for payment in ended {
                payments.commit(payment)
                if isCommit { commit(.cell(payment.key)) }
            }
        }
    }

    mutating func undo(_ change: Change) {
        switch change {
        case .cell(let key):
            values.undo(key)
            if config.flaw != .undoForgetsOwner { owners.undo(key) }
        case .payment(let payment): payments.undo(payment)
        case .ended(let ended, let isCommit):
            for payment in ended.reversed() {
                payments.undo(payment)
                if isCommit { undo(.cell(payment.key)) }
            }
        }
    }

    mutating func activate(at moment: Moment) { isActive = true }

    mutating func fellBack(_ code: ErrorCode, at moment: Moment) -> CoordinatorDecision<CounterShard> {
        var decision = CoordinatorDecision<CounterShard>()
        decision.reasons = ["fell back: \(code)"]
        return decision
    }

    static func size(of record: Record) -> Int { 10 }
}

extension CounterShard { typealias Reason = String }

import KafkaProtocol
import NIOCore
import TestSupport

@testable import Coordination

/// Transactional ids on their runtime, with a clock of their own and a log in memory: what the shell does, without the shell. Markers are written
/// when a test says so.
final class TransactionWorld {
    private(set) var runtime: CoordinatorRuntime<TransactionShard>
    private let config: TransactionConfig
    var moment = Moment(now: MonotonicTime(milliseconds: 1_000_000), wall: WallTime(milliseconds: 1_700_000_000_000))
    private(set) var log: [CoordinatorBatch<CoordinatorRecord>] = []
    private(set) var answers: [CoordinatorToken: Result<TransactionResponse, ErrorCode>] = [:]
    private(set) var reasons: [ExplainedTransaction] = []
    /// Outcomes whose markers are to be written.
    private(set) var duties: [TransactionOutcome] = []
    /// Every batch is refused with this.
    var failure: ErrorCode?
    /// Batches stay on their way until `settle`.
    var isHeld = false
    private var outstanding: CoordinatorAppend<CoordinatorRecord>?
    private var committedOffset: Int64 = 0
    private var lastToken: CoordinatorToken = 0
    private var lastProducerId: Int64 = 99
    private var random: any RandomNumberGenerator = SeededGenerator(seed: 1)

    init(log: [CoordinatorBatch<CoordinatorRecord>] = [], _ change: (inout TransactionConfig) -> Void = { _ in }) {
        var config = TransactionConfig()
        change(&config)
        self.config = config
        self.log = log
        runtime = Self.makeRuntime(config)
        take()
    }

    private static func makeRuntime(_ config: TransactionConfig) -> CoordinatorRuntime<TransactionShard> {
        CoordinatorRuntime(
            config: config,
            limits: .init(sharedBytes: 1 << 19, batchBytes: 1 << 20, commitTimeoutMillis: 5000)
        )
    }

    var counts: TransactionCounts { runtime.shard.reader.counts }
    subscript(id: String) -> Transaction? { runtime.shard.reader[id] }
    var appointments: Int { runtime.shard.appointmentCount }
    var ids: [String] { runtime.shard.reader.all.map(\.id) }

    // MARK: The shell

    /// - Parameter known: the high watermark of which a new leader knows while it loads; the end of the log otherwise.
    func take(known: Int64? = nil) {
        guard let term = runtime.take().load else { return }
        committedOffset = log.last?.endOffset ?? 0
        carryOut(runtime.committed(upTo: known ?? committedOffset, term))
        for batch in log { runtime.load(batch, term) }
        runtime.loaded(term, at: moment)
        carryOut(runtime.committed(upTo: committedOffset, term))
    }

    func giveUp() {
        carryOut(runtime.giveUp(.notCoordinator))
        duties = []
    }

    /// Loses what is not committed, and the memory of it.
    func crash() {
        log.removeAll { $0.endOffset > committedOffset }
        outstanding = nil
        duties = []
        runtime = Self.makeRuntime(config)
        take()
    }

    private func carryOut(_ effects: CoordinatorEffects<TransactionShard>) {
        reasons += effects.reasons
        for (token, result) in effects.answers {
            precondition(answers[token] == nil, "answered twice")
            answers[token] = result
        }
        duties += runtime.takeDuties()
        guard let append = effects.append else { return }
        outstanding = append
        if !isHeld { write() }
    }

    /// The batch on its way reaches the log and is committed, or is refused.
    func write() {
        guard let append = outstanding else { return }
        outstanding = nil
        if let failure { return carryOut(runtime.appendFailed(append.id, failure, at: moment)) }
        guard case .records(let records) = append.content else { return }
        let end = (log.last?.endOffset ?? 0) + Int64(records.count)
        log.append(CoordinatorBatch(append.content, endOffset: end))
        carryOut(runtime.appended(append.id, endOffset: end))
        committedOffset = end
        carryOut(runtime.committed(upTo: end, runtime.term))
    }

    func settle() { while outstanding != nil { write() } }

    func pass(_ millis: Int64) {
        let end = moment.now.adding(milliseconds: millis)
        while runtime.nextDeadline <= end {
            advance(to: max(runtime.nextDeadline, moment.now))
            carryOut(runtime.tick(at: moment))
        }
        advance(to: end)
    }

    private func advance(to time: MonotonicTime) {
        moment.wall.milliseconds += time.milliseconds(since: moment.now)
        moment.now = time
    }

    // MARK: Requests

    @discardableResult
    func send(_ request: TransactionRequest) -> CoordinatorToken {
        lastToken += 1
        carryOut(runtime.handle(request, from: lastToken, at: moment, using: &random))
        return lastToken
    }

    func code(_ token: CoordinatorToken) -> ErrorCode? {
        switch answers[token] {
        case .success(.failed(let code)), .failure(let code): code
        case .success: ErrorCode.none
        case nil: nil
        }
    }

    /// InitProducerId, with a fresh producer id when one is needed.
    func initialize(_ id: String = "x", timeout: Int32 = 60_000, expected: TransactionalProducer? = nil)
        -> Result<TransactionalProducer, ErrorCode>
    {
        var request = InitTransactionalProducer(id: id, timeoutMillis: timeout, expected: expected)
        for _ in 0..<2 {
            let token = send(.initProducer(request))
            switch answers[token] {
            case .success(.producer(let producer)): return .success(producer)
            case .success(.needsProducerId):
                lastProducerId += 1
                request.fresh = lastProducerId
            default: return .failure(code(token) ?? .unknownServerError)
            }
        }
        return .failure(.unknownServerError)
    }

    func add(
        _ producer: TransactionalProducer,
        _ partitions: [TopicPartition] = [TopicPartition("t", 0)],
        id: String = "x",
        version: Int16 = 2
    ) -> CoordinatorToken {
        send(.add(TransactionMember(id: id, producer: producer), partitions, version: version))
    }

    func end(_ producer: TransactionalProducer, isCommit: Bool, id: String = "x", version: Int16 = 2)
        -> Result<TransactionalProducer, ErrorCode>
    {
        var request = EndTransaction(
            TransactionMember(id: id, producer: producer),
            isCommit: isCommit,
            version: version
        )
        for _ in 0..<2 {
            let token = send(.end(request))
            switch answers[token] {
            case .success(.producer(let next)): return .success(next)
            case .success(.needsProducerId):
                lastProducerId += 1
                request.fresh = lastProducerId
            default: return .failure(code(token) ?? .unknownServerError)
            }
        }
        return .failure(.unknownServerError)
    }

    /// One of the outcomes whose markers are to be written; nil when there are none.
    func takeDuty(_ place: Int) -> TransactionOutcome? {
        duties.isEmpty ? nil : duties.remove(at: place % duties.count)
    }

    func `return`(_ outcome: TransactionOutcome) { duties.append(outcome) }

    func takeDuties() -> [TransactionOutcome] {
        defer { duties = [] }
        return duties
    }

    /// The oldest outcome's markers are all in their partitions.
    @discardableResult
    func writeMarkers() -> TransactionOutcome? {
        if duties.isEmpty { return nil }
        let outcome = duties.removeFirst()
        send(.written(id: outcome.id, outcome.producer, outcome.partitions))
        return outcome
    }
}

extension TransactionalProducer {
    func with(epoch: Int16) -> TransactionalProducer { TransactionalProducer(id: id, epoch: epoch) }
}

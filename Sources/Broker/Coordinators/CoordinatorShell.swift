import Coordination
import DequeModule
@_spi(Sabotage) import KafkaProtocol
import KafkaRecords
import LogStorage
import Logging
import NIOCore
import Replication
import Synchronization
import World

/// One time during which a node coordinates a shard, by the leadership of its partition.
struct CoordinatorLease: Equatable, Sendable {
    var term: CoordinatorTerm
    var leaderEpoch: Int32
}

/// The shell of a coordinator's shard: its lock, its partition, those who wait, its timer, and the queue of what comes back from the partition.
///
/// Requests take the lock, decide, and leave it; then the effects are carried out. Outcomes of appends come by a queue, one at a time:
/// never as a call back into the shard while it decides, and without recursion when the partition answers at once.
/// Lock order: the shard's before its partition's. Answers are sent after the lock is left.
final class CoordinatorShell<Shard: CoordinatorShard>: Sendable
where
    Shard.Record == CoordinatorRecord, Shard.Config: Sendable, Shard.Request: Sendable, Shard.Response: Sendable,
    Shard.Reason: Sendable, Shard.Duty: Sendable
{
    typealias Reply = @Sendable (Result<Shard.Response, ErrorCode>) -> Void
    private typealias Append = CoordinatorAppend<CoordinatorRecord>

    private struct State: ~Copyable {
        var runtime: CoordinatorRuntime<Shard>
        var waiting: [CoordinatorToken: Reply] = [:]
        var lastToken: CoordinatorToken = 0
        var timerAt = MonotonicTime.never
        /// Of the leadership in which the shard was taken.
        var leaderEpoch: Int32 = -1
        /// This node is to coordinate the shard.
        var isWanted = false
    }

    private enum Outcome: Sendable {
        case committed(Append.Id, endOffset: Int64)
        case refused(Append.Id, ErrorCode)
        /// In the log, but perhaps not to stay.
        case unknown(Append.Id)
        /// All that was there is replayed, and committed.
        case loaded(CoordinatorTerm, endOffset: Int64)
        case loadFailed(CoordinatorTerm)
    }
    private struct Outcomes: Sendable {
        var queue: Deque<Outcome> = []
        var isDelivering = false
    }

    /// What is left to do without the lock.
    private struct Work: Sendable {
        var append: Append?
        var load: CoordinatorTerm?
        var answers: [(send: Reply, result: Result<Shard.Response, ErrorCode>)] = []
        var reasons: [Shard.Reason] = []
        var duties: [Shard.Duty] = []
        var lease: CoordinatorLease?
        var timer: MonotonicTime?
    }

    let partition: Partition
    private let state: Mutex<State>
    private let outcomes = Mutex(Outcomes())
    private let world: World
    private let eventLoop: any EventLoop
    private let loader: any Worker
    private let logger: Logger
    private let explain: @Sendable (Shard.Reason) -> Void
    private let perform: @Sendable (Shard.Duty, CoordinatorLease, CoordinatorShell<Shard>) -> Void

    init(
        partition: Partition,
        runtime: sending CoordinatorRuntime<Shard>,
        world: World,
        eventLoop: any EventLoop,
        loader: any Worker,
        logger: Logger,
        explain: @escaping @Sendable (Shard.Reason) -> Void,
        perform: @escaping @Sendable (Shard.Duty, CoordinatorLease, CoordinatorShell<Shard>) -> Void = { _, _, _ in }
    ) {
        self.partition = partition
        self.world = world
        self.eventLoop = eventLoop
        self.loader = loader
        self.logger = logger
        self.explain = explain
        self.perform = perform
        state = Mutex(State(runtime: runtime))
    }

    private var now: MonotonicTime {
        Sabotage.sessionOnWallClock.isOn ? MonotonicTime(milliseconds: world.time.wall.milliseconds) : world.time.now
    }

    private var moment: Moment { Moment(now: now, wall: world.time.wall) }

    // MARK: Events

    /// Why nobody is served; nil when they are.
    var refusal: ErrorCode? { state.withLock { $0.runtime.phase.refusal } }

    /// nil while it is not coordinated here.
    var lease: CoordinatorLease? { state.withLock { Self.lease($0) } }

    private static func lease(_ state: borrowing State) -> CoordinatorLease? {
        guard state.runtime.phase == .active, state.leaderEpoch >= 0 else { return nil }
        return CoordinatorLease(term: state.runtime.term, leaderEpoch: state.leaderEpoch)
    }

    /// The committed state, or why it cannot be had.
    func read<R: Sendable>(_ body: @Sendable (Shard.Reader) -> R) -> Result<R, ErrorCode> {
        state.withLock { $0.runtime.read(body) }
    }

    func submit(_ request: Shard.Request, _ reply: Reply? = nil) {
        let (moment, random) = (moment, world.random)
        run { state in
            var random: any RandomNumberGenerator = random
            var token: CoordinatorToken?
            if let reply {
                state.lastToken += 1
                token = state.lastToken
                state.waiting[state.lastToken] = reply
            }
            return [state.runtime.handle(request, from: token, at: moment, using: &random)]
        }
    }

    /// Ends a transaction; the answer is `response` once its marker is committed.
    func end(_ marker: TransactionMarker, _ response: Shard.Response, _ reply: @escaping Reply) {
        let moment = moment
        run { state in
            state.lastToken += 1
            let token = state.lastToken
            state.waiting[token] = reply
            let isActive = state.runtime.phase == .active
            switch isActive ? partition.verdict(on: marker, wall: moment.wall) : .accepted {
            case .accepted: return [state.runtime.end(marker, from: token, response, at: moment)]
            case .stands: return [state.runtime.answer(token, .success(response), at: moment)]
            case .refused(let error): return [state.runtime.answer(token, .failure(error.code), at: moment)]
            }
        }
    }

    /// This node coordinates the shard from now on; nothing new when it does already.
    func take() {
        run { state in
            state.isWanted = true
            return begin(&state)
        }
    }

    private func begin(_ state: inout State) -> [CoordinatorEffects<Shard>] {
        switch state.runtime.phase {
        case .givenUp, .failed:
            // Who is deposed meanwhile must not tell others of its successor's epoch.
            state.leaderEpoch = partition.ledEpoch ?? -1
            return [state.runtime.take()]
        case .loading, .active: return []
        }
    }

    func giveUp() {
        run { state in
            guard state.isWanted, !Sabotage.coordinatorNotGivenUp.isOn else { return [] }
            state.isWanted = false
            return [state.runtime.giveUp(.notCoordinator)]
        }
    }

    /// - Parameter deadline: for which the timer was set. One that an earlier timer has overtaken sets no other.
    private func tick(_ deadline: MonotonicTime) {
        let moment = moment
        run { state in
            if state.timerAt == deadline { state.timerAt = .never }
            return [state.runtime.tick(at: moment)]
        }
    }

    private func deliver(_ outcome: Outcome) {
        let moment = moment
        run { state in
            switch outcome {
            case .committed(let id, let endOffset):
                let appended = state.runtime.appended(id, endOffset: endOffset)
                return [appended, state.runtime.committed(upTo: endOffset, id.term)]
            case .loaded(let term, let endOffset):
                state.runtime.loaded(term, at: moment)
                return [state.runtime.committed(upTo: endOffset, term)]
            case .loadFailed(let term):
                state.runtime.loadFailed(term)
                return []
            case .refused(let id, let code): return [state.runtime.appendFailed(id, code, at: moment)]
            case .unknown(let id):
                let unknown = state.runtime.appendUnknown(id, .notCoordinator)
                guard state.isWanted, state.runtime.phase == .givenUp, partition.ledEpoch != nil else {
                    return [unknown]
                }
                // Only what the partition holds tells what became of the batch.
                return [unknown] + begin(&state)
            }
        }
    }

    // MARK: Effects

    private func run(_ event: @Sendable (inout State) -> [CoordinatorEffects<Shard>]) {
        let work = state.withLock { state in
            var work = Work()
            for effects in event(&state) { Self.take(effects, &state, &work) }
            work.duties = state.runtime.takeDuties()
            work.lease = Self.lease(state)
            let next = state.runtime.nextDeadline
            if next < state.timerAt {
                state.timerAt = next
                work.timer = next
            }
            return work
        }
        for reason in work.reasons { explain(reason) }
        for answer in work.answers { answer.send(answer.result) }
        if let timer = work.timer { schedule(timer) }
        if let term = work.load { load(term) }
        if let append = work.append { self.append(append) }
        if let lease = work.lease { for duty in work.duties { perform(duty, lease, self) } }
    }

    private static func take(_ effects: CoordinatorEffects<Shard>, _ state: inout State, _ work: inout Work) {
        for (token, result) in effects.answers {
            if let send = state.waiting.removeValue(forKey: token) { work.answers.append((send, result)) }
        }
        work.reasons += effects.reasons
        if let append = effects.append {
            precondition(work.append == nil, "one append at a time")
            work.append = append
        }
        if let load = effects.load { work.load = load }
    }

    private func schedule(_ deadline: MonotonicTime) {
        let delay = max(0, deadline.milliseconds(since: now))
        eventLoop.scheduleTask(in: .milliseconds(delay + 1)) { [weak self] in self?.tick(deadline) }
    }

    // MARK: Appending

    private func append(_ append: Append) {
        let wall = world.time.wall.milliseconds
        do throws(RecordError) {
            let batch = try Self.batch(append.content, wall: wall)
            let count = Int64(batch.header.recordCount)
            partition.append(batch, waitsForAll: true, isFromClient: false, wall: wall) {
                [self] outcome in
                if outcome.code == .none {
                    post(.committed(append.id, endOffset: outcome.baseOffset + count))
                } else if outcome.baseOffset < 0 {
                    post(.refused(append.id, outcome.code))
                } else {
                    post(.unknown(append.id))
                }
            }
        } catch {
            post(.refused(append.id, error.code))
        }
    }

    private static func batch(_ content: Append.Content, wall: Int64) throws(RecordError) -> ValidatedBatch {
        switch content {
        case .records(let records): return try batch(records, nil, wall: wall)
        case .transactional(let records, let producer): return try batch(records, producer, wall: wall)
        case .marker(let marker): return try ValidatedBatch(marker, wall: wall)
        }
    }

    private static func batch(
        _ records: [CoordinatorRecord],
        _ producer: TransactionalProducer?,
        wall: Int64
    ) throws(RecordError) -> ValidatedBatch {
        var builder = RecordBatchBuilder(capacity: records.count * 128)
        if let producer {
            builder.setProducer(id: producer.id, epoch: producer.epoch, baseSequence: -1, isTransactional: true)
        }
        for record in records { builder.append(timestamp: wall, key: record.key, value: record.value) }
        return try ValidatedBatch(own: try builder.build())
    }

    /// Queues an outcome. Who finds the queue at rest delivers all that is in it.
    private func post(_ outcome: Outcome) {
        let isFirst = outcomes.withLock { outcomes in
            outcomes.queue.append(outcome)
            defer { outcomes.isDelivering = true }
            return !outcomes.isDelivering
        }
        if !isFirst { return }
        while let next = nextOutcome() { deliver(next) }
    }

    private func nextOutcome() -> Outcome? {
        outcomes.withLock { outcomes in
            let next = outcomes.queue.popFirst()
            if next == nil { outcomes.isDelivering = false }
            return next
        }
    }

    // MARK: Loading

    private func load(_ term: CoordinatorTerm) {
        // An empty partition has nothing to load: it can be served at once.
        if partition.facts.logEndOffset == 0 { return replay(term) }
        loader.submit { [self] in replay(term) }
    }

    /// Replays the partition. Blocks on the disk.
    private func replay(_ term: CoordinatorTerm) {
        do throws(LogError) {
            let facts = partition.facts
            run { [$0.runtime.committed(upTo: facts.highWatermark, term)] }
            var offset = facts.logStartOffset
            var count = 0
            while true {
                let batches = try partition.readBatches(from: offset, maxBytes: 1 << 20)
                if batches.isEmpty { break }
                for batch in batches {
                    count += Int(batch.header.recordCount)
                    offset = batch.header.nextOffset
                    if Sabotage.partlyLoaded.isOn, offset == facts.logEndOffset { continue }
                    guard let content = try content(of: batch) else { continue }
                    state.withLock { $0.runtime.load(CoordinatorBatch(content, endOffset: offset), term) }
                }
            }
            serveOnceCommitted(upTo: offset, term)
            if count > 0 {
                logger.debug("loaded", metadata: ["partition": "\(partition.id)", "records": "\(count)"])
            }
        } catch {
            logger.error("cannot be loaded", metadata: ["partition": "\(partition.id)", "reason": "\(error)"])
            state.withLock { $0.runtime.loadFailed(term) }
        }
    }

    /// A new leader knows of some records only later that they are committed: when its followers have them. Until then nobody is served:
    /// the leader before may have told clients of them.
    private func serveOnceCommitted(upTo end: Int64, _ term: CoordinatorTerm) {
        if Sabotage.servedBeforeReplicated.isOn {
            return post(.loaded(term, endOffset: partition.facts.highWatermark))
        }
        partition.whenReplicated(upTo: end) { [weak self] outcome in
            switch outcome.code {
            case .none, .notEnoughReplicasAfterAppend: self?.post(.loaded(term, endOffset: end))
            default: self?.post(.loadFailed(term))
            }
        }
    }

    /// What a batch of the partition says; nil when that is nothing to a coordinator.
    private func content(of batch: RecordBatch) throws(LogError) -> Append.Content? {
        let header = batch.header
        let producer = TransactionalProducer(id: header.producerId, epoch: header.producerEpoch)
        if header.isControl {
            return EndTransactionMarker(batch).map { end in
                .marker(
                    TransactionMarker(
                        producer: producer,
                        coordinatorEpoch: end.coordinatorEpoch,
                        isCommit: end.isCommit
                    )
                )
            }
        }
        if Sabotage.transactionalOffsetsNotLoaded.isOn, header.isTransactional { return nil }
        do throws(RecordError) {
            let records = try batch.allRecords().compactMap { record in
                record.key.map { CoordinatorRecord(key: $0, value: record.value) }
            }
            return header.isTransactional ? .transactional(records, producer) : .records(records)
        } catch {
            throw .corrupt(path: "\(partition.id)", position: header.baseOffset, reason: error.reason)
        }
    }
}

extension Partition {
    /// The epoch in which this node leads the partition, if it does and the directory works.
    fileprivate var ledEpoch: Int32? { state.withLock { refusal($0) == nil ? $0.replica.epoch.rawValue : nil } }
}

import DequeModule
import KafkaProtocol

/// Runs a shard: gives it events, gathers its records into batches, replays them at once, and keeps each answer until what it says, or has
/// seen, is committed. When a batch cannot be written, everything decided since is undone and its answers fail.
///
///     given up -> loading -> active -> given up ...
///                    |-> failed
///
/// Records are numbered by positions, from the start of a term on, since a decision's records are replayed before the log has given them
/// offsets. `committedPosition` <= what is in the log <= `lastPosition`.
///
/// What the shell calls for each request is specialized here: a module can't specialize what is another one's, and looking up types at run time
/// took 7 % of a broker's time under transactions (`perf record`).
package struct CoordinatorRuntime<Shard: CoordinatorShard> {
    package typealias Effects = CoordinatorEffects<Shard>
    package typealias Decision = CoordinatorDecision<Shard>

    package struct Limits: Sendable {
        /// Bytes up to which decisions share a batch.
        package var sharedBytes: Int
        /// Bytes of a batch, at most. A decision whose records are more, and belong together, fails by itself.
        package var batchBytes: Int
        /// Answers that wait longer for their commit fail, though it may still come.
        package var commitTimeoutMillis: Int64

        package init(sharedBytes: Int, batchBytes: Int, commitTimeoutMillis: Int64) {
            self.sharedBytes = sharedBytes
            self.batchBytes = batchBytes
            self.commitTimeoutMillis = commitTimeoutMillis
        }
    }

    /// An answer that waits for a position to be committed.
    struct Parked {
        var position: Int64
        var token: CoordinatorToken
        var response: Shard.Response
        var deadline: MonotonicTime
    }
    /// A batch that is in the log, not known to be committed.
    struct Span {
        var endPosition: Int64
        var endOffset: Int64
    }
    /// Records that become a batch.
    struct Gathered {
        enum Kind: Equatable, Sendable {
            case plain
            case transactional(TransactionalProducer)
            case marker(TransactionMarker)
        }
        let kind: Kind
        var records: [Shard.Record] = []
        var bytes = 0
        var startPosition: Int64
        var endPosition: Int64

        var content: CoordinatorAppend<Shard.Record>.Content {
            switch kind {
            case .plain: .records(records)
            case .transactional(let producer): .transactional(records, producer)
            case .marker(let marker): .marker(marker)
            }
        }
    }
    struct Outstanding {
        var id: CoordinatorAppend<Shard.Record>.Id
        var startPosition: Int64
        var endPosition: Int64
    }

    package var limits: Limits
    let config: Shard.Config
    var shard: Shard

    package private(set) var phase = CoordinatorPhase.givenUp
    package private(set) var term = CoordinatorTerm(number: 0)
    /// A load that waits for the append of an earlier term: only then is the log at rest.
    private var loadWaits = false

    /// Of the newest record that was replayed.
    var lastPosition: Int64 = 0
    var committedPosition: Int64 = 0
    /// The partition is committed up to here, as far as this term has heard.
    var committedOffset = Int64.min
    var changes: Deque<(position: Int64, change: Shard.Change)> = []
    var spans: Deque<Span> = []
    /// Batches that wait for the outstanding one, oldest first.
    var gathered: Deque<Gathered> = []
    var outstanding: Outstanding?
    var appendCount: Int64 = 0
    /// In the order of their positions.
    var parked: Deque<Parked> = []
    /// Tokens that the shard has yet to answer.
    var open: Set<CoordinatorToken> = []

    #if DEBUG
        /// A defect put back on purpose, to see that the tests find it.
        package var fault: CoordinatorFault?
        func isBroken(_ fault: CoordinatorFault) -> Bool { self.fault == fault }
    #else
        @inline(__always) func isBroken(_: CoordinatorFault) -> Bool { false }
    #endif

    package init(config: Shard.Config, limits: Limits) {
        self.config = config
        self.limits = limits
        shard = Shard(config)
    }

    /// When `tick` may have something to do next, never later than it has.
    package var nextDeadline: MonotonicTime {
        @specialized(where Shard == GroupShard)
        @specialized(where Shard == TransactionShard)
        get {
            let answer = parked.first?.deadline ?? .never
            return phase == .active ? min(shard.nextDeadline, answer) : answer
        }
    }

    /// The committed state, or why it cannot be had.
    package func read<R>(_ body: (Shard.Reader) -> R) -> Result<R, ErrorCode> {
        if let code = phase.refusal { return .failure(code) }
        return .success(body(shard.reader))
    }

    // MARK: Terms

    /// This node coordinates the shard from now on.
    package mutating func take() -> Effects {
        precondition(phase == .givenUp || phase == .failed, "a shard is taken once, then given up")
        var effects = Effects()
        term.number += 1
        phase = .loading
        loadWaits = outstanding != nil && !isBroken(.loadsWhileAppending)
        if !loadWaits { effects.load = term }
        return effects
    }

    /// Replays what was read of the partition.
    @specialized(where Shard == GroupShard)
    @specialized(where Shard == TransactionShard)
    package mutating func load(_ batch: CoordinatorBatch<Shard.Record>, _ loadTerm: CoordinatorTerm) {
        guard loadTerm == term || isBroken(.believesEarlierTerms), phase == .loading else { return }
        replay(batch.content)
        spans.append(Span(endPosition: lastPosition, endOffset: batch.endOffset))
        var effects = Effects()
        settle(&effects)
        precondition(effects.answers.isEmpty || isBroken(.servesWhileLoading), "nobody is served while it loads")
    }

    /// The partition has been replayed to its end.
    package mutating func loaded(_ loadTerm: CoordinatorTerm, at moment: Moment) {
        guard loadTerm == term || isBroken(.believesEarlierTerms), phase == .loading else { return }
        phase = .active
        shard.activate(at: moment)
    }

    package mutating func loadFailed(_ loadTerm: CoordinatorTerm) {
        guard loadTerm == term, phase == .loading else { return }
        forget()
        phase = .failed
    }

    /// This node coordinates the shard no longer, or cannot: all who wait are told `code`.
    package mutating func giveUp(_ code: ErrorCode) -> Effects {
        var effects = Effects()
        for entry in parked { effects.answers.append((entry.token, .failure(code))) }
        if !isBroken(.forgetsWaiters) {
            for token in open.sorted() { effects.answers.append((token, .failure(code))) }
        }
        forget()
        phase = .givenUp
        return effects
    }

    private mutating func forget() {
        shard = Shard(config)
        lastPosition = 0
        committedPosition = 0
        committedOffset = .min
        changes = []
        spans = []
        gathered = []
        parked = []
        open = []
        loadWaits = false
        // The batch that is on its way stays known: until its outcome is, the log is not at rest.
    }

    /// What the shell has to do elsewhere; asked for after each event.
    @specialized(where Shard == GroupShard)
    @specialized(where Shard == TransactionShard)
    package mutating func takeDuties() -> [Shard.Duty] { phase == .active ? shard.takeDuties() : [] }

    // MARK: Events

    @specialized(where Shard == GroupShard)
    @specialized(where Shard == TransactionShard)
    package mutating func handle(
        _ request: Shard.Request,
        from token: CoordinatorToken?,
        at moment: Moment,
        using random: inout any RandomNumberGenerator
    ) -> Effects {
        var effects = Effects()
        let isServed = phase == .active || (phase == .loading && isBroken(.servesWhileLoading))
        guard isServed else {
            if let token { effects.answers.append((token, .failure(phase.refusal ?? .coordinatorNotAvailable))) }
            return effects
        }
        if let token { precondition(open.insert(token).inserted, "token \(token) waits already") }
        carryOut(shard.handle(request, from: token, at: moment, using: &random), at: moment, &effects)
        return effects
    }

    /// Answers without deciding: a success when all that was decided before is committed.
    @specialized(where Shard == GroupShard)
    @specialized(where Shard == TransactionShard)
    package mutating func answer(
        _ token: CoordinatorToken,
        _ result: Result<Shard.Response, ErrorCode>,
        at moment: Moment
    ) -> Effects {
        var effects = Effects()
        switch result {
        case .success(let response):
            open.insert(token)
            var decision = Decision()
            decision.answer(token, response)
            carryOut(decision, at: moment, &effects)
        case .failure: effects.answers.append((token, result))
        }
        return effects
    }

    /// Ends a transaction: `token` is answered with `response` once the marker is committed.
    @specialized(where Shard == GroupShard)
    @specialized(where Shard == TransactionShard)
    package mutating func end(
        _ marker: TransactionMarker,
        from token: CoordinatorToken?,
        _ response: Shard.Response,
        at moment: Moment
    ) -> Effects {
        var effects = Effects()
        if let code = phase.refusal {
            if let token { effects.answers.append((token, .failure(code))) }
            return effects
        }
        if let token { precondition(open.insert(token).inserted, "token \(token) waits already") }
        let start = lastPosition
        replay(.marker(marker))
        gathered.append(Gathered(kind: .marker(marker), startPosition: start, endPosition: lastPosition))
        var decision = Decision()
        decision.answer(token, response)
        carryOut(decision, at: moment, &effects)
        return effects
    }

    /// Ends what has run out of time.
    @specialized(where Shard == GroupShard)
    @specialized(where Shard == TransactionShard)
    package mutating func tick(at moment: Moment) -> Effects {
        var effects = Effects()
        while let first = parked.first, first.deadline <= moment.now {
            parked.removeFirst()
            effects.answers.append((first.token, .failure(.requestTimedOut)))
        }
        guard phase == .active else { return effects }
        carryOut(shard.tick(at: moment), at: moment, &effects)
        return effects
    }

    /// The batch is in the log, which now ends at `endOffset`.
    @specialized(where Shard == GroupShard)
    @specialized(where Shard == TransactionShard)
    package mutating func appended(_ id: CoordinatorAppend<Shard.Record>.Id, endOffset: Int64) -> Effects {
        var effects = Effects()
        guard let batch = finish(id, &effects) else { return effects }
        if let last = spans.last { precondition(endOffset > last.endOffset, "the log grew to \(endOffset)") }
        spans.append(Span(endPosition: batch.endPosition, endOffset: endOffset))
        if isBroken(.commitsWhatIsAppended) { committedOffset = endOffset }
        settle(&effects)
        startAppend(&effects)
        return effects
    }

    /// The batch is not in the log, and will not be.
    package mutating func appendFailed(
        _ id: CoordinatorAppend<Shard.Record>.Id,
        _ code: ErrorCode,
        at moment: Moment
    ) -> Effects {
        var effects = Effects()
        guard let batch = finish(id, &effects) else { return effects }
        gathered = []
        fallBack(to: batch.startPosition, code, at: moment, &effects)
        return effects
    }

    /// Nobody knows whether the batch will stay in the log: only a load can tell, so the shard is given up.
    package mutating func appendUnknown(_ id: CoordinatorAppend<Shard.Record>.Id, _ code: ErrorCode) -> Effects {
        var effects = Effects()
        guard finish(id, &effects) != nil else { return effects }
        return giveUp(code)
    }

    /// The partition is committed up to `offset`.
    @specialized(where Shard == GroupShard)
    @specialized(where Shard == TransactionShard)
    package mutating func committed(upTo offset: Int64, _ commitTerm: CoordinatorTerm) -> Effects {
        var effects = Effects()
        guard commitTerm == term, offset > committedOffset else { return effects }
        committedOffset = offset
        settle(&effects)
        return effects
    }

    /// The outstanding batch, of which `id` tells the outcome; nil when the outcome is of an earlier term.
    private mutating func finish(_ id: CoordinatorAppend<Shard.Record>.Id, _ effects: inout Effects) -> Outstanding? {
        guard let batch = outstanding, batch.id == id else {
            precondition(id.term < term, "append \(id) has no outcome to come")
            return nil
        }
        outstanding = nil
        if id.term == term, phase == .active { return batch }
        if loadWaits {
            loadWaits = false
            effects.load = term
        }
        return nil
    }
}

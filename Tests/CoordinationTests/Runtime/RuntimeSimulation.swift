import DequeModule
import KafkaProtocol
import TestSupport

@testable import Coordination

/// A runtime with the toy shard, its partition and its clients in one seed: appends fail at any moment, commits dawdle, leadership goes and
/// comes back, the node crashes, and what belongs to the past arrives late.
struct RuntimeSimulation {
    typealias Runtime = CoordinatorRuntime<CounterShard>
    typealias Append = CoordinatorAppend<CounterShard.Record>
    typealias Effects = CoordinatorEffects<CounterShard>

    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    private struct Loader {
        var term: CoordinatorTerm
        var next = 0
    }
    private enum Outcome {
        case appended(Append.Id, endOffset: Int64)
        case failed(Append.Id, ErrorCode)
        case unknown(Append.Id)
        case committed(Int64, CoordinatorTerm)
    }
    /// A request in the order in which the runtime saw it.
    struct Entry {
        var request: CounterShard.Request?
        var marker: TransactionMarker?
        var answers: [Result<CounterShard.Response, ErrorCode>] = []
        /// The node crashed before the answer went out.
        var isCutOff = false
    }

    private var random: SeededGenerator
    private var runtime: Runtime
    private let config: CounterShard.Config
    private let fault: CoordinatorFault?
    private var log = SimulatedLog()
    /// The batch that is on its way to the disk, and whether it got there.
    private var inFlight: Append?
    private var outcomes: [Outcome] = []
    private var loaders: [Loader] = []
    private var moment = Moment(now: MonotonicTime(milliseconds: 1000), wall: WallTime(milliseconds: 5000))
    private(set) var history: [Entry] = []
    /// Batches that readers have seen.
    private var seen = 0
    private var hasTrouble = true

    static let limits = Runtime.Limits(sharedBytes: 50, batchBytes: 60, commitTimeoutMillis: 2000)

    init(seed: UInt64, fault: CoordinatorFault? = nil, flaw: CounterShard.Flaw? = nil) {
        random = SeededGenerator(seed: seed)
        config = CounterShard.Config(flaw: flaw)
        self.fault = fault
        runtime = Self.makeRuntime(config, fault)
    }

    private static func makeRuntime(_ config: CounterShard.Config, _ fault: CoordinatorFault?) -> Runtime {
        #if DEBUG
            var runtime = Runtime(config: config, limits: limits)
            runtime.fault = fault
            return runtime
        #else
            return Runtime(config: config, limits: limits)
        #endif
    }

    private mutating func chance(_ percent: Int) -> Bool { random.next(below: 100) < percent }

    // MARK: A run

    mutating func run(steps: Int = 150) throws(Failure) {
        try carryOut(runtime.take())
        for _ in 0..<steps {
            try step()
            try check()
        }
        try calm()
        try CounterHistory(history, log.batches).check()
    }

    private mutating func step() throws(Failure) {
        moment.now = moment.now.adding(milliseconds: Int64(random.next(below: 30)))
        moment.wall.milliseconds += 7
        switch random.next(below: 100) {
        case 0..<45: try request()
        case 45..<60: try disk()
        case 60..<72: commit()
        case 72..<85: try deliver()
        case 85..<91: try load()
        case 91..<95: try carryOut(runtime.tick(at: moment))
        case 95..<98: try changeLeader()
        default: try crash()
        }
    }

    private mutating func request() throws(Failure) {
        let number = history.count + 1
        let token = CoordinatorToken(number)
        let key = ["a", "b", "c"][random.next(below: 3)]
        let producer = TransactionalProducer(id: Int64(7 + random.next(below: 2)), epoch: 0)
        let amount = 1 + random.next(below: 5)
        let operation: CounterShard.Request.Operation
        switch random.next(below: 13) {
        case 0..<4: operation = .add(key, amount)
        case 12:
            operation = .sweep(Array(["a", "b", "c", "d", "e", "f", "g", "h", "i"].prefix(1 + random.next(below: 9))))
        case 4, 5: operation = .move(from: key, to: ["a", "b"][random.next(below: 2)], amount)
        case 6: operation = .bulk(key, 3 + random.next(below: 5))
        case 7, 8: operation = .look(key)
        case 9: operation = .wait(key, atLeast: random.next(below: 40))
        case 10: operation = .pay(key, amount, producer)
        default:
            let marker = TransactionMarker(
                producer: producer,
                coordinatorEpoch: Int32(number),
                isCommit: chance(60)
            )
            history.append(Entry(marker: marker))
            return try carryOut(runtime.end(marker, from: token, CounterShard.Response(value: 0), at: moment))
        }
        let request = CounterShard.Request(number: number, operation: operation)
        history.append(Entry(request: request))
        var numbers: any RandomNumberGenerator = random
        try carryOut(runtime.handle(request, from: token, at: moment, using: &numbers))
    }

    /// The batch on its way arrives in the log, or does not.
    private mutating func disk() throws(Failure) {
        guard let append = inFlight else { return }
        inFlight = nil
        if hasTrouble, chance(20) {
            outcomes.append(.failed(append.id, chance(50) ? .kafkaStorageError : .notLeaderOrFollower))
        } else if hasTrouble, chance(4) {
            if chance(50) { log.append(append.content) }
            outcomes.append(.unknown(append.id))
        } else {
            log.append(append.content)
            outcomes.append(.appended(append.id, endOffset: log.endOffset))
        }
        if chance(60) { try deliver() }
    }

    private mutating func commit() {
        log.commit(batches: 1 + random.next(below: 3))
        outcomes.append(.committed(log.committedOffset, runtime.term))
    }

    /// An outcome reaches the runtime: the oldest, mostly.
    private mutating func deliver() throws(Failure) {
        if outcomes.isEmpty { return }
        let index = hasTrouble && chance(20) ? random.next(below: outcomes.count) : 0
        switch outcomes.remove(at: index) {
        case .appended(let id, let end): try carryOut(runtime.appended(id, endOffset: end))
        case .failed(let id, let code): try carryOut(runtime.appendFailed(id, code, at: moment))
        case .unknown(let id): try carryOut(runtime.appendUnknown(id, .notCoordinator))
        case .committed(let offset, let term): try carryOut(runtime.committed(upTo: offset, term))
        }
    }

    private mutating func load() throws(Failure) {
        if loaders.isEmpty { return }
        let index = random.next(below: loaders.count)
        var loader = loaders.remove(at: index)
        for _ in 0...random.next(below: 6) where loader.next < log.batches.count {
            runtime.load(log.batches[loader.next], loader.term)
            loader.next += 1
        }
        if loader.next < log.batches.count { return loaders.append(loader) }
        if hasTrouble, chance(5) { return runtime.loadFailed(loader.term) }
        runtime.loaded(loader.term, at: moment)
        try carryOut(runtime.committed(upTo: log.committedOffset, loader.term))
    }

    private mutating func changeLeader() throws(Failure) {
        if runtime.phase == .givenUp || runtime.phase == .failed {
            if chance(70) { try carryOut(runtime.take()) }
            return
        }
        try carryOut(runtime.giveUp(.notCoordinator))
        // Another leader's log is shorter, unless this one leads again at once. What is on its way there still arrives.
        if inFlight == nil, chance(50) { log.truncate(keeping: random.next(below: 4)) }
        if chance(60) { try carryOut(runtime.take()) }
    }

    private mutating func crash() throws(Failure) {
        for index in history.indices where history[index].answers.isEmpty { history[index].isCutOff = true }
        inFlight = nil
        outcomes = []
        loaders = []
        log.truncate(keeping: random.next(below: 4))
        runtime = Self.makeRuntime(config, fault)
        try carryOut(runtime.take())
    }

    /// No more trouble: everything arrives, everything is answered.
    private mutating func calm() throws(Failure) {
        hasTrouble = false
        if runtime.phase == .givenUp || runtime.phase == .failed { try carryOut(runtime.take()) }
        for _ in 0..<200 {
            moment.now = moment.now.adding(milliseconds: 20)
            try disk()
            commit()
            while !outcomes.isEmpty { try deliver() }
            if loaders.isEmpty {
                if runtime.phase == .failed || runtime.phase == .givenUp { try carryOut(runtime.take()) }
            } else {
                try load()
            }
            try carryOut(runtime.tick(at: moment))
            try check()
        }
        guard runtime.phase == .active else { throw Failure(description: "in calm it is \(runtime.phase)") }
        guard case .success(let reader) = runtime.read({ $0 }),
            CounterModel(reader) == log.model(upTo: log.batches.count)
        else { throw Failure(description: "in calm readers see no more than \(seen) of \(log.batches.count) batches") }
        for (index, entry) in history.enumerated() where entry.answers.isEmpty && !entry.isCutOff {
            throw Failure(description: "request \(index + 1) is never answered")
        }
    }

    // MARK: Effects and checks

    private mutating func carryOut(_ effects: Effects) throws(Failure) {
        if let append = effects.append {
            guard inFlight == nil else { throw Failure(description: "a second append while one is outstanding") }
            inFlight = append
        }
        if let term = effects.load {
            loaders.append(Loader(term: term))
            try carryOut(runtime.committed(upTo: log.committedOffset, term))
        }
        for (token, result) in effects.answers {
            let index = Int(token) - 1
            history[index].answers.append(result)
            guard history[index].answers.count == 1 else {
                throw Failure(description: "request \(token) is answered twice")
            }
            try check(history[index], result)
        }
    }

    private func check(_ entry: Entry, _ result: Result<CounterShard.Response, ErrorCode>) throws(Failure) {
        guard let request = entry.request else { return }
        if case .bulk(_, let count) = request.operation {
            let isTooLarge = count * 10 > Self.limits.batchBytes
            if isTooLarge, case .success = result {
                throw Failure(description: "request \(request.number) is larger than a batch")
            }
            return
        }
        if case .failure(.recordListTooLarge) = result {
            throw Failure(description: "request \(request.number) fails because another one is too large")
        }
    }

    private mutating func check() throws(Failure) {
        guard runtime.phase == .active else { return }
        var expected = log.model(upTo: log.batches.count)
        if let inFlight, inFlight.id.term == runtime.term { expected.apply(inFlight.content) }
        let failed = outcomes.contains { outcome in
            switch outcome {
            case .failed(let id, _), .unknown(let id): id.term == runtime.term
            case .appended, .committed: false
            }
        }
        for batch in runtime.gathered where !failed { expected.apply(batch.content) }
        if !failed, CounterModel(runtime.shard.latest) != expected {
            throw Failure(description: "the state is \(runtime.shard.latest), the log says \(expected)")
        }
        guard case .success(let reader) = runtime.read({ $0 }) else { return }
        let committed = CounterModel(reader)
        while seen < log.committedCount, log.model(upTo: seen) != committed { seen += 1 }
        guard log.model(upTo: seen) == committed else {
            throw Failure(description: "readers see \(reader), which is not committed")
        }
    }
}

/// A partition as a coordinator sees it: batches, one offset for each record, and how far they are committed.
struct SimulatedLog {
    private(set) var batches: [CoordinatorBatch<CounterShard.Record>] = []
    private(set) var committedCount = 0
    private var models = [CounterModel()]

    var endOffset: Int64 { batches.last?.endOffset ?? 0 }
    var committedOffset: Int64 { committedCount == 0 ? 0 : batches[committedCount - 1].endOffset }

    func model(upTo count: Int) -> CounterModel { models[count] }

    mutating func append(_ content: CoordinatorAppend<CounterShard.Record>.Content) {
        let count =
            switch content {
            case .records(let records), .transactional(let records, _): records.count
            case .marker: 1
            }
        batches.append(CoordinatorBatch(content, endOffset: endOffset + Int64(count)))
        var model = models[models.count - 1]
        model.apply(content)
        models.append(model)
    }

    mutating func commit(batches count: Int) { committedCount = min(batches.count, committedCount + count) }

    /// Loses the tail, but nothing committed.
    mutating func truncate(keeping extra: Int) {
        let count = min(batches.count, committedCount + extra)
        batches.removeSubrange(count...)
        models.removeSubrange((count + 1)...)
    }
}

import KafkaProtocol
import KafkaRecords
import NIOCore
import TestSupport
import Testing

@testable import KafkaClient
@testable import KafkaConnection

/// The producer's decisions, with times and answers as the tests want them.
struct ProducerEngineTests {
    private let key = TopicPartition("t", 0)
    private var engine = Self.engine()

    private static func engine(_ change: (inout ProducerEngine.Settings) -> Void = { _ in }) -> ProducerEngine {
        var settings = ProducerEngine.Settings()
        (settings.batchBytes, settings.batchMaxBytes) = (200, 200)
        change(&settings)
        return ProducerEngine(settings)
    }

    private func record(_ text: String) -> ProducerRecord {
        ProducerRecord(topic: "t", value: ByteBuffer(string: text), timestamp: 1)
    }

    private mutating func started() { engine.identityArrived(.init(id: 7, epoch: 0)) }

    /// A batch for each text.
    private mutating func batches(_ texts: String..., at now: Int64 = 0) {
        for text in texts {
            _ = engine.append(record(text), to: engine.slot(key), timestamp: 0, token: nil) { now }
            engine.closeAll()
        }
    }

    /// The number, first sequence number and values of a batch.
    private func look(_ outgoing: ProducerEngine.Outgoing?) throws -> (
        number: UInt64, sequence: Int32, values: [String]
    )? {
        guard let outgoing else { return nil }
        let batch = try #require(RecordBatches(try outgoing.builder.build()).first { _ in true })
        var values: [String] = []
        for record in try batch.allRecords() { values.append(record.value.map { String(buffer: $0) } ?? "") }
        return (outgoing.number, batch.header.baseSequence, values)
    }

    /// The next batch that may leave.
    private mutating func next(at now: Int64 = 0) throws -> (number: UInt64, sequence: Int32, values: [String])? {
        try look(engine.take(key, nowMillis: now))
    }

    private let passing = KafkaError(.refused, "moved", serverCode: .notLeaderOrFollower)
    private let outOfOrder = KafkaError(.refused, "gap", serverCode: .outOfOrderSequenceNumber)
    private let fatal = KafkaError(.refused, "too large", serverCode: .messageTooLarge)

    @Test mutating func nothingLeavesBeforeTheProducerIdIsKnown() throws {
        batches("a")
        #expect(engine.wantsIdentity)
        #expect(engine.ready(nowMillis: 1000) == [])
        started()
        #expect(!engine.wantsIdentity)
        #expect(engine.ready(nowMillis: 0) == [key])
    }

    @Test mutating func aBatchLeavesWhenItIsFullOrHasWaited() throws {
        started()
        let isReady = engine.append(record("a"), to: engine.slot(key), timestamp: 0, token: nil) { 10 }
        #expect(!isReady)
        #expect(engine.ready(nowMillis: 14) == [])
        #expect(engine.nextDeadline() == 15)
        #expect(engine.ready(nowMillis: 15) == [key])
        let isFull = engine.append(
            record(String(repeating: "b", count: 150)),
            to: engine.slot(key),
            timestamp: 0,
            token: nil
        ) { 11 }
        #expect(isFull)
        #expect(engine.ready(nowMillis: 11) == [key])
        let first = try next(at: 11), second = try next(at: 11)
        #expect(first?.values == ["a"])
        #expect(second?.values.first?.count == 150)
    }

    @Test mutating func aFullBatchGrowsUntilItIsSent() throws {
        engine = Self.engine { $0.batchMaxBytes = 500 }
        started()
        let slot = engine.slot(key)
        let long = record(String(repeating: "b", count: 100))
        var isReady: [Bool] = []
        for _ in 0..<3 { isReady.append(engine.append(long, to: slot, timestamp: 0, token: nil) { 0 }) }
        #expect(isReady == [false, true, false], "told once")
        #expect(engine.queues([slot]) == [1])
        let first = try next(), second = try next()
        #expect(first?.values.count == 3)
        #expect(second == nil)
        for _ in 0..<5 { _ = engine.append(long, to: slot, timestamp: 0, token: nil) { 0 } }
        #expect(engine.nextDeadline() == 0)
        let third = try next(), fourth = try next(at: 5)
        #expect(third?.values.count == 3, "500 bytes is the end of it")
        #expect(fourth?.values.count == 2)
    }

    @Test mutating func aFullBatchGrowsBehindAnotherForAsLongAsItMightLinger() throws {
        engine = Self.engine { $0.batchMaxBytes = 5000 }
        started()
        let slot = engine.slot(key)
        let long = record(String(repeating: "b", count: 100))
        for _ in 0..<2 { _ = engine.append(long, to: slot, timestamp: 0, token: nil) { 0 } }
        let first = try #require(try next())
        for _ in 0..<4 { _ = engine.append(long, to: slot, timestamp: 0, token: nil) { 10 } }
        #expect(engine.ready(nowMillis: 14) == [])
        #expect(engine.nextDeadline() == 15 && engine.hasWaiting)
        let second = try next(at: 15)
        #expect(second?.values.count == 4)
        for _ in 0..<3 { _ = engine.append(long, to: slot, timestamp: 0, token: nil) { 16 } }
        _ = engine.succeeded(key, first.number, baseOffset: 0)
        #expect(engine.ready(nowMillis: 17) == [], "the second is under way")
        _ = engine.succeeded(key, try #require(second).number, baseOffset: 2)
        #expect(engine.ready(nowMillis: 17) == [key])
    }

    @Test mutating func aBatchThatIsTooLargeGoesInParts() throws {
        engine = Self.engine { $0.batchMaxBytes = 100_000 }
        started()
        let slot = engine.slot(key)
        for index in 0..<5 {
            let token = ProducerEngine.Token(send: 1, index: index)
            _ = engine.append(record("\(index)"), to: slot, timestamp: Int64(index), token: token) { 0 }
        }
        engine.closeAll()
        batches("behind")
        let whole = try #require(try next()), behind = try #require(try next())
        let bytes = engine.pendingBytes
        let gone = engine.failed(key, whole.number, fatal, nowMillis: 1)
        let refused = engine.failed(key, behind.number, outOfOrder, nowMillis: 1)
        #expect(gone.isEmpty && refused.isEmpty)
        #expect(engine.pendingBytes == bytes && engine.pendingRecords == 6)
        let parts = try (0..<3).compactMap { _ in try next(at: 102) }
        #expect(parts.map(\.values) == [["0", "1"], ["2", "3", "4"], ["behind"]])
        #expect(parts.map(\.sequence) == [0, 2, 5])
        let front = engine.succeeded(key, parts[0].number, baseOffset: 10)
        #expect(front?.tokens.map(\.index) == [0, 1])
        let back = engine.failed(key, parts[1].number, fatal, nowMillis: 103)
        #expect(back.isEmpty, "once more in parts")
        let late = engine.succeeded(key, parts[2].number, baseOffset: 15)
        #expect(late != nil)
        let rest = try (0..<2).compactMap { _ in try next(at: 103) }
        #expect(rest.map(\.values) == [["2"], ["3", "4"]])
        #expect(rest.map(\.sequence) == [2, 3])
        let alone = engine.failed(key, rest[0].number, fatal, nowMillis: 104)
        #expect(alone.first?.tokens.map(\.token.index) == [2], "a record by itself cannot be parted")
    }

    @Test mutating func nothingGrowsAfterARefusalForItsSize() throws {
        engine = Self.engine { $0.batchMaxBytes = 100_000 }
        started()
        let slot = engine.slot(key)
        let long = record(String(repeating: "b", count: 90))
        for _ in 0..<4 { _ = engine.append(long, to: slot, timestamp: 0, token: nil) { 0 } }
        let sent = try #require(try next())
        #expect(sent.values.count == 4)
        _ = engine.failed(key, sent.number, fatal, nowMillis: 0)
        for _ in 0..<2 {
            let part = try #require(try next())
            _ = engine.succeeded(key, part.number, baseOffset: 0)
        }
        for _ in 0..<4 { _ = engine.append(long, to: slot, timestamp: 0, token: nil) { 0 } }
        let next = try next()
        #expect(next?.values.count == 1)
    }

    @Test mutating func sequenceNumbersCountRecords() throws {
        started()
        _ = engine.append(record("a"), to: engine.slot(key), timestamp: 0, token: nil) { 0 }
        batches("b", "c")
        let first = try next(), second = try next(), third = try next()
        #expect(first?.sequence == 0)
        #expect(second?.sequence == 2)
        #expect(third == nil)
    }

    @Test mutating func noMoreThanAllowedAreUnderWay() throws {
        started()
        batches("a", "b", "c", "d", "e", "f")
        let all = (0..<5).compactMap { _ in engine.take(key, nowMillis: 0) }
        #expect(all.count == 5)
        #expect(engine.ready(nowMillis: 0) == [])
        let done = engine.succeeded(key, all[0].number, baseOffset: 0)
        #expect(done != nil)
        let last = try next()
        #expect(last?.values == ["f"])
    }

    /// Nothing else would send what has come while as many batches as may be were under way.
    @Test mutating func anAnswerWakesForWhatNeedNotLinger() throws {
        engine = Self.engine { ($0.lingerMillis, $0.maxInFlight) = (0, 1) }
        started()
        let slot = engine.slot(key)
        let isReady = engine.append(record("a"), to: slot, timestamp: 0, token: nil) { 0 }
        #expect(isReady)
        let sent = try #require(try next())
        _ = engine.append(record("b"), to: slot, timestamp: 0, token: nil) { 1 }
        #expect(engine.ready(nowMillis: 1) == [])
        let done = engine.succeeded(key, sent.number, baseOffset: 0)
        #expect(done != nil && engine.hasWaiting)
        #expect(engine.ready(nowMillis: 1) == [key] && engine.nextDeadline() ?? .max <= 1)
    }

    @Test mutating func whatFailedGoesAgainInOrderWithItsNumbersWhenAllAreBack() throws {
        started()
        batches("a", "b", "c", "d")
        let sent = (0..<3).compactMap { _ in engine.take(key, nowMillis: 0) }
        // The second answer is told first: it is out of order because of the first.
        let outcome1 = engine.failed(key, sent[1].number, outOfOrder, nowMillis: 1)
        #expect(outcome1.isEmpty)
        let outcome2 = engine.failed(key, sent[0].number, passing, nowMillis: 1)
        #expect(outcome2.isEmpty)
        #expect(engine.ready(nowMillis: 999) == [], "the third is still under way")
        let outcome3 = engine.failed(key, sent[2].number, outOfOrder, nowMillis: 2)
        #expect(outcome3.isEmpty)
        #expect(engine.ready(nowMillis: 50) == [], "the pause before a retry")
        let again = try (0..<4).compactMap { _ in try next(at: 102) }
        #expect(again.map(\.values) == [["a"], ["b"], ["c"], ["d"]])
        #expect(again.map(\.sequence) == [0, 1, 2, 3])
    }

    @Test mutating func aBatchThatIsThereAlreadySucceeded() throws {
        started()
        batches("a")
        let sent = try #require(try next())
        let duplicate = KafkaError(.refused, "there", serverCode: .duplicateSequenceNumber)
        let done = engine.failed(key, sent.number, duplicate, nowMillis: 0)
        #expect(try done.map { try $0.result.get() } == [-1])
        #expect(engine.pendingRecords == 0 && engine.pendingBytes == 0)
    }

    @Test mutating func behindABatchThatWasGivenUpTheNumbersBeginAnew() throws {
        started()
        batches("a", "b", "c")
        let taken = try [next(), next()]
        let first = try #require(taken[0]), second = try #require(taken[1])
        let outcome4 = engine.failed(key, first.number, fatal, nowMillis: 1)
        #expect(outcome4.count == 1)
        #expect(!engine.wantsIdentity, "the second is still under way")
        #expect(engine.ready(nowMillis: 1000) == [])
        let outcome5 = engine.failed(key, second.number, outOfOrder, nowMillis: 2)
        #expect(outcome5.isEmpty)
        #expect(engine.wantsIdentity)
        engine.identityArrived(.init(id: 8, epoch: 0))
        let again = try (0..<2).compactMap { _ in try next(at: 500) }
        #expect(again.map(\.values) == [["b"], ["c"]])
        #expect(again.map(\.sequence) == [0, 1])
    }

    @Test mutating func whoseAnswerWasLostIsNotSentAgainUnderAnotherIdentity() throws {
        started()
        batches("a", "b", "c")
        let sent = (0..<3).compactMap { _ in engine.take(key, nowMillis: 0) }
        let cut = KafkaError(.connectionLost, "cut")
        let kept = engine.failed(key, sent[1].number, cut, nowMillis: 1)
        #expect(kept.isEmpty)
        let gone = engine.failed(key, sent[0].number, fatal, nowMillis: 1)
        #expect(gone.count == 2, "the second may be there, under the old identity")
        let error = #expect(throws: KafkaError.self) { try gone.last?.result.get() }
        #expect(error?.code == .connectionLost && error?.message.contains("delivery outcome unknown") ?? false)
        let back = engine.failed(key, sent[2].number, outOfOrder, nowMillis: 1)
        #expect(back.isEmpty, "the third is not there for sure")
        engine.identityArrived(.init(id: 8, epoch: 0))
        #expect(try next(at: 500)?.values == ["c"])
    }

    @Test mutating func otherPartitionsKeepTheirNumbersWhenOneNeedsAnotherIdentity() throws {
        started()
        let other = TopicPartition("t", 1)
        batches("a")
        _ = engine.append(record("x"), to: engine.slot(other), timestamp: 0, token: nil) { 0 }
        engine.closeAll()
        let first = try #require(try next())
        let second = try #require(try look(engine.take(other, nowMillis: 0)))
        _ = engine.failed(other, second.number, KafkaError(.connectionLost, "cut"), nowMillis: 1)
        let gone = engine.failed(key, first.number, fatal, nowMillis: 1)
        #expect(gone.count == 1 && engine.wantsIdentity)
        engine.identityArrived(.init(id: 8, epoch: 0))
        let retried = engine.take(other, nowMillis: 500)
        let again = try #require(retried)
        let header = try #require(RecordBatches(try again.builder.build()).first { _ in true }).header
        #expect(header.producerId == 7 && header.baseSequence == 0)
    }

    /// The broker has sequence number 0 already: a new batch with that number would be taken for a repetition and dropped as a success.
    @Test mutating func afterEverythingWasGivenUpTheNumbersBeginUnderANewIdentity() throws {
        started()
        batches("a", "b")
        _ = try next()
        let gone = engine.abandon(fatal)
        #expect(gone.count == 2)
        #expect(engine.pendingRecords == 0)
        batches("c")
        #expect(engine.ready(nowMillis: 1000) == [])
        #expect(engine.wantsIdentity)
        engine.identityArrived(.init(id: 8, epoch: 0))
        let later = try next()
        #expect(later?.sequence == 0)
        #expect(engine.identity?.id == 8)
    }

    @Test mutating func aGapThatNothingExplainsIsAFailure() throws {
        started()
        batches("a")
        let sent = try #require(try next())
        let outcome6 = engine.failed(key, sent.number, outOfOrder, nowMillis: 0)
        #expect(outcome6.count == 1)
        #expect(engine.wantsIdentity)
    }

    @Test mutating func whatWaitsTooLongIsGivenUpAndNamed() throws {
        engine = Self.engine { $0.deliveryMillis = 1000 }
        let token = ProducerEngine.Token(send: 7, index: 1)
        _ = engine.append(record("a"), to: engine.slot(key), timestamp: 0, token: token) { 0 }
        _ = engine.append(record("b"), to: engine.slot(TopicPartition("u", 3)), timestamp: 0, token: nil) { 500 }
        #expect(engine.nextDeadline() == 1000)
        let early = engine.expire(nowMillis: 999)
        #expect(early.isEmpty)
        let gone = engine.expire(nowMillis: 1000)
        #expect(gone.map(\.key) == [key])
        #expect(gone[0].tokens.map(\.token) == [token])
        let error = #expect(throws: KafkaError.self) { try gone[0].result.get() }
        #expect(error?.code == .timedOut && error?.message.contains("t-0") == true)
        #expect(engine.pendingRecords == 1)
    }

    /// A broker that keeps the rules of sequence numbers, answers late, in any order, and fails at random: what it has in the end is what was handed
    /// over, once and in order, in whatever order answers are told.
    @Test(arguments: 0..<300 as Range<UInt64>)
    func eachRecordOnceAndInOrderWhateverFails(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var engine = Self.engine { $0.lingerMillis = 0 }
        engine.identityArrived(.init(id: 1, epoch: 0))
        var log: [String] = [], seen: [Int32: Int64] = [:], expected: Int32 = 0
        var answers: [(number: UInt64, result: Result<Int64, KafkaError>)] = []
        var handed: [String] = [], now: Int64 = 0
        while engine.pendingRecords > 0 || handed.count < 40 {
            now += 10
            if handed.count < 40, random.next(below: 2) == 0 {
                handed.append("\(handed.count)")
                _ = engine.append(record(handed[handed.count - 1]), to: engine.slot(key), timestamp: 0, token: nil) {
                    now
                }
                if random.next(below: 3) > 0 { engine.closeAll() }
            }
            while random.next(below: 3) > 0, let sent = engine.take(key, nowMillis: now), let batch = try look(sent) {
                let result: Result<Int64, KafkaError>
                let fault = random.next(below: 6)
                if fault == 0 {
                    result = .failure(passing)
                } else if let offset = seen[batch.sequence] {
                    result = .success(offset)
                } else if batch.sequence != expected {
                    result = .failure(outOfOrder)
                } else {
                    seen[expected] = Int64(log.count)
                    result = fault == 1 ? .failure(KafkaError(.connectionLost, "cut")) : .success(Int64(log.count))
                    log += batch.values
                    expected += Int32(batch.values.count)
                }
                answers.append((batch.number, result))
            }
            while !answers.isEmpty, random.next(below: 2) == 0 {
                let answer = answers.remove(at: random.next(below: answers.count))
                switch answer.result {
                case .success(let offset):
                    let outcome7 = engine.succeeded(key, answer.number, baseOffset: offset)
                    #expect(outcome7 != nil)
                case .failure(let error):
                    let outcome8 = engine.failed(key, answer.number, error, nowMillis: now)
                    #expect(outcome8.isEmpty, "seed \(seed): given up")
                }
            }
        }
        #expect(log == handed, "seed \(seed)")
        #expect(engine.pendingBytes == 0)
    }

    // MARK: Requests

    /// A batch for each of these partitions.
    private mutating func fill(_ partitions: some Sequence<Int32>, size: Int = 1) {
        for partition in partitions {
            let slot = engine.slot(TopicPartition("t", partition))
            let record = record(String(repeating: "x", count: size))
            _ = engine.append(record, to: slot, timestamp: 0, token: nil) { 0 }
        }
        engine.closeAll()
    }

    private mutating func requests() -> [[Int32]] {
        engine.requests(to: 1, of: engine.ready(nowMillis: 0), nowMillis: 0).map { $0.map(\.key.partition) }
    }

    @Test mutating func aRequestTakesABatchOfEachPartition() {
        started()
        fill([2, 0, 1])
        fill([0])
        #expect(requests() == [[0, 1, 2]])
        #expect(requests() == [[0]])
        #expect(requests() == [])
    }

    @Test mutating func whatBecomesReadyWhileManyAreUnderWayGoesTogether() {
        started()
        for partition in Int32(0)..<5 {
            fill([partition])
            #expect(requests() == [[partition]])
        }
        fill([5])
        fill([6, 7])
        #expect(requests() == [] && engine.isHeldUp && engine.hasWaiting)
        // Another broker is not concerned.
        #expect(engine.requests(to: 2, of: [TopicPartition("t", 5)], nowMillis: 0).count == 1)
        engine.requestEnded(1)
        #expect(requests() == [[6, 7]])
    }

    @Test mutating func requestsStayWithinTheLargestSizeAndTheOldestGoFirst() {
        engine = Self.engine { settings in
            settings.requestBytes = 400
            settings.maxInFlight = 2
        }
        started()
        fill([3, 2, 1, 0, 4], size: 100)
        #expect(requests() == [[2, 3], [0, 1]])
        #expect(engine.isHeldUp)
        engine.requestEnded(1)
        #expect(requests() == [[4]])
        fill([0], size: 1000)
        engine.requestEnded(1)
        #expect(requests() == [[0]], "what is larger goes alone")
    }

    @Test mutating func whatMovedGoesOutWithoutAPause() throws {
        started()
        batches("a")
        let a = try #require(try next())
        #expect(engine.failed(key, a.number, passing, nowMillis: 10, hasMoved: true).isEmpty)
        #expect(try next(at: 10)?.number == a.number)
        #expect(engine.failed(key, a.number, passing, nowMillis: 10).isEmpty)
        #expect(try next(at: 10) == nil)
    }
}

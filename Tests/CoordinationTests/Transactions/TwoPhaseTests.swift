import KafkaProtocol
import TestSupport
import Testing

@testable import Coordination

/// Transactions whose outcome is decided outside (KIP-939): they have no time limit, and outlive their producer.
struct TwoPhaseTests {
    private let first = TopicPartition("t", 0)
    private let second = TopicPartition("t", 1)

    private enum Begun: Equatable {
        case producer(TransactionalProducer, open: TransactionalProducer?)
        case failed(ErrorCode)
    }

    private func world(level: Int16 = 2, allowed: Bool = true) -> TransactionWorld {
        TransactionWorld { config in
            config.allowsTwoPhase = allowed
            config.level = { level }
        }
    }

    /// InitProducerId version 6.
    private func begin(
        _ world: TransactionWorld,
        isTwoPhase: Bool = true,
        keeps: Bool = false,
        expected: TransactionalProducer? = nil,
        fresh: Int64 = 500
    ) -> Begun? {
        var request = InitTransactionalProducer(id: "x", timeoutMillis: 1000, expected: expected)
        (request.isTwoPhase, request.keepsPrepared) = (isTwoPhase, keeps)
        for _ in 0..<2 {
            let token = world.send(.initProducer(request))
            switch world.answers[token] {
            case .success(.producer(let producer)): return .producer(producer, open: nil)
            case .success(.kept(let producer, let open)): return .producer(producer, open: open)
            case .success(.needsProducerId): request.fresh = fresh
            case .success(.failed(let code)), .failure(let code): return .failed(code)
            default: return nil
            }
        }
        return nil
    }

    private let original = TransactionalProducer(id: 500, epoch: 0)

    /// With a transaction of two partitions that its producer has left.
    private func prepared(isTwoPhase: Bool = true) -> TransactionWorld {
        let world = world()
        #expect(begin(world, isTwoPhase: isTwoPhase) == .producer(original, open: nil))
        #expect(world.code(world.add(original, [first, second])) == ErrorCode.none)
        return world
    }

    @Test func itHasToBeAllowed() {
        #expect(begin(world(allowed: false)) == .failed(.transactionalIdAuthorizationFailed))
        #expect(begin(world(allowed: false), isTwoPhase: false) == .producer(original, open: nil))
    }

    @Test func thereIsNoTimeLimit() {
        let world = prepared()
        world.pass(1_000_000_000)
        #expect(world["x"]?.status == .ongoing)
        world.crash()
        world.pass(1_000_000_000)
        #expect(world["x"]?.status == .ongoing && world["x"]?.partitions == [first, second])
    }

    @Test(arguments: [true, false], [true, false])
    func anotherProducerEndsWhatWasLeft(isCommit: Bool, crashes: Bool) throws {
        let world = prepared()
        let heir = original.with(epoch: 1)
        #expect(begin(world, keeps: true) == .producer(heir, open: original))
        if crashes { world.crash() }
        #expect(world["x"]?.status == .ongoing && world["x"]?.producer == original)
        #expect(world.end(original, isCommit: isCommit) == .failure(.producerFenced))
        #expect(world.code(world.add(original, [first])) == .producerFenced)
        #expect(world.code(world.add(heir, [first])) == .invalidTxnState, "who has taken it over only ends it")
        let next = try world.end(heir, isCommit: isCommit).get()
        #expect(next == original.with(epoch: 2))
        // Partitions know the producer by the epoch that it had: the marker has the one behind that.
        #expect(world.duties.first?.producer == original.with(epoch: 1))
        #expect(world.duties.first?.isCommit == isCommit && world.duties.first?.partitions == [first, second])
        #expect(world.end(heir, isCommit: isCommit) == .failure(.concurrentTransactions))
        if crashes { world.crash() }
        world.writeMarkers()
        #expect(world["x"]?.status == (isCommit ? .completeCommit : .completeAbort) && world["x"]?.producer == next)
        #expect(world.end(heir, isCommit: isCommit) == .success(next), "the answer was lost")
        #expect(world.code(world.add(next, [first])) == ErrorCode.none)
    }

    @Test func eachHeirFencesTheOneBefore() {
        let world = prepared()
        for epoch in 1...5 as ClosedRange<Int16> {
            #expect(begin(world, keeps: true) == .producer(original.with(epoch: epoch), open: original))
        }
        #expect(world.end(original.with(epoch: 4), isCommit: true) == .failure(.producerFenced))
        #expect(world.end(original.with(epoch: 5), isCommit: true) == .success(original.with(epoch: 6)))
    }

    @Test func whoKeepsNothingAbortsIt() throws {
        let world = prepared()
        #expect(begin(world, keeps: true) == .producer(original.with(epoch: 1), open: original))
        #expect(begin(world) == .failed(.concurrentTransactions))
        #expect(world.duties.first?.producer == original.with(epoch: 1) && world.duties.first?.isCommit == false)
        #expect(world.end(original.with(epoch: 1), isCommit: true) == .failure(.invalidTxnState))
        world.writeMarkers()
        #expect(world["x"]?.status == .completeAbort)
        #expect(begin(world) == .producer(original.with(epoch: 3), open: nil))
    }

    @Test func usedUpEpochsGiveTheHeirAnotherProducerId() throws {
        var transaction = Transaction(
            producerId: 7,
            timeoutMillis: .max,
            at: WallTime(milliseconds: 1_700_000_000_000)
        )
        (transaction.epoch, transaction.status) = (Int16.max - 1, .ongoing)
        (transaction.partitions, transaction.start) = ([first], 1_700_000_000_000)
        let record = try transaction.record(id: "x", version: 1)
        let log = [CoordinatorBatch<CoordinatorRecord>(.records([record]), endOffset: 1)]
        let world = TransactionWorld(log: log) { $0.allowsTwoPhase = true }
        let last = TransactionalProducer(id: 7, epoch: Int16.max - 1)
        #expect(begin(world, keeps: true) == .producer(TransactionalProducer(id: 500, epoch: 0), open: last))
        world.crash()
        #expect(begin(world, keeps: true) == .producer(TransactionalProducer(id: 500, epoch: 1), open: last))
        let heir = TransactionalProducer(id: 500, epoch: 1)
        #expect(world.end(heir, isCommit: true) == .success(heir.with(epoch: 2)))
        #expect(world.duties.first?.producer == TransactionalProducer(id: 7, epoch: .max))
        world.writeMarkers()
        #expect(world["x"]?.producer == heir.with(epoch: 2))
        #expect(world.end(heir, isCommit: true) == .success(heir.with(epoch: 2)))
    }

    @Test func whereNothingIsOpenThereIsNothingToKeep() {
        let world = world()
        #expect(begin(world, keeps: true) == .producer(original, open: nil))
        #expect(begin(world, keeps: true) == .producer(original.with(epoch: 1), open: nil))
    }

    @Test func aTimeLimitHoldsForHeirsToo() {
        let world = prepared(isTwoPhase: false)
        #expect(begin(world, isTwoPhase: false, keeps: true) == .producer(original.with(epoch: 1), open: original))
        world.pass(1000)
        #expect(world["x"]?.status == .prepareAbort)
        #expect(world.end(original.with(epoch: 1), isCommit: true) == .failure(.invalidTxnState))
        let another = prepared(isTwoPhase: false)
        #expect(begin(another, keeps: true) == .producer(original.with(epoch: 1), open: original))
        another.pass(1_000_000)
        #expect(another["x"]?.status == .ongoing, "it has none any more")
    }

    @Test func whatCannotBeMeantIsRefused() {
        #expect(begin(world(), keeps: true, expected: original) == .failed(.invalidRequest))
        #expect(begin(world(level: 1), keeps: true) == .failed(.unsupportedVersion), "nobody could be fenced")
    }
}

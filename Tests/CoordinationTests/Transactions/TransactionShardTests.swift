import KafkaProtocol
import NIOCore
import TestSupport
import Testing

@testable import Coordination

/// The coordinator of transactions: producers, partitions, ends, and what time does.
struct TransactionShardTests {
    private let first = TopicPartition("t", 0)
    private let second = TopicPartition("t", 1)

    // MARK: A transaction

    @Test func aTransactionBeginsWithItsFirstPartitionAndEndsWithItsLastMarker() throws {
        let world = TransactionWorld()
        let producer = try world.initialize().get()
        #expect(producer == TransactionalProducer(id: 100, epoch: 0))
        #expect(world["x"]?.status == .empty && world["x"]?.start == -1)
        #expect(world.code(world.add(producer, [first])) == ErrorCode.none)
        #expect(world["x"]?.status == .ongoing && world["x"]?.start == 1_700_000_000_000)
        #expect(world.code(world.add(producer, [second])) == ErrorCode.none)
        #expect(world["x"]?.partitions == [first, second])
        let next = try world.end(producer, isCommit: true).get()
        #expect(next == producer.with(epoch: 1), "each transaction has an epoch of its own")
        #expect(world["x"]?.status == .prepareCommit)
        let outcome = TransactionOutcome(
            id: "x",
            producer: producer.with(epoch: 1),
            isCommit: true,
            version: 2,
            partitions: [first, second]
        )
        #expect(world.duties == [outcome])
        world.send(.written(id: "x", outcome.producer, [second]))
        #expect(world["x"]?.status == .prepareCommit, "one marker is missing")
        world.send(.written(id: "x", outcome.producer, [first]))
        #expect(world["x"]?.status == .completeCommit && world["x"]?.partitions.isEmpty == true)
        #expect(world.log.count == 5)
    }

    @Test func withVersionOneTheEpochStays() throws {
        let world = TransactionWorld()
        let producer = try world.initialize().get()
        for isCommit in [true, false] {
            #expect(world.code(world.add(producer, version: 0)) == ErrorCode.none)
            #expect(try world.end(producer, isCommit: isCommit, version: 0).get() == producer)
            #expect(world.duties.first?.producer == producer && world.duties.first?.version == 0)
            world.writeMarkers()
            #expect(world["x"]?.status == (isCommit ? .completeCommit : .completeAbort))
        }
    }

    @Test func whatIsAddedAgainIsNotWrittenAgain() throws {
        let world = TransactionWorld()
        let producer = try world.initialize().get()
        _ = world.add(producer, [first, second])
        let count = world.log.count
        #expect(world.code(world.add(producer, [second])) == ErrorCode.none && world.log.count == count)
    }

    @Test func onlyWhoHasTheIdAddsPartitions() throws {
        let world = TransactionWorld()
        let producer = try world.initialize().get()
        #expect(world.code(world.add(producer, id: "y")) == .invalidProducerIdMapping)
        #expect(world.code(world.add(TransactionalProducer(id: 7, epoch: 0))) == .invalidProducerIdMapping)
        #expect(world.code(world.add(producer.with(epoch: 1))) == .producerFenced)
        #expect(world["x"]?.status == .empty)
    }

    @Test func partitionsAreVerified() throws {
        let world = TransactionWorld()
        let producer = try world.initialize().get()
        let member = TransactionMember(id: "x", producer: producer)
        func verify(_ member: TransactionMember) -> TransactionResponse? {
            let token = world.send(.verify(member, [first, second]))
            return try? world.answers[token]?.get()
        }
        #expect(verify(member) == .verified([first: .transactionAbortable, second: .transactionAbortable]))
        _ = world.add(producer, [first], version: 0)
        #expect(verify(member) == .verified([first: .none, second: .transactionAbortable]))
        #expect(
            verify(TransactionMember(id: "x", producer: producer.with(epoch: 3))) == .failed(.producerFenced)
        )
        #expect(verify(TransactionMember(id: "y", producer: producer)) == .failed(.invalidProducerIdMapping))
        _ = world.end(producer, isCommit: true, version: 0)
        #expect(verify(member) == .failed(.concurrentTransactions))
        world.writeMarkers()
        #expect(verify(member) == .verified([first: .transactionAbortable, second: .transactionAbortable]))
    }

    // MARK: The next one

    @Test func theNextTransactionWaitsForTheMarkersOfTheOneBefore() throws {
        let world = TransactionWorld()
        let producer = try world.initialize().get()
        _ = world.add(producer)
        let next = try world.end(producer, isCommit: true).get()
        let waiting = world.add(next, [second])
        #expect(world.code(waiting) == nil)
        world.writeMarkers()
        #expect(world.code(waiting) == ErrorCode.none)
        #expect(world["x"]?.status == .ongoing && world["x"]?.partitions == [second])
        #expect(world["x"]?.epoch == 1)
    }

    @Test func whoWaitsTooLongIsToldToComeAgain() throws {
        let world = TransactionWorld { $0.waitMillis = 500 }
        let producer = try world.initialize().get()
        _ = world.add(producer)
        let next = try world.end(producer, isCommit: true).get()
        let waiting = world.add(next)
        world.pass(499)
        #expect(world.code(waiting) == nil)
        let later = world.add(next)
        world.pass(1)
        #expect(world.code(waiting) == .concurrentTransactions && world.code(later) == nil)
        world.writeMarkers()
        #expect(world.code(later) == ErrorCode.none)
    }

    @Test func whoeverWaitsIsJudgedByWhatItWaitedFor() throws {
        let world = TransactionWorld()
        let producer = try world.initialize().get()
        _ = world.add(producer)
        _ = world.end(producer, isCommit: true)
        let zombie = world.add(producer)
        #expect(world.code(zombie) == .producerFenced, "the epoch of before says so at once")
    }

    // MARK: Ends

    @Test(arguments: [true, false])
    func anEndThatComesAgainIsAnsweredAgain(isCommit: Bool) throws {
        let world = TransactionWorld()
        let producer = try world.initialize().get()
        _ = world.add(producer)
        let next = try world.end(producer, isCommit: isCommit).get()
        #expect(world.end(producer, isCommit: isCommit) == .failure(.concurrentTransactions))
        #expect(world.end(producer, isCommit: !isCommit) == .failure(.invalidTxnState))
        world.writeMarkers()
        #expect(world.end(producer, isCommit: isCommit) == .success(next))
        #expect(world.end(producer, isCommit: !isCommit) == .failure(.invalidTxnState))
        _ = world.add(next)
        // KAFKA-17754: it must not end the next one.
        #expect(world.end(producer, isCommit: isCommit) == .failure(.producerFenced))
        #expect(world["x"]?.status == .ongoing)
    }

    @Test func withVersionOneARepeatedEndIsKnownByTheState() throws {
        let world = TransactionWorld()
        let producer = try world.initialize().get()
        _ = world.add(producer, version: 0)
        _ = world.end(producer, isCommit: true, version: 0)
        #expect(world.end(producer, isCommit: true, version: 0) == .failure(.concurrentTransactions))
        #expect(world.end(producer, isCommit: false, version: 0) == .failure(.invalidTxnState))
        world.writeMarkers()
        #expect(world.end(producer, isCommit: true, version: 0) == .success(producer))
        #expect(world.end(producer, isCommit: false, version: 0) == .failure(.invalidTxnState))
    }

    @Test func nothingCannotBeCommittedButAborted() throws {
        let world = TransactionWorld()
        let producer = try world.initialize().get()
        #expect(world.end(producer, isCommit: true) == .failure(.invalidTxnState))
        #expect(world.end(producer, isCommit: true, version: 0) == .failure(.invalidTxnState))
        #expect(world.end(producer, isCommit: false, version: 0) == .failure(.invalidTxnState))
        let next = try world.end(producer, isCommit: false).get()
        #expect(next == producer.with(epoch: 1) && world["x"]?.status == .completeAbort && world.duties.isEmpty)
        #expect(world.end(producer, isCommit: false) == .success(next), "the same again")
        #expect(try world.end(next, isCommit: false).get().epoch == 2, "another one of nothing")
        #expect(world.end(producer.with(epoch: 2), isCommit: true) == .failure(.invalidTxnState))
    }

    @Test func endsOfOthersAreRefused() throws {
        let world = TransactionWorld()
        let producer = try world.initialize().get()
        _ = world.add(producer)
        #expect(
            world.end(TransactionalProducer(id: 7, epoch: 0), isCommit: true) == .failure(.invalidProducerIdMapping)
        )
        #expect(world.end(producer.with(epoch: 9), isCommit: true) == .failure(.producerFenced))
        #expect(world.end(producer, isCommit: true, id: "y") == .failure(.invalidProducerIdMapping))
        #expect(world["x"]?.status == .ongoing)
    }

    // MARK: Producers

    @Test func anotherProducerEndsWhatTheFirstLeftOpen() throws {
        let world = TransactionWorld()
        let producer = try world.initialize().get()
        _ = world.add(producer, [first, second])
        #expect(world.initialize() == .failure(.concurrentTransactions))
        #expect(world["x"]?.status == .prepareAbort && world["x"]?.epoch == 1)
        #expect(world.reasons == [ExplainedTransaction(id: "x", reason: .fenced(producer, partitions: 2))])
        #expect(world.initialize() == .failure(.concurrentTransactions))
        #expect(world.writeMarkers()?.isCommit == false)
        #expect(try world.initialize().get() == producer.with(epoch: 2), "as in Kafka: two epochs later")
        #expect(world.end(producer, isCommit: true) == .failure(.producerFenced))
    }

    @Test func aProducerGoesOnWithTheNextEpoch() throws {
        let world = TransactionWorld()
        let producer = try world.initialize().get()
        let next = try world.initialize(expected: producer).get()
        #expect(next == producer.with(epoch: 1))
        #expect(world.initialize(expected: producer) == .success(next), "the answer was lost")
        #expect(try world.initialize(expected: next).get().epoch == 2)
        #expect(world.initialize(expected: producer) == .failure(.producerFenced), "too old")
        #expect(world.initialize(expected: TransactionalProducer(id: 5, epoch: 0)) == .failure(.producerFenced))
    }

    @Test func aFencedProducerDoesNotComeBack() throws {
        let world = TransactionWorld()
        let zombie = try world.initialize().get()
        let other = try world.initialize().get()
        _ = world.add(other)
        #expect(world.initialize(expected: zombie) == .failure(.producerFenced))
        #expect(world["x"]?.status == .ongoing, "it aborts nothing of others either")
        _ = world.end(other, isCommit: true)
        world.writeMarkers()
        #expect(world.initialize(expected: zombie) == .failure(.producerFenced))
    }

    @Test(arguments: [0, -1, 900_001, Int32.max] as [Int32])
    func timeoutsHaveBounds(_ timeout: Int32) {
        let world = TransactionWorld()
        #expect(world.initialize(timeout: timeout) == .failure(.invalidTransactionTimeout))
        #expect(world.ids.isEmpty)
    }

    // MARK: Used up

    /// A producer with the last epoch but one.
    private func exhausted(_ status: TransactionStatus = .empty) throws -> TransactionWorld {
        var transaction = Transaction(
            producerId: 7,
            timeoutMillis: 60_000,
            at: WallTime(milliseconds: 1_700_000_000_000)
        )
        (transaction.epoch, transaction.status) = (Int16.max - 1, status)
        if status == .ongoing { (transaction.partitions, transaction.start) = ([first], 1_700_000_000_000) }
        let record = try transaction.record(id: "x", version: 1)
        return TransactionWorld(log: [CoordinatorBatch(.records([record]), endOffset: 1)])
    }

    @Test func usedUpEpochsGiveAnotherProducerId() throws {
        let world = try exhausted()
        let old = TransactionalProducer(id: 7, epoch: Int16.max - 1)
        let next = try world.initialize(expected: old).get()
        #expect(next == TransactionalProducer(id: 100, epoch: 0))
        #expect(world.initialize(expected: old) == .success(next), "the answer was lost")
        #expect(world.initialize(expected: old.with(epoch: 5)) == .failure(.producerFenced))
        _ = world.add(next)
        #expect(world.initialize(expected: old) == .failure(.producerFenced), "it is used already")
    }

    @Test func anEndWithTheLastEpochGivesAnotherProducerId() throws {
        let world = try exhausted(.ongoing)
        let old = TransactionalProducer(id: 7, epoch: Int16.max - 1)
        let next = try world.end(old, isCommit: true).get()
        #expect(next == TransactionalProducer(id: 100, epoch: 0))
        #expect(world.duties.first?.producer == TransactionalProducer(id: 7, epoch: .max))
        #expect(world.end(old, isCommit: true) == .failure(.concurrentTransactions))
        world.crash()
        world.writeMarkers()
        #expect(world["x"]?.status == .completeCommit && world["x"]?.producer == next)
        #expect(world.end(old, isCommit: true) == .success(next), "the answer was lost")
        #expect(world.code(world.add(next)) == ErrorCode.none)
    }

    @Test func anAbortByTheCoordinatorWithTheLastEpochStillFences() throws {
        let world = try exhausted(.ongoing)
        world.pass(60_000)
        #expect(world.duties.first?.producer == TransactionalProducer(id: 7, epoch: .max))
        world.writeMarkers()
        #expect(try world.initialize().get() == TransactionalProducer(id: 100, epoch: 0))
    }

    @Test func whatIsOpenIsCounted() throws {
        let world = TransactionWorld()
        #expect(world.counts == TransactionCounts(ids: 0, open: 0, ending: 0, oldestStart: nil))
        let producer = try world.initialize().get()
        _ = world.add(producer)
        world.pass(500)
        let other = try world.initialize("y").get()
        _ = world.add(other, id: "y")
        #expect(world.counts == TransactionCounts(ids: 2, open: 2, ending: 0, oldestStart: 1_700_000_000_000))
        _ = world.end(producer, isCommit: true)
        let half = TransactionCounts(ids: 2, open: 1, ending: 1, oldestStart: 1_700_000_000_500)
        #expect(world.counts == half)
        world.crash()
        #expect(world.counts == half)
        world.writeMarkers()
        #expect(world.counts.ending == 0 && world.counts.open == 1)
    }

    @Test(arguments: [-1, 0, .max] as [Int16], [-1, 7] as [Int64])
    func epochsThatNoProducerHasTrapNobody(nextEpoch: Int16, nextId: Int64) throws {
        var transaction = Transaction(producerId: 7, timeoutMillis: 1000, at: WallTime(milliseconds: 0))
        (transaction.epoch, transaction.status) = (.max, .ongoing)
        (transaction.nextEpoch, transaction.nextProducerId) = (nextEpoch, nextId)
        let record = try transaction.record(id: "x", version: 1)
        func world() -> TransactionWorld {
            TransactionWorld(log: [CoordinatorBatch(.records([record]), endOffset: 1)])
        }
        _ = world().end(TransactionalProducer(id: nextId, epoch: nextEpoch), isCommit: true)
        _ = world().end(TransactionalProducer(id: 7, epoch: .max), isCommit: true)
        let aborted = world()
        aborted.pass(2000)
        #expect(aborted["x"]?.status == .prepareAbort && aborted["x"]?.epoch == .max)
        _ = aborted.initialize()
        aborted.writeMarkers()
        #expect(aborted["x"]?.status == .completeAbort)
        _ = try aborted.initialize().get()
    }

    // MARK: Time

    @Test(arguments: [0, 2] as [Int16])
    func whatIsOpenTooLongIsAborted(version: Int16) throws {
        let world = TransactionWorld()
        let producer = try world.initialize(timeout: 1000).get()
        _ = world.add(producer, version: version)
        world.pass(999)
        #expect(world["x"]?.status == .ongoing)
        world.pass(1)
        #expect(world["x"]?.status == .prepareAbort && world["x"]?.epoch == 1)
        let reason = TransactionReason.timedOut(afterMillis: 1000, limitMillis: 1000, partitions: 1)
        #expect(world.reasons == [ExplainedTransaction(id: "x", reason: reason)])
        world.writeMarkers()
        #expect(world.code(world.add(producer, version: version)) == .producerFenced)
        let code = version >= 2 ? ErrorCode.invalidTxnState : .producerFenced
        #expect(world.end(producer, isCommit: true, version: version) == .failure(code))
    }

    @Test func aTransactionThatEndedInTimeHasNothingToFear() throws {
        let world = TransactionWorld()
        var producer = try world.initialize(timeout: 1000).get()
        _ = world.add(producer)
        world.pass(600)
        producer = try world.end(producer, isCommit: true).get()
        world.writeMarkers()
        _ = world.add(producer)
        world.pass(999)
        #expect(world["x"]?.status == .ongoing, "its own time counts, not that of the one before")
        world.pass(1)
        #expect(world["x"]?.status == .prepareAbort)
    }

    @Test func manyTransactionsHaveOneAppointment() throws {
        let world = TransactionWorld()
        var producer = try world.initialize(timeout: 60_000).get()
        for _ in 0..<500 {
            _ = world.add(producer)
            producer = try world.end(producer, isCommit: true).get()
            world.writeMarkers()
        }
        #expect(world.appointments == 1)
        _ = world.add(producer)
        world.pass(59_999)
        #expect(world["x"]?.status == .ongoing)
        world.pass(1)
        #expect(world["x"]?.status == .prepareAbort)
    }

    @Test func aClockThatJumpsEndsNothing() throws {
        let world = TransactionWorld()
        let producer = try world.initialize(timeout: 1000).get()
        _ = world.add(producer)
        world.moment.wall.milliseconds += 86_400_000
        world.pass(999)
        #expect(world["x"]?.status == .ongoing)
        world.moment.wall.milliseconds -= 2 * 86_400_000
        world.pass(1)
        #expect(world["x"]?.status == .prepareAbort)
    }

    @Test func idsThatNobodyUsesAreForgotten() throws {
        let world = TransactionWorld { $0.idExpirationMillis = 10_000 }
        _ = try world.initialize("idle").get()
        let open = try world.initialize("open").get()
        _ = world.add(open, id: "open")
        world.pass(5000)
        _ = try world.initialize("young").get()
        world.send(.expire)
        #expect(world.ids == ["idle", "open", "young"])
        world.pass(5000)
        world.send(.expire)
        #expect(world.ids == ["open", "young"])
        #expect(world.reasons.map(\.id) == ["idle"])
        #expect(try world.initialize("idle").get().id == 103, "it begins anew")
    }

    // MARK: Names and records

    @Test func idsAreToldApartByTheirBytes() throws {
        let world = TransactionWorld()
        let composed = try world.initialize("\u{e9}").get()
        let decomposed = try world.initialize("e\u{301}").get()
        #expect(composed.id != decomposed.id && world.ids.count == 2)
    }

    @Test func recordsAreKafkas() throws {
        // From a directory that Kafka wrote: an id that has just begun, and one with a transaction of version 2.
        let key = ByteBuffer(bytes: [0, 0, 0, 5] + Array("tid-2".utf8))
        let empty: [UInt8] = [
            0, 1, 0, 0, 0, 0, 0, 0, 3, 0xe8, 0, 0, 0, 0, 0x0b, 0xb8, 0, 0, 0, 0, 1, 0xa2, 0x14, 0x59, 0x0e, 0x94, 0xff,
            0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 0, 8, 0, 0, 0, 0, 0, 0, 3, 0xe8,
        ]
        let ongoing: [UInt8] = [
            0, 1, 0, 0, 0, 0, 0, 0, 3, 0xe8, 0, 0, 0, 0, 0x0b, 0xb8, 1, 2, 2, 0x61, 2, 0, 0, 0, 0, 0, 0, 0, 1, 0xa2,
            0x14, 0x59, 0x0e, 0xc6, 0, 0, 1, 0xa2, 0x14, 0x59, 0x0e, 0xc6, 2, 0, 8, 0, 0, 0, 0, 0, 0, 3, 0xe8, 2, 2, 0,
            2,
        ]
        for bytes in [empty, ongoing] {
            let record = CoordinatorRecord(key: key, value: ByteBuffer(bytes: bytes))
            let world = TransactionWorld(log: [CoordinatorBatch(.records([record]), endOffset: 1)])
            let transaction = try #require(world["tid-2"])
            #expect(transaction.producerId == 1000 && transaction.timeoutMillis == 3000)
            #expect(try transaction.record(id: "tid-2", version: 1) == record)
        }
    }

    @Test func theOldFormHasNoRoomForWhatIsNew() throws {
        let world = TransactionWorld { $0.level = { 0 } }
        let producer = try world.initialize().get()
        _ = world.add(producer, version: 0)
        world.crash()
        #expect(world["x"]?.status == .ongoing && world["x"]?.partitions == [first])
        guard case .records(let records)? = world.log.last?.content else {
            Issue.record("nothing was written")
            return
        }
        #expect(records.first?.value?.getInteger(at: 0, as: Int16.self) == 0)
    }

    @Test func whatCannotBeReadChangesNothing() throws {
        let world = TransactionWorld()
        _ = try world.initialize().get()
        guard case .records(let good)? = world.log.first?.content, let record = good.first else {
            Issue.record("nothing was written")
            return
        }
        var unknown = record
        unknown.value?.setInteger(Int8(77), at: 16)
        let odd = [
            CoordinatorRecord(key: record.key, value: ByteBuffer(bytes: [0, 1, 2])),
            CoordinatorRecord(key: record.key, value: ByteBuffer(bytes: [0, 99])), unknown,
            CoordinatorRecord(key: ByteBuffer(bytes: [0, 9, 1]), value: ByteBuffer()),
            CoordinatorRecord(key: ByteBuffer(), value: nil),
            CoordinatorRecord(key: ByteBuffer(bytes: [0, 0, 0, 9]), value: nil),
        ]
        let other = TransactionWorld(log: [
            CoordinatorBatch(.records(good), endOffset: 1), CoordinatorBatch(.records(odd), endOffset: 7),
            CoordinatorBatch(
                .marker(TransactionMarker(producer: .init(id: 100, epoch: 0), coordinatorEpoch: 0, isCommit: true)),
                endOffset: 8
            ),
        ])
        #expect(other["x"] == world["x"] && other.ids == ["x"])
    }
}

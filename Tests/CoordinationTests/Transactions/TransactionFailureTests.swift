import KafkaProtocol
import NIOCore
import TestSupport
import Testing

@testable import Coordination

/// The coordinator of transactions when it is given up, dies, or cannot write.
struct TransactionFailureTests {
    private let first = TopicPartition("t", 0)
    private let second = TopicPartition("t", 1)

    @Test func whoTakesOverWritesTheMarkersThatAreMissing() throws {
        let world = TransactionWorld()
        let producer = try world.initialize().get()
        _ = world.add(producer, [first, second])
        _ = world.end(producer, isCommit: true)
        world.send(.written(id: "x", producer.with(epoch: 1), [first]))
        world.crash()
        #expect(world.duties.count == 1 && world.duties.first?.partitions == [first, second])
        world.writeMarkers()
        #expect(world["x"]?.status == .completeCommit)
        world.crash()
        #expect(world.duties.isEmpty && world["x"]?.status == .completeCommit)
    }

    @Test(arguments: 0...8 as ClosedRange<Int64>)
    func whoTakesOverWritesTheMarkersOfTheLastOutcome(known: Int64) throws {
        let world = TransactionWorld()
        let producer = try world.initialize().get()
        _ = world.add(producer, [first])
        let next = try world.end(producer, isCommit: true).get()
        world.writeMarkers()
        _ = world.add(next, [second])
        _ = world.end(next, isCommit: false)
        #expect(world.log.last?.endOffset == 6)
        world.giveUp()
        world.take(known: known)
        #expect(world.duties.map(\.partitions) == [[second]], "seed 139: those of the one before are over")
        world.writeMarkers()
        #expect(world["x"]?.status == .completeAbort)
    }

    @Test func whoTakesOverKnowsTheTimeThatIsLeft() throws {
        let world = TransactionWorld()
        let producer = try world.initialize(timeout: 1000).get()
        _ = world.add(producer)
        world.pass(700)
        world.crash()
        world.pass(299)
        #expect(world["x"]?.status == .ongoing)
        world.pass(1)
        #expect(world["x"]?.status == .prepareAbort)
    }

    @Test func noMarkerIsWrittenBeforeTheOutcomeIsCommitted() throws {
        let world = TransactionWorld()
        let producer = try world.initialize().get()
        _ = world.add(producer)
        world.isHeld = true
        let token = world.send(
            .end(EndTransaction(TransactionMember(id: "x", producer: producer), isCommit: true, version: 2))
        )
        #expect(world.duties.isEmpty && world.code(token) == nil)
        world.failure = .kafkaStorageError
        world.write()
        #expect(world.duties.isEmpty && world.code(token) == .kafkaStorageError && world["x"]?.status == .ongoing)
        (world.failure, world.isHeld) = (nil, false)
        #expect(try world.end(producer, isCommit: false).get().epoch == 1)
        #expect(world.duties.map(\.isCommit) == [false])
    }

    @Test func anEndThatCannotBeWrittenIsTriedAgain() throws {
        let world = TransactionWorld()
        let producer = try world.initialize().get()
        _ = world.add(producer)
        let next = try world.end(producer, isCommit: true).get()
        let waiting = world.add(next)
        world.failure = .notEnoughReplicas
        world.writeMarkers()
        #expect(world["x"]?.status == .prepareCommit && world.duties.isEmpty)
        #expect(world.code(waiting) == .notEnoughReplicas, "it was decided on behind the end")
        world.failure = nil
        world.pass(100)
        #expect(world.duties.count == 1)
        world.writeMarkers()
        #expect(world["x"]?.status == .completeCommit)
    }

    @Test func anAbortThatCannotBeWrittenIsTriedAgain() throws {
        let world = TransactionWorld()
        let producer = try world.initialize(timeout: 1000).get()
        _ = world.add(producer)
        world.failure = .notEnoughReplicas
        world.pass(1000)
        #expect(world["x"]?.status == .ongoing)
        world.failure = nil
        world.pass(99)
        #expect(world["x"]?.status == .ongoing, "after a pause")
        world.pass(1)
        #expect(world["x"]?.status == .prepareAbort)
    }

    @Test func markersOfAnEarlierTransactionEndNothing() throws {
        let world = TransactionWorld()
        let producer = try world.initialize().get()
        _ = world.add(producer)
        let next = try world.end(producer, isCommit: true).get()
        world.writeMarkers()
        _ = world.add(next)
        _ = world.end(next, isCommit: true)
        world.send(.written(id: "x", next, [first]))
        #expect(world["x"]?.status == .prepareCommit)
        world.send(.written(id: "none", next, [first]))
        world.writeMarkers()
        #expect(world["x"]?.status == .completeCommit)
    }

    @Test func whoWaitsIsToldWhenTheCoordinatorGoes() throws {
        let world = TransactionWorld()
        let producer = try world.initialize().get()
        _ = world.add(producer)
        let next = try world.end(producer, isCommit: true).get()
        let waiting = world.add(next)
        world.giveUp()
        #expect(world.code(waiting) == .notCoordinator)
        #expect(world.code(world.add(next)) == .notCoordinator)
        world.take()
        world.writeMarkers()
        #expect(world.code(world.add(next)) == ErrorCode.none)
    }
}

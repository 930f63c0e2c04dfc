import KafkaProtocol
import NIOCore
import Testing

@testable import Coordination

/// Offsets that are committed in transactions: who may, and when they count.
struct GroupTicketTests {
    private let producer = TransactionalProducer(id: 4, epoch: 1)
    private let partition = TopicPartition("t", 0)

    private func commit(
        _ offset: Int64,
        member: String = "",
        generation: Int32 = -1,
        isTransactional: Bool = true
    ) -> GroupCommit {
        var commit = GroupCommit(group: "g", version: 8)
        commit.isTransactional = isTransactional
        (commit.memberId, commit.generation) = (member, generation)
        commit.offsets = [GroupCommit.Offset(partition, offset: offset)]
        return commit
    }

    private func ticket(_ world: GroupWorld, _ producer: TransactionalProducer? = nil) -> Int64 {
        let token = world.send(.ticket(producer ?? self.producer))
        guard case .success(.ticket(let ticket))? = world.answers[token] else { return -1 }
        return ticket
    }

    private func send(
        _ world: GroupWorld,
        _ offset: Int64,
        _ ticket: Int64,
        _ producer: TransactionalProducer? = nil
    ) -> ErrorCode? {
        let request = GroupRequest.commitInTransaction(commit(offset), producer ?? self.producer, ticket: ticket)
        return world.code(world.send(request))
    }

    private func end(_ world: GroupWorld, epoch: Int16, isCommit: Bool = true, version: Int8 = 2) {
        world.end(
            TransactionMarker(
                producer: TransactionalProducer(id: 4, epoch: epoch),
                coordinatorEpoch: 0,
                isCommit: isCommit,
                version: version
            )
        )
    }

    @Test func offsetsCountOnceTheirTransactionIsCommitted() {
        let world = GroupWorld()
        #expect(send(world, 9, ticket(world)) == ErrorCode.none)
        #expect(world.offset() == nil && world.reader.hasPendingTransaction(group: "g", partition))
        end(world, epoch: 2)
        #expect(world.offset()?.offset == 9 && !world.reader.hasPendingTransaction(group: "g", partition))
    }

    @Test func abortedOffsetsNeverCount() {
        let world = GroupWorld()
        #expect(send(world, 9, ticket(world)) == ErrorCode.none)
        end(world, epoch: 2, isCommit: false)
        #expect(world.offset() == nil && world.reader.list(states: [], types: []).isEmpty)
    }

    @Test func severalCommitsOfATransactionHaveOneTicket() {
        let world = GroupWorld()
        let first = ticket(world)
        #expect(ticket(world) == first)
        #expect(send(world, 9, first) == ErrorCode.none && send(world, 12, first) == ErrorCode.none)
        end(world, epoch: 2)
        #expect(world.offset()?.offset == 12)
    }

    @Test func nothingIsWrittenWithoutATicket() {
        let world = GroupWorld()
        #expect(send(world, 9, 0) == .invalidTxnState)
        let valid = ticket(world)
        #expect(send(world, 9, valid + 1) == .invalidTxnState)
        #expect(send(world, 9, valid, TransactionalProducer(id: 4, epoch: 0)) == .invalidTxnState)
        #expect(world.log.isEmpty)
    }

    @Test func whatEndedMeanwhileTakesNothing() {
        let world = GroupWorld()
        let late = ticket(world)
        end(world, epoch: 2, isCommit: false)
        #expect(send(world, 9, late) == .invalidTxnState, "nobody would ever end it")
    }

    @Test func withVersionOneTheMarkerHasTheEpochOfTheTransaction() {
        let world = GroupWorld()
        let late = ticket(world)
        end(world, epoch: 1, isCommit: false, version: 0)
        #expect(send(world, 9, late) == .invalidTxnState)
    }

    @Test func theNextTransactionMayHaveAskedAlready() {
        let world = GroupWorld()
        let next = TransactionalProducer(id: 4, epoch: 2)
        #expect(send(world, 9, ticket(world)) == ErrorCode.none)
        let early = ticket(world, next)
        end(world, epoch: 2)
        #expect(send(world, 12, early, next) == ErrorCode.none)
        #expect(world.offset()?.offset == 9)
        end(world, epoch: 3)
        #expect(world.offset()?.offset == 12)
    }

    @Test func aDroppedTicketIsWorthNothing() {
        let world = GroupWorld()
        let first = ticket(world)
        world.send(.dropTicket(producer, first + 1))
        #expect(ticket(world) == first, "another one was meant")
        world.send(.dropTicket(producer, first))
        #expect(send(world, 9, first) == .invalidTxnState)
        #expect(ticket(world) > first)
    }

    @Test func ticketsAreOfOneTerm() {
        let world = GroupWorld()
        let first = ticket(world)
        world.giveUp()
        world.take()
        #expect(send(world, 9, first) == .invalidTxnState)
        world.moment.now = world.moment.now.adding(milliseconds: 1)
        let second = ticket(world)
        #expect(second != first && send(world, 9, first) == .invalidTxnState)
        #expect(send(world, 9, second) == ErrorCode.none)
    }

    @Test func offsetsThatCannotBeWrittenAreNotPending() {
        let world = GroupWorld()
        let valid = ticket(world)
        world.failure = .notEnoughReplicas
        #expect(send(world, 9, valid) == .notEnoughReplicas)
        #expect(!world.reader.hasPendingTransaction(group: "g", partition))
        world.failure = nil
        #expect(send(world, 9, valid) == ErrorCode.none, "it may be sent again")
    }

    @Test func membersAreFencedByTheirGeneration() throws {
        let world = GroupWorld()
        let member = try #require(world.joined(world.join(version: 3)))
        let valid = ticket(world)
        func code(_ id: String, _ generation: Int32) -> ErrorCode? {
            let commit = commit(9, member: id, generation: generation)
            return world.code(world.send(.commitInTransaction(commit, producer, ticket: valid)))
        }
        #expect(code("stranger", member.generationId) == .unknownMemberId)
        #expect(code(member.memberId, member.generationId - 1) == .illegalGeneration)
        #expect(code(member.memberId, member.generationId) == ErrorCode.none, "also while it rebalances")
        #expect(code("", -1) == ErrorCode.none, "who names no member is not asked for one")
    }

    @Test func aCommitWithoutATransactionIsJudgedAsEver() {
        let world = GroupWorld()
        _ = world.join(version: 3)
        #expect(world.code(world.send(.commit(commit(9, isTransactional: false)))) == .unknownMemberId)
    }

    @Test func aMarkerForNothingChangesNothing() {
        let world = GroupWorld()
        end(world, epoch: 2)
        #expect(world.offset() == nil && world.reader.list(states: [], types: []).isEmpty)
        #expect(send(world, 9, ticket(world)) == ErrorCode.none)
    }
}

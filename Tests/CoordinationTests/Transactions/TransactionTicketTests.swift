import KafkaProtocol
import Testing

@testable import Coordination

/// What a ticket is worth, and until when.
struct TransactionTicketTests {
    private let now = MonotonicTime(milliseconds: 5)
    private let producer = TransactionalProducer(id: 7, epoch: 3)

    private func marker(_ epoch: Int16, version: Int8) -> TransactionMarker {
        TransactionMarker(
            producer: TransactionalProducer(id: 7, epoch: epoch),
            coordinatorEpoch: 1,
            isCommit: false,
            version: version
        )
    }

    @Test(
        arguments: [
            // Marker's epoch, version, whether the ticket of epoch 3 is valid afterwards.
            (4, 2, false), (3, 2, true), (2, 2, true), (5, 2, false), (3, 0, false), (2, 0, true), (4, 0, false),
        ] as [(Int16, Int8, Bool)]
    )
    func aMarkerTakesBackWhatIsOfItsTransactionOrEarlier(_ epoch: Int16, _ version: Int8, _ isValid: Bool) {
        var tickets = TransactionTickets()
        let ticket = tickets.issue(to: producer, at: now)
        let other = tickets.issue(to: TransactionalProducer(id: 8, epoch: 0), at: now)
        tickets.end(marker(epoch, version: version))
        #expect(tickets.isValid(ticket, of: producer) == isValid)
        #expect(tickets.isValid(other, of: TransactionalProducer(id: 8, epoch: 0)), "of another producer")
    }

    @Test func nothingIsKeptOfWhatEnded() {
        var tickets = TransactionTickets()
        #expect(tickets.isEmpty)
        let ticket = tickets.issue(to: producer, at: now)
        #expect(!tickets.isEmpty)
        tickets.drop(ticket, of: producer)
        #expect(tickets.isEmpty)
        _ = tickets.issue(to: producer, at: now)
        tickets.end(marker(4, version: 2))
        #expect(tickets.isEmpty)
    }

    @Test func numbersDoNotComeAgain() {
        var (first, second) = (TransactionTickets(), TransactionTickets())
        let early = first.issue(to: producer, at: now)
        let late = second.issue(to: producer, at: MonotonicTime(milliseconds: 6))
        #expect(late > early && !second.isValid(early, of: producer))
        let other = first.issue(to: TransactionalProducer(id: 9, epoch: 0), at: now)
        #expect(other > early, "also at the same time")
    }
}

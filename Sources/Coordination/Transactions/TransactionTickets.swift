import KafkaProtocol

/// Who may write in a transaction: between the word of its coordinator, which takes time, and the write, the transaction may end. A ticket is
/// issued before the coordinator is asked, and the end of the transaction takes it back (as the guard of KIP-890).
package struct TransactionTickets: Sendable {
    private var issued: [Int64: [Int16: Int64]] = [:]
    private var last: Int64 = 0

    package init() {}

    package var isEmpty: Bool { issued.isEmpty }

    /// - Parameter now: those of one process never repeat, whoever issued them.
    package mutating func issue(to producer: TransactionalProducer, at now: MonotonicTime) -> Int64 {
        if let known = issued[producer.id]?[producer.epoch] { return known }
        last = max(last + 1, now.nanoseconds)
        issued[producer.id, default: [:]][producer.epoch] = last
        return last
    }

    package func isValid(_ ticket: Int64, of producer: TransactionalProducer) -> Bool {
        issued[producer.id]?[producer.epoch] == ticket
    }

    package mutating func drop(_ ticket: Int64, of producer: TransactionalProducer) {
        guard isValid(ticket, of: producer) else { return }
        issued[producer.id]?[producer.epoch] = nil
        if issued[producer.id]?.isEmpty == true { issued[producer.id] = nil }
    }

    /// A marker is written: what was issued for the transaction that it ends, or for earlier ones, is worth nothing. The next one may have begun to ask.
    package mutating func end(_ marker: TransactionMarker) {
        guard let known = issued[marker.producer.id] else { return }
        let rest = known.filter { epoch, _ in
            marker.version >= 2 ? epoch >= marker.producer.epoch : epoch > marker.producer.epoch
        }
        issued[marker.producer.id] = rest.isEmpty ? nil : rest
    }
}

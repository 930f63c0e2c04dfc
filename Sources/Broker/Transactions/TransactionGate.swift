import Coordination
import DequeModule
@_spi(Sabotage) import KafkaProtocol
import KafkaRecords
import Synchronization

/// Lets transactional batches into their partitions. The first one of a partition waits for the word of the transaction's coordinator, and those that the
/// producer sends behind it wait behind it; other partitions, producers and connections go on.
final class TransactionGate: Sendable {
    enum Verdict: Sendable {
        case append(TransactionEvidence)
        case refused(ErrorCode, String)
    }

    typealias Pass = @Sendable (Verdict) -> Void

    private struct Key: Hashable {
        var topicId: KafkaUUID
        var partition: Int32
        var producer: TransactionalProducer
    }

    private let coordinators: TransactionCoordinators
    private let queues = Mutex<[Key: Deque<Pass>]>([:])

    init(_ coordinators: TransactionCoordinators) { self.coordinators = coordinators }

    /// What one request has to ask its coordinator for. Used by one thread.
    final class Inquiry {
        fileprivate struct Item: Sendable {
            var partition: Partition
            var header: RecordBatchHeader
            var ticket: Int64
        }

        fileprivate let id: String
        fileprivate let version: Int16
        fileprivate var producer: TransactionalProducer?
        fileprivate var items: [Item] = []

        /// - Parameter version: of Produce.
        init(id: String, version: Int16) { (self.id, self.version) = (id, version) }
    }

    /// Calls `pass` once: at once when nothing has to be waited for, else when the coordinator has answered what `send` asks it.
    func admit(_ header: RecordBatchHeader, _ partition: Partition, _ inquiry: Inquiry, _ pass: @escaping Pass) {
        if Sabotage.transactionNotVerified.isOn { return pass(.append(.unchecked)) }
        let producer = TransactionalProducer(header)
        if let known = inquiry.producer, known != producer {
            return pass(.refused(.invalidRequest, "the request has batches of several producers in one transaction"))
        }
        inquiry.producer = producer
        let key = Key(topicId: partition.topicId, partition: partition.id.partition, producer: producer)
        let waits = queues.withLock { queues in
            guard queues[key] != nil else { return false }
            queues[key]?.append(pass)
            return true
        }
        if waits { return }
        guard let ticket = partition.ticket(for: header) else { return pass(.append(.none)) }
        let asks = queues.withLock { queues in
            defer { queues[key, default: []].append(pass) }
            return queues[key] == nil
        }
        if asks { inquiry.items.append(Inquiry.Item(partition: partition, header: header, ticket: ticket)) }
    }

    /// Asks what the request has to ask.
    func send(_ inquiry: Inquiry) {
        guard let producer = inquiry.producer, !inquiry.items.isEmpty else { return }
        let (items, version) = (inquiry.items, inquiry.version)
        coordinators.ask(
            Self.addsPartitions(version) ? .add : .areIn,
            TransactionMember(id: inquiry.id, producer: producer),
            items.map(\.partition.id)
        ) { [self] codes, others in
            for item in items { settle(item, codes[item.partition.id] ?? others, version) }
        }
    }

    /// From this version on clients add no partitions themselves (KIP-890).
    static func addsPartitions(_ version: Int16) -> Bool { version >= 12 }

    private func settle(_ item: Inquiry.Item, _ code: ErrorCode, _ version: Int16) {
        var verdict = Verdict.append(.ticket(item.ticket))
        if code != .none {
            let told = Self.told(code, version)
            let isPassing = TransactionCoordinators.passes(code)
            item.partition.dropTicket(item.ticket, of: item.header, passing: isPassing ? told : nil)
            verdict = .refused(told, Self.sentence(code))
        }
        let key = Key(
            topicId: item.partition.topicId,
            partition: item.partition.id.partition,
            producer: TransactionalProducer(item.header)
        )
        // What comes meanwhile comes behind.
        while let pass = next(key) { pass(verdict) }
    }

    private func next(_ key: Key) -> Pass? {
        queues.withLock { queues in
            if let pass = queues[key]?.popFirst() { return pass }
            queues[key] = nil
            return nil
        }
    }

    /// What a producer understands of the coordinator's answer.
    private static func told(_ code: ErrorCode, _ version: Int16) -> ErrorCode {
        switch code {
        case .producerFenced: .invalidProducerEpoch
        case .transactionAbortable: version >= 11 ? code : .invalidTxnState
        case .concurrentTransactions: version >= 12 ? code : .notEnoughReplicas
        case _ where TransactionCoordinators.passes(code): .notEnoughReplicas
        default: code
        }
    }

    private static func sentence(_ code: ErrorCode) -> String {
        switch code {
        case .transactionAbortable, .invalidTxnState: "the partition was not added to the transaction"
        case .concurrentTransactions: "the markers of the transaction before are still being written"
        case _ where TransactionCoordinators.passes(code):
            "the transaction's coordinator cannot be asked now (\(code)); the batch can be sent again"
        default: "the transaction's coordinator refuses the partition: \(code)"
        }
    }
}

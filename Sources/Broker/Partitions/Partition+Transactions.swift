import Coordination
@_spi(Sabotage) import KafkaProtocol
import KafkaRecords
import LogStorage
import NIOCore
import Replication
import Synchronization
import World

/// What is known of the transaction that a batch belongs to.
enum TransactionEvidence: Sendable {
    case none
    /// Its coordinator was asked while the ticket was valid.
    case ticket(Int64)
    /// Nobody asks coordinators (`transaction.partition.verification.enable`).
    case unchecked
    case marker(TransactionMarker)
}

/// Transactions on a partition that this node leads: who may write in them, and their ends.
extension Partition {
    enum TransactionVerdict {
        case accepted
        /// It is in the log already.
        case stands
        case refused(RecordError)
    }

    /// What has to be shown when a transactional batch is appended: nil when nothing has, since the transaction is open here or the batch comes again.
    func ticket(for header: RecordBatchHeader) -> Int64? {
        let now = directory.time.now
        return state.withLock { state in
            let producers = state.log.producers
            if producers.isOpen(header.producerId, epoch: header.producerEpoch) || producers.isRepeated(header) {
                return nil
            }
            return state.tickets.issue(to: TransactionalProducer(header), at: now)
        }
    }

    /// Its coordinator knows of no transaction, or cannot be asked now.
    ///
    /// - Parameter passing: the code for what passes: until then, what the producer has sent behind it is not taken either.
    func dropTicket(_ ticket: Int64, of header: RecordBatchHeader, passing: ErrorCode?) {
        let now = directory.time.now
        state.withLock { state in
            state.tickets.drop(ticket, of: TransactionalProducer(header))
            if let passing { state.refused = (now, passing) }
        }
    }

    /// Writes the end of a transaction.
    func end(
        _ marker: TransactionMarker,
        wall: Int64,
        done: @escaping @Sendable (ErrorCode) -> Void
    ) {
        do throws(RecordError) {
            append(
                try ValidatedBatch(marker, wall: wall),
                waitsForAll: true,
                isFromClient: false,
                transaction: .marker(marker),
                wall: wall
            ) { done($0.code) }
        } catch {
            done(error.code)
        }
    }

    /// What would become of a marker.
    func verdict(on marker: TransactionMarker, wall: WallTime) -> TransactionVerdict {
        do throws(RecordError) {
            let batch = try ValidatedBatch(marker, wall: wall.milliseconds)
            return state.withLock { Self.judge(batch, $0, isFromClient: false, .marker(marker)) }
        } catch {
            return .refused(error)
        }
    }

    static func judge(
        _ batch: ValidatedBatch,
        _ state: borrowing State,
        isFromClient: Bool,
        _ evidence: TransactionEvidence
    ) -> TransactionVerdict {
        let (header, producers) = (batch.header, state.log.producers)
        do throws(RecordError) {
            if header.isControl {
                guard let marker = EndTransactionMarker(try RecordBatch(batch.bytes)) else { return .accepted }
                var version: Int8 = 0
                if case .marker(let known) = evidence { version = known.version }
                return try producers.check(marker, header, transactionVersion: version) ? .accepted : .stands
            }
            if !isFromClient {
                try producers.checkEpoch(header)
                return .accepted
            }
            if producers.isOpen(header.producerId, epoch: header.producerEpoch) || producers.isRepeated(header) {
                return .accepted
            }
            switch evidence {
            case .unchecked: return .accepted
            case .ticket(let ticket)
            where state.tickets.isValid(ticket, of: TransactionalProducer(header))
                || Sabotage.ticketOutlivesTransaction.isOn:
                return .accepted
            case .ticket, .none, .marker:
                return .refused(
                    RecordError(.invalidTxnState, "the partition is not part of an open transaction of the producer")
                )
            }
        } catch {
            return .refused(error)
        }
    }

    /// The transaction is open now, or has ended: what coordinators said before counts no more.
    static func appended(_ header: RecordBatchHeader, _ evidence: TransactionEvidence, _ state: inout State) {
        switch evidence {
        case .marker(let marker): state.tickets.end(marker)
        case .ticket(let ticket): state.tickets.drop(ticket, of: TransactionalProducer(header))
        case .none, .unchecked: break
        }
    }
}

extension TransactionalProducer {
    init(_ header: RecordBatchHeader) { self.init(id: header.producerId, epoch: header.producerEpoch) }
}

extension ValidatedBatch {
    /// The control batch that ends a transaction.
    init(_ marker: TransactionMarker, wall: Int64) throws(RecordError) {
        let end = EndTransactionMarker(isCommit: marker.isCommit, coordinatorEpoch: marker.coordinatorEpoch)
        let producer = marker.producer
        try self.init(own: try end.batch(producerId: producer.id, producerEpoch: producer.epoch, timestamp: wall))
    }
}

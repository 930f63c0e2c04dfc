@_spi(Sabotage) import KafkaProtocol
import KafkaRecords

/// A batch that a producer wrote: what is needed to recognise it when it comes again.
package struct ProducerBatch: Equatable, Sendable {
    package var lastSequence: Int32
    package var lastOffset: Int64
    /// Last sequence minus first.
    package var offsetDelta: Int32
    package var timestamp: Int64

    package var firstSequence: Int32 { Sequence32.advance(lastSequence, by: -offsetDelta) }
    package var firstOffset: Int64 { lastOffset - Int64(offsetDelta) }
}

/// What a partition knows about one producer id.
package struct ProducerEntry: Equatable, Sendable {
    /// Batches remembered to recognise duplicates, as many as an idempotent producer may have in flight.
    package static let batchLimit = 5

    package var producerId: Int64
    package var epoch: Int16 = -1
    /// Oldest first.
    package var batches: [ProducerBatch] = []
    package var coordinatorEpoch: Int32 = -1
    package var lastTimestamp: Int64 = -1
    /// The first offset of the transaction that is open in this partition; nil for none.
    package var transactionFirstOffset: Int64?

    package var lastSequence: Int32 { batches.last?.lastSequence ?? -1 }
    package var lastOffset: Int64 { batches.last?.lastOffset ?? -1 }
}

/// Producer ids, epochs, sequences and open transactions of one partition (KIP-98). Changes only by the batches of the log.
package struct ProducerState: Sendable, Equatable {
    /// Producers that are remembered at most; the ones longest silent and without a transaction go first.
    package static let limit = 100_000

    /// What a check says about a batch before it is appended.
    package enum Check: Equatable, Sendable {
        case accepted
        /// It was written before: its offset then, and the time of that append.
        case duplicate(ProducerBatch)
    }

    private struct CompletedTransaction: Equatable, Sendable {
        var firstOffset: Int64
        var markerOffset: Int64
    }

    package private(set) var producers: [Int64: ProducerEntry] = [:]
    /// First offsets of open transactions, ascending.
    private var openTransactions: [Int64] = []
    /// Transactions that ended in the log but not yet below the high watermark.
    private var unreplicated: [CompletedTransaction] = []

    package init() {}

    /// The first offset that a `read_committed` reader may not pass; nil when nothing holds it back.
    package var firstUnstableOffset: Int64? {
        if Sabotage.stableOffsetIsWatermark.isOn { return nil }
        return switch (openTransactions.first, unreplicated.first?.firstOffset) {
        case (let open?, let ended?): min(open, ended)
        case (let open, let ended): open ?? ended
        }
    }

    /// Transactions whose marker lies below the high watermark no longer hold readers back.
    package mutating func highWatermarkMoved(to offset: Int64) {
        if unreplicated.isEmpty { return }
        unreplicated.removeAll { $0.markerOffset < offset }
    }

    // MARK: Before the append

    /// Judges a client's batch.
    ///
    /// - Parameter gap: where batches may have been refused just now, the code for a producer that is not known here and does not begin with its first
    ///   sequence. Else it is taken, as its state may have expired (KIP-360).
    /// - Throws: INVALID_PRODUCER_EPOCH, OUT_OF_ORDER_SEQUENCE_NUMBER, INVALID_TXN_STATE or `gap`.
    package func check(_ header: RecordBatchHeader, gap: ErrorCode? = nil) throws(RecordError) -> Check {
        guard header.producerId >= 0 else { return .accepted }
        let entry = producers[header.producerId] ?? ProducerEntry(producerId: header.producerId)
        if header.producerEpoch < entry.epoch {
            throw RecordError(
                .invalidProducerEpoch,
                "producer \(header.producerId) has epoch \(header.producerEpoch); the partition has seen \(entry.epoch)"
            )
        }
        if header.producerEpoch == entry.epoch,
            let known = entry.batches.first(where: {
                $0.firstSequence == header.baseSequence && $0.lastSequence == header.lastSequence
            })
        {
            return .duplicate(known)
        }
        if let gap, entry.epoch == -1, header.baseSequence > 0 {
            throw RecordError(
                gap,
                "producer \(header.producerId) is not known here and begins with sequence \(header.baseSequence); a batch before it may have been refused"
            )
        }
        try checkSequence(header, entry)
        if entry.transactionFirstOffset != nil, !header.isTransactional {
            throw RecordError(
                .invalidTxnState,
                "producer \(header.producerId) has an open transaction in this partition"
            )
        }
        return .accepted
    }

    /// Whether the producer's transaction is open here, with this epoch.
    package func isOpen(_ producerId: Int64, epoch: Int16) -> Bool {
        guard let entry = producers[producerId] else { return false }
        return entry.transactionFirstOffset != nil && entry.epoch == epoch
    }

    /// Whether the batch is one of the last that were written.
    package func isRepeated(_ header: RecordBatchHeader) -> Bool {
        guard let entry = producers[header.producerId], entry.epoch == header.producerEpoch else { return false }
        return entry.batches.contains {
            $0.firstSequence == header.baseSequence && $0.lastSequence == header.lastSequence
        }
    }

    /// Judges the end of a transaction.
    ///
    /// - Parameter transactionVersion: from 2 on each transaction has an epoch of its own, below that of its marker: one that has come late, when the
    ///   next has begun, is known by that (KIP-1228).
    /// - Returns: false when it stands here already.
    /// - Throws: INVALID_PRODUCER_EPOCH, TRANSACTION_COORDINATOR_FENCED.
    package func check(
        _ marker: EndTransactionMarker,
        _ header: RecordBatchHeader,
        transactionVersion: Int8
    ) throws(RecordError) -> Bool {
        guard let entry = producers[header.producerId] else { return true }
        if marker.coordinatorEpoch < entry.coordinatorEpoch, !Sabotage.markerOfAnyCoordinator.isOn {
            throw RecordError(
                .transactionCoordinatorFenced,
                "the marker is of coordinator epoch \(marker.coordinatorEpoch); the partition has seen \(entry.coordinatorEpoch)"
            )
        }
        let isOld = header.producerEpoch < entry.epoch
        let isOfBefore =
            transactionVersion >= 2 && header.producerEpoch == entry.epoch && entry.transactionFirstOffset != nil
        if isOld || isOfBefore, !Sabotage.markerOfAnyEpoch.isOn {
            throw RecordError(
                .invalidProducerEpoch,
                "the marker has epoch \(header.producerEpoch) of producer \(header.producerId); the partition has seen \(entry.epoch)"
            )
        }
        return !(transactionVersion >= 2 && header.producerEpoch == entry.epoch)
    }

    /// Judges a batch that a coordinator writes in a producer's transaction.
    package func checkEpoch(_ header: RecordBatchHeader) throws(RecordError) {
        guard let entry = producers[header.producerId], header.producerEpoch < entry.epoch else { return }
        throw RecordError(
            .invalidProducerEpoch,
            "producer \(header.producerId) has epoch \(header.producerEpoch); the partition has seen \(entry.epoch)"
        )
    }

    private func checkSequence(_ header: RecordBatchHeader, _ entry: ProducerEntry) throws(RecordError) {
        if entry.epoch == -1 { return }
        if header.producerEpoch != entry.epoch {
            if header.baseSequence == 0 { return }
            throw RecordError(
                .outOfOrderSequenceNumber,
                "producer \(header.producerId) begins epoch \(header.producerEpoch) with sequence \(header.baseSequence), not 0"
            )
        }
        let expected = entry.lastSequence == -1 ? 0 : Sequence32.advance(entry.lastSequence, by: 1)
        if header.baseSequence != expected {
            throw RecordError(
                .outOfOrderSequenceNumber,
                "producer \(header.producerId) sent sequence \(header.baseSequence); \(expected) is next"
            )
        }
    }

    // MARK: Replay

    /// Takes in a data batch of the log.
    package mutating func append(_ header: RecordBatchHeader) {
        guard header.producerId >= 0 else { return }
        var entry = producers[header.producerId] ?? ProducerEntry(producerId: header.producerId)
        if header.producerEpoch != entry.epoch {
            entry.epoch = header.producerEpoch
            entry.batches = []
        }
        if header.baseSequence >= 0 {
            entry.batches.append(
                ProducerBatch(
                    lastSequence: header.lastSequence,
                    lastOffset: header.lastOffset,
                    offsetDelta: header.lastOffsetDelta,
                    timestamp: header.maxTimestamp
                )
            )
            let limit = Sabotage.duplicateWindowOfFour.isOn ? 4 : ProducerEntry.batchLimit
            if entry.batches.count > limit { entry.batches.removeFirst() }
        }
        entry.lastTimestamp = header.maxTimestamp
        if header.isTransactional, entry.transactionFirstOffset == nil {
            entry.transactionFirstOffset = header.baseOffset
            openTransactions.append(header.baseOffset)
        }
        producers[header.producerId] = entry
        if producers.count > Self.limit { evict() }
    }

    /// Takes in the end of a transaction. The result is the aborted transaction for the index, when it was aborted.
    package mutating func end(
        _ marker: EndTransactionMarker,
        _ header: RecordBatchHeader,
        highWatermark: Int64
    ) -> AbortedTxn? {
        var entry = producers[header.producerId] ?? ProducerEntry(producerId: header.producerId)
        if header.producerEpoch > entry.epoch {
            entry.epoch = header.producerEpoch
            entry.batches = []
        }
        entry.coordinatorEpoch = marker.coordinatorEpoch
        entry.lastTimestamp = header.maxTimestamp
        let first = entry.transactionFirstOffset
        entry.transactionFirstOffset = nil
        producers[header.producerId] = entry
        guard let first else { return nil }
        openTransactions.removeAll { $0 == first }
        var aborted: AbortedTxn?
        if !marker.isCommit {
            var txn = AbortedTxn()
            txn.producerId = header.producerId
            txn.firstOffset = first
            txn.lastOffset = header.baseOffset
            // The last stable offset once this transaction is over, other open ones considered.
            txn.lastStableOffset = openTransactions.first ?? header.baseOffset + 1
            aborted = txn
        }
        if header.baseOffset >= highWatermark {
            unreplicated.append(CompletedTransaction(firstOffset: first, markerOffset: header.baseOffset))
        }
        return aborted
    }

    /// Forgets producers that have been silent for `expiration` milliseconds and have no open transaction.
    package mutating func expire(now: Int64, expiration: Int64) {
        let old = producers.filter {
            $0.value.transactionFirstOffset == nil && now &- $0.value.lastTimestamp >= expiration
        }
        for id in old.keys { producers[id] = nil }
    }

    private mutating func evict() {
        let idle = producers.values.filter { $0.transactionFirstOffset == nil }
        for entry in idle.sorted(by: { $0.lastTimestamp < $1.lastTimestamp }).prefix(Self.limit / 100) {
            producers[entry.producerId] = nil
        }
    }

    mutating func restore(_ entry: ProducerEntry) {
        producers[entry.producerId] = entry
        if let first = entry.transactionFirstOffset {
            openTransactions.append(first)
            openTransactions.sort()
        }
    }
}

import KafkaProtocol
import KafkaRecords

/// Follows the transactions of a log from batch to batch, to tell whose records were aborted and whose markers nothing needs any more.
struct TransactionFilter {
    /// Of transactions that were aborted, by their first offset.
    private var aborted: ArraySlice<AbortedTxn>
    /// The aborted transaction that a producer is in, and whether a batch of it was seen.
    private var open: [Int64: (txn: AbortedTxn, hasBatches: Bool)] = [:]
    /// Producers of which batches were seen since their last marker.
    private var committed: Set<Int64> = []

    init(_ aborted: [AbortedTxn]) { self.aborted = aborted.sorted { $0.firstOffset < $1.firstOffset }[...] }

    /// Whether a batch of records belongs to an aborted transaction.
    mutating func isAborted(_ header: RecordBatchHeader) -> Bool {
        begin(upTo: header.lastOffset)
        guard header.isTransactional else { return false }
        if let (txn, _) = open[header.producerId] {
            // Its marker may be gone already.
            if header.baseOffset <= txn.lastOffset {
                open[header.producerId]?.hasBatches = true
                return true
            }
            open[header.producerId] = nil
        }
        committed.insert(header.producerId)
        return false
    }

    /// What a transaction's marker means.
    struct Marker {
        /// No batch of the transaction was seen: what it ended is gone.
        var isOfNothing: Bool
        /// The transaction, when it was aborted and batches of it were seen.
        var aborted: AbortedTxn?
    }

    mutating func end(_ marker: EndTransactionMarker, _ header: RecordBatchHeader) -> Marker {
        begin(upTo: header.lastOffset)
        if marker.isCommit { return Marker(isOfNothing: committed.remove(header.producerId) == nil) }
        guard let (txn, hasBatches) = open.removeValue(forKey: header.producerId) else {
            return Marker(isOfNothing: true)
        }
        return Marker(isOfNothing: !hasBatches, aborted: hasBatches ? txn : nil)
    }

    private mutating func begin(upTo offset: Int64) {
        while let next = aborted.first, next.firstOffset <= offset {
            open[next.producerId] = (next, false)
            aborted.removeFirst()
        }
    }
}

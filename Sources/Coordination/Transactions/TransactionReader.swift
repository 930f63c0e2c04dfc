import KafkaProtocol

/// What is committed of the transactional ids of a partition.
package struct TransactionReader {
    let table: VersionedTable<ExactText, Transaction>
    /// With their starts.
    let open: [ExactText: Int64]
    let endingCount: Int

    package var counts: TransactionCounts {
        TransactionCounts(ids: table.count, open: open.count, ending: endingCount, oldestStart: open.values.min())
    }

    package subscript(id: String) -> Transaction? { table.committed(ExactText(id)) }

    /// In the order of the ids.
    package var all: [(id: String, transaction: Transaction)] {
        table.committedEntries.map { ($0.key.text, $0.value) }
            .sorted { NameTable<Void>.precedes($0.id, $1.id) }
    }
}

/// How many transactional ids there are, and where they are.
package struct TransactionCounts: Equatable, Sendable {
    package var ids: Int
    package var open: Int
    /// Decided, with markers that are being written.
    package var ending: Int
    /// Milliseconds since 1970 when the oldest open transaction began; nil while none is open.
    package var oldestStart: Int64?
}

import KafkaProtocol

/// What is committed of the transactional ids of a partition.
package struct TransactionReader {
    let table: VersionedTable<ExactText, Transaction>

    package subscript(id: String) -> Transaction? { table.committed(ExactText(id)) }

    /// In the order of the ids.
    package var all: [(id: String, transaction: Transaction)] {
        table.committedEntries.map { ($0.key.text, $0.value) }
            .sorted { NameTable<Void>.precedes($0.id, $1.id) }
    }
}

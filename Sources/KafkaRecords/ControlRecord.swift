import KafkaProtocol
import NIOCore

/// The kinds of control records: the second field of their keys.
package enum ControlRecordKind: Int16, Sendable {
    case abort = 0
    case commit = 1
    case leaderChange = 2
    case snapshotHeader = 3
    case snapshotFooter = 4
    case kraftVersion = 5
    case kraftVoters = 6

    /// The key's bytes: version 0 and the kind.
    package var key: ByteBuffer {
        var key = ByteBuffer()
        key.writeMultipleIntegers(0 as Int16, rawValue)
        return key
    }

    /// Reads a control record's key; nil for a kind that is not known.
    package init?(key: ByteBuffer?) {
        guard let key, let (_, kind) = key.getMultipleIntegers(at: key.readerIndex, as: (Int16, Int16).self) else {
            return nil
        }
        self.init(rawValue: kind)
    }
}

/// The end of a transaction, as a coordinator writes it into a partition.
package struct EndTransactionMarker: Equatable, Sendable {
    package var isCommit: Bool
    package var coordinatorEpoch: Int32

    package init(isCommit: Bool, coordinatorEpoch: Int32) {
        self.isCommit = isCommit
        self.coordinatorEpoch = coordinatorEpoch
    }

    /// The marker in a transactional control batch; nil when the batch holds something else.
    package init?(_ batch: RecordBatch) {
        guard batch.header.isControl, let records = try? batch.allRecords(), let first = records.first,
            let kind = ControlRecordKind(key: first.key), kind == .commit || kind == .abort
        else { return nil }
        isCommit = kind == .commit
        let value = first.value ?? ByteBuffer()
        coordinatorEpoch = value.getInteger(at: value.readerIndex + 2, as: Int32.self) ?? 0
    }

    /// The control batch that ends the transaction of `producerId`.
    package func batch(producerId: Int64, producerEpoch: Int16, timestamp: Int64) throws(RecordError) -> ByteBuffer {
        var builder = RecordBatchBuilder()
        builder.setProducer(id: producerId, epoch: producerEpoch, baseSequence: -1, isTransactional: true)
        builder.setControl()
        var value = ByteBuffer()
        value.writeMultipleIntegers(0 as Int16, coordinatorEpoch)
        builder.append(timestamp: timestamp, key: (isCommit ? ControlRecordKind.commit : .abort).key, value: value)
        return try builder.build()
    }
}

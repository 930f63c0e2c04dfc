@_spi(Sabotage) import KafkaProtocol
import KafkaRecords
import NIOCore
import World

/// The `.snapshot` files: producer state up to an offset, in Kafka's format version 1.
package enum ProducerSnapshotFile {
    private static let headerSize = 6

    package static func encode(_ state: ProducerState) -> ByteBuffer {
        var snapshot = ProducerSnapshot()
        snapshot.producerEntries = state.producers.values.sorted { $0.producerId < $1.producerId }.map { entry in
            var row = ProducerSnapshot.ProducerEntry()
            row.producerId = entry.producerId
            row.epoch = entry.epoch
            row.lastSequence = entry.lastSequence
            row.lastOffset = entry.lastOffset
            row.offsetDelta = entry.batches.last?.offsetDelta ?? 0
            row.timestamp = entry.lastTimestamp
            row.coordinatorEpoch = entry.coordinatorEpoch
            row.currentTxnFirstOffset = entry.transactionFirstOffset ?? -1
            return row
        }
        var bytes = ByteBuffer()
        bytes.writeInteger(1 as Int16)
        // Integers and one array of structures: always encodable in version 1.
        if let body = try? snapshot.encoded(version: 1) { bytes.writeImmutableBuffer(body) }
        bytes.setInteger(CRC32C.of(bytes, from: headerSize), at: 2)
        return bytes
    }

    package static func decode(_ bytes: ByteBuffer, path: String) throws(LogError) -> ProducerState {
        guard let version = bytes.getInteger(at: bytes.readerIndex, as: Int16.self),
            let crc = bytes.getInteger(at: bytes.readerIndex + 2, as: UInt32.self)
        else { throw .corrupt(path: path, position: 0, reason: "too short for a producer snapshot") }
        guard version == 1 else {
            throw .corrupt(path: path, position: 0, reason: "snapshot version \(version) is not known")
        }
        guard crc == CRC32C.of(bytes, from: headerSize) else {
            throw .corrupt(path: path, position: 2, reason: "the checksum is wrong")
        }
        var reader = WireReader(
            bytes.getSlice(at: bytes.readerIndex + 2, length: bytes.readableBytes - 2) ?? ByteBuffer()
        )
        guard let snapshot = try? ProducerSnapshot.decode(&reader, version: 1) else {
            throw .corrupt(path: path, position: Int64(headerSize), reason: "the entries are not readable")
        }
        var state = ProducerState()
        for row in snapshot.producerEntries {
            guard state.producers[row.producerId] == nil else {
                throw .corrupt(
                    path: path,
                    position: Int64(headerSize),
                    reason: "producer \(row.producerId) is in it twice"
                )
            }
            var entry = ProducerEntry(producerId: row.producerId, epoch: row.epoch)
            if row.lastSequence >= 0 {
                guard row.offsetDelta >= 0, row.lastOffset >= Int64(row.offsetDelta) else {
                    throw .corrupt(
                        path: path,
                        position: Int64(headerSize),
                        reason: "producer \(row.producerId) has a batch that ends at offset \(row.lastOffset)"
                    )
                }
                entry.batches = [
                    ProducerBatch(
                        lastSequence: row.lastSequence,
                        lastOffset: row.lastOffset,
                        offsetDelta: row.offsetDelta,
                        timestamp: row.timestamp
                    )
                ]
            }
            entry.coordinatorEpoch = row.coordinatorEpoch
            entry.lastTimestamp = row.timestamp
            let isOpen = row.currentTxnFirstOffset >= 0 && !Sabotage.openTransactionsForgotten.isOn
            entry.transactionFirstOffset = isOpen ? row.currentTxnFirstOffset : nil
            state.restore(entry)
        }
        return state
    }
}

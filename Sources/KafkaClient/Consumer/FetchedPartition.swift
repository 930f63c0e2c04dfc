import DequeModule
import KafkaConnection
import KafkaProtocol
import KafkaRecords
import NIOCore

/// The batches of one partition in a broker's answer, those that a consumer shall not see without their records.
struct FetchedPartition {
    /// The offset behind the last whole batch, and its epoch, as the batches' headers say, whose checksums nobody has looked at; nil without one.
    static func end(_ bytes: ByteBuffer) -> (offset: Int64, epoch: Int32)? {
        RecordBatches(bytes).reduce(nil) { ($1.header.nextOffset, $1.header.partitionLeaderEpoch) }
    }

    /// - Throws: `.malformed` when what came is no batch, or damaged.
    static func batches(
        _ key: TopicPartition,
        _ data: FetchResponse.PartitionData,
        from offset: Int64,
        _ configuration: ConsumerConfiguration
    ) throws(KafkaError) -> Deque<ConsumedBatch> {
        var result: Deque<ConsumedBatch> = []
        guard let bytes = data.records?.buffer, bytes.readableBytes > 0 else { return result }
        var aborted = AbortedTransactions(
            configuration.isolation == .readCommitted ? data.abortedTransactions ?? [] : []
        )
        var rest = bytes
        while rest.readableBytes > 0 {
            // The last batch may be cut off by the size asked for.
            guard let length = rest.getInteger(at: rest.readerIndex + 8, as: Int32.self),
                rest.readableBytes >= RecordBatchHeader.prefixSize + Int(max(0, length))
            else { break }
            let batch: RecordBatch
            do { batch = try RecordBatch(rest) } catch {
                throw KafkaError(.malformed, "\(key) from offset \(offset): \(error)")
            }
            rest.moveReaderIndex(forwardBy: batch.bytes.readableBytes)
            if configuration.checksChecksums, !batch.isChecksumValid {
                throw KafkaError(
                    .malformed,
                    "\(key) at offset \(batch.header.baseOffset): CRC mismatch: the batch was corrupted in transit or on disk"
                )
            }
            if batch.header.lastOffset < offset { continue }
            let isHidden = aborted.hides(batch) || batch.header.isControl
            result.append(
                ConsumedBatch(
                    partition: key,
                    nextOffset: batch.header.nextOffset,
                    highWatermark: data.highWatermark,
                    leaderEpoch: batch.header.partitionLeaderEpoch,
                    firstOffset: offset,
                    batch: isHidden ? nil : batch
                )
            )
        }
        if result.isEmpty, rest.readableBytes == bytes.readableBytes {
            throw KafkaError(
                .malformed,
                "\(key) at offset \(offset): the response of \(bytes.readableBytes) bytes holds no complete batch"
            )
        }
        return result
    }
}

/// Which batches belong to transactions that were aborted (KIP-98): from a transaction's first offset to its marker.
private struct AbortedTransactions {
    private var coming: [FetchResponse.AbortedTransaction]
    private var open: Set<Int64> = []

    init(_ list: [FetchResponse.AbortedTransaction]) { coming = list.sorted { $0.firstOffset > $1.firstOffset } }

    mutating func hides(_ batch: RecordBatch) -> Bool {
        while let next = coming.last, next.firstOffset <= batch.header.lastOffset {
            open.insert(next.producerId)
            coming.removeLast()
        }
        guard batch.header.isTransactional, open.contains(batch.header.producerId) else { return false }
        if batch.header.isControl, let marker = EndTransactionMarker(batch), !marker.isCommit {
            open.remove(batch.header.producerId)
        }
        return true
    }
}

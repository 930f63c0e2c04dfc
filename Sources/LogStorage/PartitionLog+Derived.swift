@_spi(Sabotage) import KafkaProtocol
import KafkaRecords
import NIOCore
import World

/// What can be made again from the batches of a log: leader epochs, aborted transactions and the producers' state.
extension PartitionLog {
    /// Makes the leader epochs from the batches of the whole log.
    ///
    /// - Throws: `.corrupt` where a batch has an epoch that cannot be.
    func rebuildEpochs() throws(LogError) {
        var found = LeaderEpochs()
        for segment in segments {
            let log = try storage { () throws(StorageError) in try segment.file() }
            var scanner = BatchScanner(log, from: 0, to: segment.size)
            scan: while true {
                switch try scanner.nextHeader() {
                case .batch(let header, let position):
                    let epoch = header.partitionLeaderEpoch
                    guard epoch >= found.latest ?? -1, epoch <= maxLeaderEpoch else {
                        throw .corrupt(
                            path: segment.path,
                            position: position,
                            reason: "the batch's leader epoch \(epoch) does not fit between those around it"
                        )
                    }
                    _ = found.assign(epoch, startOffset: max(header.baseOffset, logStartOffset))
                case .legacy: continue scan
                case .end: break scan
                case .damaged(let position, let reason):
                    throw .corrupt(path: segment.path, position: position, reason: reason)
                }
            }
        }
        epochs = found
        try saveEpochs(syncing: false)
    }

    /// The aborted transactions of a segment; read from the log when the index is damaged.
    func transactions(of segment: LogSegment) throws(LogError) -> [AbortedTxn] {
        try segment.transactions.entries { () throws(LogError) in
            if Sabotage.abortedIndexNotRebuilt.isOn { return [] }
            var (state, from) = usableSnapshot(upTo: segment.baseOffset)
            for earlier in segments where earlier.baseOffset < segment.baseOffset {
                _ = try replay(earlier, from: from, into: &state)
            }
            from = max(from, segment.baseOffset)
            return try replay(segment, from: from, into: &state)
        }
    }

    /// The newest producer snapshot at or below an offset that can be read, and where it was made; without one an empty state and the
    /// log's beginning.
    private func usableSnapshot(upTo offset: Int64) -> (state: ProducerState, offset: Int64) {
        for known in snapshots.reversed() where known <= offset {
            let path = Path.join(directory, SegmentName.file(known, ".snapshot"))
            guard let bytes = try? fileSystem.contents(path),
                let state = try? ProducerSnapshotFile.decode(bytes, path: path)
            else { continue }
            return (state, known)
        }
        return (ProducerState(), segments[0].baseOffset)  // never empty
    }

    /// Makes the producer state at the log's end from the newest usable snapshot and the batches behind it.
    func reloadProducers(_ report: (RecoveryEvent) -> Void = { _ in }) throws(LogError) {
        producers = ProducerState()
        var from = segments[0].baseOffset  // never empty
        let trustsAll = Sabotage.snapshotBeyondLogTrusted.isOn
        for offset in snapshots.reversed() where offset <= logEndOffset || trustsAll {
            let path = Path.join(directory, SegmentName.file(offset, ".snapshot"))
            do {
                let bytes = try storage { () throws(StorageError) in try fileSystem.contents(path) }
                let state = try ProducerSnapshotFile.decode(bytes, path: path)
                // What it remembers lies in the log: a batch that comes again is answered with its offset.
                guard trustsAll || state.producers.values.allSatisfy({ $0.lastOffset < offset }) else {
                    throw LogError.corrupt(path: path, position: 0, reason: "it knows batches behind offset \(offset)")
                }
                producers = state
                from = offset
                break
            } catch {
                report(.ignored(path: path, reason: "\(error)"))
                try storage { () throws(StorageError) in try removeSnapshot(offset) }
            }
        }
        if from < logEndOffset { try replayProducers(from: from) }
    }

    private func replayProducers(from offset: Int64) throws(LogError) {
        for segment in segments {
            if segment.baseOffset >= logEndOffset { return }
            _ = try replay(segment, from: offset, into: &producers)
        }
    }

    /// Takes a segment's batches from `offset` on into a state; the result are the transactions that were aborted there.
    private func replay(_ segment: LogSegment, from offset: Int64, into state: inout ProducerState) throws(LogError)
        -> [AbortedTxn]
    {
        var aborted: [AbortedTxn] = []
        guard let found = try segment.locate(max(offset, segment.baseOffset)) else { return [] }
        let log = try storage { () throws(StorageError) in try segment.file() }
        var scanner = BatchScanner(log, from: found.position, to: segment.size)
        while true {
            switch try scanner.nextHeader() {
            case .batch(let header, let position):
                guard header.baseOffset < logEndOffset, header.baseOffset >= offset, header.producerId >= 0 else {
                    continue
                }
                guard header.isControl else {
                    state.append(header)
                    continue
                }
                if let bytes = try scanner.batchBytes(at: position, size: header.totalSize),
                    let batch = try? RecordBatch(bytes), let marker = EndTransactionMarker(batch),
                    let txn = state.end(marker, header, highWatermark: Int64.max)
                {
                    aborted.append(txn)
                }
            case .legacy: continue
            case .end: return aborted
            case .damaged(let position, let reason):
                throw .corrupt(path: segment.path, position: position, reason: reason)
            }
        }
    }
}

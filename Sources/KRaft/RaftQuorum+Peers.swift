import KafkaProtocol
import KafkaRecords
import LogStorage
import NIOCore
import World

/// What comes from other nodes, what goes to them, and the time.
extension RaftQuorum {
    /// Takes in what has come, and does what is due.
    func hear() throws(LogError) {
        guard let peers else { return }
        for item in peers.inbox.take() {
            switch item {
            case .message(let message, let bytes): try receive(message, bytes)
            case .failed(let peer, let correlation): try handle(.failed(peer, correlation: correlation))
            case .leaderUnreachable(let leader): try handle(.leaderUnreachable(leader))
            }
        }
        if time.now >= replica.wakeUp { try handle(.tick) }
    }

    // MARK: Receiving

    /// Of an answer, what the replica has to know of the bytes that came with it. What is damaged counts as no answer: it is asked for again.
    private func receive(_ incoming: RaftMessage, _ bytes: ByteBuffer) throws(LogError) {
        var message = incoming
        var isSound = true
        switch incoming.body {
        case .answer(.fetch(var fetch)):
            if let diverging = fetch.diverging, try isWithinBatch(diverging) { isSound = false }
            if let parts = Self.batches(in: bytes) {
                payload = .received(parts.map(\.bytes))
                fetch.batches = parts.map(\.shape)
                message.body = .answer(.fetch(fetch))
            } else {
                isSound = false
            }
        case .answer(.fetchSnapshot(var fetch)):
            fetch.length = Int64(bytes.readableBytes)
            fetch.token = 1
            if fetch.size > Int64(QuorumDirectory.snapshotBytes) { isSound = false }
            payload = .received([bytes])
            message.body = .answer(.fetchSnapshot(fetch))
        case .request, .answer: break
        }
        if isSound {
            try handle(.received(message))
        } else {
            try handle(.failed(incoming.peer, correlation: incoming.correlation))
        }
        payload = .none
    }

    /// The whole batches at the front, as the replica sees them; nil when one is damaged.
    private static func batches(in bytes: ByteBuffer) -> [(shape: RaftBatch, bytes: ByteBuffer)]? {
        var result: [(shape: RaftBatch, bytes: ByteBuffer)] = []
        for batch in RecordBatches(bytes) {
            let header = batch.header
            guard batch.isChecksumValid, header.baseOffset >= 0, header.lastOffsetDelta >= 0,
                header.baseOffset < Int64.max - Int64(header.lastOffsetDelta), header.partitionLeaderEpoch >= 0
            else { return nil }
            var controls: [RaftControl] = []
            if header.isControl {
                guard let records = try? batch.allRecords() else { return nil }
                for record in records {
                    guard let control = try? RaftControl(record) else { return nil }
                    controls.append(control)
                }
            }
            let shape = RaftBatch(
                baseOffset: header.baseOffset,
                nextOffset: header.nextOffset,
                epoch: LeaderEpoch(header.partitionLeaderEpoch),
                controls: controls,
                token: UInt64(result.count + 1)
            )
            result.append((shape, batch.bytes))
        }
        return result
    }

    /// A leader's log and this one hold the same batches up to where they part. One that says otherwise is mistaken, and what it says cannot be done.
    private func isWithinBatch(_ diverging: LogPosition) throws(LogError) -> Bool {
        let offset = diverging.endOffset
        guard let own = replica.log.end(of: diverging.epoch), own.epoch == diverging.epoch, offset < own.endOffset,
            offset > log.logStartOffset,
            let slice = try log.read(from: offset, maxBytes: 1, upTo: log.logEndOffset, isFirstBatchWhole: true)
        else { return false }
        let bytes: ByteBuffer
        do { bytes = try slice.bytes() } catch { throw .storage(error) }
        for batch in RecordBatches(bytes) { return batch.header.baseOffset != offset }
        return false
    }

    // MARK: Sending

    func send(_ message: RaftMessage) throws(LogError) {
        guard let transport = peers?.transport else { return }
        var message = message
        var bytes = ByteBuffer()
        switch message.body {
        case .answer(.fetch(let fetch)): bytes = try records(fetch.offsets, maxBytes: fetch.maxBytes)
        case .answer(.fetchSnapshot(var fetch)) where fetch.error == .none:
            bytes = fill(&fetch)
            message.body = .answer(.fetchSnapshot(fetch))
        case .request, .answer: break
        }
        var addresses: [VoterEndpoint] = []
        if case .request = message.body { addresses = replica.addresses(of: message.peer) }
        transport.send(message, to: addresses, bytes: bytes)
    }

    /// From the beginning of an answer's offsets, as much as one answer holds.
    private func records(_ offsets: Range<Int64>, maxBytes: Int32) throws(LogError) -> ByteBuffer {
        guard !offsets.isEmpty, offsets.lowerBound >= log.logStartOffset,
            let slice = try log.read(
                from: offsets.lowerBound,
                maxBytes: min(limits.answerBytes, max(1, Int(maxBytes))),
                upTo: offsets.upperBound,
                isFirstBatchWhole: true
            )
        else { return ByteBuffer() }
        do { return try slice.bytes() } catch { throw .storage(error) }
    }
}

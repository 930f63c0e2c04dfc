@_spi(Sabotage) import KafkaProtocol
import KafkaRecords
import LogStorage
import NIOCore
import World

/// What the replica wants written.
extension RaftQuorum {
    func write(_ work: RaftDiskWork) throws(LogError) {
        switch work {
        case .append(let batch): try append(batch)
        case .truncate(let offset):
            try log.truncate(to: offset)
            precondition(log.logEndOffset == offset, "the log is cut between batches only")
        case .writeElection(let state): unwritten = state
        case .trim(let oldest): try trim(to: oldest)
        case .storeChunk(let id, let position, _, let token): try storeChunk(id, at: position, token: token)
        case .install(let id): try install(id)
        }
    }

    /// What came with a token.
    func received(_ token: UInt64) -> ByteBuffer? {
        guard case .received(let parts) = payload, token > 0, token <= UInt64(parts.count) else { return nil }
        return parts[Int(token) - 1]
    }

    private func append(_ batch: RaftBatch) throws(LogError) {
        let now = time.wall.milliseconds
        if let bytes = received(batch.token) {
            let epoch = replica.election.epoch.rawValue
            _ = try log.appendFromLeader(
                bytes,
                maxEpoch: epoch,
                isContiguous: true,
                now: now,
                highWatermark: log.logEndOffset
            )
            precondition(log.logEndOffset == batch.nextOffset, "the batch is in the log as the replica has it")
            bytesSinceSnapshot += Int64(bytes.readableBytes)
        } else {
            try appendOwn(batch, now)
        }
        // The file has another form once the log names the voters.
        if batch.controls.contains(where: { if case .kraftVersion = $0 { true } else { false } }) {
            unwritten = replica.election
        }
    }

    private func appendOwn(_ batch: RaftBatch, _ now: Int64) throws(LogError) {
        do {
            let bytes: ByteBuffer
            if batch.controls.isEmpty {
                guard case .proposal(let proposal) = payload else {
                    throw RecordError.corrupt("a batch without bytes was to be appended")
                }
                bytes = proposal
            } else {
                var records: [ControlRecord] = []
                for control in batch.controls { records.append(try control.record()) }
                bytes = try ControlRecord.batch(
                    records,
                    offset: batch.baseOffset,
                    epoch: batch.epoch.rawValue,
                    now: now
                )
            }
            _ = try log.append(
                try ValidatedBatch(own: bytes),
                leaderEpoch: batch.epoch.rawValue,
                now: now,
                isFromClient: false,
                highWatermark: log.logEndOffset
            )
            bytesSinceSnapshot += Int64(bytes.readableBytes)
        } catch let error as LogError {
            throw error
        } catch let error as RecordError {
            throw .refused(error)
        } catch {
            throw .corrupt(path: files.path, position: log.logEndOffset, reason: "\(error)")
        }
    }

    func flush() throws(LogError) {
        guard let flush = log.beginFlush() else { return }
        do { if !Sabotage.metadataNotDurable.isOn { try flush.run() } } catch { throw .storage(error) }
        log.completeFlush(flush)
    }

    func writeState() throws(LogError) {
        guard let election = unwritten else { return }
        let text = text(of: election)
        if text != writtenState, !Sabotage.voteNotPersisted.isOn {
            do {
                try files.fileSystem.writeAtomically(
                    ByteBuffer(string: text),
                    to: Path.join(files.path, QuorumState.fileName)
                )
            } catch {
                throw .storage(error)
            }
            writtenState = text
        }
        unwritten = nil
    }

    private func text(of election: ElectionState) -> String {
        var state = QuorumState()
        state.version = replica.voters.kraftVersion > 0 ? 1 : 0
        state.leaderEpoch = election.epoch.rawValue
        state.leaderId = election.leader?.rawValue ?? -1
        if state.version == 0 { state.voters = replica.voters.current.keys.map(\.id.rawValue) }
        // The only voter leads the epoch in which it votes for itself: that is written once.
        if election.voted == own, replica.voters.current.isOnly(own) { state.leaderId = own.id.rawValue }
        if let voted = election.voted, state.leaderId != own.id.rawValue {
            state.votedId = voted.id.rawValue
            state.votedDirectoryId = voted.directoryId
        }
        return state.text
    }

    private func trim(to oldest: SnapshotId) throws(LogError) {
        try removeSnapshots(before: oldest)
        // The log before the oldest snapshot is no longer needed by anyone.
        try log.deletePrefix(before: oldest.endOffset, highWatermark: log.flushedOffset)
        for segment in try log.retire(now: time.wall.milliseconds, highWatermark: log.flushedOffset) {
            do { try segment.remove() } catch { throw .storage(error) }
        }
    }

    /// A batch that the log takes: what it refuses must not reach the replica.
    func batch(of values: [ByteBuffer], _ epoch: LeaderEpoch, _ now: WallTime) throws(ProposalError) -> ByteBuffer {
        var builder = RecordBatchBuilder(
            baseOffset: log.logEndOffset,
            leaderEpoch: epoch.rawValue,
            capacity: values.count * 64
        )
        for value in values { builder.append(timestamp: now.milliseconds, key: nil, value: value) }
        let bytes: ByteBuffer
        do { bytes = try builder.build() } catch { throw .failed(.refused(error)) }
        if Int64(bytes.readableBytes) > log.config.segmentBytes {
            let reason = "\(bytes.readableBytes) bytes exceed segment.bytes of \(log.config.segmentBytes)"
            throw .failed(.refused(RecordError(.recordListTooLarge, reason)))
        }
        return bytes
    }

    // MARK: Reading

    /// The next batches of the log, a mebibyte or a batch.
    func readBatches(upTo end: Int64) throws(LogError) -> [CommittedBatch] {
        var result: [CommittedBatch] = []
        do {
            guard
                let slice = try log.read(from: unreadOffset, maxBytes: 1 << 20, upTo: end, isFirstBatchWhole: true)
            else { throw RecordError.corrupt("nothing can be read at offset \(unreadOffset)") }
            for batch in RecordBatches(try slice.bytes()) {
                try check(batch, at: result.last?.endOffset ?? unreadOffset)
                result.append(try CommittedBatch(batch, from: unreadOffset))
            }
            guard let last = result.last else {
                throw RecordError.corrupt("no batch stands at offset \(unreadOffset)")
            }
            unreadOffset = last.endOffset
            return result
        } catch let error as LogError {
            throw error
        } catch let error as StorageError {
            throw .storage(error)
        } catch {
            throw .corrupt(path: files.path, position: 0, reason: "\(error)")
        }
    }

    /// What was written, or checked when the log was opened, may have changed on the disk since; and no checksum covers where a batch stands.
    private func check(_ batch: RecordBatch, at offset: Int64) throws(RecordError) {
        let header = batch.header
        let endsSnapshot = offset == readStart && header.baseOffset < offset && header.nextOffset > offset
        guard header.baseOffset == offset || endsSnapshot else {
            throw .corrupt("a batch says offsets \(header.baseOffset) to \(header.lastOffset) where \(offset) is next")
        }
        guard batch.isChecksumValid else { throw .corrupt("the checksum of the batch at offset \(offset) is wrong") }
    }
}

extension CommittedBatch {
    /// - Parameter start: what lies before it was heard already: some versions of Kafka wrote snapshots that end within a batch.
    fileprivate init(_ batch: RecordBatch, from start: Int64) throws(RecordError) {
        let header = batch.header
        var kraftVersion: Int16?
        var values: [ByteBuffer] = []
        for record in try batch.allRecords() where record.offset >= start {
            if !header.isControl {
                values.append(record.value ?? ByteBuffer())
            } else if case .kraftVersion(let version) = try RaftControl(record) {
                kraftVersion = version
            }
        }
        self.init(
            firstOffset: max(header.baseOffset, start),
            endOffset: header.nextOffset,
            epoch: LeaderEpoch(header.partitionLeaderEpoch),
            appendTime: WallTime(milliseconds: header.maxTimestamp),
            values: values,
            kraftVersion: kraftVersion
        )
    }
}

@_spi(Sabotage) import KafkaProtocol
import KafkaRecords
import LogStorage
import NIOCore
import World

/// Snapshots: made here, sent to others, received from the leader.
extension RaftQuorum {
    /// A snapshot that comes in parts, in a file that no start takes for a snapshot.
    struct IncomingSnapshot {
        let id: SnapshotId
        let file: any StorageFile
    }

    /// A snapshot that goes out in parts.
    struct OutgoingSnapshot {
        let id: SnapshotId
        let file: any StorageFile
        let size: Int64
    }

    private func path(of id: SnapshotId) -> String { Path.join(files.path, id.fileName) }

    // MARK: Made here

    package func store(_ snapshot: QuorumSnapshot, now: WallTime) throws(LogError) {
        precondition(snapshot.id.endOffset <= replica.committed, "a snapshot holds only what is committed")
        bytesSinceSnapshot = 0
        lastSnapshot = now
        // What the leader sent meanwhile reaches further.
        if snapshot.id.endOffset < replica.log.startOffset { return }
        do {
            let bytes = try SnapshotFile.encode(
                snapshot.values,
                voters: QuorumVoters(replica.voters.content(at: votersOffset(snapshot.id))),
                id: snapshot.id,
                lastTimestamp: snapshot.appendTime.milliseconds,
                now: now.milliseconds
            )
            try files.fileSystem.writeAtomically(bytes, to: path(of: snapshot.id))
        } catch let error as RecordError {
            throw .refused(error)
        } catch let error as StorageError {
            throw .storage(error)
        } catch {
            throw .corrupt(path: files.path, position: 0, reason: "\(error)")
        }
        try handle(.snapshotStored(snapshot.id))
        try settle()
    }

    private func votersOffset(_ id: SnapshotId) -> Int64 {
        if Sabotage.snapshotNamesFormerVoters.isOn, let last = replica.log.snapshots.last, last.endOffset > 0 {
            return last.endOffset
        }
        return id.endOffset
    }

    func removeSnapshots(before oldest: SnapshotId) throws(LogError) {
        do {
            for name in try files.fileSystem.list(files.path) {
                guard let id = SnapshotId(fileName: name), id < oldest else { continue }
                if outgoing?.id == id { outgoing = nil }
                try files.fileSystem.remove(Path.join(files.path, name))
            }
        } catch {
            throw .storage(error)
        }
    }

    // MARK: Sent to others

    /// Puts the bytes that were asked for into an answer, or says why not.
    func fill(_ answer: inout RaftAnswer.FetchSnapshot) -> ByteBuffer {
        do throws(StorageError) {
            let snapshot = try open(answer.snapshot)
            answer.size = snapshot.size
            guard answer.position < snapshot.size else {
                answer.error = .positionOutOfRange
                return ByteBuffer()
            }
            let limit = min(limits.answerBytes, max(1, Int(answer.maxBytes)))
            let count = min(Int64(limit), snapshot.size - answer.position)
            return try snapshot.file.read(at: answer.position, count: Int(count))
        } catch {
            outgoing = nil
            answer.error = .kafkaStorageError
            return ByteBuffer()
        }
    }

    private func open(_ id: SnapshotId) throws(StorageError) -> OutgoingSnapshot {
        if let outgoing, outgoing.id == id { return outgoing }
        let file = try files.fileSystem.open(path(of: id), .read)
        let opened = OutgoingSnapshot(id: id, file: file, size: try file.size())
        outgoing = opened
        return opened
    }

    // MARK: Received

    private func incomingPath(_ id: SnapshotId) -> String { path(of: id) + QuorumDirectory.incomingSuffix }

    func storeChunk(_ id: SnapshotId, at position: Int64, token: UInt64) throws(LogError) {
        guard let bytes = received(token) else { preconditionFailure("the bytes of a part came with it") }
        do {
            if position == 0 {
                incoming = IncomingSnapshot(id: id, file: try files.fileSystem.open(incomingPath(id), .replace))
            }
            guard let incoming, incoming.id == id else {
                preconditionFailure("a snapshot is received from its beginning")
            }
            try incoming.file.write(bytes, at: position)
        } catch {
            throw .storage(error)
        }
    }

    /// What was received takes the place of the log, if it is whole and sound. The file has its name before the log is cut: a start that
    /// finds it finishes what a crash interrupted.
    func install(_ id: SnapshotId) throws(LogError) {
        guard let received = incoming, received.id == id else { preconditionFailure("what is installed was received") }
        incoming = nil
        let fileSystem = files.fileSystem
        let content: SnapshotFile.Content
        do throws(LogError) {
            content = try files.content(at: incomingPath(id))
        } catch .corrupt {
            do { try fileSystem.remove(incomingPath(id)) } catch { throw .storage(error) }
            pending.append(.snapshotRejected(id))
            return
        }
        do {
            try received.file.sync()
            try fileSystem.rename(incomingPath(id), to: path(of: id))
            try fileSystem.syncDirectory(files.path)
        } catch {
            throw .storage(error)
        }
        try log.restart(at: id.endOffset)
        try removeSnapshots(before: id)
        bytesSinceSnapshot = 0
        lastSnapshot = time.wall
        unreadSnapshot = id
        (unreadOffset, readStart) = (id.endOffset, id.endOffset)
        let version = content.voters.kraftVersion
        let voters = version > 0 ? content.voters.record.map { RaftVoterSet($0) } : nil
        pending.append(.snapshotInstalled(id, kraftVersion: version, voters: voters))
    }
}

extension QuorumSnapshot {
    init(id: SnapshotId, _ content: SnapshotFile.Content) {
        self.init(
            id: id,
            appendTime: WallTime(milliseconds: content.lastTimestamp),
            values: content.values,
            kraftVersion: content.voters.kraftVersion
        )
    }
}

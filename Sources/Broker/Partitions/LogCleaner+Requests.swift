import KafkaProtocol
import LogStorage
import Logging
import Synchronization

/// What operators ask of the cleaner.
extension LogCleaner {
    /// How a log stands to compaction.
    struct Status: Sendable {
        /// nil when the log is not compacted, or has no records yet.
        var state: Partition.CompactionState?
        var entry: CompactionBook.Entry?
        var wait: CompactionWait
        /// When that is over; milliseconds since 1970.
        var waitUntil: Int64?
    }

    /// What came of asking for a pass.
    struct Answer: Sendable {
        var outcome = CompactionOutcome.nothing
        /// The number of the pass to wait for.
        var pass: Int64?
        /// Where the active segment was ended, so that its records are compacted too.
        var rolledAt: Int64?
        /// What keeps the log from being compacted.
        var status: Status
    }

    func status(of partition: Partition, wall: Int64) -> Status {
        let found = partition.compactionState(wall: wall)
        let entry = state.withLock { $0.book.entry(partition.id, of: partition.topicId) }
        let (wait, until) = self.wait(found, entry)
        return Status(state: found, entry: entry, wait: wait, waitUntil: until)
    }

    private func wait(
        _ found: Partition.CompactionState?,
        _ entry: CompactionBook.Entry?
    ) -> (CompactionWait, until: Int64?) {
        if entry?.isBusy == true { return (.passUnderWay, nil) }
        if entry?.asideReason != nil { return (.setAside, nil) }
        if !isOn { return (.cleanerOff, nil) }
        if entry?.isWanted == true { return (.turn, nil) }
        guard let found else { return (.nothingDirty, nil) }
        if found.isDue { return (.turn, nil) }
        if !found.backlog.isEmpty { return (.dirtyRatio, nil) }
        switch found.backlog.hold {
        case nil: return (.nothingDirty, nil)
        case .activeSegment: return (.activeSegment, nil)
        case .unstableRecords: return (.unstableRecords, nil)
        case .youngRecords(let until): return (.youngRecords, until)
        }
    }

    /// Asks for a pass over a compacted log, whatever its dirty ratio is. The active segment is ended when nothing else keeps its records from
    /// being compacted: who asks for a pass would be surprised when it left them out. Blocks on the disk; `tick` lets it begin.
    ///
    /// - Returns: nil while the log of an earlier topic of this name is worked on.
    func compact(_ partition: Partition, wall: Int64) throws(LogError) -> Answer? {
        var answer = Answer(status: status(of: partition, wall: wall))
        if answer.status.wait != .passUnderWay, answer.status.entry?.isWanted != true {
            answer.rolledAt = try partition.rollForCompaction(wall: wall)
            answer.status = status(of: partition, wall: wall)
            if answer.status.state?.backlog.isEmpty != false { return answer }
        }
        let wanted = state.withLock { $0.book.want(partition.id, of: partition.topicId) }
        guard let wanted else { return nil }
        answer.outcome = wanted.isJoined ? .joined : .started
        answer.pass = wanted.pass
        logger.info(
            "compaction was asked for",
            metadata: [
                "partition": "\(partition.id)", "outcome": "\(answer.outcome)",
                "rolledAt": "\(answer.rolledAt.map { "\($0)" } ?? "-")",
            ]
        )
        return answer
    }
}

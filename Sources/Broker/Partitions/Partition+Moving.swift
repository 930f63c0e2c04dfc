@_spi(Sabotage) import KafkaProtocol
import LogStorage
import Replication
import Synchronization
import World

/// What a move to another log directory asks of a partition.
extension Partition {
    /// What a copy of the log needs next.
    enum CopyStep: Sendable {
        /// These bytes, none of which has an epoch beyond that.
        case append(LogSlice, maxEpoch: Int32, mayHaveGaps: Bool)
        /// The log was cut there since: what the copy has from there on may be something else.
        case cut(to: Int64)
        /// The copy ends below the log's start, or where the log begins anew.
        case restart(at: Int64)
        /// No batch has the offsets up to there.
        case skip(to: Int64)
        /// Both end at the same offset.
        case none
    }

    /// A log as its copy has to know it.
    struct CopySource: Sendable {
        var step: CopyStep
        var logStart: Int64
        var logEnd: Int64
        /// About how many bytes the copy lacks.
        var bytesBehind: Int64
    }

    /// Whether the log can be copied, and another one take its place.
    static func isMovable(_ state: borrowing State) -> Bool {
        state.replica.offlineReason.map { $0 == .noLeader } ?? true
    }

    var isMovable: Bool { state.withLock { Self.isMovable($0) } }

    /// What a copy of the log needs that has the offsets of `copied`. nil when this log is not to be read any more.
    func nextToCopy(_ copied: Range<Int64>, maxBytes: Int) throws(LogError) -> CopySource? {
        // What the search reads is in memory then.
        state.withLock { $0.log.warming(from: copied.upperBound, count: 0) }.run()
        return try state.withLock { state throws(LogError) in try Self.nextToCopy(&state, copied, maxBytes: maxBytes) }
    }

    static func nextToCopy(
        _ state: inout State,
        _ copied: Range<Int64>,
        maxBytes: Int
    ) throws(LogError) -> CopySource? {
        guard isMovable(state) else { return nil }
        let (start, end) = (state.log.logStartOffset, state.log.logEndOffset)
        var source = CopySource(step: .none, logStart: start, logEnd: end, bytesBehind: 0)
        let cut = Sabotage.cutNotCopied.isOn ? .max : state.cutSinceCopied
        state.cutSinceCopied = .max
        if cut < copied.upperBound {
            source.step = cut > copied.lowerBound && cut >= start ? .cut(to: cut) : .restart(at: start)
        } else if copied.upperBound > end {
            source.step = .cut(to: end)
        } else if copied.upperBound < start {
            source.step = .restart(at: start)
        } else if copied.upperBound < end {
            source.bytesBehind = state.log.estimatedBytes(behind: copied.upperBound)
            let slice = try state.log.read(
                from: copied.upperBound,
                maxBytes: maxBytes,
                upTo: end,
                isFirstBatchWhole: true
            )
            let (epoch, mayHaveGaps) = (state.replica.epoch.rawValue, state.log.mayHaveGaps)
            guard slice != nil || mayHaveGaps else {
                throw .corrupt(
                    path: state.log.directory,
                    position: 0,
                    reason: "no batch has offset \(copied.upperBound)"
                )
            }
            // Compaction may have removed the last batches before an active segment that is empty.
            source.step = slice.map { .append($0, maxEpoch: epoch, mayHaveGaps: mayHaveGaps) } ?? .skip(to: end)
        }
        return source
    }

    /// Whether bytes that were read without the lock are what the log had there all the time.
    var isUncut: Bool { state.withLock { $0.cutSinceCopied == .max } }
}

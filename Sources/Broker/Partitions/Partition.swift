import KafkaProtocol
import KafkaRecords
import LogStorage
import NIOCore
import Replication
import Synchronization
import World

/// What came of an append, for the producer.
struct ProduceOutcome: Sendable {
    var code = ErrorCode.none
    var message: String?
    /// The records that are to blame, when it is refused for some of its records.
    var records: [RecordProblem] = []
    var baseOffset: Int64 = -1
    var appendTime: Int64 = -1
    var logStartOffset: Int64 = -1
}

/// What a reader gets.
struct FetchOutcome: Sendable {
    var code = ErrorCode.none
    var highWatermark: Int64 = -1
    var lastStableOffset: Int64 = -1
    var logStartOffset: Int64 = -1
    var slice: LogSlice?
    var aborted: [AbortedTxn]?
    var divergingEpoch: (epoch: Int32, endOffset: Int64)?
}

enum IsolationLevel: Int8, Sendable {
    case readUncommitted = 0
    case readCommitted = 1
}

/// A partition replica that this node leads: the log and its leadership behind one lock.
///
/// Lock order: a group shard's lock before a partition's; never two partitions' at once. Callbacks run after the lock is left.
final class Partition: Sendable {
    let id: TopicPartition
    let topicId: KafkaUUID
    let directory: LogDirectoryRuntime

    private struct State: ~Copyable {
        var log: PartitionLog
        var leader: LeaderState
        var waiters: [FetchWaiter] = []
        /// Acknowledgements that wait for the disk: until the log is durable up to the offset.
        var pendingAcks: [(offset: Int64, done: @Sendable (ErrorCode) -> Void)] = []
        var unflushedSince: Int64 = 0
        /// How its service ended; nil while it is served.
        var end: End?
    }
    private let state: Mutex<State>
    /// Of its directory, under whose lock it is used.
    let isQueuedForFlush = Atomic(false)

    init(
        id: TopicPartition,
        topicId: KafkaUUID,
        directory: LogDirectoryRuntime,
        log: sending PartitionLog,
        leader: LeaderState
    ) {
        self.id = id
        self.topicId = topicId
        self.directory = directory
        state = Mutex(State(log: log, leader: leader))
    }

    /// How a partition ends.
    enum End: Sendable {
        /// Its topic is gone, and its files are on their way out.
        case deleted
        /// The node stops: everything is written out; `syncing` makes it durable too.
        case orderly(syncing: Bool)

        /// What those who wait for the partition, or come late, are told.
        var code: ErrorCode {
            switch self {
            case .deleted: .unknownTopicOrPartition
            case .orderly: .notLeaderOrFollower
            }
        }
    }

    /// Why nothing can be had of the partition; nil while it is served.
    private func refusal(_ state: borrowing State) -> ErrorCode? {
        if let end = state.end { return end.code }
        return directory.isOffline ? .kafkaStorageError : nil
    }

    // MARK: Append

    /// What follows an append once the lock is left.
    private struct AfterAppend {
        var outcome: ProduceOutcome
        var waiters: [FetchWaiter] = []
        var bytes = 0
        var failure: StorageError?
        /// The answer waits for the disk.
        var isPending = false
        var flushes = false
    }

    /// Appends a producer's batch.
    ///
    /// - Parameters:
    ///   - waitsForAll: acks=all: the answer waits until the record is as durable as the topic asks.
    ///   - done: called once; at once when nothing has to be waited for.
    func append(
        _ batch: ValidatedBatch,
        waitsForAll: Bool,
        minInSync: Int,
        isFromClient: Bool,
        wall: Int64,
        done: @escaping @Sendable (ProduceOutcome) -> Void
    ) {
        let start = directory.time.now.nanoseconds
        let after = state.withLock { state -> AfterAppend in
            if let code = refusal(state) { return AfterAppend(outcome: ProduceOutcome(code: code)) }
            if waitsForAll, state.leader.isr.count < minInSync {
                return AfterAppend(
                    outcome: ProduceOutcome(
                        code: .notEnoughReplicas,
                        message: "\(state.leader.isr.count) replicas are in sync, min.insync.replicas is \(minInSync)"
                    )
                )
            }
            return Self.append(
                batch,
                &state,
                waitsForAll: waitsForAll,
                isFromClient: isFromClient,
                wall: wall,
                done: done
            )
        }
        directory.noteAppend(nanos: directory.time.now.nanoseconds - start)
        if let failure = after.failure { directory.handle(failure) }
        for waiter in after.waiters { waiter.arrived(bytes: after.bytes) }
        if after.flushes { directory.flush(self) }
        if !after.isPending { done(after.outcome) }
    }

    private static func append(
        _ batch: ValidatedBatch,
        _ state: inout State,
        waitsForAll: Bool,
        isFromClient: Bool,
        wall: Int64,
        done: @escaping @Sendable (ProduceOutcome) -> Void
    ) -> AfterAppend {
        var after = AfterAppend(outcome: ProduceOutcome())
        let segments = state.log.segmentCount
        do throws(LogError) {
            let appended = try state.log.append(
                batch,
                leaderEpoch: state.leader.leaderEpoch,
                now: wall,
                isFromClient: isFromClient,
                highWatermark: state.leader.highWatermark
            )
            after.outcome.baseOffset = appended.firstOffset
            after.outcome.appendTime = appended.appendTime
            after.outcome.logStartOffset = state.log.logStartOffset
            if state.unflushedSince == 0 { state.unflushedSince = wall }
            if state.leader.advance(logEndOffset: state.log.logEndOffset) {
                state.log.highWatermarkMoved(to: state.leader.highWatermark)
                after.waiters = state.waiters
                after.bytes = batch.bytes.readableBytes
                state.waiters.removeAll { $0.isDone }
            }
            let needsDisk =
                state.log.config.flushesBeforeAck && waitsForAll && state.log.flushedOffset <= appended.lastOffset
            if needsDisk {
                let outcome = after.outcome
                state.pendingAcks.append(
                    (
                        appended.lastOffset + 1,
                        { code in
                            var final = outcome
                            final.code = code
                            done(final)
                        }
                    )
                )
                after.isPending = true
            }
            // A segment that is full is made durable in the background: the recovery point follows, and a crash scans little.
            after.flushes =
                needsDisk || state.log.segmentCount != segments
                || state.log.logEndOffset - state.log.flushedOffset >= state.log.config.flushMessages
        } catch {
            (after.outcome, after.failure) = refusal(error)
        }
        return after
    }

    private static func refusal(_ error: LogError) -> (ProduceOutcome, StorageError?) {
        switch error {
        case .refused(let record): (ProduceOutcome(code: record.code, message: record.reason), nil)
        case .storage(let failure): (ProduceOutcome(code: .kafkaStorageError, message: "\(failure)"), failure)
        case .outOfRange, .corrupt: (ProduceOutcome(code: .unknownServerError, message: "\(error)"), nil)
        }
    }

    // MARK: Durability

    /// Blocks until what was appended so far is durable; runs on the directory's thread.
    func flushNow() {
        guard let work = state.withLock({ $0.end == nil ? $0.log.beginFlush() : nil }) else {
            return complete(code: .none)
        }
        do throws(StorageError) {
            try work.run()
            state.withLock { state in
                state.log.completeFlush(work)
                state.unflushedSince = 0
            }
            complete(code: .none)
        } catch {
            // The topic was deleted meanwhile, and the files with it.
            if error.kind == .notFound, state.withLock({ $0.end != nil }) { return complete(code: .none) }
            // An fsync that failed may have dropped the pages: trying again would only seem to succeed.
            directory.fail("\(error)")
            complete(code: .kafkaStorageError)
        }
    }

    private func complete(code: ErrorCode) {
        let ready = state.withLock { state -> [@Sendable (ErrorCode) -> Void] in
            let flushed = state.log.flushedOffset
            let isOver = code != .none || state.end != nil
            let ready = state.pendingAcks.filter { isOver || $0.offset <= flushed }.map(\.done)
            state.pendingAcks.removeAll { isOver || $0.offset <= flushed }
            return ready
        }
        for done in ready { done(code) }
    }

    /// Whether `flush.ms` asks for a flush.
    func flushIfDue(wall: Int64) {
        let isDue = state.withLock { state in
            state.log.needsFlush && state.unflushedSince > 0 && state.log.config.flushMillis < Int64.max
                && wall - state.unflushedSince >= state.log.config.flushMillis
        }
        if isDue { directory.flush(self) }
    }

    // MARK: Read

    private static func epochProblem(_ current: Int32, _ known: Int32) -> ErrorCode? {
        if current < 0 || current == known { return nil }
        return current < known ? .fencedLeaderEpoch : .unknownLeaderEpoch
    }

    func fetch(
        offset: Int64,
        maxBytes: Int,
        isolation: IsolationLevel,
        currentLeaderEpoch: Int32,
        lastFetchedEpoch: Int32,
        isFirst: Bool
    ) -> FetchOutcome {
        var failure: StorageError?
        let outcome = state.withLock { state -> FetchOutcome in
            var outcome = FetchOutcome()
            if let code = refusal(state) {
                outcome.code = code
                return outcome
            }
            if let problem = Self.epochProblem(currentLeaderEpoch, state.leader.leaderEpoch) {
                outcome.code = problem
                return outcome
            }
            let log = state.log
            outcome.highWatermark = state.leader.highWatermark
            outcome.lastStableOffset = min(state.leader.highWatermark, log.producers.firstUnstableOffset ?? .max)
            outcome.logStartOffset = log.logStartOffset
            if lastFetchedEpoch >= 0, let diverging = Self.divergence(log, offset: offset, epoch: lastFetchedEpoch) {
                outcome.divergingEpoch = diverging
                return outcome
            }
            let upTo = isolation == .readCommitted ? outcome.lastStableOffset : outcome.highWatermark
            do throws(LogError) {
                outcome.slice = try log.read(from: offset, maxBytes: maxBytes, upTo: upTo, isFirstBatchWhole: isFirst)
                if isolation == .readCommitted {
                    outcome.aborted = outcome.slice == nil ? [] : try log.abortedTransactions(from: offset, upTo: upTo)
                }
            } catch {
                switch error {
                case .outOfRange: outcome.code = .offsetOutOfRange
                case .storage(let error):
                    // Others of this answer keep their files open; this partition has its turn when they are sent.
                    if error.kind != .tooManyOpenFiles || isFirst { outcome.code = .kafkaStorageError }
                    failure = error
                case .corrupt, .refused: outcome.code = .kafkaStorageError
                }
            }
            return outcome
        }
        if let failure { directory.handle(failure) }
        return outcome
    }

    /// Where a reader's log parts from this one, when it does.
    private static func divergence(_ log: PartitionLog, offset: Int64, epoch: Int32) -> (Int32, Int64)? {
        guard let end = log.epochs.endOffset(of: epoch, logEndOffset: log.logEndOffset) else { return (-1, -1) }
        return end.epoch < epoch || end.offset < offset ? (end.epoch, end.offset) : nil
    }

    func addWaiter(_ waiter: FetchWaiter, ifStillAt highWatermark: Int64) -> Bool {
        state.withLock { state in
            guard state.leader.highWatermark == highWatermark, state.end == nil else { return false }
            if state.waiters.count >= 64 { state.waiters.removeAll { $0.isDone } }
            state.waiters.append(waiter)
            return true
        }
    }

    func removeWaiter(_ waiter: FetchWaiter) { state.withLock { $0.waiters.removeAll { $0 === waiter } } }

    /// Lets waiting fetches answer with what there is.
    func wakeReaders() {
        let waiters = state.withLock { state in
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.fire() }
    }

    // MARK: Offsets

    /// ListOffsets: the offset for a timestamp or one of the special values.
    func listOffset(timestamp: Int64, isolation: IsolationLevel, currentLeaderEpoch: Int32) -> (
        ErrorCode, TimestampedOffset
    ) {
        let none = TimestampedOffset(timestamp: -1, offset: -1, leaderEpoch: -1)
        return state.withLock { state in
            if let code = refusal(state) { return (code, none) }
            if let problem = Self.epochProblem(currentLeaderEpoch, state.leader.leaderEpoch) { return (problem, none) }
            let log = state.log
            let stable = min(state.leader.highWatermark, log.producers.firstUnstableOffset ?? .max)
            let end = isolation == .readCommitted ? stable : state.leader.highWatermark
            func at(_ offset: Int64) -> TimestampedOffset {
                TimestampedOffset(
                    timestamp: -1,
                    offset: offset,
                    leaderEpoch: log.epochs.epoch(at: offset) ?? state.leader.leaderEpoch
                )
            }
            switch timestamp {
            case -1: return (.none, at(end))
            case -2, -4: return (.none, at(log.logStartOffset))
            case -5, -6: return (.none, none)  // nothing is in tiered storage
            default: break
            }
            do throws(LogError) {
                let found = timestamp == -3 ? try log.findMaxTimestamp() : try log.find(timestamp: timestamp)
                guard let found, found.offset < end else { return (.none, none) }
                return (.none, found)
            } catch {
                return (.kafkaStorageError, none)
            }
        }
    }

    func endOffset(forEpoch epoch: Int32, currentLeaderEpoch: Int32) -> (code: ErrorCode, epoch: Int32, offset: Int64) {
        state.withLock { state in
            if let code = refusal(state) { return (code, -1, -1) }
            if let problem = Self.epochProblem(currentLeaderEpoch, state.leader.leaderEpoch) {
                return (problem, -1, -1)
            }
            guard epoch >= 0, let end = state.log.epochs.endOffset(of: epoch, logEndOffset: state.log.logEndOffset)
            else {
                return (.none, -1, -1)
            }
            return (.none, end.epoch, end.offset)
        }
    }

    /// DeleteRecords: -1 stands for the high watermark. The result is the new log start offset.
    func deleteRecords(before offset: Int64) -> (ErrorCode, Int64) {
        state.withLock { state in
            if let code = refusal(state) { return (code, -1) }
            guard state.log.config.deletesOldSegments else { return (.policyViolation, -1) }
            do throws(LogError) {
                let target = offset == -1 ? state.leader.highWatermark : offset
                try state.log.deletePrefix(before: target, highWatermark: state.leader.highWatermark)
                return (.none, state.log.logStartOffset)
            } catch {
                if case .outOfRange = error { return (.offsetOutOfRange, -1) }
                return (.kafkaStorageError, -1)
            }
        }
    }

    // MARK: State for others

    struct Facts: Sendable {
        var sizeBytes: Int64
        var segmentCount: Int
        var logStartOffset: Int64
        var logEndOffset: Int64
        var highWatermark: Int64
        var flushedOffset: Int64
        var leaderEpoch: Int32
    }

    var facts: Facts {
        state.withLock { state in
            Facts(
                sizeBytes: state.log.sizeBytes,
                segmentCount: state.log.segmentCount,
                logStartOffset: state.log.logStartOffset,
                logEndOffset: state.log.logEndOffset,
                highWatermark: state.leader.highWatermark,
                flushedOffset: state.log.flushedOffset,
                leaderEpoch: state.leader.leaderEpoch
            )
        }
    }

    /// The producers that the partition remembers, or why it cannot tell.
    func producers() -> Result<[ProducerEntry], ErrorCode> {
        state.withLock { state in
            if let code = refusal(state) { return .failure(code) }
            return .success(state.log.producers.producers.values.sorted { $0.producerId < $1.producerId })
        }
    }

    /// Batches from `offset` on, for a coordinator that loads its state. Blocks on the disk.
    func readBatches(from offset: Int64, maxBytes: Int) throws(LogError) -> [RecordBatch] {
        let slice = try state.withLock { state throws(LogError) in
            try state.log.read(
                from: max(offset, state.log.logStartOffset),
                maxBytes: maxBytes,
                upTo: state.log.logEndOffset,
                isFirstBatchWhole: true
            )
        }
        guard let slice else { return [] }
        do { return Array(RecordBatches(try slice.file.read(at: slice.position, count: slice.count))) } catch {
            throw .storage(error)
        }
    }

    func update(leaderEpoch: Int32, partitionEpoch: Int32, isr: [Int32]) {
        state.withLock { $0.leader.update(leaderEpoch: leaderEpoch, partitionEpoch: partitionEpoch, isr: isr) }
    }

    func reconfigure(_ config: LogConfig) { state.withLock { $0.log.reconfigure(config) } }

    /// Applies retention; the files of what was taken out are removed by the caller after the topic's delay.
    func retire(wall: Int64) -> (segments: [RetiredSegment], delayMillis: Int64) {
        var failure: StorageError?
        let result = state.withLock { state -> ([RetiredSegment], Int64) in
            if state.end != nil { return ([], 0) }
            do throws(LogError) {
                return (
                    try state.log.retire(now: wall, highWatermark: state.leader.highWatermark),
                    state.log.config.fileDeleteDelayMillis
                )
            } catch {
                if case .storage(let error) = error { failure = error }
                return ([], 0)
            }
        }
        if let failure { directory.handle(failure) }
        return result
    }

    /// Forgets producer ids that nobody has used for long.
    func expireProducers(wall: Int64) {
        state.withLock { state in
            if state.end == nil { state.log.expireProducers(now: wall) }
        }
    }

    /// Ends service: those who wait are told why.
    func close(_ end: End) throws(LogError) {
        let (waiters, acks) = state.withLock { state in
            state.end = end
            defer {
                state.waiters = []
                state.pendingAcks = []
            }
            return (state.waiters, state.pendingAcks.map(\.done))
        }
        for done in acks { done(end.code) }
        for waiter in waiters { waiter.fire() }
        try state.withLock { state throws(LogError) in
            switch end {
            case .deleted: state.log.abandon()
            case .orderly(let syncing): try state.log.close(syncing: syncing)
            }
        }
    }
}

@_spi(Sabotage) import KafkaProtocol
import KafkaRecords
import LogStorage
import NIOCore
import Replication
import Synchronization
import World

/// What a reader gets.
struct FetchOutcome: Sendable {
    var code = ErrorCode.none
    var highWatermark: Int64 = -1
    var lastStableOffset: Int64 = -1
    var logStartOffset: Int64 = -1
    var logEndOffset: Int64 = -1
    var slice: LogSlice?
    var aborted: [AbortedTxn]?
    var divergingEpoch: (epoch: Int32, endOffset: Int64)?
    /// The broker that the consumer should read from instead (KIP-392); -1 for none.
    var preferredReadReplica: Int32 = -1
    /// The device would have had to be waited for: nothing was read.
    var isCold = false
    /// Nothing lies behind the offset that may be read.
    var isAtEnd = false
    /// What is wrong with the log where it was to be read.
    var damage: String?
}

extension FetchOutcome {
    mutating func note(_ state: borrowing Partition.State) {
        highWatermark = state.replica.highWatermark
        lastStableOffset = min(highWatermark, state.log.producers.firstUnstableOffset ?? .max)
        logStartOffset = state.log.logStartOffset
        logEndOffset = state.log.logEndOffset
    }

    /// Reads from a log.
    ///
    /// - Parameter isFirst: nothing is in the answer yet.
    /// - Returns: what is wrong with the disk.
    mutating func read(
        _ log: PartitionLog,
        isFirst: Bool,
        mayBlock: Bool,
        _ body: (PartitionLog) throws(LogError) -> (LogSlice?, [AbortedTxn]?)
    ) -> StorageError? {
        log.isCachedOnly = !mayBlock
        defer { log.isCachedOnly = false }
        do throws(LogError) {
            (slice, aborted) = try body(log)
            return nil
        } catch {
            switch error {
            case .outOfRange: code = .offsetOutOfRange
            case .storage(let error) where error.kind == .notCached: isCold = true
            case .storage(let error):
                // Others of this answer keep their files open; this partition has its turn when they are sent.
                if error.kind != .tooManyOpenFiles || isFirst { code = .kafkaStorageError }
                return error
            case .corrupt, .refused: (code, damage) = (.kafkaStorageError, "\(error)")
            }
            return nil
        }
    }
}

enum IsolationLevel: Int8, Sendable {
    case readUncommitted = 0
    case readCommitted = 1
}

extension Partition {
    static func epochProblem(_ current: Int32, _ known: Int32) -> ErrorCode? {
        if current < 0 || current == known { return nil }
        return current < known ? .fencedLeaderEpoch : .unknownLeaderEpoch
    }

    /// Why a consumer reads nothing here; nil while this replica leads, and for `followers` (Fetch from version 11 on) also while it follows,
    /// is in sync, and hears from its leader.
    private func refusal(_ state: borrowing State, followers: Bool) -> ErrorCode? {
        guard followers, state.replica.servesReaders, !directory.isOffline, let leader = state.replica.followed else {
            return refusal(state)
        }
        let limit = state.replica.settings.lagLimitMillis
        let isLost = store?.fetchers.lost.isLost(leader, forMillis: limit, now: directory.time.now) ?? false
        return isLost ? .notLeaderOrFollower : nil
    }

    /// Reads for a consumer.
    ///
    /// - Parameters:
    ///   - reader: what is known of where the consumer reads.
    ///   - mayBlock: never on an event loop; there, what is not in the page cache makes the outcome cold.
    func fetch(
        _ asked: FetchPartitionRequest,
        _ reader: ConsumerPlace,
        maxBytes: Int,
        isolation: IsolationLevel,
        isFirst: Bool,
        mayBlock: Bool
    ) -> FetchOutcome {
        var failure: StorageError?
        let offset = asked.fetchOffset
        let outcome = state.withLock { state -> FetchOutcome in
            var outcome = FetchOutcome()
            outcome.code =
                refusal(state, followers: reader.mayReadFollowers)
                ?? Self.epochProblem(asked.currentLeaderEpoch, state.replica.epoch.rawValue) ?? .none
            if outcome.code != .none { return outcome }
            let log = state.log
            outcome.note(state)
            if !reader.brokersInRack.isEmpty,
                let preferred = state.replica.preferredReader(offset, among: reader.brokersInRack)
            {
                outcome.preferredReadReplica = preferred.rawValue
                return outcome
            }
            let diverging = Self.divergence(log, asked)
            if !state.replica.isLeader, diverging != nil || offset < log.logStartOffset || offset > log.logEndOffset {
                // Perhaps it is only behind: what became of the offset, the leader knows.
                outcome.code = .notLeaderOrFollower
                return outcome
            }
            if let diverging {
                outcome.divergingEpoch = diverging
                return outcome
            }
            let isAhead =
                Sabotage.readsPastHighWatermark.isOn || !state.replica.isLeader && Sabotage.followerReadsAhead.isOn
            let mark = isAhead ? log.logEndOffset : outcome.highWatermark
            let upTo = isolation == .readCommitted ? outcome.lastStableOffset : mark
            outcome.isAtEnd = offset >= upTo
            failure = outcome.read(log, isFirst: isFirst, mayBlock: mayBlock) { log throws(LogError) in
                let slice = try log.read(from: offset, maxBytes: maxBytes, upTo: upTo, isFirstBatchWhole: isFirst)
                if isolation != .readCommitted { return (slice, nil) }
                return (slice, slice == nil ? [] : try log.abortedTransactions(from: offset, upTo: upTo))
            }
            return outcome
        }
        if let failure { directory.handle(failure) }
        if let damage = outcome.damage { found(damage, at: offset) }
        return outcome
    }

    private static func divergence(_ log: PartitionLog, _ asked: FetchPartitionRequest) -> (Int32, Int64)? {
        if asked.lastFetchedEpoch < 0 { return nil }
        return divergence(log, offset: asked.fetchOffset, epoch: asked.lastFetchedEpoch)
    }

    /// Where a reader's log parts from this one, when it does.
    static func divergence(_ log: PartitionLog, offset: Int64, epoch: Int32) -> (Int32, Int64)? {
        guard let end = log.epochs.endOffset(of: epoch, logEndOffset: log.logEndOffset) else { return (-1, -1) }
        return end.epoch < epoch || end.offset < offset ? (end.epoch, end.offset) : nil
    }

    /// Reads what a cold fetch will read, without the lock. Blocks on the disk.
    func warm(offset: Int64, maxBytes: Int) {
        state.withLock { $0.log.warming(from: offset, count: maxBytes) }.run()
    }

    /// The reader hears of all that changes from now on.
    func add(_ reader: FetchReader) { state.withLock { Self.add(reader, &$0) } }

    /// The same. False when something has changed since it saw these.
    func add(_ reader: FetchReader, ifStillAt seen: FetchOutcome) -> Bool {
        state.withLock { state in
            Self.add(reader, &state)
            let isServed = state.replica.isLeader || reader.follower == nil && state.replica.servesReaders
            return isServed && state.replica.highWatermark == seen.highWatermark
                && (reader.follower == nil || state.log.logEndOffset == seen.logEndOffset)
        }
    }

    private static func add(_ reader: FetchReader, _ state: inout State) {
        if reader.follower == nil { state.readers.append(reader) } else { state.followers.append(reader) }
    }

    func remove(_ reader: FetchReader) {
        state.withLock { state in
            if reader.follower == nil {
                Self.remove(reader, &state.readers)
            } else {
                Self.remove(reader, &state.followers)
            }
        }
    }

    private static func remove(_ reader: FetchReader, _ readers: inout [FetchReader]) {
        guard let index = readers.firstIndex(where: { $0.signal === reader.signal && $0.place == reader.place }) else {
            return
        }
        readers.swapAt(index, readers.count - 1)
        readers.removeLast()
    }

    /// Lets waiting fetches answer with what there is.
    func wakeReaders() {
        for reader in state.withLock({ $0.readers + $0.followers }) { reader.signal.changed(reader.place) }
    }

    // MARK: Offsets

    /// Whether the answer to a ListOffsets has to be looked for in the log.
    static func isSearched(_ timestamp: Int64) -> Bool { timestamp >= 0 || timestamp == -3 }

    /// ListOffsets: the offset for a timestamp or one of the special values. Blocks on the disk where it is searched for.
    ///
    /// - Parameter isFollower: the end of the log is where a follower goes on, whatever a consumer may read.
    func listOffset(
        timestamp: Int64,
        isolation: IsolationLevel,
        currentLeaderEpoch: Int32,
        isFollower: Bool = false
    ) -> (ErrorCode, TimestampedOffset) {
        let none = TimestampedOffset(timestamp: -1, offset: -1, leaderEpoch: -1)
        if Self.isSearched(timestamp) {
            // Without the lock: under it, the page cache has what is looked at.
            state.withLock { $0.log.warming(timestamp: timestamp < 0 ? nil : timestamp) }.run()
        }
        return state.withLock { state in
            if let code = refusal(state) { return (code, none) }
            if let problem = Self.epochProblem(currentLeaderEpoch, state.replica.epoch.rawValue) {
                return (problem, none)
            }
            let log = state.log
            let stable = min(state.replica.highWatermark, log.producers.firstUnstableOffset ?? .max)
            let readable = isolation == .readCommitted ? stable : state.replica.highWatermark
            let end = isFollower ? log.logEndOffset : readable
            func at(_ offset: Int64) -> TimestampedOffset {
                TimestampedOffset(
                    timestamp: -1,
                    offset: offset,
                    leaderEpoch: log.epochs.epoch(at: offset) ?? state.replica.epoch.rawValue
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
            if let problem = Self.epochProblem(currentLeaderEpoch, state.replica.epoch.rawValue) {
                return (problem, -1, -1)
            }
            guard epoch >= 0, let end = state.log.epochs.endOffset(of: epoch, logEndOffset: state.log.logEndOffset)
            else {
                return (.none, -1, -1)
            }
            return (.none, end.epoch, end.offset)
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
        do { return Array(RecordBatches(try slice.bytes())) } catch {
            throw .storage(error)
        }
    }
}

import KafkaProtocol
import LogStorage
import NIOCore
import Replication
import Synchronization
import World

/// What a follower does with its leader's answers.
extension Partition {
    /// What a leader says of a partition in the answer to a fetch.
    struct LeaderData: Sendable {
        /// What was asked.
        var epoch: LeaderEpoch
        var offset: Int64
        var records: ByteBuffer?
        var highWatermark: Int64
        var logStart: Int64
        /// Where the leader's log leaves this one; nil where it does not.
        var diverging: EpochEnd?
    }

    /// How it goes on.
    enum Followed: Equatable, Sendable {
        /// From there; nil while the log is busy, or when this leader is not followed any more.
        case fetches(FetchPosition?)
        /// What came was not taken, and has to be asked for again.
        case refused(ErrorCode)
    }

    /// Whether this replica follows a leader, and where it goes on fetching; no position while it must not.
    func following(_ leader: NodeId) -> (isFollowing: Bool, position: FetchPosition?) {
        state.withLock { state in
            guard state.replica.followed == leader, !directory.isOffline else { return (false, nil) }
            return (true, state.replica.fetchPosition)
        }
    }

    var followedLeader: NodeId? { state.withLock { $0.replica.followed } }

    /// Who leads by what this replica knows, which may be more than the view has.
    var leadership: (leader: NodeId?, epoch: LeaderEpoch) {
        state.withLock { state in
            (state.replica.isLeader ? state.replica.nodeId : state.replica.followed, state.replica.epoch)
        }
    }

    /// The replica is there: what it asks of others goes out from now on.
    func begin() {
        finish(
            state.withLock { state in
                var after = Aftermath()
                let health = ReplicaHealth(state.replica)
                after.health = (state.health, health)
                state.health = health
                after.fetches = true
                return after
            }
        )
    }

    // MARK: Answers of the leader

    /// Takes what the leader has answered: records go into the log as they are.
    func follow(_ data: LeaderData) -> Followed {
        let start = directory.time.now
        let wall = directory.time.wall.milliseconds
        var failure: StorageError?
        var refused: LogError?
        let result = state.withLock { state -> (Aftermath, Followed) in
            guard state.replica.accepts(epoch: data.epoch, offset: data.offset), !directory.isOffline else {
                return (Aftermath(), .fetches(state.replica.fetchPosition))
            }
            if data.diverging == nil, let effects = state.replica.leaderBegins(epoch: data.epoch, at: data.logStart) {
                var after = take(effects, &state)
                after.fetches = false
                return (after, .fetches(state.replica.fetchPosition))
            }
            var after = Aftermath()
            do throws(LogError) {
                if data.diverging == nil { after = try append(data, &state, wall: wall) }
            } catch {
                if case .storage(let error) = error { failure = error }
                refused = error
                // Some of the batches may have found their place.
                if state.log.logEndOffset > data.offset { after = grew(&state) }
                return (after, .refused(failure == nil ? .corruptMessage : .kafkaStorageError))
            }
            after.add(take(state.replica.leaderAnswered(Self.answer(data, state.log)), &state))
            after.fetches = false
            // What the leader says cannot be: it is asked again, with pauses.
            if data.diverging != nil, after.logChange == nil { return (after, .refused(.offsetOutOfRange)) }
            return (after, .fetches(state.replica.fetchPosition))
        }
        if data.records != nil { directory.noteAppend(nanos: directory.time.now.nanoseconds - start.nanoseconds) }
        if let failure {
            handle(failure)
        } else if let refused {
            directory.warn(.recordsRefused(id, reason: "\(refused)"), of: id)
        }
        finish(result.0)
        return result.1
    }

    private func append(_ data: LeaderData, _ state: inout State, wall: Int64) throws(LogError) -> Aftermath {
        guard let records = data.records, records.readableBytes > 0 else { return Aftermath() }
        let segments = state.log.segmentCount
        let followed = try state.log.appendFromLeader(
            records,
            maxEpoch: data.epoch.rawValue,
            now: wall,
            highWatermark: state.replica.highWatermark
        )
        guard let followed else { return Aftermath() }
        if followed.beganEarlier { state.cutSinceCopied = 0 }
        if state.unflushedSince == 0 { state.unflushedSince = wall }
        // Consumers that wait here hear of them once they are below the high watermark.
        state.hiddenBytes += records.readableBytes
        var after = grew(&state)
        after.rewritesCheckpoint = followed.beganEarlier
        let isMuch = state.log.logEndOffset - state.log.flushedOffset >= state.log.config.flushMessages
        if state.log.segmentCount != segments || isMuch { after.flushes = true }
        return after
    }

    private func grew(_ state: inout State) -> Aftermath {
        let epoch = state.log.lastBatchEpoch ?? state.replica.epoch.rawValue
        return take(
            state.replica.appendedFromLeader(end: state.log.logEndOffset, lastEpoch: LeaderEpoch(epoch)),
            &state
        )
    }

    private static func answer(_ data: LeaderData, _ log: PartitionLog) -> LeaderAnswer {
        var answer = LeaderAnswer(
            epoch: data.epoch,
            highWatermark: data.highWatermark,
            logStart: data.logStart,
            diverging: data.diverging
        )
        if let diverging = data.diverging {
            answer.local = log.epochs.endOffset(of: diverging.epoch.rawValue, logEndOffset: log.logEndOffset).map {
                EpochEnd(epoch: LeaderEpoch($0.epoch), offset: $0.offset)
            }
        }
        return answer
    }

    /// The leader has nothing where this replica asked.
    func leaderHasNot(epoch: LeaderEpoch, leaderStart: Int64, leaderEnd: Int64) -> Followed {
        let (after, position) = state.withLock { state -> (Aftermath, FetchPosition?) in
            let effects = state.replica.leaderHasNot(epoch: epoch, leaderStart: leaderStart, leaderEnd: leaderEnd)
            var after = take(effects, &state)
            after.fetches = false
            return (after, state.replica.fetchPosition)
        }
        finish(after)
        return .fetches(position)
    }

    // MARK: Changes of the log

    /// Does what the machine has asked for, unless it has no use for it any more. On the thread of the directory's flushes, so that none is
    /// under way meanwhile. Blocks on the disk.
    func carryOut(_ change: LogChange, _ epoch: LeaderEpoch) {
        do throws(LogError) {
            switch change {
            case .truncate(let offset):
                try apply(cuttingTo: offset, epoch) { log throws(LogError) in try log.truncate(to: offset) }
            case .restart(let offset):
                try apply(cuttingTo: 0, epoch) { log throws(LogError) in try log.restart(at: offset) }
            case .deletePrefix(let offset):
                try deletePrefix(before: offset)
            }
        } catch {
            directory.warn(.cannotBeChanged(id, reason: "\(error)"), of: id)
            if case .storage(let failure) = error {
                directory.handle(failure)
                if failure.kind == .noSpace || failure.kind == .tooManyOpenFiles {
                    return state.withLock { $0.postponed = (change, epoch) }
                }
            }
            // What the log holds is not known any more; without it, this replica serves nobody.
            fail()
        }
    }

    private func apply(
        cuttingTo offset: Int64,
        _ epoch: LeaderEpoch,
        _ body: (PartitionLog) throws(LogError) -> Void
    ) throws(LogError) {
        let isLow = state.withLock { state -> Bool? in
            guard state.replica.isChangingLog(in: epoch) else { return nil }
            state.cutAt = offset
            return state.checkpointed > offset
        }
        guard let isLow else { return }
        defer { state.withLock { $0.cutAt = .max } }
        // A start must not look for more than what is left.
        if isLow { try store?.rewriteCheckpoint(of: directory) }
        let after = try state.withLock { state throws(LogError) -> Aftermath? in
            guard state.replica.isChangingLog(in: epoch) else { return nil }
            // The log ends lower for some time even when this fails.
            state.cutSinceCopied = min(state.cutSinceCopied, offset)
            try body(state.log)
            state.cutSinceCopied = min(state.cutSinceCopied, state.log.logEndOffset)
            let effects = state.replica.truncated(LogPosition(state.log))
            state.log.highWatermarkMoved(to: state.replica.highWatermark)
            state.hiddenBytes = 0
            return take(effects, &state)
        }
        if let after { finish(after) }
    }

    /// The leader says with each answer where its log begins, until this replica has told that its own does: one piece of work is enough.
    static func withoutRepeats(_ change: LogChange?, _ state: inout State) -> LogChange? {
        guard case .deletePrefix(let offset) = change else { return change }
        if state.isLogStartMoving || state.isLogStartAwaited && offset <= state.log.logStartOffset { return nil }
        state.isLogStartMoving = true
        return change
    }

    private func deletePrefix(before offset: Int64) throws(LogError) {
        let asks = try state.withLock { state throws(LogError) -> Bool in
            state.isLogStartMoving = false
            guard state.replica.followed != nil, offset <= state.replica.highWatermark else { return false }
            try state.log.deletePrefix(before: offset, highWatermark: state.replica.highWatermark)
            state.replica.logStartMoved(to: state.log.logStartOffset)
            defer { state.isLogStartAwaited = true }
            return !state.isLogStartAwaited
        }
        if asks { directory.checkpointLogStarts { [self] in rewriteCheckpoint() } }
    }

    /// A checkpoint on the disk has where the log begins. The leader hears of it by the next fetch.
    func logStartIsDurable(_ start: Int64) {
        let (isNews, isBehind) = state.withLock { state in
            let before = state.replica.durableStart
            state.replica.logStartIsDurable(start)
            let (durable, isFollower) = (state.replica.durableStart, state.replica.followed != nil)
            // It may have moved since the checkpoint was begun.
            state.isLogStartAwaited = state.isLogStartAwaited && isFollower && durable < state.replica.log.start
            return (durable > before && isFollower, state.isLogStartAwaited)
        }
        if isNews { store?.fetchers.changed(self) }
        if isBehind { directory.checkpointLogStarts { [self] in rewriteCheckpoint() } }
    }

    /// Blocks on the disk.
    func rewriteCheckpoint() {
        do throws(LogError) {
            try store?.rewriteCheckpoint(of: directory)
        } catch {
            // The next one is as good, unless the power fails before.
            directory.warn(.cannotBeChanged(id, reason: "the checkpoint cannot be written: \(error)"), of: id)
            if case .storage(let failure) = error { directory.handle(failure) }
        }
    }

    /// The recovery point that the checkpoint gets.
    func noteCheckpoint(of facts: Facts) -> Int64 {
        state.withLock { state in
            let point = min(facts.flushedOffset, state.cutAt)
            state.checkpointed = point
            return point
        }
    }
}

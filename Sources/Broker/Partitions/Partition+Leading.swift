@_spi(Sabotage) import KafkaProtocol
import LogStorage
import NIOCore
import Replication
import Synchronization
import World

/// A follower's fetch session, or its one fetch without a session, as the partitions know it.
final class FollowerSession: Sendable {
    let id: NodeId
    /// Nanoseconds; 0 before the first.
    private let last = Atomic<Int64>(0)

    init(_ id: NodeId) { self.id = id }

    /// When it fetched last: a fetch is about all partitions of its session.
    var lastFetch: MonotonicTime? {
        let last = last.load(ordering: .relaxed)
        return last == 0 ? nil : MonotonicTime(nanoseconds: last)
    }

    /// Notes a fetch.
    ///
    /// - Returns: when the one before was.
    func fetched(at now: MonotonicTime) -> MonotonicTime? {
        let before = last.exchange(now.nanoseconds, ordering: .relaxed)
        return before == 0 ? nil : MonotonicTime(nanoseconds: before)
    }
}

/// Who fetches when it is a broker.
final class FollowerIdentity: Sendable {
    let session: FollowerSession
    /// -1 from brokers that do not tell.
    let brokerEpoch: Int64
    let now: MonotonicTime
    /// When its session fetched last before.
    let previousFetch: MonotonicTime?

    init(_ session: FollowerSession, brokerEpoch: Int64, now: MonotonicTime) {
        self.session = session
        self.brokerEpoch = brokerEpoch
        self.now = now
        previousFetch = session.fetched(at: now)
    }
}

/// What a leader does with its followers' fetches, and with the in-sync set.
extension Partition {
    /// Reads for a follower: up to the log's end. Its offset says that it has all below.
    ///
    /// - Parameters:
    ///   - counts: false when the same fetch looks once more.
    ///   - mayBlock: never on an event loop; there, what is not in the page cache makes the outcome cold.
    func fetch(
        _ asked: FetchPartitionRequest,
        _ follower: FollowerIdentity,
        counts: Bool,
        maxBytes: Int,
        isFirst: Bool,
        mayBlock: Bool
    ) -> FetchOutcome {
        var failure: StorageError?
        var after: Aftermath?
        var repeats = 0
        let outcome = state.withLock { state -> FetchOutcome in
            var outcome = FetchOutcome()
            outcome.code =
                refusal(state) ?? Self.epochProblem(asked.currentLeaderEpoch, state.replica.epoch.rawValue) ?? .none
            if outcome.code != .none { return outcome }
            outcome.note(state)
            if Self.parts(asked, state.log, &outcome) { return outcome }
            if counts {
                var effects = ReplicaEffects()
                outcome.code = state.replica.followerFetched(Self.fetch(asked, follower), &effects) ?? .none
                if outcome.code != .none { return outcome }
                after = take(effects, &state)
                repeats = state.replica.repeats(of: follower.session.id)
                outcome.highWatermark = state.replica.highWatermark
            }
            let end = outcome.logEndOffset
            // As long as it is not in sync, each of its fetches is looked at: one of them takes it in.
            outcome.isAtEnd = asked.fetchOffset >= end && state.replica.isInSync(follower.session.id)
            failure = outcome.read(state.log, isFirst: isFirst, mayBlock: mayBlock) { log throws(LogError) in
                let slice = try log.read(
                    from: asked.fetchOffset,
                    maxBytes: maxBytes,
                    upTo: end,
                    isFirstBatchWhole: isFirst
                )
                return (slice, nil)
            }
            return outcome
        }
        if let after { finish(after) }
        if let failure { directory.handle(failure) }
        if let damage = outcome.damage { found(damage, at: asked.fetchOffset) }
        // It may refuse what it gets: then this log may be damaged where nobody here has looked.
        if repeats == Self.suspiciousRepeats { store?.repairer.suspect(self, at: asked.fetchOffset) }
        return outcome
    }

    /// A follower that asks for the same so often does not take what it gets.
    private static let suspiciousRepeats = 3

    /// Whether the follower's log is no beginning of this one; the outcome says where it parts.
    private static func parts(_ asked: FetchPartitionRequest, _ log: PartitionLog, _ outcome: inout FetchOutcome)
        -> Bool
    {
        if asked.lastFetchedEpoch >= 0, !Sabotage.divergenceUnchecked.isOn,
            let end = divergence(log, offset: asked.fetchOffset, epoch: asked.lastFetchedEpoch)
        {
            // An epoch that this log knows nothing of tells the follower nothing either.
            if end.0 >= 0 { outcome.divergingEpoch = end } else { outcome.code = .offsetOutOfRange }
            return true
        }
        if asked.fetchOffset >= log.logStartOffset, asked.fetchOffset <= log.logEndOffset { return false }
        outcome.code = .offsetOutOfRange
        return true
    }

    private static func fetch(_ asked: FetchPartitionRequest, _ follower: FollowerIdentity) -> FollowerFetch {
        FollowerFetch(
            id: follower.session.id,
            brokerEpoch: follower.brokerEpoch,
            leaderEpoch: LeaderEpoch(asked.currentLeaderEpoch),
            offset: asked.fetchOffset,
            now: follower.now,
            previousFetch: follower.previousFetch,
            logStart: asked.logStartOffset
        )
    }

    /// How far its followers are behind; none where this replica does not lead.
    func lags(now: MonotonicTime) -> [(follower: Int32, lag: FollowerLag)] {
        state.withLock { state in
            state.replica.followers.map { follower in
                var lag = FollowerLag()
                if follower.behindSince != nil {
                    let seen = follower.caughtUp(lastFetch: Self.lastFetch(of: follower.member.id, state.followers))
                    lag.millis = max(0, now.milliseconds(since: seen))
                }
                // Before its first fetch it is not known what it has.
                if follower.end >= 0, follower.end < state.log.logEndOffset {
                    lag.records = state.log.logEndOffset - max(follower.end, state.log.logStartOffset)
                    lag.bytes = state.log.estimatedBytes(behind: follower.end)
                }
                return (follower.member.id.rawValue, lag)
            }
        }
    }

    private static func lastFetch(of id: NodeId, _ followers: [FetchReader]) -> MonotonicTime? {
        followers.compactMap { $0.follower?.id == id ? $0.follower?.lastFetch : nil }.max()
    }

    /// Whether all the other replicas in sync, or about to be, have fetched since then: none of them led at that time.
    func isFollowed(since time: MonotonicTime) -> Bool {
        state.withLock { state in
            state.replica.maximalIsr.allSatisfy { id in
                id == state.replica.nodeId || Self.lastFetch(of: id, state.followers).map { $0 >= time } ?? false
            }
        }
    }

    // MARK: The in-sync set

    /// Looks at the followers that may be too far behind; where there are none, this costs next to nothing.
    func tick() {
        let now = directory.time.now
        let after = state.withLock { state -> Aftermath? in
            guard state.replica.needsTicks else { return nil }
            let followers = state.followers
            let effects = state.replica.ticked(now: now) { Self.lastFetch(of: $0, followers) }
            return take(effects, &state)
        }
        if let after { finish(after) }
    }

    /// The controller has answered, or its answer is lost.
    ///
    /// - Returns: whether it has to be asked once more.
    func isrAnswered(_ number: UInt64, _ answer: IsrAnswer) -> Bool {
        let now = directory.time.now
        let (after, isToRepeat) = state.withLock { state in
            let effects = state.replica.isrAnswered(number, answer, now: now)
            return (take(effects, &state), state.replica.hasRequestToRepeat)
        }
        finish(after)
        return isToRepeat
    }

    /// Calls `done` with the low watermark once all replicas in sync have deleted what lies below an offset, or with the reason why that
    /// will not be known.
    func whenDeleted(before offset: Int64, _ done: @escaping @Sendable (ErrorCode, Int64) -> Void) {
        let answers = state.withLock { state in
            state.deletions.append((before: offset, done: done))
            return takeDeletions(&state)
        }
        for answer in answers { answer() }
    }

    /// The answers to deletions that are over.
    func takeDeletions(_ state: inout State) -> [@Sendable () -> Void] {
        let isAwaited = !Sabotage.deletionsNotAwaited.isOn
        let (code, low) = (refusal(state), isAwaited ? state.replica.lowWatermark : state.log.logStartOffset)
        let isOver = { (offset: Int64) in code != nil || low >= offset }
        let over = state.deletions.filter { isOver($0.before) }
        if over.isEmpty { return [] }
        state.deletions.removeAll { isOver($0.before) }
        return over.map { deletion in { deletion.done(code ?? .none, code == nil ? low : -1) } }
    }

    /// Calls `done` once all below an offset is replicated, or with the reason why that will not be known.
    func whenReplicated(upTo end: Int64, _ done: @escaping @Sendable (ProduceOutcome) -> Void) {
        let code = state.withLock { state -> ErrorCode? in
            if let code = refusal(state) { return code }
            switch state.replica.repeated(end: min(end, state.log.logEndOffset), needs: .replicated) {
            case .now(let code): return code
            case .later(let token):
                state.producers.add(WaitingProducer(outcome: ProduceOutcome(), done: done), as: token)
                return nil
            }
        }
        if let code { done(ProduceOutcome(code: code)) }
    }
}

import KafkaProtocol
import Replication
import Synchronization
import World

/// What a fetch is part of.
enum FetchContext: Sendable {
    /// Everything that is asked for is answered.
    case sessionless([FetchPartitionRequest])
    /// Unless the session is new, only what has changed is answered.
    case session(FetchSession, turn: UInt64, isNew: Bool)
    case failed(ErrorCode)
}

/// The fetch sessions of a broker.
final class FetchSessions: Sendable {
    private struct State: ~Copyable {
        var cache: FetchSessionCache
        var random: WorldRandom
        /// Those in the cache.
        var sessions: [Int32: FetchSession] = [:]
    }

    /// More than a large cluster's brokers have fetchers.
    static let followerLimit = 10_000

    private let state: Mutex<State>
    private let time: WorldTime

    init(limit: Int, world: World) {
        time = world.time
        state = Mutex(State(cache: FetchSessionCache(limit: limit), random: world.random))
    }

    /// Finds or makes the session of a fetch; `usesTopicIds` is a matter of the request's version.
    ///
    /// - Parameter follower: who fetches, when it is a broker.
    func begin(
        id: Int32,
        epoch: Int32,
        requests: [FetchPartitionRequest],
        forgotten: [FetchPartitionRequest],
        isolation: IsolationLevel,
        usesTopicIds: Bool,
        follower: NodeId? = nil
    ) -> FetchContext {
        if id == 0, epoch == -1 { return .sessionless(requests) }
        let now = time.now
        var ended: [FetchSession] = []
        let (decision, session) = state.withLock { state -> (FetchSessionDecision, FetchSession?) in
            var endedIds: [Int32] = []
            let decision = state.cache.begin(
                id: id,
                epoch: epoch,
                usesTopicIds: usesTopicIds,
                now: now,
                using: &state.random,
                ended: &endedIds
            )
            for id in endedIds {
                if let session = state.sessions.removeValue(forKey: id) { ended.append(session) }
            }
            switch decision {
            case .sessionless, .failed: return (decision, nil)
            case .incremental(let id): return (decision, state.sessions[id])
            case .new(let id):
                let session = FetchSession(
                    id: id,
                    follower: follower.map { FollowerSession($0) },
                    usesTopicIds: usesTopicIds,
                    isolation: isolation
                )
                state.sessions[id] = session
                return (decision, session)
            }
        }
        for session in ended { session.end() }
        // A session is one broker's: what it has been told, nobody else knows.
        if let session, session.follower?.id != follower { return .failed(.fetchSessionIdNotFound) }
        return context(decision, session, requests, forgotten, isolation)
    }

    private func context(
        _ decision: FetchSessionDecision,
        _ session: FetchSession?,
        _ requests: [FetchPartitionRequest],
        _ forgotten: [FetchPartitionRequest],
        _ isolation: IsolationLevel
    ) -> FetchContext {
        var isNew = false
        switch decision {
        case .failed(let code): return .failed(code)
        case .sessionless: return .sessionless(requests)
        case .new: isNew = true
        case .incremental: break
        }
        guard let session,
            let (turn, isEmpty) = session.begin(requests, forgotten: isNew ? [] : forgotten, isolation: isolation)
        else { return .failed(.fetchSessionIdNotFound) }
        if isNew || !isEmpty { return .session(session, turn: turn, isNew: isNew) }
        state.withLock { state in
            state.cache.end(session.id)
            state.sessions[session.id] = nil
        }
        session.end()
        return .sessionless([])
    }
}

import KafkaProtocol

/// What a fetch request means for its session.
package enum FetchSessionDecision: Equatable, Sendable {
    /// No session is wanted, or none could be had: everything is answered.
    case sessionless
    /// A session of this id begins: everything is answered.
    case new(Int32)
    /// A session goes on: only what has changed is answered.
    case incremental(Int32)
    case failed(ErrorCode)
}

/// Which fetch sessions a broker has, bounded in number. Not thread-safe; time and random ids come in.
package struct FetchSessionCache: ~Copyable {
    private struct Entry {
        /// Of the next request.
        var epoch: Int32 = 1
        var usesTopicIds: Bool
        var lastFetch: MonotonicTime
    }

    private var sessions: [Int32: Entry] = [:]
    private let limit: Int
    /// Milliseconds that a session must be unused before a new one may take its place.
    private let evictionMillis: Int64

    package init(limit: Int, evictionMillis: Int64 = 120_000) {
        self.limit = limit
        self.evictionMillis = evictionMillis
    }

    package var count: Int { sessions.count }

    /// When a session fetched last. A fetch is about all partitions of its session: a follower that had all of one then, and is told
    /// nothing new of it, has still all of it.
    package func lastFetch(of id: Int32) -> MonotonicTime? { sessions[id]?.lastFetch }

    /// Finds or makes the session of a request.
    ///
    /// - Parameters:
    ///   - epoch: 0 asks for a new session, -1 for none (and ends the one named), others go on with one.
    ///   - ended: the sessions that end by this.
    package mutating func begin(
        id: Int32,
        epoch: Int32,
        usesTopicIds: Bool,
        now: MonotonicTime,
        using generator: inout some RandomNumberGenerator,
        ended: inout [Int32]
    ) -> FetchSessionDecision {
        if epoch == -1 || epoch == 0 {
            if id != 0 { end(id, &ended) }
            guard epoch == 0, makeRoom(now: now, &ended) else { return .sessionless }
            var fresh = Int32(generator.next() & 0x7fff_ffff)
            while fresh == 0 || sessions[fresh] != nil { fresh = Int32(generator.next() & 0x7fff_ffff) }
            sessions[fresh] = Entry(usesTopicIds: usesTopicIds, lastFetch: now)
            return .new(fresh)
        }
        guard let known = sessions[id] else { return .failed(.fetchSessionIdNotFound) }
        guard known.epoch == epoch else { return .failed(.invalidFetchSessionEpoch) }
        guard known.usesTopicIds == usesTopicIds else { return .failed(.fetchSessionTopicIdError) }
        sessions[id]?.epoch = epoch == .max ? 1 : epoch + 1
        sessions[id]?.lastFetch = now
        return .incremental(id)
    }

    /// Ends a session that has no partitions left.
    package mutating func end(_ id: Int32) { sessions[id] = nil }

    private mutating func end(_ id: Int32, _ ended: inout [Int32]) {
        if sessions.removeValue(forKey: id) != nil { ended.append(id) }
    }

    private mutating func makeRoom(now: MonotonicTime, _ ended: inout [Int32]) -> Bool {
        if limit == 0 { return false }
        if sessions.count < limit { return true }
        let oldest = sessions.min { ($0.value.lastFetch, $0.key) < ($1.value.lastFetch, $1.key) }
        guard let oldest, now.milliseconds(since: oldest.value.lastFetch) > evictionMillis else { return false }
        end(oldest.key, &ended)
        return true
    }
}

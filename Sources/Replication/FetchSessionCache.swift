import KafkaProtocol
import OrderedCollections

/// What a fetch request means for its session.
package enum FetchContext: Sendable {
    /// No session is wanted, or none could be had: everything is answered.
    case sessionless([FetchPartitionRequest])
    /// A new session: everything is answered, with the session's id.
    case new(id: Int32, [FetchPartitionRequest])
    /// Only what changed is answered.
    case incremental(id: Int32, [FetchPartitionRequest])
    case failed(ErrorCode)

    package var partitions: [FetchPartitionRequest] {
        switch self {
        case .sessionless(let list), .new(_, let list), .incremental(_, let list): list
        case .failed: []
        }
    }

    package var sessionId: Int32 {
        switch self {
        case .new(let id, _), .incremental(let id, _): id
        case .sessionless, .failed: 0
        }
    }
}

/// The fetch sessions of a broker, bounded in number. Not thread-safe; time and random ids come in.
package struct FetchSessionCache: ~Copyable {
    private var sessions: [Int32: FetchSession] = [:]
    private let limit: Int
    /// Milliseconds that a session must be unused before a new one may take its place.
    private let evictionMillis: Int64

    package init(limit: Int, evictionMillis: Int64 = 120_000) {
        self.limit = limit
        self.evictionMillis = evictionMillis
    }

    package var count: Int { sessions.count }

    /// Finds or makes the session of a request.
    ///
    /// - Parameters:
    ///   - epoch: 0 asks for a new session, -1 for none (and ends the one named), others go on with one.
    ///   - now: monotonic milliseconds.
    package mutating func begin(
        id: Int32,
        epoch: Int32,
        requests: [FetchPartitionRequest],
        forgotten: [FetchPartitionRequest],
        usesTopicIds: Bool,
        now: Int64,
        using generator: inout some RandomNumberGenerator
    ) -> FetchContext {
        if epoch == -1 || epoch == 0 {
            if id != 0 { sessions[id] = nil }
            guard epoch == 0, makeRoom(now: now) else { return .sessionless(requests) }
            var fresh = Int32(generator.next() & 0x7fff_ffff)
            while fresh == 0 || sessions[fresh] != nil { fresh = Int32(generator.next() & 0x7fff_ffff) }
            let session = FetchSession(id: fresh, usesTopicIds: usesTopicIds, now: now)
            session.update(requests, forgotten: [])
            sessions[fresh] = session
            return .new(id: fresh, requests)
        }
        guard let session = sessions[id] else { return .failed(.fetchSessionIdNotFound) }
        guard session.epoch == epoch else { return .failed(.invalidFetchSessionEpoch) }
        guard session.usesTopicIds == usesTopicIds else { return .failed(.fetchSessionTopicIdError) }
        session.update(requests, forgotten: forgotten)
        session.epoch = epoch == .max ? 1 : epoch + 1
        session.lastUsed = now
        if session.entries.isEmpty {
            sessions[id] = nil
            return .sessionless([])
        }
        return .incremental(id: id, session.partitions)
    }

    private mutating func makeRoom(now: Int64) -> Bool {
        if limit == 0 { return false }
        if sessions.count < limit { return true }
        guard let oldest = sessions.values.min(by: { $0.lastUsed < $1.lastUsed }),
            now - oldest.lastUsed > evictionMillis
        else {
            return false
        }
        sessions[oldest.id] = nil
        return true
    }

    /// Whether the answer has to mention a partition; see `FetchSession.mentions`.
    package func mentions(
        _ context: FetchContext,
        _ request: FetchPartitionRequest,
        highWatermark: Int64,
        logStartOffset: Int64,
        hasData: Bool,
        hasError: Bool
    ) -> Bool {
        switch context {
        case .sessionless, .failed: return true
        case .new(let id, _):
            _ = sessions[id]?.mentions(
                request,
                highWatermark: highWatermark,
                logStartOffset: logStartOffset,
                hasData: hasData,
                hasError: hasError
            )
            return true
        case .incremental(let id, _):
            return sessions[id]?.mentions(
                request,
                highWatermark: highWatermark,
                logStartOffset: logStartOffset,
                hasData: hasData,
                hasError: hasError
            ) ?? true
        }
    }
}

import KafkaProtocol
import OrderedCollections

/// What this broker asks one leader for over one connection: the fetch session of a follower (KIP-227), without IO.
///
/// One request is under way at a time. A partition's offset acknowledges all below it, so the next request leaves once what the last
/// answer brought is in the logs. A log that takes longer than `patienceMillis` leaves the session until it is ready: one slow disk does not
/// hold up the others. A request names what has changed, and costs that.
package struct ReplicaFetcher: Sendable {
    package struct Options: Equatable, Sendable {
        /// How long the next request waits for logs that are busy.
        package var patienceMillis: Int64
        /// The first pause after a failure; it doubles from one to the next.
        package var firstBackoffMillis: Int64
        /// `replica.fetch.backoff.ms`: the longest pause.
        package var maxBackoffMillis: Int64

        /// `replica.fetch.wait.max.ms`: how long the leader waits for something to send.
        package var maxWaitMillis: Int64

        package init(
            maxWaitMillis: Int64 = 500,
            patienceMillis: Int64 = 100,
            firstBackoffMillis: Int64 = 10,
            maxBackoffMillis: Int64 = 1000
        ) {
            self.maxWaitMillis = maxWaitMillis
            self.patienceMillis = patienceMillis
            self.firstBackoffMillis = firstBackoffMillis
            self.maxBackoffMillis = maxBackoffMillis
        }

        func backoff(_ failures: Int) -> Int64 {
            var (pause, left) = (max(firstBackoffMillis, 1), failures - 1)
            while left > 0, pause < maxBackoffMillis { (pause, left) = (2 * pause, left - 1) }
            return min(pause, max(maxBackoffMillis, 1))
        }
    }

    /// A partition in a request.
    package struct Part: Equatable, Sendable {
        package var id: TopicPartition
        package var topicId: KafkaUUID
        package var position: FetchPosition
    }

    /// A partition that leaves the session.
    package struct Forgotten: Equatable, Sendable {
        package var id: TopicPartition
        package var topicId: KafkaUUID
    }

    package struct Request: Equatable, Sendable {
        /// 0 when there is no session yet.
        package var session: Int32
        /// 0 asks for a new session with exactly these partitions, and ends the one that is named.
        package var epoch: Int32
        package var parts: [Part]
        package var forgotten: [Forgotten]
        /// The leader must not wait longer: then a partition that was refused is asked for again.
        package var maxWaitMillis: Int64
    }

    private struct Entry {
        var topicId: KafkaUUID
        /// nil while the log is busy with what came, or must not be fetched for.
        var position: FetchPosition?
        /// What the leader has of it in the session; nil while it is not in the session.
        var asked: FetchPosition?
        /// What came was perhaps not taken: the leader would not send it again by itself.
        var isToRepeat = false
        var epoch: LeaderEpoch?
        var failures = 0
        /// Nothing is asked before.
        var retryAt: MonotonicTime?
        /// The leader knows a later epoch: nothing is asked before the metadata has told of it.
        var fencedEpoch: LeaderEpoch?

        var isReady: Bool { position != nil && retryAt == nil && fencedEpoch == nil }
    }

    private enum State: Equatable {
        case ready
        case asking
        case pausing(until: MonotonicTime)
    }

    private let options: Options
    private var entries: [TopicPartition: Entry] = [:]
    private var state = State.ready
    private var failures = 0
    private var sessionId: Int32 = 0
    /// That of the next request.
    private var sessionEpoch: Int32 = 0
    /// How many partitions are in the session.
    private var sessionCount = 0
    /// What the next request may have to name.
    private var changed: Set<TopicPartition> = []
    /// In the session, and not wanted there any more; the topic's id is what the leader knows it by.
    private var leaving: OrderedDictionary<TopicPartition, [KafkaUUID]> = [:]
    /// In the session, and their logs are busy.
    private var busy: Set<TopicPartition> = []
    private var busySince = MonotonicTime.never
    private var delayed: Set<TopicPartition> = []

    package init(options: Options = Options()) { self.options = options }

    package var isEmpty: Bool { entries.isEmpty }
    package var count: Int { entries.count }
    package var isAsking: Bool { state == .asking }

    package func topicId(of id: TopicPartition) -> KafkaUUID? { entries[id]?.topicId }

    /// What the leader answers for a partition; nil while it is not in the session: then nothing that comes is taken.
    package func asked(_ id: TopicPartition) -> FetchPosition? { entries[id]?.asked }

    // MARK: What is wanted

    /// A partition is wanted from here on, or wanted elsewhere in its log.
    ///
    /// - Parameter position: nil while its log is busy: with records that came, or with a cut.
    package mutating func follow(
        _ id: TopicPartition,
        topicId: KafkaUUID,
        _ position: FetchPosition?,
        now: MonotonicTime
    ) {
        if let known = entries[id], known.topicId != topicId { forget(id) }
        var entry = entries[id] ?? Entry(topicId: topicId)
        if let position {
            if entry.epoch != position.leaderEpoch {
                (entry.retryAt, entry.failures, entry.epoch) = (nil, 0, position.leaderEpoch)
                delayed.remove(id)
                if let fenced = entry.fencedEpoch, position.leaderEpoch > fenced { entry.fencedEpoch = nil }
            }
            busy.remove(id)
            changed.insert(id)
        } else if entry.asked != nil {
            entry.isToRepeat = true
            if busy.isEmpty { busySince = now }
            busy.insert(id)
        }
        entry.position = position
        entries[id] = entry
    }

    /// A partition is not followed any more, or followed elsewhere.
    package mutating func forget(_ id: TopicPartition) {
        guard let entry = entries.removeValue(forKey: id) else { return }
        if entry.asked != nil { leave(id, entry.topicId) }
        changed.remove(id)
        busy.remove(id)
        delayed.remove(id)
    }

    private mutating func leave(_ id: TopicPartition, _ topicId: KafkaUUID) {
        leaving[id, default: []].append(topicId)
        sessionCount -= 1
    }

    // MARK: Asking

    /// The next request, if one is due. It is answered by `answered` or `failed`.
    package mutating func next(now: MonotonicTime) -> Request? {
        switch state {
        case .ready: break
        case .asking: return nil
        case .pausing(let until): if now < until { return nil }
        }
        endDelays(now: now)
        if now < busyDeadline { return nil }
        leaveBusyBehind()
        let request = sessionEpoch == 0 ? makeFull() : makeIncremental()
        guard var request else { return nil }
        if let retryAt = nextRetry {
            request.maxWaitMillis = min(request.maxWaitMillis, max(1, retryAt.milliseconds(since: now)))
        }
        state = .asking
        return request
    }

    /// Until when the next request waits for busy logs. Where nobody else is there to ask for, as long as they take.
    private var busyDeadline: MonotonicTime {
        if busy.isEmpty { return MonotonicTime(nanoseconds: .min) }
        if busy.count == sessionCount, !changed.contains(where: { entries[$0]?.isReady == true }) { return .never }
        return busySince.adding(milliseconds: options.patienceMillis)
    }

    private mutating func endDelays(now: MonotonicTime) {
        for id in delayed {
            guard let retryAt = entries[id]?.retryAt, retryAt <= now else { continue }
            entries[id]?.retryAt = nil
            delayed.remove(id)
            changed.insert(id)
        }
    }

    private mutating func leaveBusyBehind() {
        for id in busy.sorted() { drop(id) }
        busy.removeAll()
    }

    /// Takes a partition out of the session; it comes back when it is ready.
    private mutating func drop(_ id: TopicPartition) {
        guard let entry = entries[id], entry.asked != nil else { return }
        entries[id]?.asked = nil
        leave(id, entry.topicId)
    }

    private mutating func makeFull() -> Request? {
        leaving.removeAll()
        changed.removeAll()
        sessionCount = 0
        let ready = entries.filter(\.value.isReady).map(\.key).sorted()
        if ready.isEmpty { return nil }
        return Request(
            session: sessionId,
            epoch: 0,
            parts: ready.compactMap { ask($0) },
            forgotten: [],
            maxWaitMillis: options.maxWaitMillis
        )
    }

    private mutating func makeIncremental() -> Request? {
        let named = changed.sorted()
        changed.removeAll()
        let parts = named.compactMap { id -> Part? in
            guard let entry = entries[id], entry.isReady, entry.isToRepeat || entry.asked != entry.position else {
                return nil
            }
            return ask(id)
        }
        if sessionCount == 0 {
            // A session without partitions has nothing to wait for.
            endSession()
            return nil
        }
        // The leader takes in what is named before it takes out what is forgotten.
        let forgotten = leaving.flatMap { id, topicIds in
            topicIds.filter { $0 != entries[id]?.topicId || entries[id]?.asked == nil }
                .map { Forgotten(id: id, topicId: $0) }
        }
        leaving.removeAll()
        return Request(
            session: sessionId,
            epoch: sessionEpoch,
            parts: parts,
            forgotten: forgotten,
            maxWaitMillis: options.maxWaitMillis
        )
    }

    private mutating func ask(_ id: TopicPartition) -> Part? {
        guard let entry = entries[id], let position = entry.position else { return nil }
        if entry.asked == nil { sessionCount += 1 }
        entries[id]?.asked = position
        entries[id]?.isToRepeat = false
        return Part(id: id, topicId: entry.topicId, position: position)
    }

    private var nextRetry: MonotonicTime? { delayed.lazy.compactMap { entries[$0]?.retryAt }.min() }

    /// When `next` may have a request although nothing has happened until then; `never` when only an event can make one.
    package var wakeTime: MonotonicTime {
        let delays = nextRetry ?? .never
        switch state {
        case .asking: return .never
        case .pausing(let until): return until
        case .ready: return min(delays, busy.isEmpty ? .never : busyDeadline)
        }
    }

    /// There is reason to hope that the leader can be reached again: the pause is over.
    package mutating func endPause() {
        guard case .pausing = state else { return }
        state = .ready
        failures = 0
    }

    // MARK: Answers

    /// The leader has answered. What it says of partitions follows: `follow`, `refused`.
    ///
    /// - Parameter session: 0 when the leader keeps none: each request names all partitions then.
    package mutating func answered(session: Int32) {
        state = .ready
        failures = 0
        if session == 0 {
            sessionId = 0
            return endSession()
        }
        sessionEpoch = sessionId == session && sessionEpoch != .max ? sessionEpoch + 1 : 1
        sessionId = session
    }

    /// The request has failed as a whole.
    ///
    /// - Parameter code: what the leader said; nil when there was no answer.
    package mutating func failed(_ code: ErrorCode?, now: MonotonicTime) {
        let isSession = [.fetchSessionIdNotFound, .invalidFetchSessionEpoch, .fetchSessionTopicIdError].contains(code)
        let hadSession = sessionEpoch != 0
        endSession()
        if isSession, hadSession {
            // Nothing is wrong but the session: the same is asked again in another one.
            state = .ready
            return
        }
        failures += 1
        state = .pausing(until: now.adding(milliseconds: options.backoff(failures)))
    }

    /// The leader refuses to answer for a partition: it leaves the session, and comes back after a pause, or with the next leader epoch.
    package mutating func refused(_ id: TopicPartition, _ code: ErrorCode, now: MonotonicTime) {
        guard var entry = entries[id] else { return }
        if let asked = entry.asked, let known = entry.epoch, known > asked.leaderEpoch {
            // The metadata was quicker than this answer: it is of no interest any more.
            changed.insert(id)
            busy.remove(id)
            return drop(id)
        }
        if code == .fencedLeaderEpoch {
            entry.fencedEpoch = (entry.asked ?? entry.position)?.leaderEpoch
        } else {
            entry.failures += 1
            entry.retryAt = now.adding(milliseconds: options.backoff(entry.failures))
            delayed.insert(id)
        }
        entries[id] = entry
        busy.remove(id)
        drop(id)
    }

    /// The leader answers for a partition again.
    package mutating func succeeded(_ id: TopicPartition) { entries[id]?.failures = 0 }

    private mutating func endSession() {
        sessionEpoch = 0
        sessionCount = 0
        for id in entries.keys { entries[id]?.asked = nil }
        leaving.removeAll()
        busy.removeAll()
    }
}

import KafkaProtocol

/// What only an active controller knows of the brokers: when each was last heard of, and what it must have read before it may lead.
/// It is in no log: a new controller begins with whole sessions for all.
struct BrokerSessions: Sendable {
    private struct Session: Sendable {
        var heardAt: MonotonicTime
        /// Nil while the broker is fenced: there is nothing to lose then. `never` for the broker in the controller's own process until
        /// it begins to speak: it may take a while to open its logs, and nobody else is there to lead.
        var endsAt: MonotonicTime?
        /// A fenced broker has to read up to this offset, where it may find that it was deposed.
        var mustReach: Int64
    }

    private let timeoutMillis: Int64
    private let ownBroker: Int32?
    private var sessions: [Int32: Session] = [:]
    /// When this controller did something last.
    private var lastRun: MonotonicTime

    init(timeoutMillis: Int64, ownBroker: Int32?, image: MetadataImage, endOffset: Int64, now: MonotonicTime) {
        self.timeoutMillis = max(1, timeoutMillis)
        self.ownBroker = ownBroker
        lastRun = now
        for broker in image.brokers.values {
            sessions[broker.id] = Session(
                heardAt: now,
                endsAt: broker.isFenced ? nil : now.adding(milliseconds: self.timeoutMillis),
                mustReach: max(broker.epoch, endOffset - 1)
            )
        }
    }

    // MARK: Questions

    /// Whether another process of the broker is believed to be there.
    func isAlive(_ id: Int32, now: MonotonicTime) -> Bool { sessions[id]?.endsAt.map { $0 > now } ?? false }

    /// Whether a broker that has read up to `offset` knows all that it has to know before it leads.
    func hasCaughtUp(_ id: Int32, _ offset: Int64) -> Bool { offset >= sessions[id]?.mustReach ?? 0 }

    /// The brokers whose sessions are over, with how long they were silent.
    func ended(now: MonotonicTime) -> [(id: Int32, silentMillis: Int64)] {
        sessions.filter { $0.value.endsAt.map { $0 <= now } ?? false }
            .map { (id: $0.key, silentMillis: now.milliseconds(since: $0.value.heardAt)) }
            .sorted { $0.id < $1.id }
    }

    /// When to look again. Often enough to see that this process did not run.
    var deadline: MonotonicTime {
        guard let first = sessions.values.compactMap(\.endsAt).min(), first < .never else { return .never }
        return min(first, lastRun.adding(milliseconds: max(1, timeoutMillis / 4)))
    }

    // MARK: Events

    /// This controller runs. If it did not for long, nobody could be heard, and all sessions begin anew.
    ///
    /// - Returns: for how long it did not.
    mutating func runs(now: MonotonicTime) -> Int64? {
        let absent = now.milliseconds(since: lastRun)
        lastRun = max(lastRun, now)
        let running = sessions.filter { $0.value.endsAt ?? .never < .never }.keys
        guard absent > timeoutMillis / 2, !running.isEmpty else { return nil }
        for id in running { sessions[id]?.endsAt = now.adding(milliseconds: timeoutMillis) }
        return absent
    }

    mutating func heard(_ id: Int32, now: MonotonicTime) {
        sessions[id]?.heardAt = now
        if sessions[id]?.endsAt != nil { sessions[id]?.endsAt = now.adding(milliseconds: timeoutMillis) }
    }

    /// What was decided of brokers; the last record of the decision has offset `last`.
    mutating func follow(_ records: [MetadataRecord], last: Int64, now: MonotonicTime) {
        for record in records {
            switch record {
            case .registerBroker(let record):
                let endsAt = record.fenced ? nil : now.adding(milliseconds: timeoutMillis)
                sessions[record.brokerId] = Session(heardAt: now, endsAt: endsAt, mustReach: last)
            case .unregisterBroker(let record): sessions[record.brokerId] = nil
            case .brokerRegistrationChange(let record) where record.fenced > 0: fence(record.brokerId, last)
            case .brokerRegistrationChange(let record) where record.fenced < 0:
                let isOwn = record.brokerId == ownBroker
                sessions[record.brokerId]?.endsAt = isOwn ? .never : now.adding(milliseconds: timeoutMillis)
            default: break
            }
        }
    }

    private mutating func fence(_ id: Int32, _ last: Int64) {
        sessions[id]?.endsAt = nil
        sessions[id]?.mustReach = last
    }
}

@_spi(Sabotage) import KafkaProtocol

/// What only an active controller knows of the brokers: when each was last heard of, and what it must have read before it may lead.
/// It is in no log: a new controller begins with whole sessions for all.
struct BrokerSessions: Sendable {
    private struct Session: Sendable {
        var heardAt: MonotonicTime
        /// Nil while the broker is fenced: there is nothing to lose then. `never` for the broker in the controller's own process until
        /// it begins to speak: it may take a while to open its logs, and nobody else is there to lead.
        var endsAt: MonotonicTime?
        /// A fenced broker has to read up to this offset before it leads again, and one that stops before it goes: there it finds that
        /// it was deposed.
        var mustReach: Int64
        var suspicion = Suspicion.none
    }

    /// A connection with a broker that broke may mean that its process has ended: then nobody listens at its address.
    private enum Suspicion: Sendable {
        case none
        /// - `moreTries`: how often its address is tried again when somebody listens.
        case probing(moreTries: Int)
        /// Nobody listened, but the last heartbeat is too young; or somebody still did.
        case waiting(until: MonotonicTime, moreTries: Int)
    }

    /// A process that is killed closes its connections one after the other, and where it listens perhaps last. So who listens is tried again, after pauses that grow.
    private static let pausesBetweenProbes: [Int64] = [50, 200, 800]

    /// A broker whose address refuses connections, and that was silent for so long, is not there.
    private static let refusedSilenceMillis: Int64 = 300

    private let timeoutMillis: Int64
    private let ownBroker: Int32?
    private var sessions: [Int32: Session] = [:]
    /// When this controller did something last.
    private var lastRun: MonotonicTime

    init(timeoutMillis: Int64, ownBroker: Int32?, image: MetadataImage, endOffset: Int64, now: MonotonicTime) {
        self.timeoutMillis = Sabotage.sessionNeverEnds.isOn ? 1 << 32 : max(1, timeoutMillis)
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

    /// For how long nothing was heard of a broker; nil of one that is not known.
    func silentMillis(_ id: Int32, now: MonotonicTime) -> Int64? {
        sessions[id].map { max(0, now.milliseconds(since: $0.heardAt)) }
    }

    /// The brokers whose sessions are over, with how long they were silent.
    func ended(now: MonotonicTime) -> [(id: Int32, silentMillis: Int64)] {
        sessions.filter { $0.value.endsAt.map { $0 <= now } ?? false }
            .map { (id: $0.key, silentMillis: now.milliseconds(since: $0.value.heardAt)) }
            .sorted { $0.id < $1.id }
    }

    /// When to look again. Often enough to see that this process did not run.
    var deadline: MonotonicTime {
        var next = MonotonicTime.never
        if let first = sessions.values.compactMap(\.endsAt).min(), first < .never {
            next = min(first, lastRun.adding(milliseconds: max(1, timeoutMillis / 4)))
        }
        for case .waiting(let until, _) in sessions.values.lazy.map(\.suspicion) { next = min(next, until) }
        return next
    }

    // MARK: Suspicions

    /// Whether the broker's address is to be tried.
    mutating func suspects(_ id: Int32) -> Bool {
        guard let session = sessions[id], session.endsAt != nil, id != ownBroker, case .none = session.suspicion else {
            return false
        }
        sessions[id]?.suspicion = .probing(moreTries: Self.pausesBetweenProbes.count)
        return true
    }

    /// Those to try again.
    mutating func suspectsAgain(now: MonotonicTime) -> [Int32] {
        var due: [Int32] = []
        for (id, session) in sessions {
            guard case .waiting(let until, let moreTries) = session.suspicion, until <= now else { continue }
            sessions[id]?.suspicion = .probing(moreTries: moreTries)
            due.append(id)
        }
        return due.sorted()
    }

    /// An address was tried.
    ///
    /// - Returns: for how long the broker was silent, when it is not there.
    mutating func probed(_ id: Int32, isRefused: Bool, now: MonotonicTime) -> Int64? {
        guard let session = sessions[id], case .probing(let moreTries) = session.suspicion else { return nil }
        sessions[id]?.suspicion = .none
        guard session.endsAt != nil else { return nil }
        guard isRefused else {
            guard moreTries > 0 else { return nil }
            let pause = Self.pausesBetweenProbes[Self.pausesBetweenProbes.count - moreTries]
            sessions[id]?.suspicion = .waiting(until: now.adding(milliseconds: pause), moreTries: moreTries - 1)
            return nil
        }
        let silent = now.milliseconds(since: session.heardAt)
        if silent >= Self.refusedSilenceMillis { return silent }
        let until = session.heardAt.adding(milliseconds: Self.refusedSilenceMillis)
        sessions[id]?.suspicion = .waiting(until: until, moreTries: moreTries)
        return nil
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
            case .brokerRegistrationChange(let record) where record.inControlledShutdown > 0:
                sessions[record.brokerId]?.mustReach = last
            default: break
            }
        }
    }

    private mutating func fence(_ id: Int32, _ last: Int64) {
        sessions[id]?.endsAt = nil
        sessions[id]?.suspicion = .none
        sessions[id]?.mustReach = last
    }
}

@_spi(Sabotage) import KafkaProtocol
import NIOCore

/// What the active controller does and nobody else: it decides on requests in turn, proposes the records of its decisions, and answers
/// once they are committed. It decides on the state as it will be when all that it has proposed is committed, so that
/// one decision sees those before it whole. When leadership goes, that state goes with it, and all who wait are told so.
///
/// `Token` says whom an answer is for.
package struct ActiveController<Token: Sendable>: Sendable {
    /// An answer that may go out.
    package struct Answer: Sendable {
        package var token: Token
        package var response: any ResponseMessage

        package init(token: Token, response: any ResponseMessage) {
            self.token = token
            self.response = response
        }
    }

    /// What is to be proposed before anything else is decided; `proposed` or `stop` must follow.
    package struct Proposal: Sendable {
        package var records: [MetadataRecord]
        /// The records as the log of the present level holds them, in its batches. What is more than one is a transaction (KIP-868): if not all of
        /// them get into the log, the next controller aborts it.
        package var batches: [[ByteBuffer]]
        /// The quorum takes this `kraft.version` before.
        package var kraftVersion: Int16?
    }

    package struct Effects: Sendable {
        package var proposal: Proposal?
        package var answers: [Answer] = []
        /// Why a request was refused, where the answer has no place for it.
        package var reason: String?
        /// What was decided beside what was asked for, and why.
        package var decisions: [ControllerDecision] = []
        /// Addresses to connect to; `probed` tells whether somebody listens there.
        package var probes: [BrokerProbe] = []
    }

    private struct Waiting: Sendable {
        var token: Token
        var request: any ControllerRequest
        var response: any ResponseMessage
        /// The answer goes when all before this offset is committed.
        var endOffset: Int64

        var answer: Answer { Answer(token: token, response: response) }
    }

    /// A decision whose records are on their way to the log.
    private struct Outstanding: Sendable {
        var count: Int64
        /// The offset that the decision counts on.
        var expectedOffset: Int64?
        var waiting: Waiting?
        var records: [MetadataRecord]
        var now: MonotonicTime
        /// The state without it.
        var before: MetadataImage
    }

    package let epoch: LeaderEpoch
    /// The state with all that was proposed.
    package private(set) var view: MetadataImage
    private let settings: ControllerSettings
    /// The nodes that vote in the metadata quorum, committed or not: to be told before each decision on a request.
    package var voters: [Int32] = []
    /// Where the log ended for this controller, and up to where that is committed.
    private var proposedEnd: Int64
    private var committedEnd: Int64
    private var outstanding: Outstanding?
    private var waiting: [Waiting] = []
    private var sessions: BrokerSessions
    private var leaderless: LeaderlessPartitions
    /// When leaderships are looked at next; `never` where they stay as they are.
    private var rebalancesAt = MonotonicTime.never

    /// - Parameters:
    ///   - image: of all that earlier epochs committed.
    ///   - endOffset: up to where the log was heard.
    package init(
        epoch: LeaderEpoch,
        image: MetadataImage,
        endOffset: Int64,
        settings: ControllerSettings,
        now: MonotonicTime
    ) {
        self.epoch = epoch
        self.settings = settings
        view = image
        proposedEnd = endOffset
        committedEnd = endOffset
        leaderless = LeaderlessPartitions(began: now)
        let resolver = Controller(image: image, settings: settings).resolver
        sessions = BrokerSessions(
            timeoutMillis: resolver.brokerInt("broker.session.timeout.ms"),
            ownBroker: settings.nodeId,
            image: image,
            endOffset: endOffset,
            now: now
        )
        if ConfigValue.bool(resolver.broker("auto.leader.rebalance.enable") ?? "true") {
            rebalancesAt = now.adding(milliseconds: rebalanceMillis)
        }
    }

    private var rebalanceMillis: Int64 {
        let seconds = Controller(image: view, settings: settings).resolver
            .brokerInt("leader.imbalance.check.interval.seconds")
        return min(max(1, seconds), 1_000_000) * 1000
    }

    /// When `tick` has something to do.
    package var wakeUp: MonotonicTime { min(sessions.deadline, rebalancesAt) }

    package var waitingCount: Int { waiting.count + (outstanding?.waiting == nil ? 0 : 1) }

    // MARK: Events

    /// Puts the log in order as its new leader: ends a transaction that nobody goes on with, and copies what formatting left for
    /// the first leader into a log in which no level stands.
    ///
    /// - Throws: when the records cannot be applied, or are of a level that this build doesn't know.
    package mutating func activate(
        isInTransaction: Bool,
        now: MonotonicTime,
        bootstrap: () throws -> [MetadataRecord]
    ) throws -> Proposal? {
        var records: [MetadataRecord] = []
        if isInTransaction {
            var abort = AbortTransactionRecord()
            abort.reason = "Controller failover"
            records.append(.abortTransaction(abort))
        }
        if view.features[MetadataVersion.featureName] == nil {
            let bootstrap = try bootstrap()
            for case .featureLevel(let record) in bootstrap where record.name == MetadataVersion.featureName {
                guard MetadataVersion(level: record.featureLevel) == nil else { continue }
                throw MetadataRecordError(
                    description: "the directory was formatted with metadata.version \(record.featureLevel)"
                )
            }
            records += Controller(image: view, settings: settings).activationRecords(bootstrap)
        }
        return records.isEmpty ? nil : try prepare(records, now: now)
    }

    /// Decides on a request.
    ///
    /// - Parameter nextOffset: the offset that a proposal made now gets.
    package mutating func handle(
        _ request: some ControllerRequest,
        _ context: ControllerRequestContext,
        token: Token,
        nextOffset: Int64,
        now: MonotonicTime,
        using random: inout some RandomNumberGenerator
    ) -> Effects {
        precondition(outstanding == nil, "a decision begins before the one before it was proposed")
        let absent = sessions.runs(now: now)
        let result = request.decide(controller(nextOffset: nextOffset, now: now), context, using: &random)
        if let contact = result.contact { sessions.heard(contact.broker, now: now) }
        var waiting = Waiting(token: token, request: request, response: result.response, endOffset: proposedEnd)
        var effects = Effects(reason: result.reason)
        if let absent { effects.decisions = [.sessionsRenewed(absentMillis: absent)] }
        if result.records.isEmpty {
            // What it says may rest on what is not committed yet.
            if proposedEnd > committedEnd { self.waiting.append(waiting) } else { effects.answers = [waiting.answer] }
            return effects
        }
        do {
            effects.proposal = try prepare(
                result.records,
                kraftVersion: result.kraftVersion,
                waiting,
                mayBeLarge: request.mayBeLarge,
                // Registrations say at which offset they stand. An upgrade of the quorum comes before its records.
                expectedOffset: result.kraftVersion == nil ? nextOffset : nil,
                now: now
            )
            effects.decisions += leaderless.follow(result.decisions, sessions, now: now)
        } catch let failure as ControllerFailure {
            waiting.response = request.refusal(failure.code, failure.message)
            effects.answers = [waiting.answer]
            effects.reason = failure.message
        } catch {
            // Nothing that contradicts the state reaches the log.
            waiting.response = request.refusal(.unknownServerError, "\(error)")
            effects.answers = [waiting.answer]
            effects.reason = "\(error)"
        }
        return effects
    }

    /// Decides on what is due by time alone. What is left is due again at once.
    package mutating func tick(now: MonotonicTime) -> Effects {
        precondition(outstanding == nil, "a decision begins before the one before it was proposed")
        var effects = Effects()
        if let absent = sessions.runs(now: now) { effects.decisions = [.sessionsRenewed(absentMillis: absent)] }
        effects.probes = sessions.suspectsAgain(now: now).compactMap { probe($0) }
        if let ended = sessions.ended(now: now).first, let broker = view.brokers[ended.id] {
            // One at a time: a broker may lead as much as one decision holds.
            fence(broker, .sessionEnded(silentMillis: ended.silentMillis), &effects, now)
        } else if rebalancesAt <= now {
            let draft = controller(nextOffset: proposedEnd, now: now).rebalanced(limit: Self.rebalancedAtOnce)
            let isFull = draft.records.count == Self.rebalancedAtOnce
            rebalancesAt = now.adding(milliseconds: isFull ? Self.rebalancePauseMillis : rebalanceMillis)
            decide(draft, &effects, now)
        }
        return effects
    }

    // MARK: Suspicions

    /// A new controller knows of nobody whether it is there.
    package mutating func suspectAll() -> [BrokerProbe] {
        view.brokers.keys.sorted().filter { sessions.suspects($0) }.compactMap { probe($0) }
    }

    /// A connection with a broker was closed or refused.
    package mutating func suspect(_ broker: Int32) -> Effects {
        var effects = Effects()
        if sessions.suspects(broker), let probe = probe(broker) { effects.probes = [probe] }
        return effects
    }

    /// An address was tried.
    package mutating func probed(_ probe: BrokerProbe, isRefused: Bool, now: MonotonicTime) -> Effects {
        precondition(outstanding == nil, "a decision begins before the one before it was proposed")
        var effects = Effects()
        // Of a process that has been replaced meanwhile nothing follows.
        let isPresent = view.brokers[probe.broker]?.epoch == probe.epoch
        let silent = sessions.probed(probe.broker, isRefused: isRefused && isPresent, now: now)
        if let silent, let broker = view.brokers[probe.broker] {
            fence(broker, .refused(silentMillis: silent), &effects, now)
        }
        return effects
    }

    private func probe(_ id: Int32) -> BrokerProbe? {
        guard let broker = view.brokers[id], let endpoint = broker.registration.endPoints.first else { return nil }
        return BrokerProbe(broker: id, epoch: broker.epoch, host: endpoint.host, port: Int(endpoint.port))
    }

    private mutating func fence(
        _ broker: BrokerImage,
        _ reason: FencingReason,
        _ effects: inout Effects,
        _ now: MonotonicTime
    ) {
        var draft = DecisionDraft(controller(nextOffset: proposedEnd, now: now))
        draft.fence(broker, reason)
        decide(draft, &effects, now)
    }

    /// Proposes what nobody asked for.
    private mutating func decide(_ draft: DecisionDraft, _ effects: inout Effects, _ now: MonotonicTime) {
        if draft.records.isEmpty { return }
        do {
            effects.proposal = try prepare(draft.records, mayBeLarge: true, now: now)
            effects.decisions += leaderless.follow(draft.decisions, sessions, now: now)
        } catch {
            // It is tried again, but not at once.
            effects.reason = "\(error)"
            for ended in sessions.ended(now: now) { sessions.heard(ended.id, now: now) }
        }
    }

    /// The proposal got its offset.
    package mutating func proposed(at firstOffset: Int64) {
        guard let made = outstanding else { preconditionFailure("a proposal that was not asked for") }
        precondition(
            firstOffset >= proposedEnd && made.expectedOffset ?? firstOffset == firstOffset,
            "a proposal got offset \(firstOffset) instead of \(made.expectedOffset ?? proposedEnd)"
        )
        outstanding = nil
        proposedEnd = firstOffset + made.count
        sessions.follow(made.records, last: proposedEnd - 1, now: made.now)
        guard var decided = made.waiting else { return }
        decided.endOffset = proposedEnd
        waiting.append(decided)
    }

    /// The quorum does not take what was to be proposed: nothing was decided.
    package mutating func refused(_ code: ErrorCode, _ reason: String) -> [Answer] {
        guard let made = outstanding else { preconditionFailure("a proposal that was not asked for") }
        outstanding = nil
        view = made.before
        guard var decided = made.waiting else { return [] }
        decided.response = decided.request.refusal(code, reason)
        return [decided.answer]
    }

    /// All before `endOffset` is committed and published.
    package mutating func committed(to endOffset: Int64) -> [Answer] {
        precondition(endOffset >= committedEnd, "what was committed is not taken back")
        committedEnd = endOffset
        let isEarly = Sabotage.decisionAnsweredEarly.isOn
        let count = waiting.prefix { $0.endOffset <= endOffset || isEarly }.count
        defer { waiting.removeFirst(count) }
        return waiting.prefix(count).map(\.answer)
    }

    /// This node leads no longer, or cannot write: whether what was proposed will be committed is not known.
    package consuming func stop(_ reason: String) -> [Answer] {
        (waiting + (outstanding?.waiting.map { [$0] } ?? [])).map { waiting in
            Answer(token: waiting.token, response: waiting.request.refusal(.notController, reason))
        }
    }

    // MARK: Decisions

    /// Leaderships that go back to first replicas in one decision, and what lies between two.
    private static var rebalancedAtOnce: Int { 100 }
    private static var rebalancePauseMillis: Int64 { 1000 }

    private func controller(nextOffset: Int64, now: MonotonicTime) -> Controller {
        var controller = Controller(
            image: view,
            settings: settings,
            nextOffset: nextOffset,
            sessions: sessions,
            now: now
        )
        controller.voters = voters
        return controller
    }

    private mutating func prepare(
        _ decided: [MetadataRecord],
        kraftVersion: Int16? = nil,
        _ waiting: Waiting? = nil,
        mayBeLarge: Bool = false,
        expectedOffset: Int64? = nil,
        now: MonotonicTime
    ) throws -> Proposal {
        let level = view.metadataVersion ?? .latestStable
        // The image holds what the log does, so that a start finds the same.
        let records = decided.map { $0.carried(at: level) }
        let batches = try batches(records, level, mayBeLarge: mayBeLarge)
        var image = view
        var delta = MetadataDelta()
        for record in records { try image.apply(record, &delta) }
        if !delta.removedTopics.isEmpty { leaderless.forget(topics: Set(delta.removedTopics.values)) }
        let isNews = kraftVersion ?? 0 > image.kraftVersion
        if isNews { image.kraftVersion = kraftVersion ?? 0 }
        outstanding = Outstanding(
            count: Int64(batches.reduce(0) { $0 + $1.count }),
            expectedOffset: expectedOffset,
            waiting: waiting,
            records: records,
            now: now,
            before: view
        )
        view = image
        return Proposal(records: records, batches: batches, kraftVersion: isNews ? kraftVersion : nil)
    }

    private func batches(
        _ records: [MetadataRecord],
        _ level: MetadataVersion,
        mayBeLarge: Bool
    ) throws -> [[ByteBuffer]] {
        let values = try records.map { try $0.encoded(at: level) }
        let bytes = values.reduce(0) { $0 + $1.readableBytes }
        if bytes <= settings.maxBatchBytes { return [values] }
        guard mayBeLarge, level.hasTransactions else {
            throw ControllerFailure(
                .policyViolation,
                "the request makes \(bytes) bytes of metadata, and \(settings.maxBatchBytes) are possible at once; split it"
            )
        }
        var begin = BeginTransactionRecord()
        begin.name = "A decision of \(records.count) records"
        var batches: [[ByteBuffer]] = [[try MetadataRecord.beginTransaction(begin).encoded(at: level)]]
        var room = settings.maxBatchBytes / 2
        for value in values {
            room -= value.readableBytes
            if room < 0 {
                batches.append([])
                room = settings.maxBatchBytes / 2 - value.readableBytes
            }
            batches[batches.count - 1].append(value)
        }
        batches[batches.count - 1].append(
            try MetadataRecord.endTransaction(EndTransactionRecord()).encoded(at: level)
        )
        return batches
    }
}

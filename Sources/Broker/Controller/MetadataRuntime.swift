import ClusterMetadata
import KRaft
@_spi(Sabotage) import KafkaProtocol
import LogStorage
import Logging
import NIOCore
import Synchronization
import World

/// The shell around the metadata log: one thread that carries what the quorum says to the loader, which every node has, and requests to the
/// active controller, where this node has it; and proposals, publications and answers from there.
final class MetadataRuntime: Sendable {
    /// Whom an answer is for.
    struct Reply: Sendable {
        var deliver: @Sendable (any ResponseMessage) -> Void
    }

    typealias Publish = @Sendable (_ image: MetadataImage, _ delta: MetadataDelta, _ offset: Int64) -> Void

    private typealias Controller = ActiveController<Reply>
    private typealias Item = ControllerInbox.Item

    /// Touched by the controller's thread alone, but for the start.
    private struct State: ~Copyable {
        let quorum: any MetadataQuorum
        var random: WorldRandom
        var loader = MetadataLoader()
        /// Only while this node leads.
        var controller: Controller?
        /// The epoch in which this node leads and its controller doesn't act yet: at the start, before it is known whether it may.
        var waitingEpoch: LeaderEpoch?
        var isStarting = true
        /// Takes each new image; nil as long as the broker has not taken the first one.
        var publish: Publish?
        /// Who takes the first image, once it reflects the log up to an offset.
        var firstReader: (offset: Int64, take: @Sendable (MetadataLoader.Publication) -> Void)?
        var failure: String?
        var elections = ElectionsUnderWay()
        /// Addresses of brokers to be tried.
        var probes: [BrokerProbe] = []
        /// For when the next timer is set.
        var timerAt = MonotonicTime.never
    }

    /// What is to be done once the state's lock is left.
    private struct Outcome: Sendable {
        var publication: MetadataLoader.Publication?
        var publish: Publish?
        var first: (@Sendable () -> Void)?
        var newLeader: QuorumStatus?
        var answers: [Controller.Answer] = []
    }

    private let world: World
    private let thread: any Worker
    /// For timers.
    private let eventLoop: any EventLoop
    private let logger: Logger
    private let decisions: DecisionLog
    private let settings: ControllerSettings
    /// Where this node's controller would be reached by other voters.
    private let voterEndpoints: [VoterEndpoint]
    private let inbox = ControllerInbox()
    private let state: Mutex<State>
    private let lastStatus: Mutex<QuorumStatus>
    private let lastImage = LatestImage()
    private let standing = Atomic<UInt8>(0)
    /// Hears of each change of the leader.
    private let onLeader = Mutex<(@Sendable (QuorumStatus) -> Void)?>(nil)
    private let onFailure: @Sendable (String) -> Void

    /// - Parameters:
    ///   - onFailure: the metadata log failed; the node has to end.
    init(
        world: World,
        quorum: sending any MetadataQuorum,
        settings: ControllerSettings,
        voterEndpoints: [VoterEndpoint],
        eventLoop: any EventLoop,
        logger: Logger,
        decisions: DecisionLog,
        onFailure: @escaping @Sendable (String) -> Void
    ) {
        self.world = world
        thread = world.threads.makeWorker("controller", threads: 1)
        lastStatus = Mutex(quorum.status)
        state = Mutex(State(quorum: quorum, random: world.random))
        self.settings = settings
        self.voterEndpoints = voterEndpoints
        self.eventLoop = eventLoop
        self.logger = logger
        self.decisions = decisions
        self.onFailure = onFailure
    }

    /// What this node knows of the quorum.
    var status: QuorumStatus { lastStatus.withLock { $0 } }
    /// The newest image, whether it was published or not, and the last offset that it reflects.
    var latest: (image: MetadataImage, offset: Int64) { lastImage.value }
    /// Has new images told, on the controller's thread, before they are published: the observer only takes note.
    func observeImages(_ observer: @escaping LatestImage.Observer) { lastImage.observe(observer) }

    /// Whether the controller of this node decides on requests.
    var isActive: Bool { standing.load(ordering: .relaxed) == 1 }
    /// Whether it never will again.
    var hasEnded: Bool { standing.load(ordering: .relaxed) == 2 }

    private func stand(_ isActive: Bool) {
        if !hasEnded { standing.store(isActive ? 1 : 0, ordering: .relaxed) }
    }

    /// Has changes of the leader told, on the controller's thread.
    func observeLeader(_ observer: @escaping @Sendable (QuorumStatus) -> Void) { onLeader.withLock { $0 = observer } }

    /// The epoch of a broker's last registration.
    func brokerEpoch(of id: Int32) -> Int64? { state.withLock { $0.loader.image.brokers[id]?.epoch } }

    // MARK: Start, before there are other threads

    /// Replays what is committed. Nothing is written, and the controller doesn't act yet.
    func load() throws -> MetadataImage {
        try state.withLock { state in
            var outcome = Outcome()
            try hear(&state, &outcome)
            return state.loader.image
        }
    }

    /// Takes up the leadership that was heard of, if this node has it.
    func activate() throws -> MetadataImage {
        try state.withLock { state in
            var outcome = Outcome()
            if let epoch = state.waitingEpoch { try lead(epoch, &state) }
            try hear(&state, &outcome)
            try storeSnapshot(&state)
            return state.loader.image
        }
    }

    /// From here on the controller's thread works, and leadership is taken up when it is heard of.
    func begin() {
        state.withLock { state in
            state.isStarting = false
            state.quorum.onEvents = { [weak self] in self?.wake() }
        }
        wake()
    }

    /// Runs something on the controller's thread, between two publications.
    func betweenPublications(_ work: @escaping @Sendable () -> Void) { thread.submit(work) }

    private func wake() { thread.submit { [self] in process() } }

    /// Hands the first image that reflects the log up to `offset` to the broker, on the controller's thread. Later ones are kept back until `publish`.
    func first(upTo offset: Int64, _ take: @escaping @Sendable (MetadataLoader.Publication) -> Void) {
        state.withLock { state in
            if state.publish == nil { state.firstReader = (offset, take) }
        }
        wake()
    }

    /// The broker has taken the first image: what changes from there on is published.
    ///
    /// - Parameter publish: called with each new image, on the controller's thread; all is ready when it returns.
    func publish(_ publish: @escaping Publish) {
        state.withLock { $0.publish = publish }
        wake()
    }

    /// The replicas as the leader knows them, told on the controller's thread; nil when this node doesn't lead.
    func describe(_ done: @escaping @Sendable (QuorumStatus, [ReplicaDescription]?) -> Void) {
        let isTaken = thread.submit { [self] in
            let (status, replicas) = state.withLock { state in
                (state.quorum.status, state.quorum.replicas(at: world.time.now))
            }
            done(status, replicas.isEmpty ? nil : replicas)
        }
        if !isTaken { done(status, nil) }
    }

    /// The quorum is asked again when something is due there, as the controller is.
    private func setTimer(_ state: inout State) {
        let deadline = min(state.quorum.deadline, state.controller?.wakeUp ?? .never)
        guard state.failure == nil, deadline < state.timerAt else { return }
        state.timerAt = deadline
        let delay = max(0, deadline.milliseconds(since: world.time.now)) + 1
        eventLoop.scheduleTask(in: .milliseconds(delay)) { [weak self] in self?.timerFired(deadline) }
    }

    /// One that an earlier timer has overtaken has nothing to do.
    private func timerFired(_ deadline: MonotonicTime) {
        let isDue = state.withLock { state in
            guard state.timerAt == deadline else { return false }
            state.timerAt = .never
            return true
        }
        if isDue { wake() }
    }

    // MARK: Requests

    /// Takes a request; the answer comes on the controller's thread.
    func submit(_ request: any ControllerRequest, _ context: ControllerRequestContext, _ reply: Reply) {
        let isFirst = inbox.add(Item(request: request, context: context, reply: reply))
        guard isFirst, !thread.submit({ [self] in process() }) else { return }
        for item in inbox.take() {
            item.reply.deliver(item.request.refusal(.notController, "the controller has stopped"))
        }
    }

    /// A connection with a broker broke: if nobody listens at its address, it is gone.
    func suspect(_ broker: Int32) { thread.submit { [self] in judge { controller, _ in controller.suspect(broker) } } }

    /// On the controller's thread.
    private func judge(_ event: @Sendable (inout Controller, MonotonicTime) -> Controller.Effects) {
        let answers = state.withLock { state in
            var outcome = Outcome()
            do { try decide(event, &state, &outcome) } catch { outcome.answers += fail(error, &state) }
            return outcome.answers
        }
        for answer in answers { answer.token.deliver(answer.response) }
        process()
    }

    /// On the controller's thread: all that has gathered.
    private func process() {
        let outcome = work(inbox.take())
        outcome.first?()
        if let status = outcome.newLeader { onLeader.withLock { $0 }?(status) }
        // First everyone sees what is committed, then who asked for it hears so.
        if let new = outcome.publication, let publish = outcome.publish {
            if Sabotage.answeredBeforePublished.isOn {
                thread.submit { publish(new.image, new.delta, new.offset) }
            } else {
                publish(new.image, new.delta, new.offset)
            }
        }
        for answer in outcome.answers { answer.token.deliver(answer.response) }
        let probes = state.withLock { state in
            do { try storeSnapshot(&state) } catch { _ = fail(error, &state) }
            setTimer(&state)
            defer { state.probes = [] }
            return state.probes
        }
        for probe in probes {
            probe.run(world.network, eventLoop) { [self] isRefused in
                thread.submit { [self] in judge { $0.probed(probe, isRefused: isRefused, now: $1) } }
            }
        }
    }

    private func work(_ items: [Item]) -> Outcome {
        state.withLock { state in
            var outcome = Outcome()
            for item in items {
                // Those behind one that fails are refused, not forgotten.
                do { try decide(item, &state, &outcome) } catch { outcome.answers += fail(error, &state) }
            }
            do {
                // Behind what was asked: a heartbeat that has come counts, however long it had to wait.
                try tick(&state, &outcome)
                if state.failure == nil { try hear(&state, &outcome) }
                // A snapshot that others need to understand the log comes before the answer.
                if state.loader.needsSnapshot { try storeSnapshot(&state) }
            } catch {
                outcome.answers += fail(error, &state)
            }
            outcome.publish = state.publish
            if state.publish != nil { outcome.publication = state.loader.publication() }
            outcome.first = takeFirst(&state)
            return outcome
        }
    }

    private func takeFirst(_ state: inout State) -> (@Sendable () -> Void)? {
        guard let reader = state.firstReader, state.loader.position.endOffset > reader.offset,
            !state.loader.isInTransaction, let publication = state.loader.publication()
        else { return nil }
        state.firstReader = nil
        return { reader.take(publication) }
    }

    private func decide(_ item: Item, _ state: inout State, _ outcome: inout Outcome) throws {
        guard state.failure == nil, var controller = state.controller else {
            let reason = state.failure.map { "the metadata log cannot be written: \($0)" } ?? "this node does not lead"
            let refusal = item.request.refusal(.notController, reason)
            outcome.answers.append(Controller.Answer(token: item.reply, response: refusal))
            return
        }
        // The only holder of the view, so that a decision changes it where it is.
        state.controller = nil
        controller.voters = state.quorum.voterIds
        let effects = controller.handle(
            item.request,
            item.context,
            token: item.reply,
            nextOffset: state.quorum.nextOffset,
            now: world.time.now,
            using: &state.random
        )
        state.controller = controller
        try carryOut(effects, &state, &outcome)
    }

    /// What is due by time.
    private func tick(_ state: inout State, _ outcome: inout Outcome) throws {
        while state.failure == nil, state.controller?.wakeUp ?? .never <= world.time.now {
            try decide({ $0.tick(now: $1) }, &state, &outcome)
        }
    }

    private func decide(
        _ event: @Sendable (inout Controller, MonotonicTime) -> Controller.Effects,
        _ state: inout State,
        _ outcome: inout Outcome
    ) throws {
        guard state.failure == nil, var controller = state.controller else { return }
        state.controller = nil
        let effects = event(&controller, world.time.now)
        state.controller = controller
        try carryOut(effects, &state, &outcome)
    }

    private func carryOut(_ effects: Controller.Effects, _ state: inout State, _ outcome: inout Outcome) throws {
        outcome.answers += effects.answers
        if let reason = effects.reason {
            logger.warning("a request to the controller was refused", metadata: ["reason": "\(reason)"])
        }
        state.probes += effects.probes
        if let proposal = effects.proposal {
            // Given up with the leadership, or refused: it was never decided.
            guard try propose(proposal, &state, &outcome) else { return }
            state.elections.add(effects.decisions, endOffset: state.quorum.nextOffset, now: world.time.now)
        }
        decisions.note(effects.decisions)
    }

    /// - Returns: whether it is in the log now.
    private func propose(_ made: Controller.Proposal, _ state: inout State, _ outcome: inout Outcome) throws -> Bool {
        guard let epoch = state.controller?.epoch else { return false }
        let (quorum, time) = (state.quorum, world.time)
        do throws(ProposalError) {
            if made.kraftVersion != nil { try quorum.proposeVoters(voterEndpoints, epoch: epoch, now: time.wall) }
            let first = quorum.nextOffset
            for batch in made.batches { _ = try quorum.propose(batch, epoch: epoch, now: time.wall) }
            state.controller?.proposed(at: first)
            return true
        } catch {
            switch error {
            case .notLeader: outcome.answers += stopLeading("this node does not lead any more", &state)
            case .refused(let code, let reason): outcome.answers += state.controller?.refused(code, reason) ?? []
            case .failed(let reason): throw reason
            }
            return false
        }
    }

    // MARK: What the quorum says

    /// Hears of all that has happened.
    private func hear(_ state: inout State, _ outcome: inout Outcome) throws {
        while let event = try state.quorum.next() {
            switch event {
            case .snapshot(let snapshot):
                try state.loader.load(
                    snapshot: snapshot.values,
                    kraftVersion: snapshot.kraftVersion,
                    at: MetadataPosition(snapshot)
                )
            case .committed(let batches):
                for batch in batches {
                    try state.loader.take(batch.values, kraftVersion: batch.kraftVersion, to: MetadataPosition(batch))
                }
            case .leading(let epoch, _):
                if state.isStarting { state.waitingEpoch = epoch } else { try lead(epoch, &state) }
            case .following(let leader, let epoch):
                state.waitingEpoch = nil
                outcome.answers += committed(&state)
                if Sabotage.deposedControllerAnswers.isOn { break }
                outcome.answers += stopLeading(
                    leader.map { "node \($0) leads in epoch \(epoch)" } ?? "nobody leads in epoch \(epoch)",
                    &state
                )
            }
        }
        outcome.answers += committed(&state)
        let status = state.quorum.status
        let before = lastStatus.withLock { last in
            defer { last = status }
            return last
        }
        lastImage.take(state.loader)
        if before.leaderId != status.leaderId || before.leaderEpoch != status.leaderEpoch { outcome.newLeader = status }
    }

    private func committed(_ state: inout State) -> [Controller.Answer] {
        let endOffset = state.loader.position.endOffset
        state.elections.committed(to: endOffset, now: world.time.now, decisions)
        return state.controller?.committed(to: endOffset) ?? []
    }

    private func lead(_ epoch: LeaderEpoch, _ state: inout State) throws {
        state.waitingEpoch = nil
        var controller = Controller(
            epoch: epoch,
            image: state.loader.image,
            endOffset: state.loader.position.endOffset,
            settings: settings,
            now: world.time.now
        )
        let quorum = state.quorum
        let proposal = try controller.activate(isInTransaction: state.loader.isInTransaction, now: world.time.now) {
            try quorum.bootstrapValues().map { try MetadataRecord(decoding: $0) }
        }
        // Nothing is known of brokers that were there in earlier epochs.
        state.probes = controller.suspectAll()
        state.controller = controller
        stand(true)
        var outcome = Outcome()
        if let proposal { _ = try propose(proposal, &state, &outcome) }
        logger.debug("the controller of this node is active", metadata: ["epoch": "\(epoch)"])
    }

    private func stopLeading(_ reason: String, _ state: inout State) -> [Controller.Answer] {
        guard let controller = state.controller else { return [] }
        (state.controller, state.elections) = (nil, ElectionsUnderWay())
        stand(false)
        logger.notice("the controller of this node is no longer active", metadata: ["reason": "\(reason)"])
        return controller.stop(reason)
    }

    private func storeSnapshot(_ state: inout State) throws {
        let now = world.time.wall
        guard state.failure == nil, state.loader.needsSnapshot || state.quorum.wantsSnapshot(now: now),
            let values = try state.loader.snapshot()
        else { return }
        let position = state.loader.position
        let snapshot = QuorumSnapshot(
            id: SnapshotId(endOffset: position.endOffset, epoch: position.epoch.rawValue),
            appendTime: position.appendTime,
            values: values,
            kraftVersion: state.loader.image.kraftVersion
        )
        try state.quorum.store(snapshot, now: now)
        state.loader.snapshotWasStored()
    }

    /// The node has to end; nobody is left without an answer.
    private func fail(_ error: any Error, _ state: inout State) -> [Controller.Answer] {
        let reason = "\(EndingReason(error))"
        if state.failure == nil {
            state.failure = reason
            standing.store(2, ordering: .relaxed)
            logger.critical("the metadata log failed", metadata: ["reason": "\(reason)"])
            onFailure(reason)
        }
        defer { state.controller = nil }
        return state.controller?.stop("the metadata log cannot be written: \(reason)") ?? []
    }

    // MARK: Stop

    /// Finishes what was submitted and closes the log.
    func stop(then done: @escaping @Sendable () -> Void) {
        thread.submit { [self] in
            process()
            let answers = state.withLock { state in
                do throws(LogError) { try state.quorum.close() } catch { logger.error("\(error)") }
                state.failure = "the node has stopped"
                // These hold the broker, which holds this.
                (state.publish, state.firstReader) = (nil, nil)
                standing.store(2, ordering: .relaxed)
                return stopLeading("the node stops", &state)
            }
            for answer in answers { answer.token.deliver(answer.response) }
        }
        thread.stop(then: done)
    }
}

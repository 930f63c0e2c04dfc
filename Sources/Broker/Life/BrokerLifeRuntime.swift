import ClusterMetadata
import KafkaProtocol
import NIOCore
import Synchronization
import World

/// The shell of this broker's life in the cluster: carries registrations and heartbeats to the controller, and what comes back to the node.
final class BrokerLifeRuntime: Sendable {
    typealias Settings = BrokerLife.Settings

    /// What the node hears of. Called on any thread, in order, with no lock held.
    struct Callbacks: Sendable {
        /// The controller took the broker; again with a higher epoch when it had to register anew.
        var registered: @Sendable (_ epoch: Int64) -> Void = { _ in }
        /// The broker may lead from here on. Called once.
        var unfenced: @Sendable () -> Void = {}
        /// The controller does not take the broker, and will not: the node has to end with this sentence.
        var refused: @Sendable (_ reason: String) -> Void = { _ in }
    }

    private struct State {
        var life: BrokerLife
        /// For when the next timer is set.
        var timerAt = MonotonicTime.never
        /// What is to be done, in order; one thread at a time does it.
        var effects: [BrokerLifeEffect] = []
        var isCarryingOut = false
        var stopping: [@Sendable () -> Void] = []
        var hasStopped = false
    }

    private let nodeId: Int32
    private let channel: any ControllerChannel
    private let epoch: BrokerEpoch
    private let session: BrokerSession
    private let eventLoop: any EventLoop
    private let time: WorldTime
    private let decisions: DecisionLog
    private let callbacks: Callbacks
    private let state: Mutex<State>

    /// - Parameters:
    ///   - registration: with the incarnation id of this process, and the epoch before if the last stop was in order.
    ///   - epoch: set to each epoch that the controller gives.
    ///   - session: hears of each answer of the controller.
    ///   - eventLoop: for timers.
    init(
        registration: BrokerRegistrationRequest,
        settings: Settings,
        channel: any ControllerChannel,
        epoch: BrokerEpoch,
        session: BrokerSession,
        eventLoop: any EventLoop,
        time: WorldTime,
        decisions: DecisionLog,
        callbacks: Callbacks
    ) {
        nodeId = registration.brokerId
        state = Mutex(State(life: BrokerLife(registration: registration, settings: settings)))
        self.channel = channel
        self.epoch = epoch
        self.session = session
        self.eventLoop = eventLoop
        self.time = time
        self.decisions = decisions
        self.callbacks = callbacks
    }

    /// Registers, and goes on until the controller has taken the broker.
    func start() { take { $0.start(now: $1) } }

    /// The node can serve what it leads: from here on the broker asks to be unfenced, once it has caught up.
    func serves() { take { $0.serves(now: $1) } }

    /// A new image was published, up to this offset of the metadata log.
    func published(_ image: MetadataImage, offset: Int64) {
        let hasOthers = image.brokers.values.contains { $0.id != nodeId && !$0.isFenced && !$0.isInControlledShutdown }
        take { [nodeId] life, now in
            life.published(offset, broker: image.brokers[nodeId], hasOthers: hasOthers, now: now)
        }
    }

    /// A log directory has failed: the controller hears of it at once.
    func directoryFailed(_ id: KafkaUUID) { take { $0.directoryFailed(id, now: $1) } }

    /// Has the controller move what this broker leads, as far as others can lead it. `done` is called when that is over, or takes too long.
    func stop(then done: @escaping @Sendable () -> Void) {
        let isOver = state.withLock { state in
            if !state.hasStopped { state.stopping.append(done) }
            return state.hasStopped
        }
        if isOver { return done() }
        take { $0.stop(now: $1) }
    }

    // MARK: Events in, effects out

    private func take(_ event: (inout BrokerLife, MonotonicTime) -> [BrokerLifeEffect]) {
        let now = time.now
        let carriesOut = state.withLock { state in
            state.effects += event(&state.life, now)
            session.confirm(state.life.confirmedAt)
            setTimer(&state, now)
            if state.isCarryingOut || state.effects.isEmpty { return false }
            state.isCarryingOut = true
            return true
        }
        guard carriesOut else { return }
        while let effect = nextEffect() { carryOut(effect) }
    }

    private func nextEffect() -> BrokerLifeEffect? {
        state.withLock { state in
            if state.effects.isEmpty {
                state.isCarryingOut = false
                return nil
            }
            return state.effects.removeFirst()
        }
    }

    private func carryOut(_ effect: BrokerLifeEffect) {
        switch effect {
        case .register(let request, let number):
            channel.send(request, .own(BrokerRegistrationRequest.self)) { [weak self] response in
                self?.take { $0.answered(number, response, now: $1) }
            }
        case .heartbeat(let request, let number):
            channel.send(request, .own(BrokerHeartbeatRequest.self)) { [weak self] response in
                self?.take { $0.answered(number, response, now: $1) }
            }
        case .registered(let new):
            epoch.set(new)
            callbacks.registered(new)
        case .unfenced: callbacks.unfenced()
        case .refused(let reason): callbacks.refused(reason)
        case .stopped:
            let waiting = state.withLock { state in
                state.hasStopped = true
                defer { state.stopping = [] }
                return state.stopping
            }
            for done in waiting { done() }
        case .note(let note): decisions.note(note, of: nodeId)
        }
    }

    // MARK: Time

    private func setTimer(_ state: inout State, _ now: MonotonicTime) {
        let deadline = state.life.deadline
        guard deadline < state.timerAt else { return }
        state.timerAt = deadline
        let delay = max(0, deadline.milliseconds(since: now)) + 1
        eventLoop.scheduleTask(in: .milliseconds(delay)) { [weak self] in self?.timerFired(deadline) }
    }

    /// One that an earlier timer has overtaken has nothing to do.
    private func timerFired(_ deadline: MonotonicTime) {
        let isDue = state.withLock { state in
            guard state.timerAt == deadline else { return false }
            state.timerAt = .never
            return true
        }
        if isDue { take { $0.tick(now: $1) } }
    }
}

import ClusterMetadata
import KafkaProtocol
import Logging
import NIOCore
import Synchronization
import World

/// The shell of this broker's life in the cluster: carries registrations and heartbeats to the controller, and what comes back to the node.
final class BrokerLifeRuntime: Sendable {
    struct Settings: Sendable {
        /// `broker.heartbeat.interval.ms`.
        var heartbeatMillis: Int64 = 2000
        /// `initial.broker.registration.timeout.ms`.
        var registrationMillis: Int64 = 60_000
    }

    /// What the node hears of. Called on any thread, in order, with no lock held.
    struct Callbacks: Sendable {
        /// The controller took the broker; again with a higher epoch when it had to register anew.
        var registered: @Sendable (_ epoch: Int64) -> Void = { _ in }
        /// The broker may lead from here on. Called once.
        var unfenced: @Sendable () -> Void = {}
        /// The controller does not take the broker, and will not: the node has to end with this sentence.
        var refused: @Sendable (_ reason: String) -> Void = { _ in }
    }

    private let registration: BrokerRegistrationRequest
    private let channel: any ControllerChannel
    private let epoch: BrokerEpoch
    private let callbacks: Callbacks

    /// - Parameters:
    ///   - registration: with the incarnation id of this process, and the epoch before if the last stop was in order.
    ///   - epoch: set to each epoch that the controller gives.
    ///   - eventLoop: for timers.
    init(
        registration: BrokerRegistrationRequest,
        settings: Settings,
        channel: any ControllerChannel,
        epoch: BrokerEpoch,
        eventLoop: any EventLoop,
        time: WorldTime,
        logger: Logger,
        callbacks: Callbacks
    ) {
        self.registration = registration
        self.channel = channel
        self.epoch = epoch
        self.callbacks = callbacks
    }

    /// Registers, and goes on until the controller has taken the broker.
    func start() {
        channel.send(registration, .own(BrokerRegistrationRequest.self)) { [self] response in
            guard response.errorCode == .none else { return callbacks.refused("\(response.errorCode)") }
            epoch.set(response.brokerEpoch)
            callbacks.registered(response.brokerEpoch)
        }
    }

    /// The node can serve what it leads: from here on the broker asks to be unfenced, once it has caught up.
    func serves() {}

    /// A new image was published, up to this offset of the metadata log.
    func published(_ image: MetadataImage, offset: Int64) {}

    /// A log directory has failed: the controller hears of it at once.
    func directoryFailed(_ id: KafkaUUID) {}

    /// Has the controller move what this broker leads, as far as others can lead it. `done` is called when that is over, or takes too long.
    func stop(then done: @escaping @Sendable () -> Void) { done() }
}

import ClusterMetadata
import KRaft
import KafkaProtocol
import NIOCore
import Synchronization
import World

/// Tells the cluster of this node's controller: where it is reached and which features it serves, for each process as soon as there is a
/// controller that takes it down, and again when it is unregistered although it runs. An upgrade of features counts on it.
final class ControllerRegistrar: Sendable {
    private static let pause = TimeAmount.milliseconds(500)

    private struct State {
        var timer: RepeatedTask?
        var isAsking = false
        /// As long as the node runs.
        var loop: (any EventLoop)?
    }

    private let nodeId: Int32
    private let metadata: MetadataRuntime
    private let channel: any ControllerChannel
    private let request: ControllerRegistrationRequest
    private let state = Mutex(State())

    init(_ core: NodeCore, _ endpoints: [VoterEndpoint]) {
        (nodeId, metadata, channel) = (core.nodeId, core.metadata, core.controller)
        var random = core.world.random
        var request = ControllerRegistrationRequest()
        request.controllerId = core.nodeId
        request.incarnationId = KafkaUUID.random(using: &random)
        request.listeners = endpoints.map { endpoint in
            var row = ControllerRegistrationRequest.Listener()
            (row.name, row.host, row.port) = (endpoint.listener, endpoint.host, endpoint.port)
            row.securityProtocol = 0
            return row
        }
        let features = SupportedFeatures(
            core.metadata.latest.image,
            allowsUnstable: core.config.allowsUnstableFeatures
        )
        request.features = features.sorted.map { name, range in
            var feature = ControllerRegistrationRequest.Feature()
            feature.name = name
            (feature.minSupportedVersion, feature.maxSupportedVersion) = (range.lowerBound, range.upperBound)
            return feature
        }
        self.request = request
    }

    func start(on loop: any EventLoop) {
        state.withLock { $0.loop = loop }
        begin()
        metadata.observeImages { [weak self] image in
            if let self, !isRegistered(image) { begin() }
        }
    }

    func stop() {
        state.withLock { $0.loop = nil }
        rest()
    }

    private func isRegistered(_ image: MetadataImage) -> Bool {
        image.controllers[nodeId]?.incarnationId == request.incarnationId
    }

    /// Looks again and again until it is registered.
    private func begin() {
        state.withLock { state in
            guard let loop = state.loop, state.timer == nil else { return }
            state.timer = loop.scheduleRepeatedTask(initialDelay: .zero, delay: Self.pause) { [weak self] _ in
                self?.look()
            }
        }
    }

    private func rest() {
        let timer = state.withLock { state in
            defer { state.timer = nil }
            return state.timer
        }
        timer?.cancel()
    }

    private func look() {
        let image = metadata.latest.image
        if isRegistered(image) {
            rest()
            // What changed in between was not heard of: there was a timer still.
            if !isRegistered(metadata.latest.image) { begin() }
            return
        }
        // Without a leader, or at a level that has no place for it, there is nothing to do yet.
        guard metadata.status.leaderId >= 0, image.metadataVersion?.hasControllerRegistrations == true else { return }
        let begins = state.withLock { state in
            defer { state.isAsking = true }
            return !state.isAsking && state.timer != nil
        }
        if !begins { return }
        channel.send(request, .own(ControllerRegistrationRequest.self)) { [weak self] _ in
            self?.state.withLock { $0.isAsking = false }
        }
    }
}

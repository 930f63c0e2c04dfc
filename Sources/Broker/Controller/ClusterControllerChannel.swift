import ClusterMetadata
import KRaft
import KafkaConnection
import KafkaProtocol
import Logging
import NIOCore
import Synchronization
import World

/// The way to the active controller, which is on this node or on another one.
///
/// What the node asks itself goes as it is; what clients ask goes in an Envelope that says who they are. While nobody leads, requests wait; one that was sent is
/// never sent again: it may have been carried out.
final class ClusterControllerChannel: ControllerChannel {
    /// How long things take at most, in milliseconds.
    struct Limits: Sendable {
        /// For a leader to be found: the node's own requests are repeated by who makes them.
        var ownWait: Int64 = 2000
        var clientWait: Int64 = 10_000
        var pause: Int64 = 20
        /// For an answer.
        var ownAnswer: Int64 = 4000
        /// `controller.socket.timeout.ms`
        var clientAnswer: Int64

        init(clientAnswer: Int64 = 30_000) { self.clientAnswer = clientAnswer }
    }

    /// Connections to controllers: an answer that takes long must not hold up heartbeats.
    struct Connections: Sendable {
        let own: PeerConnections
        let forwarding: PeerConnections
        /// Makes those for changes of the voters, when first one is asked for: what is asked behind it would wait with it for a new voter to
        /// catch up.
        let makeVoterChanges: @Sendable () -> PeerConnections
    }

    /// Where the active controller is.
    private enum Place {
        case here
        case at(BrokerAddress, QuorumStatus)
        case unknown
        /// This node is about to end.
        case nowhere

        var isHere: Bool { if case .here = self { true } else { false } }
    }

    /// A request that was sent, and whoever leads has not answered.
    private struct Sent: Sendable {
        var leaderId: Int32
        var leaderEpoch: Int32
        var fail: @Sendable (String) -> Void
    }

    private struct State: Sendable {
        var last: UInt64 = 0
        var sent: [UInt64: Sent] = [:]
        var voterChanges: PeerConnections?
        var isClosed = false
    }

    private let runtime: MetadataRuntime
    private let local: LocalControllerChannel
    private let nodeId: Int32
    private let listener: String
    private let connections: Connections?
    private let eventLoop: any EventLoop
    private let time: WorldTime
    private let limits: Limits
    private let state = Mutex(State())

    /// - Parameters:
    ///   - listener: the name of the listener by which controllers are reached.
    ///   - connections: nil when this node's controller is the only one.
    ///   - eventLoop: for timers.
    init(
        runtime: MetadataRuntime,
        nodeId: Int32,
        listener: String,
        connections: Connections?,
        eventLoop: any EventLoop,
        time: WorldTime,
        limits: Limits = Limits()
    ) {
        self.runtime = runtime
        local = LocalControllerChannel(runtime: runtime)
        self.nodeId = nodeId
        self.listener = listener
        self.connections = connections
        self.eventLoop = eventLoop
        self.time = time
        self.limits = limits
        runtime.observeLeader { [weak self] in self?.leaderChanged($0) }
    }

    /// The node is about to end: requests are refused from now on.
    func close(then done: @escaping @Sendable () -> Void) {
        failSent("the node stops") { _ in true }
        guard let connections else { return done() }
        let voterChanges = state.withLock { state in
            state.isClosed = true
            return state.voterChanges
        }
        connections.own.close {
            connections.forwarding.close {
                if let voterChanges { voterChanges.close(then: done) } else { done() }
            }
        }
    }

    private var place: Place {
        if connections == nil || runtime.isActive { return .here }
        if runtime.hasEnded { return .nowhere }
        let status = runtime.status
        guard status.leaderId >= 0, status.leaderId != nodeId,
            let known = status.leaderEndpoints.first(where: { $0.listener == listener })
        else { return .unknown }
        return .at(BrokerAddress(host: known.host, port: Int(known.port)), status)
    }

    // MARK: ControllerChannel

    func send<Request: ControllerRequest>(
        _ request: Request,
        _ context: ControllerRequestContext,
        _ done: @escaping @Sendable (Request.Response) -> Void
    ) {
        let wait = context.listener.isEmpty ? limits.ownWait : limits.clientWait
        carry(request, context, until: time.now.adding(milliseconds: wait), done)
    }

    private func carry<Request: ControllerRequest>(
        _ request: Request,
        _ context: ControllerRequestContext,
        until deadline: MonotonicTime,
        _ done: @escaping @Sendable (Request.Response) -> Void
    ) {
        locate(until: deadline) { [self] place in
            switch place {
            case .here: local.send(request, context, done)
            case .at(let address, let status):
                if context.listener.isEmpty {
                    return sendPlainly(request, context.version, address, status, done)
                }
                forward(request, context, connections?.forwarding, address, status) { outcome in
                    switch outcome {
                    case .answered(let response): done(response)
                    case .notTaken: self.later { self.carry(request, context, until: deadline, done) }
                    case .failed(let code, let reason): done(request.refusal(code, reason))
                    }
                }
            case .unknown: done(request.refusal(.notController, "no controller is known"))
            case .nowhere: done(request.refusal(.notController, "the node stops"))
            }
        }
    }

    /// Has the leader answer what is no request to its controller, but what only the leader knows.
    ///
    /// - Parameter here: called instead when this node leads.
    func ask<Request: RequestMessage>(
        _ request: Request,
        _ context: ControllerRequestContext,
        here: @escaping @Sendable () -> Void,
        _ done: @escaping @Sendable (Request.Response?) -> Void
    ) {
        locate(until: time.now.adding(milliseconds: limits.ownWait)) { [self] place in
            switch place {
            case .here: here()
            case .at(let address, let status):
                forward(request, context, connections?.forwarding, address, status) { outcome in
                    if case .answered(let response) = outcome { done(response) } else { done(nil) }
                }
            case .unknown, .nowhere: done(nil)
            }
        }
    }

    /// Has the leader change the voters. Like other requests, one that was sent is never sent again.
    ///
    /// - Parameters:
    ///   - patience: how many milliseconds the request lets the leader wait for a new voter.
    ///   - here: called instead when this node leads.
    ///   - refuse: called instead when no leader answers.
    func changeVoters<Request: RequestMessage>(
        _ request: Request,
        _ context: ControllerRequestContext,
        patience: Int64,
        here: @escaping @Sendable () -> Void,
        refuse: @escaping @Sendable (ErrorCode, String) -> Void,
        _ done: @escaping @Sendable (Request.Response) -> Void
    ) {
        let deadline = time.now.adding(milliseconds: limits.clientWait)
        @Sendable func carry() {
            locate(until: deadline) { [self] place in
                switch place {
                case .here: here()
                case .at(let address, let status):
                    forward(request, context, voterChanges, address, status, patience: patience) {
                        switch $0 {
                        case .answered(let response): done(response)
                        case .notTaken: self.later(carry)
                        case .failed(let code, let reason): refuse(code, reason)
                        }
                    }
                case .unknown: refuse(.notController, "no controller is known")
                case .nowhere: refuse(.notController, "the node stops")
                }
            }
        }
        carry()
    }

    /// nil for a node that is about to end.
    private var voterChanges: PeerConnections? {
        state.withLock { state in
            if state.voterChanges == nil, !state.isClosed { state.voterChanges = connections?.makeVoterChanges() }
            return state.voterChanges
        }
    }

    /// What came of a request in an envelope.
    private enum Outcome<Response: Sendable>: Sendable {
        case answered(Response)
        /// No controller has it.
        case notTaken
        case failed(ErrorCode, String)
    }

    // MARK: Finding it

    /// Waits for a leader.
    private func locate(until deadline: MonotonicTime, _ found: @escaping @Sendable (Place) -> Void) {
        let place = place
        if case .unknown = place, time.now < deadline {
            later { self.locate(until: deadline, found) }
        } else {
            found(time.now < deadline || place.isHere ? place : .unknown)
        }
    }

    private func later(_ body: @escaping @Sendable () -> Void) {
        eventLoop.scheduleTask(in: .milliseconds(limits.pause), body)
    }

    private func leaderChanged(_ status: QuorumStatus) {
        failSent("another controller leads") { sent in
            sent.leaderEpoch < status.leaderEpoch || sent.leaderId != status.leaderId
        }
    }

    /// Who waits for one that leads no longer would wait in vain, if it is paused or cut off.
    private func failSent(_ reason: String, where isLost: @Sendable (Sent) -> Bool) {
        let lost = state.withLock { state in
            let lost = state.sent.filter { isLost($0.value) }
            for number in lost.keys { state.sent[number] = nil }
            return lost.sorted { $0.key < $1.key }.map(\.value)
        }
        for sent in lost { sent.fail(reason) }
    }

    private func note(_ status: QuorumStatus, _ fail: @escaping @Sendable (String) -> Void) -> UInt64 {
        state.withLock { state in
            state.last += 1
            state.sent[state.last] = Sent(leaderId: status.leaderId, leaderEpoch: status.leaderEpoch, fail: fail)
            return state.last
        }
    }

    /// - Returns: whether its answer is still awaited.
    private func take(_ number: UInt64) -> Bool { state.withLock { $0.sent.removeValue(forKey: number) != nil } }

    // MARK: To another node

    private func sendPlainly<Request: ControllerRequest>(
        _ request: Request,
        _ newest: Int16,
        _ address: BrokerAddress,
        _ status: QuorumStatus,
        _ done: @escaping @Sendable (Request.Response) -> Void
    ) {
        guard let connections else { return done(request.refusal(.notController, "no controller is known")) }
        let number = note(status) { done(request.refusal(.notController, $0)) }
        let timeout = Duration.milliseconds(limits.ownAnswer)
        connections.own.connection(to: address).flatMap { connection in
            connection.ask(request, newest: newest, timeout: timeout)
        }.whenComplete { result in
            guard self.take(number) else { return }
            switch result {
            case .success(let response): done(response)
            case .failure(let error): done(request.refusal(.notController, "\(error)"))
            }
        }
    }

    private func forward<Request: RequestMessage>(
        _ request: Request,
        _ context: ControllerRequestContext,
        _ connections: PeerConnections?,
        _ address: BrokerAddress,
        _ status: QuorumStatus,
        patience: Int64 = 0,
        _ done: @escaping @Sendable (Outcome<Request.Response>) -> Void
    ) {
        guard let connections, let envelope = Envelope.request(request, context) else {
            return done(.failed(.unknownServerError, "the request cannot be forwarded"))
        }
        let number = note(status) { done(.failed(.notController, $0)) }
        let timeout = Duration.milliseconds(limits.clientAnswer + patience)
        connections.connection(to: address).whenComplete { result in
            guard case .success(let connection) = result else {
                if self.take(number) { done(.notTaken) }
                return
            }
            connection.ask(envelope, newest: 0, timeout: timeout).whenComplete { result in
                guard self.take(number) else { return }
                switch result {
                case .success(let response): done(Self.outcome(of: response, Request.self, context.version))
                case .failure(let error): done(.failed(.notController, "\(error)"))
                }
            }
        }
    }

    private static func outcome<Request: RequestMessage>(
        of response: EnvelopeResponse,
        _ type: Request.Type,
        _ version: Int16
    ) -> Outcome<Request.Response> {
        if response.errorCode == .notController { return .notTaken }
        if response.errorCode != .none {
            return .failed(response.errorCode, "the controller cannot take the request: \(response.errorCode.name)")
        }
        guard let answer = Envelope.response(response, type, version) else {
            return .failed(.unknownServerError, "the controller's answer is not readable")
        }
        return .answered(answer)
    }
}

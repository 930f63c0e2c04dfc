import KRaft
import KafkaConnection
import KafkaProtocol
import NIOCore
import Synchronization

/// What the quorum asks other nodes goes out by connections of its own, to controllers of Kafka's or ours; answers to what others ask go back by
/// the desk.
///
/// Each request waits for its connection and its answer by itself; one that gets none is told to the inbox as failed.
package final class QuorumConnections: RaftTransport {
    /// More requests than a replica has under way.
    private static let limit = 1024
    /// So long the last requests have to be answered, when the quorum ends: the others learn by them that it does.
    private static let farewell = TimeAmount.milliseconds(300)

    private struct State: Sendable {
        /// Requests but fetches that are under way.
        var calls = 0
        var fetches = 0
        var isClosed = false
        var whenIdle: (@Sendable () -> Void)?
    }

    package let desk: RaftRequestDesk
    private let inbox: RaftInbox
    private let fetching: PeerConnections
    private let calling: PeerConnections
    private let listener: String
    private let bootstrap: [BrokerAddress]
    private let timeout: Duration
    private let state = Mutex(State())

    /// - Parameters:
    ///   - fetching: connections for fetches alone: one that waits for news holds up what is asked behind it.
    ///   - calling: connections for everything else.
    ///   - listener: the name of the listener by which controllers are reached.
    ///   - bootstrap: `controller.quorum.bootstrap.servers`.
    ///   - timeout: `controller.quorum.request.timeout.ms`.
    package init(
        desk: RaftRequestDesk,
        inbox: RaftInbox,
        fetching: PeerConnections,
        calling: PeerConnections,
        listener: String,
        bootstrap: [BrokerAddress] = [],
        timeout: Duration = .seconds(2)
    ) {
        self.desk = desk
        self.inbox = inbox
        self.fetching = fetching
        self.calling = calling
        self.listener = listener
        self.bootstrap = bootstrap
        self.timeout = timeout
    }

    /// Ends what is under way: those who asked this node are told, and what it asked last has a moment to be answered.
    package func close(on loop: any EventLoop, then done: @escaping @Sendable () -> Void) {
        desk.close()
        let idle = loop.makePromise(of: Void.self)
        let timer = loop.scheduleTask(in: Self.farewell) { idle.succeed(()) }
        idle.futureResult.whenComplete { [fetching, calling] _ in
            timer.cancel()
            fetching.close { calling.close(then: done) }
        }
        let isIdle = state.withLock { state in
            state.isClosed = true
            if state.calls > 0 { state.whenIdle = { idle.succeed(()) } }
            return state.calls == 0
        }
        if isIdle { idle.succeed(()) }
    }

    package func send(_ message: RaftMessage, to addresses: [VoterEndpoint], bytes: ByteBuffer) {
        guard case .request(let request) = message.body else { return desk.answer(message, bytes: bytes) }
        guard let target = address(of: message.peer, addresses), begin(request) else {
            return fail(message.peer, message.correlation)
        }
        let connections = request.isFetch ? fetching : calling
        let future = connections.connection(to: target).flatMap { self.answer(to: request, $0) }
        future.whenComplete { result in
            self.take(result, message.peer, message.correlation)
            self.end(request)
        }
    }

    private func address(of peer: RaftPeer, _ known: [VoterEndpoint]) -> BrokerAddress? {
        switch peer {
        case .node:
            known.first { $0.listener == listener }.map { BrokerAddress(host: $0.host, port: Int($0.port)) }
        case .bootstrap(let place): bootstrap.indices.contains(place) ? bootstrap[place] : nil
        case .connection: nil
        }
    }

    private func fail(_ peer: RaftPeer, _ correlation: UInt64) { inbox.post(.failed(peer, correlation: correlation)) }

    // MARK: One request

    private func begin(_ request: RaftRequest) -> Bool {
        state.withLock { state in
            guard !state.isClosed, state.calls + state.fetches < Self.limit else { return false }
            if request.isFetch { state.fetches += 1 } else { state.calls += 1 }
            return true
        }
    }

    private func end(_ request: RaftRequest) {
        let whenIdle = state.withLock { state -> (@Sendable () -> Void)? in
            if request.isFetch { state.fetches -= 1 } else { state.calls -= 1 }
            guard state.calls == 0 else { return nil }
            defer { state.whenIdle = nil }
            return state.whenIdle
        }
        whenIdle?()
    }

    private func take(
        _ result: Result<(RaftAnswer, ByteBuffer), any Error>,
        _ peer: RaftPeer,
        _ correlation: UInt64
    ) {
        switch result {
        case .success((let reply, let bytes)):
            inbox.post(.message(RaftMessage(peer, correlation, .answer(reply)), bytes: bytes))
        case .failure(let error):
            // Nobody listens there: if it leads, to wait for it is in vain.
            if (error as? KafkaError)?.code == .unreachable, case .node(let id) = peer {
                inbox.post(.leaderUnreachable(id))
            }
            fail(peer, correlation)
        }
    }

    private func answer(
        to request: RaftRequest,
        _ connection: BrokerConnection
    ) -> EventLoopFuture<(RaftAnswer, ByteBuffer)> {
        let type = request.messageType
        do throws(KafkaError) {
            let version = try connection.versions.version(of: type.schema)
            if version >= type.raftVersions.lowerBound, let message = request.message(version: version) {
                return answer(to: message, version, connection)
            }
            if let instead = request.answerOfOldPeer {
                return connection.eventLoop.makeSucceededFuture((instead, ByteBuffer()))
            }
            let name = type.schema.name
            throw KafkaError(.unsupported, "version \(version) of \(name) cannot say what is to be asked")
        } catch {
            return connection.eventLoop.makeFailedFuture(error)
        }
    }

    private func answer<Message: RaftRequestMessage>(
        to message: Message,
        _ version: Int16,
        _ connection: BrokerConnection
    ) -> EventLoopFuture<(RaftAnswer, ByteBuffer)> {
        connection.start(message, version, timeout: timeout).flatMapThrowing { [listener] response in
            do throws(UnusableRaftMessage) {
                return try response.raftAnswer(listener: listener)
            } catch {
                throw KafkaError(.malformed, error.description)
            }
        }
    }
}

extension RaftRequest {
    /// Whether its answer may wait for news.
    fileprivate var isFetch: Bool { if case .fetch = self { true } else { false } }
}

import KRaft
import KafkaConnection
import KafkaProtocol
import NIOCore

/// What the quorum asks other nodes goes out by connections of its own, to controllers of Kafka's or ours; answers to what others ask go back by
/// the desk.
///
/// Nothing is sent before `run` is. Each request waits for its connection and its answer by itself; one that gets none is told to the
/// inbox as failed.
package final class QuorumConnections: RaftTransport {
    private struct Outgoing: Sendable {
        var peer: RaftPeer
        var correlation: UInt64
        var request: RaftRequest
        var address: BrokerAddress
    }

    /// More requests than a replica has under way.
    private static let queueLimit = 1024

    package let desk: RaftRequestDesk
    private let inbox: RaftInbox
    private let pool: ConnectionPool
    private let listener: String
    private let bootstrap: [BrokerAddress]
    private let timeout: Duration
    private let requests: AsyncStream<Outgoing>
    private let queue: AsyncStream<Outgoing>.Continuation

    /// - Parameters:
    ///   - pool: connections that nobody else uses: a fetch that waits for news holds up what is asked behind it.
    ///   - listener: the name of the listener by which controllers are reached.
    ///   - bootstrap: `controller.quorum.bootstrap.servers`.
    ///   - timeout: `controller.quorum.request.timeout.ms`.
    package init(
        desk: RaftRequestDesk,
        inbox: RaftInbox,
        pool: ConnectionPool,
        listener: String,
        bootstrap: [BrokerAddress] = [],
        timeout: Duration = .seconds(2)
    ) {
        self.desk = desk
        self.inbox = inbox
        self.pool = pool
        self.listener = listener
        self.bootstrap = bootstrap
        self.timeout = timeout
        (requests, queue) = AsyncStream.makeStream(
            of: Outgoing.self,
            bufferingPolicy: .bufferingOldest(Self.queueLimit)
        )
    }

    /// Carries requests until `close`, or until the task is cancelled.
    package func run() async {
        await withDiscardingTaskGroup { group in
            for await outgoing in requests { group.addTask { await self.carry(outgoing) } }
        }
    }

    package func close() async {
        queue.finish()
        desk.close()
        await pool.close()
    }

    package func send(_ message: RaftMessage, to addresses: [VoterEndpoint], bytes: ByteBuffer) {
        guard case .request(let request) = message.body else { return desk.answer(message, bytes: bytes) }
        guard let target = address(of: message.peer, addresses) else {
            return fail(message.peer, message.correlation)
        }
        let outgoing = Outgoing(
            peer: message.peer,
            correlation: message.correlation,
            request: request,
            address: target
        )
        if case .enqueued = queue.yield(outgoing) { return }
        fail(message.peer, message.correlation)
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

    private func carry(_ outgoing: Outgoing) async {
        do throws(KafkaError) {
            let connection = try await pool.connection(to: outgoing.address)
            let (reply, bytes) = try await answer(to: outgoing.request, connection)
            inbox.post(.message(RaftMessage(outgoing.peer, outgoing.correlation, .answer(reply)), bytes: bytes))
        } catch {
            // Nobody listens there: if it leads, to wait for it is in vain.
            if error.code == .unreachable, case .node(let id) = outgoing.peer { inbox.post(.leaderUnreachable(id)) }
            fail(outgoing.peer, outgoing.correlation)
        }
    }

    private func answer(
        to request: RaftRequest,
        _ connection: BrokerConnection
    ) async throws(KafkaError) -> (RaftAnswer, ByteBuffer) {
        let type = request.messageType
        let version = try connection.versions.version(of: type.schema)
        if version >= type.raftVersions.lowerBound, let message = request.message(version: version) {
            return try await answer(to: message, version, connection)
        }
        if let instead = request.answerOfOldPeer { return (instead, ByteBuffer()) }
        throw KafkaError(.unsupported, "version \(version) of \(type.schema.name) cannot say what is to be asked")
    }

    private func answer<Message: RaftRequestMessage>(
        to message: Message,
        _ version: Int16,
        _ connection: BrokerConnection
    ) async throws(KafkaError) -> (RaftAnswer, ByteBuffer) {
        let response = try await connection.answer(connection.start(message, version, timeout: timeout))
        do throws(UnusableRaftMessage) {
            return try response.raftAnswer(listener: listener)
        } catch {
            throw KafkaError(.malformed, error.description)
        }
    }
}

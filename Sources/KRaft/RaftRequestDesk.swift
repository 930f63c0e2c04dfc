import KafkaProtocol
import NIOCore
import Synchronization

/// Requests of other nodes on their way to the quorum, and answers on their way back. Any thread may use it.
package final class RaftRequestDesk: Sendable {
    package typealias Reply = @Sendable (any RaftResponseMessage) -> Void

    /// Stands for the connection of a request that came to another listener: its answer is awaited whatever becomes of that.
    package static let unwatchedConnection = UInt64.max

    private struct Waiting: Sendable {
        var connection: UInt64
        var version: Int16
        var listener: String
        /// What is said when no answer comes.
        var unavailable: any RaftResponseMessage
        var reply: Reply
    }

    private struct State: Sendable {
        var last: UInt64 = 0
        var waiting: [UInt64: Waiting] = [:]
        var isClosed = false
    }

    private let inbox: RaftInbox
    private let state = Mutex(State())

    package init(_ inbox: RaftInbox) { self.inbox = inbox }

    /// Takes a request in. Its answer comes by `answer`, in any order.
    ///
    /// - Parameters:
    ///   - connection: by the server's number; answers of one that closes are forgotten.
    ///   - listener: the one that it came by; the answer names the leader's address there.
    package func receive<Message: RaftRequestMessage>(
        _ message: Message,
        version: Int16,
        listener: String,
        connection: UInt64,
        reply: @escaping Reply
    ) {
        let request: RaftRequest
        do throws(UnusableRaftMessage) {
            request = try message.raftRequest(version: version)
        } catch {
            return reply(Message.Response(refusing: error))
        }
        let unavailable = Message.Response(refusing: Self.unavailable)
        let waiting = Waiting(
            connection: connection,
            version: version,
            listener: listener,
            unavailable: unavailable,
            reply: reply
        )
        let number = state.withLock { state -> UInt64? in
            if state.isClosed { return nil }
            state.last += 1
            state.waiting[state.last] = waiting
            return state.last
        }
        guard let number else { return reply(unavailable) }
        let raft = RaftMessage(.connection(connection), number, .request(request))
        if inbox.post(.message(raft, bytes: ByteBuffer())) { return }
        if take(number) != nil { reply(unavailable) }
    }

    /// The quorum's answer to a request; one that nobody waits for any more is dropped.
    ///
    /// - Parameter bytes: the records, or the part of a snapshot.
    package func answer(_ message: RaftMessage, bytes: ByteBuffer) {
        guard case .answer(let answer) = message.body, let waiting = take(message.correlation) else { return }
        waiting.reply(answer.message(version: waiting.version, listener: waiting.listener, bytes: bytes))
    }

    /// How many requests are under way.
    package var count: Int { state.withLock { $0.waiting.count } }

    package func connectionClosed(_ connection: UInt64) {
        state.withLock { state in state.waiting = state.waiting.filter { $0.value.connection != connection } }
    }

    /// The quorum has ended: who waits is told, and whoever comes.
    package func close() {
        let left = state.withLock { state in
            state.isClosed = true
            defer { state.waiting = [:] }
            return state.waiting.sorted { $0.key < $1.key }.map(\.value)
        }
        for waiting in left { waiting.reply(waiting.unavailable) }
    }

    private static let unavailable = UnusableRaftMessage("the quorum cannot be asked", answer: .brokerNotAvailable)

    private func take(_ number: UInt64) -> Waiting? { state.withLock { $0.waiting.removeValue(forKey: number) } }
}

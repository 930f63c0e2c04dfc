import KafkaProtocol
import NIOCore
import Synchronization

/// Carries messages to other nodes of the quorum. Losing some does no harm.
///
/// Which request of a connection an answer belongs to, its correlation says. A request that gets no answer is told to the inbox as failed.
package protocol RaftTransport: AnyObject, Sendable {
    /// - Parameters:
    ///   - addresses: where the node that is asked is reached, as far as this one knows; none for answers, and for addresses of the configuration.
    ///   - bytes: what goes with an answer to Fetch (batches of the log, the last of which may be cut off) or FetchSnapshot.
    func send(_ message: RaftMessage, to addresses: [VoterEndpoint], bytes: ByteBuffer)
}

/// What a quorum of several nodes needs beside its files.
package struct RaftPeers: Sendable {
    /// `controller.quorum.voters`; empty when the log names the voters.
    package var voters: RaftVoterSet
    /// The cluster's id, addresses and timeouts. Who this node is, the quorum fills in.
    package var options: RaftOptions
    package let transport: any RaftTransport
    package let inbox: RaftInbox
    /// Hears why roles change and what was ignored, on the quorum's thread.
    package var explain: @Sendable (RaftNotice) -> Void

    package init(
        voters: RaftVoterSet,
        options: RaftOptions,
        transport: any RaftTransport,
        inbox: RaftInbox,
        explain: @escaping @Sendable (RaftNotice) -> Void = { _ in }
    ) {
        self.voters = voters
        self.options = options
        self.transport = transport
        self.inbox = inbox
        self.explain = explain
    }
}

/// What comes from other nodes, on its way to the quorum's thread. Any thread puts in; the quorum takes out.
package final class RaftInbox: Sendable {
    package enum Item: Sendable {
        /// - Parameter bytes: as `RaftTransport.send` was given them.
        case message(RaftMessage, bytes: ByteBuffer)
        /// No answer comes to a request.
        case failed(RaftPeer, correlation: UInt64)
        /// The leader's address refused a connection.
        case leaderUnreachable(NodeId)
    }

    private struct State: Sendable {
        var items: [Item] = []
        var onItems: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())
    private let capacity: Int

    /// - Parameter capacity: so many items wait at most.
    package init(capacity: Int = 4096) { self.capacity = capacity }

    /// - Returns: false when too much waits already: the item is lost.
    @discardableResult
    package func post(_ item: Item) -> Bool {
        let (isTaken, announce) = state.withLock { state -> (Bool, (@Sendable () -> Void)?) in
            guard state.items.count < capacity else { return (false, nil) }
            state.items.append(item)
            return (true, state.items.count == 1 ? state.onItems : nil)
        }
        announce?()
        return isTaken
    }

    func take() -> [Item] {
        state.withLock { state in
            defer { state.items = [] }
            return state.items
        }
    }

    /// Called, on any thread, when there is something to take after there was nothing.
    func announce(to listener: (@Sendable () -> Void)?) {
        let isDue = state.withLock { state in
            state.onItems = listener
            return !state.items.isEmpty
        }
        if isDue { listener?() }
    }
}

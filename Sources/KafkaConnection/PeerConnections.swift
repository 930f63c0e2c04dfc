import NIOCore
import Synchronization
import World

/// Connections of a node to other nodes, by address: one for each, opened when it is first needed. Whoever needs it while it is being opened waits for
/// the same. An attempt that fails is told at once, and whoever asks again begins another: callers keep their own pauses. Any thread may use it.
package final class PeerConnections: Sendable {
    private enum Entry {
        case opening(EventLoopPromise<BrokerConnection>)
        /// It may have closed meanwhile.
        case opened(BrokerConnection)
    }

    private struct State {
        var entries: [BrokerAddress: Entry] = [:]
        var isClosed = false

        /// Nodes come and go, and nobody may ever want the connection to an address of before.
        mutating func forgetEnded() {
            entries = entries.filter { entry in
                if case .opened(let connection) = entry.value { !connection.hasEnded } else { true }
            }
        }
    }

    private let settings: ConnectionSettings
    private let world: World
    private let loops: any EventLoopGroup
    private let state = Mutex(State())

    /// - Parameters:
    ///   - settings: without TLS and SASL.
    ///   - loops: of the connections.
    package init(_ settings: ConnectionSettings, _ world: World, on loops: any EventLoopGroup) {
        precondition(settings.tls == nil && settings.sasl == nil, "nodes reach one another by PLAINTEXT")
        (self.settings, self.world, self.loops) = (settings, world, loops)
    }

    private static let closedError = KafkaError(.closed, "the node stops")

    /// The connection to an address. The future fails with a `KafkaError`: why it cannot be opened, or `.closed`.
    package func connection(to address: BrokerAddress) -> EventLoopFuture<BrokerConnection> {
        let loop = loops.next()
        return state.withLock { state in
            if state.isClosed { return loop.makeFailedFuture(Self.closedError) }
            switch state.entries[address] {
            case .opened(let connection)? where connection.isOpen: return loop.makeSucceededFuture(connection)
            case .opening(let promise)?: return promise.futureResult
            case .opened?, nil: break
            }
            state.forgetEnded()
            let promise = loop.makePromise(of: BrokerConnection.self)
            state.entries[address] = .opening(promise)
            // Behind the lock: it may end at once.
            loop.execute { self.open(address, promise, on: loop) }
            return promise.futureResult
        }
    }

    private func open(_ address: BrokerAddress, _ promise: EventLoopPromise<BrokerConnection>, on loop: any EventLoop) {
        let plain = ConnectionSecurity.Prepared()
        BrokerConnection.open(address, settings, plain, world, on: loop).whenComplete { result in
            let isWanted = self.state.withLock { state in
                if state.isClosed { return false }
                if case .success(let connection) = result {
                    state.entries[address] = .opened(connection)
                } else {
                    state.entries[address] = nil
                }
                return true
            }
            if isWanted {
                promise.completeWith(result)
            } else if case .success(let connection) = result {
                // Whoever waited for it was told by `close`.
                _ = connection.close()
            }
        }
    }

    /// Closes all connections; what is under way fails with `.closed`.
    package func close(then done: @escaping @Sendable () -> Void) {
        let entries = state.withLock { state in
            state.isClosed = true
            defer { state.entries = [:] }
            // The answers of those that wait go out in an order.
            return state.entries.sorted { "\($0.key)" < "\($1.key)" }.map(\.value)
        }
        for case .opening(let promise) in entries { promise.fail(Self.closedError) }
        let ends = entries.compactMap { entry -> EventLoopFuture<Void>? in
            if case .opened(let connection) = entry { connection.close() } else { nil }
        }
        EventLoopFuture.andAllComplete(ends, on: loops.next()).whenComplete { _ in done() }
    }
}

import NIOCore
import Synchronization
import World

/// Connections by address: one for each, opened when it is first needed. Whoever needs it while it is being opened waits for the same. An address that
/// could not be reached is left alone for a while (`reconnectBackoff`). Any thread may use it.
package final class ConnectionPool: Sendable {
    private enum Entry {
        case opening(EventLoopPromise<BrokerConnection>)
        /// It may have closed meanwhile.
        case opened(BrokerConnection)
    }

    private struct State {
        var entries: [BrokerAddress: Entry] = [:]
        var backoff: ReconnectBackoff
        var isClosed = false

        /// Brokers come and go, and nobody may ever want the connection to an address of before.
        mutating func forgetEnded() {
            entries = entries.filter { entry in
                if case .opened(let connection) = entry.value { !connection.hasEnded } else { true }
            }
        }
    }

    private let settings: ConnectionSettings
    private let world: World
    private let group: any EventLoopGroup
    private let security: ConnectionSecurity
    private let state: Mutex<State>

    /// - Parameter group: the event loops of the connections.
    package init(_ settings: ConnectionSettings, _ world: World, on group: any EventLoopGroup) {
        (self.settings, self.world, self.group) = (settings, world, group)
        security = ConnectionSecurity(settings, world)
        let backoff = ReconnectBackoff(first: settings.reconnectBackoff, longest: settings.reconnectBackoffMax)
        state = Mutex(State(backoff: backoff))
    }

    private static let closedError = KafkaError(.closed, "the client was closed")

    /// Closes all connections; what is under way fails with `.closed`.
    package func close() async {
        let entries = state.withLock { state in
            state.isClosed = true
            defer { state.entries = [:] }
            // The answers of those that wait go out in an order.
            return state.entries.sorted { "\($0.key)" < "\($1.key)" }.map(\.value)
        }
        for case .opening(let promise) in entries { promise.fail(Self.closedError) }
        for case .opened(let connection) in entries { _ = try? await connection.close().get() }
    }

    // MARK: Those that are open

    /// The connection to an address, if there is one now.
    package func openConnection(to address: BrokerAddress) -> BrokerConnection? {
        state.withLock { state in
            guard case .opened(let connection)? = state.entries[address], connection.isOpen else { return nil }
            return connection
        }
    }

    /// An open connection to the first of these addresses that has one, or else to any other.
    package func anyOpenConnection(preferring addresses: [BrokerAddress]) -> BrokerConnection? {
        let open = state.withLock { state in
            state.entries.compactMapValues { entry -> BrokerConnection? in
                guard case .opened(let connection) = entry, connection.isOpen else { return nil }
                return connection
            }
        }
        if let first = addresses.lazy.compactMap({ open[$0] }).first { return first }
        return open.min { "\($0.key)" < "\($1.key)" }?.value
    }

    // MARK: Opening

    /// Those of the addresses that may be tried at once, then those that are left alone for now.
    package func readyFirst(_ addresses: [BrokerAddress]) -> [BrokerAddress] {
        let now = world.time.now
        return state.withLock { state in
            let waiting = addresses.filter { state.backoff.pause(before: $0, now: now) > .zero }
            return addresses.filter { !waiting.contains($0) } + waiting
        }
    }

    /// The connection to an address.
    ///
    /// - Throws: why it cannot be opened; `.closed` when the pool is.
    package func connection(to address: BrokerAddress) async throws(KafkaError) -> BrokerConnection {
        while true {
            let known = try state.withLock { state throws(KafkaError) in
                if state.isClosed { throw Self.closedError }
                return state.entries[address]
            }
            switch known {
            case .opened(let connection)?:
                if connection.isOpen { return connection }
                // What it was asked is answered before another one is opened: so the order of requests holds.
                await connection.ended()
                forget(connection)
            case .opening(let promise)?: try await wait(for: promise.futureResult, address)
            case nil: try await wait(for: open(address), address)
            }
        }
    }

    private func wait(
        for future: EventLoopFuture<BrokerConnection>,
        _ address: BrokerAddress
    ) async throws(KafkaError) {
        do {
            _ = try await future.get()
        } catch let error as KafkaError {
            throw error
        } catch {
            throw KafkaError(.unreachable, "no broker at \(address): \(reason(of: error))")
        }
    }

    private func forget(_ connection: BrokerConnection) {
        state.withLock { state in
            guard case .opened(let known)? = state.entries[connection.address], known === connection else { return }
            state.entries[connection.address] = nil
        }
    }

    /// Begins to open a connection, unless somebody has meanwhile.
    private func open(_ address: BrokerAddress) async throws(KafkaError) -> EventLoopFuture<BrokerConnection> {
        let pause = state.withLock { $0.backoff.pause(before: address, now: world.time.now) }
        if pause > .zero {
            do { try await world.time.sleep(for: pause) } catch { throw .taskCancelled }
        }
        let prepared = try await security.prepare()
        let loop = group.next()
        let (future, isNew) = try state.withLock { state throws(KafkaError) in
            if state.isClosed { throw Self.closedError }
            switch state.entries[address] {
            case .opened(let connection)?: return (loop.makeSucceededFuture(connection), false)
            case .opening(let promise)?: return (promise.futureResult, false)
            case nil:
                state.forgetEnded()
                let promise = loop.makePromise(of: BrokerConnection.self)
                state.entries[address] = .opening(promise)
                return (promise.futureResult, true)
            }
        }
        if isNew {
            BrokerConnection.open(address, settings, prepared, world, on: loop).whenComplete {
                self.ended(address, future, $0)
            }
        }
        return future
    }

    /// The end of an attempt. One that comes after `close` is not wanted any more.
    private func ended(
        _ address: BrokerAddress,
        _ future: EventLoopFuture<BrokerConnection>,
        _ result: Result<BrokerConnection, any Error>
    ) {
        let now = world.time.now
        var random = world.random
        let promise = state.withLock { state -> EventLoopPromise<BrokerConnection>? in
            guard case .opening(let promise)? = state.entries[address], promise.futureResult === future else {
                return nil
            }
            switch result {
            case .success(let connection):
                state.entries[address] = .opened(connection)
                state.backoff.succeeded(address)
            case .failure:
                state.entries[address] = nil
                state.backoff.failed(address, now: now, using: &random)
            }
            return promise
        }
        if let promise {
            promise.completeWith(result)
        } else if case .success(let connection) = result {
            _ = connection.close()
        }
    }
}

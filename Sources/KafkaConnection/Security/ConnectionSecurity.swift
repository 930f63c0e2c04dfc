import NIOSSL
import Synchronization
import World

/// What opening a connection needs of TLS and SASL, made ready beforehand where that takes time.
package final class ConnectionSecurity: Sendable {
    private let tls: TLSOptions?
    private let sasl: SASL?
    private let world: World
    private let context = Mutex<NIOSSLContext?>(nil)

    package init(_ settings: ConnectionSettings, _ world: World) {
        (tls, sasl) = (settings.tls, settings.sasl)
        self.world = world
    }

    /// - Throws: `.invalid` or `.unauthenticated` when certificates can't be read or there is no token.
    package func prepare() async throws(KafkaError) -> Prepared {
        let tls = try await tlsContext()
        guard let sasl else { return Prepared(tls: tls) }
        return Prepared(tls: tls, sasl: (sasl.mechanism, try await sasl.exchange(world.random)))
    }

    private func tlsContext() async throws(KafkaError) -> NIOSSLContext? {
        guard let tls else { return nil }
        if let known = context.withLock({ $0 }) { return known }
        do {
            // Reads files.
            let made = try await world.threads.shared.run { try tls.context() }
            context.withLock { $0 = made }
            return made
        } catch let error as KafkaError {
            throw error
        } catch {
            throw .taskCancelled
        }
    }

    package struct Prepared: Sendable {
        /// Neither TLS nor SASL.
        package static let plain = Prepared()

        var tls: NIOSSLContext?
        /// What begins with each connection.
        var sasl: (mechanism: String, exchange: any SASLExchange)?

        /// The other end closed before anything was said.
        func closedAtOnce(by address: BrokerAddress) -> KafkaError {
            tls == nil
                ? KafkaError(.unreachable, "no broker at \(address): it closed the connection at once")
                : KafkaError(
                    .connectionLost,
                    "\(address) closed the connection during the TLS handshake; does this port speak TLS?"
                )
        }
    }
}

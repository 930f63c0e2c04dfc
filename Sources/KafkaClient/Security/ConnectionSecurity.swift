import NIOSSL
import Synchronization
import World

/// What a client needs to open a connection, made ready beforehand where that takes time.
final class ConnectionSecurity: Sendable {
    private let configuration: ClientConfiguration
    private let world: World
    private let context = Mutex<NIOSSLContext?>(nil)

    init(_ configuration: ClientConfiguration, _ world: World) {
        self.configuration = configuration
        self.world = world
    }

    /// - Throws: `.invalid` or `.unauthenticated` when certificates can't be read or there is no token.
    func prepare() async throws(KafkaError) -> Prepared {
        Prepared(tls: try await tlsContext(), exchange: try await configuration.sasl?.exchange(world.random))
    }

    private func tlsContext() async throws(KafkaError) -> NIOSSLContext? {
        guard let tls = configuration.tls else { return nil }
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

    struct Prepared: Sendable {
        var tls: NIOSSLContext?
        var exchange: (any SASLExchange)?
    }
}

import KafkaProtocol
import NIOCore
import World

/// The authentication of a new connection by SASL (KIP-43, KIP-152).
struct SASLHandshake: Sendable {
    private let link: BrokerLink
    private let versions: ApiVersionTable
    private let timeout: TimeAmount
    private let worker: any Worker

    /// - Parameters:
    ///   - timeout: how long each response may take.
    ///   - worker: works out what to say.
    init(_ link: BrokerLink, _ versions: ApiVersionTable, _ timeout: TimeAmount, _ worker: any Worker) {
        (self.link, self.versions, self.timeout, self.worker) = (link, versions, timeout, worker)
    }

    private var loop: any EventLoop { link.channel.eventLoop }

    /// - Returns: the session's lifetime; nil is that of the connection.
    func authenticate(_ security: ConnectionSecurity.Prepared) -> EventLoopFuture<TimeAmount?> {
        guard let sasl = security.sasl else { return loop.makeSucceededFuture(nil) }
        do throws(KafkaError) {
            let (handshake, step) = try (
                version(of: SaslHandshakeRequest.self), version(of: SaslAuthenticateRequest.self)
            )
            return choose(sasl.mechanism, handshake).flatMap { respond(sasl.exchange, to: nil, step) }
        } catch {
            return loop.makeFailedFuture(error)
        }
    }

    private func version(of request: (some RequestMessage).Type) throws(KafkaError) -> Int16 {
        guard versions.has(.saslHandshake), let version = try? versions.version(of: request.schema) else {
            throw KafkaError(
                .unauthenticated,
                "\(link.address) does not offer SASL on this port; check security.protocol"
            )
        }
        return version
    }

    private func choose(_ mechanism: String, _ version: Int16) -> EventLoopFuture<Void> {
        var request = SaslHandshakeRequest()
        request.mechanism = mechanism
        return link.send(request, version, timeout: timeout) { frame in
            try BrokerConnection.decode(SaslHandshakeResponse.self, frame, .saslHandshake, version)
        }.flatMapThrowing { response in
            if response.errorCode == .none { return }
            let offered = response.mechanisms.joined(separator: ", ")
            let others = offered.isEmpty ? "" : "; it supports \(offered)"
            throw KafkaError(
                .unauthenticated,
                "\(link.address) does not support SASL mechanism \(mechanism)\(others)",
                serverCode: response.errorCode
            )
        }
    }

    /// Responds to what the broker said, nothing at first, until everything is said.
    private func respond(
        _ exchange: any SASLExchange,
        to challenge: SaslAuthenticateResponse?,
        _ version: Int16
    ) -> EventLoopFuture<TimeAmount?> {
        // Not on the loop: a password is hashed thousands of times.
        let responded = worker.run(on: loop) {
            var exchange = exchange
            let response = try exchange.respond(to: challenge.map { Array($0.authBytes.readableBytesView) })
            return (exchange, response)
        }
        return responded.flatMap { exchange, response in
            guard let response else {
                let millis = challenge?.sessionLifetimeMs ?? 0
                return loop.makeSucceededFuture(millis > 0 ? .milliseconds(millis) : nil)
            }
            var request = SaslAuthenticateRequest()
            request.authBytes = ByteBuffer(bytes: response)
            return link.send(request, version, timeout: timeout) { frame in
                try BrokerConnection.decode(SaslAuthenticateResponse.self, frame, .saslAuthenticate, version)
            }.flatMap { answer in
                if answer.errorCode == .none { return respond(exchange, to: answer, version) }
                let why = answer.errorMessage.flatMap { $0.isEmpty ? nil : $0 } ?? answer.errorCode.message
                return loop.makeFailedFuture(
                    KafkaError(.unauthenticated, "\(link.address): \(why)", serverCode: answer.errorCode)
                )
            }
        }
    }
}

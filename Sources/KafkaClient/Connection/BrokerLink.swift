import KafkaProtocol
import KafkaRecords
import NIOCore
import World

/// A connected socket and its handler.
struct BrokerLink: Sendable {
    let address: BrokerAddress
    let channel: any Channel
    let handler: NIOLoopBound<ResponseHandler>

    func send<Request: RequestMessage, Response: Sendable>(
        _ request: Request,
        _ version: Int16,
        _ configuration: ClientConfiguration,
        _ batches: [SealedBatch] = [],
        _ decode: @escaping @Sendable (ByteBuffer) throws -> Response
    ) -> EventLoopFuture<Response> {
        let promise = channel.eventLoop.makePromise(of: ByteBuffer.self)
        let timeout = TimeAmount(configuration.requestTimeout)
        let clientId = configuration.clientId
        channel.eventLoop.execute {
            handler.value.whenNotThrottled {
                handler.value.send(timeout: timeout, promise: promise) { correlationId in
                    let frame = try request.frame(version: version, correlationId: correlationId, clientId: clientId)
                    return OutgoingRequest(frame: frame, batches: batches)
                }
            }
        }
        return promise.futureResult.flatMapThrowing(decode)
    }

    func sendUnanswered<Request: RequestMessage>(
        _ request: Request,
        _ version: Int16,
        _ configuration: ClientConfiguration,
        _ batches: [SealedBatch]
    ) -> EventLoopFuture<Void> {
        let promise = channel.eventLoop.makePromise(of: Void.self)
        let clientId = configuration.clientId
        channel.eventLoop.execute {
            handler.value.whenNotThrottled {
                handler.value.sendUnanswered(promise: promise) { correlationId in
                    let frame = try request.frame(version: version, correlationId: correlationId, clientId: clientId)
                    return OutgoingRequest(frame: frame, batches: batches)
                }
            }
        }
        return promise.futureResult
    }

    // MARK: Quotas

    /// Versions from which on a broker that throttles answers at once and counts on the client to pause; before, it delays the answer itself
    /// (KIP-219). Those that are not listed are all younger.
    private static let pausing: [ApiKey: Int16] = [
        .produce: 6, .fetch: 8, .listOffsets: 3, .metadata: 6, .offsetCommit: 4, .offsetFetch: 4, .findCoordinator: 2,
        .joinGroup: 3, .heartbeat: 2, .leaveGroup: 2, .syncGroup: 2, .describeGroups: 2, .listGroups: 2,
        .apiVersions: 2, .createTopics: 3, .deleteTopics: 2, .deleteRecords: 1, .initProducerId: 1,
        .addPartitionsToTxn: 1, .addOffsetsToTxn: 1, .endTxn: 1, .txnOffsetCommit: 1, .describeAcls: 1, .createAcls: 1,
        .deleteAcls: 1, .describeConfigs: 2, .alterConfigs: 1, .alterReplicaLogDirs: 1, .describeLogDirs: 1,
        .createPartitions: 1, .createDelegationToken: 1, .renewDelegationToken: 1, .expireDelegationToken: 1,
        .describeDelegationToken: 1, .deleteGroups: 1,
    ]
    /// What a broker may ask for at most.
    private static let maxThrottle = TimeAmount.minutes(10)

    /// Pauses when the answer asks for it. On the event loop only.
    func applyThrottle(_ response: some ResponseMessage, _ api: ApiKey, _ version: Int16) {
        guard response.throttleTimeMs > 0, version >= Self.pausing[api] ?? 0 else { return }
        handler.value.pause(for: min(.milliseconds(Int64(response.throttleTimeMs)), Self.maxThrottle))
    }

    // MARK: SASL

    /// Authenticates the client (KIP-152).
    ///
    /// - Returns: the session's lifetime; nil is that of the connection.
    func authenticate(
        _ exchange: (any SASLExchange)?,
        _ configuration: ClientConfiguration,
        _ versions: ApiVersionTable,
        _ worker: any Worker
    ) -> EventLoopFuture<TimeAmount?> {
        guard let exchange, let mechanism = configuration.sasl?.mechanism else {
            return channel.eventLoop.makeSucceededFuture(nil)
        }
        do throws(KafkaError) {
            let (handshake, step) = try (
                saslVersion(SaslHandshakeRequest.self, versions), saslVersion(SaslAuthenticateRequest.self, versions)
            )
            var request = SaslHandshakeRequest()
            request.mechanism = mechanism
            return send(request, handshake, configuration) { frame in
                try BrokerConnection.decode(SaslHandshakeResponse.self, frame, .saslHandshake, handshake)
            }.flatMapThrowing { response in
                if response.errorCode == .none { return }
                let offered = response.mechanisms.joined(separator: ", ")
                let others = offered.isEmpty ? "" : "; it supports \(offered)"
                throw KafkaError(
                    .unauthenticated,
                    "\(address) does not support SASL mechanism \(mechanism)\(others)",
                    serverCode: response.errorCode
                )
            }.flatMap { authenticateStep(exchange, nil, configuration, step, worker) }
        } catch {
            return channel.eventLoop.makeFailedFuture(error)
        }
    }

    private func saslVersion(
        _ request: (some RequestMessage).Type,
        _ versions: ApiVersionTable
    ) throws(KafkaError) -> Int16 {
        guard versions.has(.saslHandshake), let version = try? versions.version(of: request.schema) else {
            throw KafkaError(.unauthenticated, "\(address) does not offer SASL on this port; check security.protocol")
        }
        return version
    }

    private func authenticateStep(
        _ exchange: any SASLExchange,
        _ challenge: SaslAuthenticateResponse?,
        _ configuration: ClientConfiguration,
        _ version: Int16,
        _ worker: any Worker
    ) -> EventLoopFuture<TimeAmount?> {
        // Not on the loop: a password is hashed thousands of times.
        let responded = worker.run(on: channel.eventLoop) {
            var exchange = exchange
            let response = try exchange.respond(to: challenge.map { Array($0.authBytes.readableBytesView) })
            return (exchange, response)
        }
        return responded.flatMap { exchange, response in
            guard let response else {
                let millis = challenge?.sessionLifetimeMs ?? 0
                return channel.eventLoop.makeSucceededFuture(millis > 0 ? .milliseconds(millis) : nil)
            }
            var request = SaslAuthenticateRequest()
            request.authBytes = ByteBuffer(bytes: response)
            return send(request, version, configuration) { frame in
                try BrokerConnection.decode(SaslAuthenticateResponse.self, frame, .saslAuthenticate, version)
            }.flatMap { answer in
                if answer.errorCode == .none {
                    return authenticateStep(exchange, answer, configuration, version, worker)
                }
                let why = answer.errorMessage.flatMap { $0.isEmpty ? nil : $0 } ?? answer.errorCode.message
                return channel.eventLoop.makeFailedFuture(
                    KafkaError(.unauthenticated, "\(address): \(why)", serverCode: answer.errorCode)
                )
            }
        }
    }
}

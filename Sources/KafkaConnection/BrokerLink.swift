import KafkaProtocol
import KafkaRecords
import NIOCore
import World

/// A connected socket and its handler.
struct BrokerLink: Sendable {
    let address: BrokerAddress
    let channel: any Channel
    let handler: NIOLoopBound<ResponseHandler>
    let clientId: String

    func send<Request: RequestMessage, Response: Sendable>(
        _ request: Request,
        _ version: Int16,
        _ batches: [SealedBatch] = [],
        timeout: TimeAmount,
        _ decode: @escaping @Sendable (ByteBuffer) throws -> Response
    ) -> EventLoopFuture<Response> {
        let promise = channel.eventLoop.makePromise(of: ByteBuffer.self)
        channel.eventLoop.execute { [handler, clientId] in
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
        _ batches: [SealedBatch],
        timeout: TimeAmount
    ) -> EventLoopFuture<Void> {
        let promise = channel.eventLoop.makePromise(of: Void.self)
        channel.eventLoop.execute { [handler, clientId] in
            handler.value.whenNotThrottled {
                handler.value.sendUnanswered(timeout: timeout, promise: promise) { correlationId in
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
}

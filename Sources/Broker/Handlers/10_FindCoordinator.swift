import ClusterMetadata
import KafkaProtocol

/// FindCoordinator: which broker coordinates a group. Makes `__consumer_offsets` when it is needed for the first time.
struct FindCoordinatorHandler: ApiHandler {
    private static let keyLimit = 10_000
    private static let groupType: Int8 = 0
    private static let transactionType: Int8 = 1

    let cluster: PublishedView
    let topics: TopicCreator
    let nodeId: Int32
    let unserved: UnservedFeatures

    private struct Refusal {
        var code: ErrorCode
        var message: String

        init(_ code: ErrorCode, _ message: String? = nil) {
            self.code = code
            self.message = message ?? code.message
        }
    }

    func handle(_ message: FindCoordinatorRequest, _ request: Request) {
        let keys = request.version >= 4 ? message.coordinatorKeys : [message.key]
        guard keys.count <= Self.keyLimit else {
            return refuse(request, keys, Refusal(.invalidRequest, "one request may have \(Self.keyLimit) keys at most"))
        }
        if let refusal = refusal(message, request) { return refuse(request, keys, refusal) }
        topics.ensureOffsetsTopic {
            let view = cluster.view
            guard view.topics[TopicName.consumerOffsets] != nil,
                let broker = view.brokers(listener: request.connection.listener).first(where: {
                    $0.id == nodeId
                })
            else { return refuse(request, keys, Refusal(.coordinatorNotAvailable)) }
            answer(request, keys, broker)
        }
    }

    /// Why what is asked for has no coordinator here; nil for groups.
    private func refusal(_ message: FindCoordinatorRequest, _ request: Request) -> Refusal? {
        switch message.keyType {
        case Self.groupType: return nil
        case Self.transactionType:
            // The one code that makes all clients give up at once: librdkafka asks again for ever after any other.
            unserved.note(.transactions, request)
            return Refusal(.transactionalIdAuthorizationFailed, UnservedFeature.transactions.refusal)
        default:
            return Refusal(.invalidRequest, "a coordinator of type \(message.keyType) is not for clients to ask for")
        }
    }

    private func answer(_ request: Request, _ keys: [String], _ broker: BrokerAddress) {
        var response = FindCoordinatorResponse()
        response.errorMessage = nil
        if request.version < 4 {
            response.nodeId = broker.id
            response.host = broker.host
            response.port = broker.port
            return request.reply(response)
        }
        response.coordinators = keys.map { key in
            var row = FindCoordinatorResponse.Coordinator()
            row.key = key
            row.errorMessage = nil
            row.nodeId = broker.id
            row.host = broker.host
            row.port = broker.port
            return row
        }
        request.reply(response)
    }

    private func refuse(_ request: Request, _ keys: [String], _ refusal: Refusal) {
        var response = FindCoordinatorResponse()
        if request.version < 4 {
            response.errorCode = refusal.code
            response.errorMessage = refusal.message
            response.nodeId = -1
            response.port = -1
            return request.reply(response)
        }
        response.coordinators = keys.map { key in
            var row = FindCoordinatorResponse.Coordinator()
            row.key = key
            row.errorCode = refusal.code
            row.errorMessage = refusal.message
            row.nodeId = -1
            row.port = -1
            return row
        }
        request.reply(response)
    }
}

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
            answer(request, keys, cluster.view)
        }
    }

    /// The broker that leads a group's partition; nil while none can be reached that does.
    private func coordinator(of group: String, _ view: ClusterView, _ brokers: [AdvertisedBroker]) -> AdvertisedBroker?
    {
        guard let route = view.topics[TopicName.consumerOffsets] else { return nil }
        let number = GroupRuntime.partition(for: group, count: Int(route.count))
        let leader: Int32? =
            switch route.place(of: number) {
            case .led: nodeId
            case .followed(_, let leader), .elsewhere(let leader): leader
            case .offline: view.image.topics[route.id]?.partitions[number]?.leader
            case nil: nil
            }
        return brokers.first { $0.id == leader }
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

    private func answer(_ request: Request, _ keys: [String], _ view: ClusterView) {
        let brokers = view.brokers(listener: request.connection.listener)
        var response = FindCoordinatorResponse()
        if request.version < 4 {
            guard let broker = coordinator(of: keys.first ?? "", view, brokers) else {
                return refuse(request, keys, Refusal(.coordinatorNotAvailable))
            }
            response.errorMessage = nil
            response.nodeId = broker.id
            response.host = broker.host
            response.port = broker.port
            return request.reply(response)
        }
        response.coordinators = keys.map { key in
            guard let broker = coordinator(of: key, view, brokers) else {
                return Self.row(key, Refusal(.coordinatorNotAvailable))
            }
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

    private static func row(_ key: String, _ refusal: Refusal) -> FindCoordinatorResponse.Coordinator {
        var row = FindCoordinatorResponse.Coordinator()
        row.key = key
        row.errorCode = refusal.code
        row.errorMessage = refusal.message
        row.nodeId = -1
        row.port = -1
        return row
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
        response.coordinators = keys.map { Self.row($0, refusal) }
        request.reply(response)
    }
}

import ClusterMetadata
import KafkaProtocol

/// FindCoordinator: which broker coordinates a group, or a transactional id. Makes the topic that they lie in when it is needed for the first time.
struct FindCoordinatorHandler: ApiHandler {
    private static let keyLimit = 10_000

    let cluster: PublishedView
    let topics: TopicCreator
    let nodeId: Int32

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
        guard let kind = Self.kind(message.keyType) else {
            let reason = "a coordinator of type \(message.keyType) is not for clients to ask for"
            return refuse(request, keys, Refusal(.invalidRequest, reason))
        }
        topics.ensure(kind) {
            answer(request, keys, kind, cluster.view)
        }
    }

    /// nil for what clients do not ask for.
    private static func kind(_ keyType: Int8) -> CoordinatorTopic? {
        switch keyType {
        case 0: .offsets
        case 1: .transactions
        default: nil
        }
    }

    /// The broker that leads a key's partition; nil while none can be reached that does.
    private func coordinator(
        of key: String,
        _ kind: CoordinatorTopic,
        _ view: ClusterView,
        _ brokers: [AdvertisedBroker]
    ) -> AdvertisedBroker? {
        guard let route = view.topics[kind.name] else { return nil }
        let number = CoordinatorPartition.number(for: key, of: route.count)
        let leader: Int32? =
            switch route.place(of: number) {
            case .led: nodeId
            case .followed(_, let leader), .elsewhere(let leader): leader
            case .offline: view.image.topics[route.id]?.partitions[number]?.leader
            case nil: nil
            }
        return brokers.first { $0.id == leader }
    }

    private func answer(_ request: Request, _ keys: [String], _ kind: CoordinatorTopic, _ view: ClusterView) {
        let brokers = view.brokers(listener: request.connection.listener)
        var response = FindCoordinatorResponse()
        if request.version < 4 {
            guard let broker = coordinator(of: keys.first ?? "", kind, view, brokers) else {
                return refuse(request, keys, Refusal(.coordinatorNotAvailable))
            }
            response.errorMessage = nil
            response.nodeId = broker.id
            response.host = broker.host
            response.port = broker.port
            return request.reply(response)
        }
        response.coordinators = keys.map { key in
            guard let broker = coordinator(of: key, kind, view, brokers) else {
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

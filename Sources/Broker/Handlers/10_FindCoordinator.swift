import ClusterMetadata
import KafkaProtocol

/// FindCoordinator: which broker coordinates a group. Makes `__consumer_offsets` when it is needed for the first time.
enum FindCoordinatorHandler {
    private static let keyLimit = 10_000

    static let api = Api(.findCoordinator) { (message: FindCoordinatorRequest, request, node) in
        let keys = request.version >= 4 ? message.coordinatorKeys : [message.key]
        guard keys.count <= keyLimit, (0...2).contains(message.keyType) else {
            return reply(request, keys, .invalidRequest, nil)
        }
        guard message.keyType == 0 else {
            // Transactions and share groups have no coordinator in this version.
            return reply(request, keys, .coordinatorNotAvailable, nil)
        }
        if keys.contains(""), request.version < 4 { return reply(request, keys, .invalidGroupId, nil) }
        node.ensureOffsetsTopic {
            let view = node.view
            guard view.topics[TopicName.consumerOffsets] != nil,
                let broker = node.brokers(view, listener: request.connection.listener).first(where: {
                    $0.id == node.nodeId
                })
            else { return reply(request, keys, .coordinatorNotAvailable, nil) }
            reply(request, keys, .none, broker)
        }
    }

    private static func reply(_ request: Request, _ keys: [String], _ code: ErrorCode, _ broker: BrokerAddress?) {
        var response = FindCoordinatorResponse()
        response.errorCode = code
        response.nodeId = broker?.id ?? -1
        response.host = broker?.host ?? ""
        response.port = broker?.port ?? -1
        if request.version >= 4 {
            response = FindCoordinatorResponse()
            response.coordinators = keys.map { key in
                var row = FindCoordinatorResponse.Coordinator()
                row.key = key
                row.errorCode = key.isEmpty && code == .none ? .invalidGroupId : code
                row.errorMessage = row.errorCode == .none ? nil : row.errorCode.message
                row.nodeId = row.errorCode == .none ? broker?.id ?? -1 : -1
                row.host = row.errorCode == .none ? broker?.host ?? "" : ""
                row.port = row.errorCode == .none ? broker?.port ?? -1 : -1
                return row
            }
        } else if code != .none {
            response.errorMessage = code.message
        }
        request.reply(response)
    }
}

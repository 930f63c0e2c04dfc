import KafkaProtocol
import Logging
import Synchronization
import World

/// What Kafka has and this version has not, as far as clients ask for it.
enum UnservedFeature: String, Sendable {
    case consumerGroups = "groups of the consumer protocol"
    case shareGroups = "share groups"

    /// What a client is told, as far as the answer has room for it.
    var refusal: String {
        switch self {
        case .consumerGroups:
            "this broker does not serve groups of the consumer protocol yet; set group.protocol=classic"
        case .shareGroups: "this broker does not serve share groups yet"
        }
    }
}

/// Writes that clients ask for what is not served, once a minute for each feature.
final class UnservedFeatures: Sendable {
    private static let silenceMillis: Int64 = 60_000
    private let time: WorldTime
    private let logger: Logger
    private let lastLogged = Mutex<[UnservedFeature: Int64]>([:])

    init(time: WorldTime, logger: Logger) {
        self.time = time
        self.logger = logger
    }

    func note(_ feature: UnservedFeature, _ request: Request) {
        let now = time.now.milliseconds
        let isLogged = lastLogged.withLock { lastLogged in
            if let last = lastLogged[feature], now - last < Self.silenceMillis { return false }
            lastLogged[feature] = now
            return true
        }
        guard isLogged else { return }
        logger.notice(
            "a client asks for \(feature.rawValue), which are not served yet; it was refused",
            metadata: [
                "client": "\(CloseLog.printable(request.clientId))", "peer": "\(request.connection.remoteHost)",
            ]
        )
    }
}

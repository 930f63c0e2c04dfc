import KafkaProtocol
import Synchronization

/// Decides how long a client has to be held back for what it asks. The place where quotas of users and clients will be enforced.
package protocol RequestQuota: Sendable {
    /// Milliseconds for which nothing more is read from the connection; 0 for none. The request itself is served.
    func holdBack(clientId: String, api: ApiKey, bytes: Int) -> Int64
}

/// No quotas are set.
package struct UnlimitedQuota: RequestQuota {
    package init() {}

    package func holdBack(clientId: String, api: ApiKey, bytes: Int) -> Int64 { 0 }
}

/// The memory that requests hold, of all connections together: from their first byte until their answer is made.
final class RequestMemory: Sendable {
    /// Used when `queued.max.request.bytes` is not set.
    static let defaultLimit = 512 << 20

    let limit: Int
    private let used = Atomic<Int>(0)

    init(limit: Int) { self.limit = limit }

    var isExhausted: Bool { used.load(ordering: .relaxed) > limit }
    var bytes: Int { used.load(ordering: .relaxed) }

    func take(_ bytes: Int) { used.wrappingAdd(bytes, ordering: .relaxed) }
    func giveBack(_ bytes: Int) { used.wrappingSubtract(bytes, ordering: .relaxed) }
}

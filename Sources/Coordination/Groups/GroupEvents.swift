import KafkaProtocol
import NIOCore

/// What the broker's configuration says about groups. Times in milliseconds.
public struct GroupConfig: Equatable, Sendable {
    public var minSessionTimeout: Int64 = 6000
    public var maxSessionTimeout: Int64 = 1_800_000
    public var initialRebalanceDelay: Int64 = 3000
    public var maxSize = 5000
    public var maxMetadataBytes = 1 << 20
    public var maxPendingMembers = 10_000
    public var offsetMetadataMaxBytes = 4096
    public var offsetsRetention: Int64 = 10_080 * 60_000

    public init() {}
}

/// Why a group changed: the evidence for the log line.
public enum GroupReason: Equatable, Sendable, CustomStringConvertible {
    case memberJoined(String)
    case memberRejoined(String)
    case memberLeft(String, String)
    case sessionExpired(String, afterMillis: Int64)
    case didNotRejoin([String], afterMillis: Int64)
    case didNotSync([String], afterMillis: Int64)
    case staticMemberReplaced(instance: String, old: String, new: String)
    case generation(Int32, members: Int, protocolName: String?)

    public var description: String {
        switch self {
        case .memberJoined(let id): "member \(id) joined"
        case .memberRejoined(let id): "member \(id) joined again"
        case .memberLeft(let id, let why): "member \(id) left\(why.isEmpty ? "" : ": \(why)")"
        case .sessionExpired(let id, let millis): "member \(id) sent no heartbeat for \(millis) ms"
        case .didNotRejoin(let ids, let millis): "\(ids.joined(separator: ", ")) did not join again within \(millis) ms"
        case .didNotSync(let ids, let millis): "\(ids.joined(separator: ", ")) did not sync within \(millis) ms"
        case .staticMemberReplaced(let instance, let old, let new):
            "instance \(instance) is now \(new), no longer \(old)"
        case .generation(let number, let count, let name):
            "generation \(number) with \(count) members, protocol \(name ?? "none")"
        }
    }
}

/// An answer to one who waits.
public enum GroupReply: Sendable {
    case join(JoinGroupResponse)
    case sync(SyncGroupResponse)
}

/// What should happen after an event: records to append, answers to send, lines to log.
public struct GroupEffects: Sendable {
    /// To be appended to the coordinator's partition, together or not at all, then given to `replay`.
    public var records: [CoordinatorRecord] = []
    /// Sent at once.
    public var replies: [(ReplyToken, GroupReply)] = []
    /// Sent once the records are committed.
    public var committedReplies: [(ReplyToken, GroupReply)] = []
    /// Groups to be told by `appendFailed` when the records could not be written.
    public var affectedGroups: [String] = []
    public var reasons: [(group: String, reason: GroupReason)] = []

    public init() {}
}

/// What identifies the sender of a group request.
public struct GroupClient: Sendable {
    public var clientId: String
    public var host: String

    public init(clientId: String, host: String) {
        self.clientId = clientId
        self.host = host
    }
}

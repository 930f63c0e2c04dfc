/// Why a group changed: the evidence for the log line.
package enum GroupReason: Equatable, Sendable, CustomStringConvertible {
    case memberJoined(String)
    case memberRejoined(String)
    case memberLeft(String, String)
    case sessionExpired(String, afterMillis: Int64)
    case didNotRejoin([String], afterMillis: Int64)
    case didNotSync([String], afterMillis: Int64)
    case staticMemberReplaced(instance: String, old: String, new: String)
    case generation(Int32, members: Int, protocolName: String?)
    /// The outcome of a rebalance could not be written: the group is what it was, or tries again.
    case notWritten(generation: Int32, code: String)

    package var description: String {
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
        case .notWritten(let generation, let code): "generation \(generation) could not be written: \(code)"
        }
    }
}

/// A group and why it changed.
package struct ExplainedGroup: Equatable, Sendable {
    package var group: String
    package var reason: GroupReason
}

/// Who has to answer a request.
enum RequestTarget: Sendable, Equatable {
    case any
    case controller
    case broker(Int32)
    /// The coordinator of a consumer group.
    case group(String)
    /// The coordinator of a transactional id.
    case transaction(String)
}

/// What has a coordinator; the raw value is its kind in FindCoordinator.
struct Coordinated: Hashable, Sendable {
    enum Kind: Int8, Sendable { case group, transaction }
    var kind: Kind
    var name: String
}

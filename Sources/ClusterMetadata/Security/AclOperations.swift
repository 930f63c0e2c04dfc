/// Operations as a bit field, as answers have it: the bit with the number of Kafka's AclOperation.
public struct AclOperations: OptionSet, Hashable, Sendable {
    public let rawValue: Int32

    public init(rawValue: Int32) { self.rawValue = rawValue }

    public static let read = AclOperations(rawValue: 1 << 3)
    public static let write = AclOperations(rawValue: 1 << 4)
    public static let create = AclOperations(rawValue: 1 << 5)
    public static let delete = AclOperations(rawValue: 1 << 6)
    public static let alter = AclOperations(rawValue: 1 << 7)
    public static let describe = AclOperations(rawValue: 1 << 8)
    public static let clusterAction = AclOperations(rawValue: 1 << 9)
    public static let describeConfigs = AclOperations(rawValue: 1 << 10)
    public static let alterConfigs = AclOperations(rawValue: 1 << 11)
    public static let idempotentWrite = AclOperations(rawValue: 1 << 12)
    public static let createTokens = AclOperations(rawValue: 1 << 13)
    public static let describeTokens = AclOperations(rawValue: 1 << 14)
    public static let twoPhaseCommit = AclOperations(rawValue: 1 << 15)
}

/// What access can be granted to, with Kafka's numbers.
public enum AclResourceType: Int8, CaseIterable, Sendable {
    case topic = 2
    case group = 3
    case cluster = 4
    case transactionalId = 5
    case delegationToken = 6
    case user = 7

    /// The operations that there are for such a resource: what everybody may do where nobody checks.
    public var operations: AclOperations {
        switch self {
        case .topic: [.read, .write, .create, .delete, .alter, .describe, .describeConfigs, .alterConfigs]
        case .group: [.read, .delete, .describe, .describeConfigs, .alterConfigs]
        case .cluster:
            [.create, .alter, .describe, .clusterAction, .describeConfigs, .alterConfigs, .idempotentWrite]
        case .transactionalId: [.write, .describe, .twoPhaseCommit]
        case .delegationToken: [.describe]
        case .user: [.createTokens, .describeTokens]
        }
    }
}

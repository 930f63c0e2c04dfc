/// Operations as a bit field, as answers have it: the bit with the number of Kafka's AclOperation.
package struct AclOperations: OptionSet, Hashable, Sendable {
    package let rawValue: Int32

    package init(rawValue: Int32) { self.rawValue = rawValue }

    package static let read = AclOperations(rawValue: 1 << 3)
    package static let write = AclOperations(rawValue: 1 << 4)
    package static let create = AclOperations(rawValue: 1 << 5)
    package static let delete = AclOperations(rawValue: 1 << 6)
    package static let alter = AclOperations(rawValue: 1 << 7)
    package static let describe = AclOperations(rawValue: 1 << 8)
    package static let clusterAction = AclOperations(rawValue: 1 << 9)
    package static let describeConfigs = AclOperations(rawValue: 1 << 10)
    package static let alterConfigs = AclOperations(rawValue: 1 << 11)
    package static let idempotentWrite = AclOperations(rawValue: 1 << 12)
    package static let createTokens = AclOperations(rawValue: 1 << 13)
    package static let describeTokens = AclOperations(rawValue: 1 << 14)
    package static let twoPhaseCommit = AclOperations(rawValue: 1 << 15)
}

/// What access can be granted to, with Kafka's numbers.
package enum AclResourceType: Int8, CaseIterable, Sendable {
    case topic = 2
    case group = 3
    case cluster = 4
    case transactionalId = 5
    case delegationToken = 6
    case user = 7

    /// The operations that there are for such a resource: what everybody may do where nobody checks.
    package var operations: AclOperations {
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

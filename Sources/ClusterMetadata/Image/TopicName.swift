/// Rules for the names of topics.
package enum TopicName {
    package static let maxLength = 249
    package static let consumerOffsets = "__consumer_offsets"
    package static let transactionState = "__transaction_state"
    package static let shareGroupState = "__share_group_state"
    package static let clusterMetadata = "__cluster_metadata"

    /// Topics that belong to the system: clients may read them but not write.
    package static func isInternal(_ name: String) -> Bool {
        name == consumerOffsets || name == transactionState || name == shareGroupState
    }

    /// Why a name is not allowed for a topic of clients; nil when it is.
    package static func problem(with name: String) -> String? {
        name == clusterMetadata ? "\(clusterMetadata) is the cluster's own" : malformation(of: name)
    }

    /// What is wrong with the form of a name; nil for nothing.
    package static func malformation(of name: String) -> String? {
        if name.isEmpty { return "a topic needs a name" }
        if name == "." || name == ".." { return "a topic cannot be called '\(name)'" }
        if name.utf8.count > maxLength { return "the name has \(name.utf8.count) characters; \(maxLength) are allowed" }
        let isAllowed = name.utf8.allSatisfy { byte in
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 46
                || byte == 95 || byte == 45
        }
        return isAllowed ? nil : "only letters, digits, '.', '_' and '-' may stand in a topic's name"
    }

    /// Metrics systems write '.' and '_' alike, so two names may not differ in these alone.
    package static func collisionKey(_ name: String) -> String {
        String(decoding: name.utf8.map { $0 == 46 ? 95 : $0 }, as: UTF8.self)
    }

    /// nil for a name that cannot collide.
    static func collisionKeyIfAny(_ name: String) -> String? {
        name.utf8.contains { $0 == 46 || $0 == 95 } ? collisionKey(name) : nil
    }
}

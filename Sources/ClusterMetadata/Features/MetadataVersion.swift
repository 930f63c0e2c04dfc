/// A level of `metadata.version`: which records, and which of their versions, the metadata log may hold.
package struct MetadataVersion: Hashable, Sendable, Comparable, CustomStringConvertible {
    package static let featureName = "metadata.version"

    /// The oldest one that Kafka 4 reads.
    package static let minimum = MetadataVersion(index: 0)
    /// The newest one of a release of Kafka; what later ones mean may still change.
    package static let latestStable = MetadataVersion(index: 23)
    /// The newest one that this build knows.
    package static let latest = MetadataVersion(index: levels.count - 1)

    /// From level 7 on: the name, and whether it brought records or fields that the level before has no place for.
    private static let levels: [(name: String, changesRecords: Bool)] = [
        ("3.3-IV3", true), ("3.4-IV0", true), ("3.5-IV0", false), ("3.5-IV1", false), ("3.5-IV2", true),
        ("3.6-IV0", false), ("3.6-IV1", true), ("3.6-IV2", true), ("3.7-IV0", true), ("3.7-IV1", false),
        ("3.7-IV2", true), ("3.7-IV3", false), ("3.7-IV4", false), ("3.8-IV0", false), ("3.9-IV0", false),
        ("4.0-IV0", false), ("4.0-IV1", true), ("4.0-IV2", false), ("4.0-IV3", false), ("4.1-IV0", false),
        ("4.1-IV1", false), ("4.2-IV0", false), ("4.2-IV1", false), ("4.3-IV0", true), ("4.4-IV0", false),
        ("4.4-IV1", true), ("4.4-IV2", true),
    ]
    private static let firstLevel: Int16 = 7

    private let index: Int

    private init(index: Int) { self.index = index }

    /// nil for a level that this build doesn't know.
    package init?(level: Int16) {
        guard level >= Self.firstLevel, Int(level - Self.firstLevel) < Self.levels.count else { return nil }
        index = Int(level - Self.firstLevel)
    }

    /// Reads a name: `4.1-IV1`, or a release such as `4.1` or `4.1.2`, which stands for its newest stable level.
    package init?(name: String) {
        if let index = Self.levels.firstIndex(where: { $0.name == name }) {
            self.index = index
            return
        }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count >= 2, !name.contains("-") else { return nil }
        let release = "\(parts[0]).\(parts[1])-"
        let stable = Self.levels[...Self.latestStable.index]
        guard let index = stable.lastIndex(where: { $0.name.hasPrefix(release) }) else { return nil }
        self.index = index
    }

    package var level: Int16 { Self.firstLevel + Int16(index) }
    package var name: String { Self.levels[index].name }
    package var description: String { "\(level) (\(name))" }
    package var isStable: Bool { self <= Self.latestStable }

    package static func < (left: MetadataVersion, right: MetadataVersion) -> Bool { left.index < right.index }

    /// Whether a level above `lower`, up to this one, brought something that `lower` has no place for.
    package func changesRecords(since lower: MetadataVersion) -> Bool {
        lower < self && Self.levels[(lower.index + 1)...index].contains { $0.changesRecords }
    }

    // MARK: What the levels brought

    /// Records may stand between those that begin and end a transaction (KIP-868).
    package var hasTransactions: Bool { level >= 13 }
    /// Controllers register (KIP-919).
    package var hasControllerRegistrations: Bool { level >= 15 }
    /// Replicas and brokers name their directories (KIP-858).
    package var hasDirectories: Bool { level >= 17 }
    /// Eligible leader replicas (KIP-966).
    package var hasEligibleLeaders: Bool { level >= 23 }
    /// New clusters of this level begin with `transaction.version` 2 (KIP-890).
    package var beginsWithTransactions: Bool { level >= 24 }
    /// New clusters of this level begin with `eligible.leader.replicas.version` 1.
    package var beginsWithEligibleLeaders: Bool { level >= 26 }
    /// Directories that take no new replicas (KIP-1066).
    package var hasCordonedDirectories: Bool { level >= 30 }
    /// The version of Fetch that replicas use; it is not asked for, as other versions are.
    package var replicaFetch: Int16 { level >= 30 ? 18 : 17 }
    /// Hosts of access rules may be ranges of addresses (KIP-1276).
    package var hasAddressRanges: Bool { level >= 32 }
    /// Registrations of controllers can be removed (KIP-1312).
    package var hasControllerUnregistrations: Bool { level >= 33 }
}

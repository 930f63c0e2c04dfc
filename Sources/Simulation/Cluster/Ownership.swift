import KafkaProtocol

/// G1: in one generation of a group a partition has one owner.
struct Ownership {
    private struct Key: Hashable {
        var group: String
        var generation: Int32
        var partition: TopicPartition
    }

    private var owners: [Key: String] = [:]
    private var isVoid = false

    /// A member was given a partition.
    ///
    /// - Returns: what is wrong with that.
    mutating func owns(_ member: String, _ partition: TopicPartition, in group: String, _ generation: Int32) -> String?
    {
        if isVoid { return nil }
        let key = Key(group: group, generation: generation, partition: partition)
        guard let owner = owners[key], owner != member else {
            owners[key] = member
            return nil
        }
        return "\(partition) belongs to \(owner) and to \(member) in generation \(generation) of \(group)"
    }

    /// The same in a coordinator's description, which is of one moment.
    static func conflicts(_ assignments: [(member: String, partitions: [TopicPartition])]) -> [String] {
        var owners: [TopicPartition: String] = [:]
        var found: [String] = []
        for (member, partitions) in assignments {
            for partition in partitions {
                if let owner = owners[partition] { found.append("\(partition) belongs to \(owner) and to \(member)") }
                owners[partition] = member
            }
        }
        return found
    }

    /// G4: why a group has not come to rest; nil when it has.
    static func unrest(
        state: String,
        _ assignments: [(member: String, partitions: [TopicPartition])],
        members: Int,
        _ partitions: [TopicPartition]
    ) -> String? {
        if state != "Stable" { return "its state is \(state)" }
        if assignments.count != members { return "it has \(assignments.count) members of \(members)" }
        let owned = Set(assignments.flatMap(\.partitions))
        let missing = partitions.filter { !owned.contains($0) }
        return missing.isEmpty ? nil : "nobody owns \(missing)"
    }

    /// The coordinator lost its log: generations come again, and who was a member of one does not know.
    mutating func forget() { isVoid = true }
}

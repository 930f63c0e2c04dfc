import KafkaClient

/// What is placed on a broker.
struct PlacedReplicas: Equatable, Sendable {
    var leaders = 0
    var replicas = 0
    /// Replicas that are not in sync.
    var behind = 0

    /// By the broker's id; those that have none are missing.
    static func on(_ topics: [TopicDescription]) -> [Int32: PlacedReplicas] {
        var found: [Int32: PlacedReplicas] = [:]
        for partition in topics.flatMap(\.partitions) {
            if let leader = partition.leader { found[leader, default: PlacedReplicas()].leaders += 1 }
            for replica in partition.replicas {
                found[replica, default: PlacedReplicas()].replicas += 1
                if !partition.inSyncReplicas.contains(replica) { found[replica, default: PlacedReplicas()].behind += 1 }
            }
        }
        return found
    }
}

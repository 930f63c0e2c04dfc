import Replication

/// What the metrics count a replica as.
struct ReplicaHealth: Equatable, Sendable {
    /// It leads, and not all replicas are in sync.
    var isUnderReplicated = false
    /// It leads, and fewer are in sync than `min.insync.replicas` asks for.
    var isUnderMinIsr = false

    init() {}

    init(_ replica: borrowing Replica) {
        isUnderReplicated = replica.isUnderReplicated
        isUnderMinIsr = replica.isUnderMinIsr
    }
}

import KafkaProtocol

/// L1: as long as a majority of the nodes is well and connected, among it one that is in sync, writes are acknowledged.
struct Progress {
    /// What a partition needs was there since, and who gives it.
    private struct Calm {
        var since: Int64
        var nodes: Set<Int32>
    }

    /// How long everybody may take until the next acknowledgement.
    let limitNanoseconds: Int64
    private var calm: [TopicPartition: Calm] = [:]
    private var acknowledged: [TopicPartition: Int64] = [:]
    private var told: Set<TopicPartition> = []

    init(limitNanoseconds: Int64) { self.limitNanoseconds = limitNanoseconds }

    mutating func acknowledges(_ partition: TopicPartition, now: Int64) { acknowledged[partition] = now }

    /// - Parameters:
    ///   - well: nodes that nothing hinders, all of which reach each other: enough of the controllers, or none.
    ///   - replicas: of the partition.
    ///   - inSync: of them, as the newest metadata has it.
    /// - Returns: what is wrong.
    mutating func look(
        _ partition: TopicPartition,
        well: Set<Int32>,
        replicas: [Int32],
        inSync: [Int32],
        now: Int64
    ) -> String? {
        let isEnough = replicas.count(where: well.contains) >= ReplicatedCluster.minInSync
        guard isEnough, inSync.contains(where: well.contains) else {
            calm[partition] = nil
            return nil
        }
        // Others may join; who leaves takes something away.
        guard let known = calm[partition], known.nodes.isSubset(of: well) else {
            calm[partition] = Calm(since: now, nodes: well)
            return nil
        }
        let since = max(known.since, acknowledged[partition] ?? 0)
        guard now - since > limitNanoseconds, told.insert(partition).inserted else { return nil }
        let millis = (now - since) / 1_000_000
        return "nothing is acknowledged in \(partition) for \(millis) ms, though \(well.sorted()) are well"
    }
}

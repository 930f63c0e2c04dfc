import KafkaClient

/// What clients see of a local cluster, and how much that is in a second.
struct DevView: Sendable {
    var controller: Int32 = -1
    var registered: Set<Int32> = []
    var placed: [Int32: PlacedReplicas] = [:]
    /// By broker, records that its replicas are behind the high watermark.
    var lag: [Int32: Int64] = [:]
    /// By broker, the high watermarks of the partitions that it leads.
    var records: [Int32: Int64] = [:]
    var partitions = 0
    var offline = 0
    /// Partitions of which not all replicas are in sync.
    var underReplicated: [String] = []

    /// - Throws: when no broker answers.
    static func of(_ admin: Admin) async throws(KafkaError) -> DevView {
        var view = DevView()
        let cluster = try await admin.describeCluster()
        view.registered = Set(cluster.brokers.map(\.id))
        view.controller = try await admin.describeQuorum().leaderId
        let topics = try await admin.listTopics(includingInternal: true)
        view.placed = PlacedReplicas.on(topics)
        view.count(topics)
        for id in view.registered.sorted() {
            // One that just died says nothing.
            guard let directories = try? await admin.describeLogDirs(of: id) else { continue }
            view.lag[id] = directories.flatMap(\.replicas.values).reduce(0) { $0 + max(0, $1.offsetLag) }
        }
        let led = topics.flatMap { topic in
            topic.partitions.filter { $0.leader != nil }.map { TopicPartition(topic.name, $0.index) }
        }
        guard let ends = try? await admin.listOffsets(led, .latest) else { return view }
        for topic in topics {
            for partition in topic.partitions {
                guard let leader = partition.leader, let end = ends[TopicPartition(topic.name, partition.index)] else {
                    continue
                }
                view.records[leader, default: 0] += end
            }
        }
        return view
    }

    private mutating func count(_ topics: [TopicDescription]) {
        for topic in topics {
            for partition in topic.partitions {
                partitions += 1
                if partition.leader == nil { offline += 1 }
                guard partition.inSyncReplicas.count < partition.replicas.count else { continue }
                let leader = partition.leader.map { "leader \($0)" } ?? "no leader"
                underReplicated.append(
                    "\(topic.name)/\(partition.index): \(leader), ISR \(list(partition.inSyncReplicas)) of \(list(partition.replicas))"
                )
            }
        }
    }

    private func list(_ ids: [Int32]) -> String { ids.map { "\($0)" }.joined(separator: ",") }
}

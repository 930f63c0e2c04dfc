import KafkaClient

/// What clients see of a local cluster, and how much that is in a second.
struct DevView: Sendable {
    /// What one broker does.
    struct BrokerWork: Equatable, Sendable {
        var leaders = 0
        var replicas = 0
        /// Replicas that are not in sync.
        var behind = 0
        /// Records that its replicas are behind the high watermark.
        var lag: Int64 = 0
        /// High watermarks of the partitions that it leads.
        var records: Int64 = 0
    }

    var controller: Int32 = -1
    var registered: Set<Int32> = []
    var work: [Int32: BrokerWork] = [:]
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
        view.count(topics)
        for id in view.registered {
            // One that just died says nothing.
            guard let directories = try? await admin.describeLogDirs(of: id) else { continue }
            for replica in directories.flatMap(\.replicas.values) {
                view.work[id, default: BrokerWork()].lag += max(0, replica.offsetLag)
            }
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
                view.work[leader, default: BrokerWork()].records += end
            }
        }
        return view
    }

    private mutating func count(_ topics: [TopicDescription]) {
        for topic in topics {
            for partition in topic.partitions {
                partitions += 1
                if let leader = partition.leader {
                    work[leader, default: BrokerWork()].leaders += 1
                } else {
                    offline += 1
                }
                for replica in partition.replicas {
                    work[replica, default: BrokerWork()].replicas += 1
                    if !partition.inSyncReplicas.contains(replica) { work[replica, default: BrokerWork()].behind += 1 }
                }
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

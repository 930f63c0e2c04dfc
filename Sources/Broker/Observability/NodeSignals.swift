import ClusterMetadata
import Coordination
import CoreMetrics
import KRaft
import KafkaProtocol
import Synchronization
import World

/// Figures that are looked up when somebody asks for the metrics, and cost nothing until then.
final class NodeSignals: Sendable {
    private let metadata: MetadataRuntime
    private let metrics: BrokerMetrics
    private let store: PartitionStore?
    private let transactions: TransactionRuntime?
    private let time: WorldTime
    /// Brokers that a lag was told of: they are told of again when there is none any more.
    private let followers = Mutex<Set<Int32>>([])

    /// - Parameter node: nil on nodes that are controllers alone.
    init(metadata: MetadataRuntime, metrics: BrokerMetrics, node: Node?, time: WorldTime) {
        (self.metadata, self.metrics, self.time) = (metadata, metrics, time)
        (store, transactions) = (node?.store, node?.transactions.runtime)
    }

    func refresh() {
        controller()
        quorum()
        replication()
        coordinatedTransactions()
    }

    /// Of the shards that have been loaded.
    private func coordinatedTransactions() {
        guard let transactions else { return }
        let counts = transactions.all.compactMap { try? $0.read { $0.counts }.get() }
        metrics.transactions.record(counts, now: time.wall.milliseconds)
    }

    private func controller() {
        let isActive = metadata.isActive
        metrics.controller.active.record(isActive ? 1 : 0)
        let image = metadata.latest.image
        var (offline, fenced, active) = (0, 0, 0)
        if isActive {
            for topic in image.topics.values { offline += topic.partitions.values.count { $0.leader < 0 } }
            for broker in image.brokers.values { if broker.isFenced { fenced += 1 } else { active += 1 } }
        }
        metrics.controller.offlinePartitions.record(offline)
        metrics.controller.fencedBrokers.record(fenced)
        metrics.controller.activeBrokers.record(active)
    }

    private func quorum() {
        let status = metadata.status
        metrics.quorum.leader.record(status.leaderId)
        metrics.quorum.epoch.record(status.leaderEpoch)
        metrics.quorum.highWatermark.record(status.highWatermark)
        metrics.quorum.logEnd.record(status.logEndOffset)
        metrics.quorum.voters.record(status.voters.count)
        metrics.quorum.imageOffset.record(metadata.latest.offset)
    }

    /// Of each follower's broker: bytes and records of all that is led here, and the longest time.
    private func replication() {
        guard let store else { return }
        let now = time.now
        var lags: [Int32: FollowerLag] = [:]
        for partition in store.all {
            for (follower, lag) in partition.lags(now: now) { lags[follower, default: FollowerLag()].add(lag) }
        }
        let known = followers.withLock { followers in
            followers.formUnion(lags.keys)
            return followers.sorted()
        }
        for follower in known {
            let lag = lags[follower] ?? FollowerLag()
            let dimensions = [("follower", "\(follower)")]
            func gauge(_ unit: String) -> Gauge {
                Gauge(label: "ottla_replication_lag_\(unit)", dimensions: dimensions, factory: metrics.factory)
            }
            gauge("bytes").record(lag.bytes)
            gauge("records").record(lag.records)
            gauge("seconds").record(Double(lag.millis) / 1000)
        }
    }
}

/// How far a follower is behind its leader.
struct FollowerLag: Equatable, Sendable {
    /// About so many.
    var bytes: Int64 = 0
    /// Offsets.
    var records: Int64 = 0
    /// Since it had all that there was.
    var millis: Int64 = 0

    /// With another partition.
    mutating func add(_ other: FollowerLag) {
        bytes += other.bytes
        records += other.records
        millis = max(millis, other.millis)
    }
}

import ClusterMetadata
import CoreMetrics
import KRaft
import KafkaProtocol

/// What the active controller decides. On all other nodes nothing is counted, and gauges are 0.
struct ControllerMetrics: Sendable {
    /// 1 where the controller decides.
    let active: Gauge
    /// Partitions of the cluster that nobody leads.
    let offlinePartitions: Gauge
    let activeBrokers: Gauge
    let fencedBrokers: Gauge
    private let registrations: Counter
    private let unfencings: Counter
    private let fencings: Counter
    /// From the decision on a leader until it is committed.
    private let electionTime: Timer
    private let elections: [LeaderElection: Counter]
    private let factory: any MetricsFactory

    init(_ factory: any MetricsFactory) {
        self.factory = factory
        active = Gauge(label: "ottla_active_controller", factory: factory)
        offlinePartitions = Gauge(label: "ottla_offline_partitions", factory: factory)
        activeBrokers = Gauge(label: "ottla_active_brokers", factory: factory)
        fencedBrokers = Gauge(label: "ottla_fenced_brokers", factory: factory)
        registrations = Counter(label: "ottla_broker_registrations_total", factory: factory)
        unfencings = Counter(label: "ottla_brokers_unfenced_total", factory: factory)
        fencings = Counter(label: "ottla_brokers_fenced_total", factory: factory)
        electionTime = Timer(label: "ottla_leader_election_seconds", factory: factory)
        let kinds: [LeaderElection] = [.inSync, .eligible, .lastKnown, .unclean, .nobody]
        let counters = kinds.map { kind in
            (kind, Counter(label: "ottla_leader_elections_total", dimensions: [("kind", "\(kind)")], factory: factory))
        }
        elections = Dictionary(uniqueKeysWithValues: counters)
    }

    func count(_ decision: ControllerDecision) {
        switch decision {
        case .registered: registrations.increment()
        case .fenced: fencings.increment()
        case .unfenced: unfencings.increment()
        case .shutdownBegan, .unregistered, .directoriesLost, .partition, .sessionsRenewed: break
        }
    }

    /// A partition's leader is another one, or there is none any more; that was committed so long after it was decided.
    func elected(_ change: PartitionDecision, nanos: Int64) {
        elections[change.election]?.increment()
        if change.after.leader < 0 { return }
        electionTime.recordNanoseconds(nanos)
        guard let millis = change.unavailableMillis else { return }
        let dimensions = [("cause", change.cause.name)]
        Recorder(label: "ottla_partition_unavailable_ms", dimensions: dimensions, aggregate: true, factory: factory)
            .record(millis + nanos / 1_000_000)
    }
}

/// The metadata quorum as this node sees it.
struct QuorumMetrics: Sendable {
    /// -1 while nobody leads.
    let leader: Gauge
    let epoch: Gauge
    let highWatermark: Gauge
    let logEnd: Gauge
    let voters: Gauge
    /// The offset that the newest image of the metadata reflects.
    let imageOffset: Gauge
    private let roles: [RaftRoleKind: Counter]

    init(_ factory: any MetricsFactory) {
        leader = Gauge(label: "ottla_quorum_leader_id", factory: factory)
        epoch = Gauge(label: "ottla_quorum_epoch", factory: factory)
        highWatermark = Gauge(label: "ottla_quorum_high_watermark", factory: factory)
        logEnd = Gauge(label: "ottla_quorum_log_end_offset", factory: factory)
        voters = Gauge(label: "ottla_quorum_voters", factory: factory)
        imageOffset = Gauge(label: "ottla_metadata_offset", factory: factory)
        let kinds: [RaftRoleKind] = [.unattached, .follower, .prospective, .candidate, .leader, .resigned, .observer]
        let counters = kinds.map { kind in
            let dimensions = [("role", kind.rawValue)]
            return (kind, Counter(label: "ottla_quorum_role_changes_total", dimensions: dimensions, factory: factory))
        }
        roles = Dictionary(uniqueKeysWithValues: counters)
    }

    /// This node became that.
    func count(_ role: RaftRoleKind) { roles[role]?.increment() }
}

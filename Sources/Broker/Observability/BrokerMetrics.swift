import CoreMetrics
import Synchronization

/// The broker's own measurements, by names of the Prometheus convention.
final class BrokerMetrics: Sendable {
    let requestBytes = Counter(label: "ottla_request_bytes_total")
    let producedBytes = Counter(label: "ottla_produced_bytes_total")
    let producedRecords = Counter(label: "ottla_produced_records_total")
    let fetchedBytes = Counter(label: "ottla_fetched_bytes_total")
    let closedByError = Counter(label: "ottla_connections_closed_by_error_total")
    let acceptedConnections = Counter(label: "ottla_connections_accepted_total")
    let refusedConnections = Counter(label: "ottla_connections_refused_total")
    let appendsDiverted = Counter(label: "ottla_appends_diverted_total")
    let flushes = Counter(label: "ottla_flushes_total")
    let trailingBytes = Counter(label: "ottla_requests_with_trailing_bytes_total")
    let openConnections = Gauge(label: "ottla_connections")
    let partitions = Gauge(label: "ottla_partitions")
    let residentBytes = Gauge(label: "process_resident_memory_bytes")
    /// Bytes that wait for compaction.
    let cleanerBacklog = Gauge(label: "ottla_log_cleaner_backlog_bytes")
    /// The largest part of a log that is dirty, 0 to 1.
    let cleanerDirtiest = Gauge(label: "ottla_log_cleaner_max_dirty_ratio")
    /// Partitions whose logs cannot be compacted.
    let cleanerSetAside = Gauge(label: "ottla_log_cleaner_uncleanable_partitions")
    let cleanerPasses = Counter(label: "ottla_log_cleaner_passes_total")
    /// Bytes of logs that were looked at; those that are looked at twice count twice.
    let cleanerBytes = Counter(label: "ottla_log_cleaner_read_bytes_total")
    let cleanerLastPass = Gauge(label: "ottla_log_cleaner_last_pass_milliseconds")
    let offlineDirectories = Gauge(label: "ottla_log_directories_offline")
    /// Partitions led here that have replicas out of sync.
    let underReplicated = CountingGauge(label: "ottla_under_replicated_partitions")
    /// Partitions led here with fewer replicas in sync than `min.insync.replicas` asks for.
    let underMinIsr = CountingGauge(label: "ottla_under_min_isr_partitions")
    /// How often this node's leaders have asked for fewer, or for more, replicas in sync.
    let isrShrinks = Counter(label: "ottla_isr_shrinks_total")
    let isrExpands = Counter(label: "ottla_isr_expands_total")
    /// How often a follower's log was cut, or begun anew, because its leader's is another one.
    let truncations = Counter(label: "ottla_log_truncations_total")
    /// Bytes of logs that were read only to see whether they are what was written.
    let scrubbedBytes = Counter(label: "ottla_log_scrubbed_bytes_total")
    /// Stretches of logs that are not, and those that were repaired.
    let damageFound = Counter(label: "ottla_log_damage_found_total")
    let damageRepaired = Counter(label: "ottla_log_damage_repaired_total")
    let damagedPartitions = Gauge(label: "ottla_log_damaged_partitions")
    let controller: ControllerMetrics
    let quorum: QuorumMetrics
    let transactions: TransactionMetrics
    /// Bytes that were copied from leaders.
    let replicatedBytes = Counter(label: "ottla_replicated_bytes_total")
    /// Bytes of records that this node sent to another rack than its own.
    let crossRackConsumed = Counter(label: "ottla_cross_rack_bytes_total", dimensions: [("to", "consumer")])
    let crossRackReplicated = Counter(label: "ottla_cross_rack_bytes_total", dimensions: [("to", "replica")])
    /// Of the controller's, the quorum's, and those that are made as they are needed.
    let factory: any MetricsFactory

    init(factory: any MetricsFactory = MetricsSystem.factory) {
        self.factory = factory
        (controller, quorum) = (ControllerMetrics(factory), QuorumMetrics(factory))
        transactions = TransactionMetrics(factory)
    }
}

/// A gauge of how many there are, told of each that comes and goes.
final class CountingGauge: Sendable {
    private let gauge: Gauge
    private let count = Atomic(0)

    init(label: String) {
        gauge = Gauge(label: label)
        gauge.record(0)
    }

    var value: Int { count.load(ordering: .relaxed) }

    func add(_ difference: Int) {
        gauge.record(Int64(count.wrappingAdd(difference, ordering: .relaxed).newValue))
    }
}

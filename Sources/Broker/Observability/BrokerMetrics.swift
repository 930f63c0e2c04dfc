import CoreMetrics

/// The broker's own measurements, by names of the Prometheus convention.
final class BrokerMetrics: Sendable {
    let requests: [Int16: Counter]
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
    let offlineDirectories = Gauge(label: "ottla_log_directories_offline")

    init(apis: [(key: Int16, name: String)]) {
        requests = Dictionary(
            uniqueKeysWithValues: apis.map {
                ($0.key, Counter(label: "ottla_requests_total", dimensions: [("api", $0.name)]))
            }
        )
    }
}

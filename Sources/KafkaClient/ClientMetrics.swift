import CoreMetrics
import Synchronization

/// What a producer counts, for whatever backend swift-metrics was given. Each has the label `client_id`.
struct ProducerMetrics: Sendable {
    private let records, bytes, batches, failures, retries: Counter

    init(clientId: String) {
        records = counter("producer_records", clientId)
        bytes = counter("producer_bytes", clientId)
        batches = counter("producer_batches", clientId)
        failures = counter("producer_failed_records", clientId)
        retries = counter("producer_batch_retries", clientId)
    }

    func noteRetry() { retries.increment() }

    /// Once for a batch.
    func note(_ completion: ProducerEngine.Completion) {
        guard case .success = completion.result else { return failures.increment(by: completion.records) }
        records.increment(by: completion.records)
        bytes.increment(by: completion.bytes)
        batches.increment()
    }
}

/// What a consumer counts. Each has the label `client_id`.
final class ConsumerMetrics: Sendable {
    private let records, bytes, batches, changes: Counter
    /// Records between where the consumer is in a partition and its end.
    private let lags = Mutex<[TopicPartition: Gauge]>([:])
    private let clientId: String

    init(clientId: String) {
        records = counter("consumer_records", clientId)
        bytes = counter("consumer_bytes", clientId)
        batches = counter("consumer_batches", clientId)
        changes = counter("consumer_partition_changes", clientId)
        self.clientId = clientId
    }

    /// Once for a batch.
    func note(_ batch: ConsumedBatch) {
        records.increment(by: batch.count)
        bytes.increment(by: batch.size)
        batches.increment()
    }

    func noteChange() { changes.increment() }

    func note(lag: Int64, of key: TopicPartition) {
        let gauge = lags.withLock { lags in
            if let known = lags[key] { return known }
            let new = Gauge(
                label: "kafka_consumer_lag_records",
                dimensions: [
                    ("client_id", clientId), ("topic", key.topic), ("partition", "\(key.partition)"),
                ]
            )
            lags[key] = new
            return new
        }
        gauge.record(lag)
    }

    /// The consumer reads these no more.
    func forget(_ keys: some Sequence<TopicPartition>) {
        for gauge in lags.withLock({ lags in keys.compactMap { lags.removeValue(forKey: $0) } }) { gauge.destroy() }
    }
}

private func counter(_ name: String, _ clientId: String) -> Counter {
    Counter(label: "kafka_\(name)_total", dimensions: [("client_id", clientId)])
}

import Coordination
import CoreMetrics

/// Of the transactions that a broker coordinates.
struct TransactionMetrics: Sendable {
    let ids: Gauge
    let open: Gauge
    /// Decided, with markers that are not written yet.
    let ending: Gauge
    let oldestSeconds: Gauge
    private let committed: Counter
    private let aborted: Counter
    private let timedOut: Counter
    private let fenced: Counter

    init(_ factory: any MetricsFactory) {
        ids = Gauge(label: "ottla_transactional_ids", factory: factory)
        open = Gauge(label: "ottla_transactions_open", factory: factory)
        ending = Gauge(label: "ottla_transactions_ending", factory: factory)
        oldestSeconds = Gauge(label: "ottla_transaction_oldest_open_seconds", factory: factory)
        func outcomes(_ outcome: String) -> Counter {
            Counter(label: "ottla_transactions_total", dimensions: [("outcome", outcome)], factory: factory)
        }
        (committed, aborted) = (outcomes("commit"), outcomes("abort"))
        func causes(_ cause: String) -> Counter {
            let label = "ottla_transactions_ended_by_coordinator_total"
            return Counter(label: label, dimensions: [("cause", cause)], factory: factory)
        }
        (timedOut, fenced) = (causes("timeout"), causes("fenced"))
    }

    func count(_ outcome: TransactionOutcome) { (outcome.isCommit ? committed : aborted).increment() }

    func count(_ reason: TransactionReason) {
        switch reason {
        case .timedOut: timedOut.increment()
        case .fenced: fenced.increment()
        case .expired: break
        }
    }

    /// - Parameters:
    ///   - shards: each coordinator's.
    ///   - now: milliseconds since 1970.
    func record(_ shards: [TransactionCounts], now: Int64) {
        ids.record(shards.reduce(0) { $0 + $1.ids })
        open.record(shards.reduce(0) { $0 + $1.open })
        ending.record(shards.reduce(0) { $0 + $1.ending })
        let oldest = shards.compactMap(\.oldestStart).min()
        oldestSeconds.record(oldest.map { Double(max(0, now - $0)) / 1000 } ?? 0)
    }
}

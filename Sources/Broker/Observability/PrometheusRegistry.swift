import CoreMetrics
import Synchronization

/// A metrics backend whose content can be read as Prometheus text. What is recorded many times is a histogram: of milliseconds, those of timers of seconds.
package final class PrometheusRegistry: MetricsFactory {
    private final class Cell: CounterHandler, RecorderHandler, MeterHandler, FloatingPointCounterHandler, TimerHandler,
        Sendable
    {
        let name: String
        let labels: String
        let kind: String
        /// Of a histogram: the upper bounds of its buckets.
        private let bounds: [Double]
        private let value = Mutex(0.0)
        /// Of a histogram, below each bound, and of all.
        private let counts: Mutex<[Int]>

        init(name: String, labels: String, kind: String, bounds: [Double]) {
            self.name = name
            self.labels = labels
            self.kind = kind
            self.bounds = bounds
            counts = Mutex(Array(repeating: 0, count: bounds.count + 1))
        }

        /// Without the line that tells its kind.
        var lines: String {
            let sum = value.withLock { $0 }
            if kind != "histogram" { return "\(name)\(labels) \(sum)\n" }
            let counts = counts.withLock { $0 }
            var text = ""
            for (place, bound) in (bounds.map { "\($0)" } + ["+Inf"]).enumerated() {
                let all = labels.isEmpty ? "{le=\"\(bound)\"}" : "\(labels.dropLast()),le=\"\(bound)\"}"
                text += "\(name)_bucket\(all) \(counts[place])\n"
            }
            return text + "\(name)_sum\(labels) \(sum)\n\(name)_count\(labels) \(counts[bounds.count])\n"
        }

        func increment(by amount: Int64) { value.withLock { $0 += Double(amount) } }
        func increment(by amount: Double) { value.withLock { $0 += amount } }
        func decrement(by amount: Double) { value.withLock { $0 -= amount } }
        func reset() { value.withLock { $0 = 0 } }
        func set(_ amount: Int64) { value.withLock { $0 = Double(amount) } }
        func set(_ amount: Double) { value.withLock { $0 = amount } }
        func record(_ amount: Int64) { record(Double(amount)) }
        func record(_ amount: Double) {
            if kind == "gauge" { return set(amount) }
            value.withLock { $0 += amount }
            counts.withLock { counts in
                for (place, bound) in bounds.enumerated() where amount <= bound { counts[place] += 1 }
                counts[bounds.count] += 1
            }
        }
        func recordNanoseconds(_ nanos: Int64) { record(Double(nanos) / 1e9) }
    }

    private let cells = Mutex<[String: Cell]>([:])

    package init() {}

    private static let millis: [Double] = [
        1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 60_000,
    ]

    private func cell(
        _ label: String,
        _ dimensions: [(String, String)],
        _ kind: String,
        bounds: [Double] = []
    ) -> Cell {
        let labels =
            dimensions.isEmpty
            ? "" : "{" + dimensions.map { "\($0.0)=\"\(Self.escape($0.1))\"" }.joined(separator: ",") + "}"
        return cells.withLock { cells in
            if let known = cells[label + labels] { return known }
            let cell = Cell(name: label, labels: labels, kind: kind, bounds: bounds)
            cells[label + labels] = cell
            return cell
        }
    }

    private static func escape(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }

    /// All metrics in the text format, version 0.0.4.
    package var text: String {
        var result = ""
        var last = ""
        for cell in cells.withLock({ $0.values.sorted { ($0.name, $0.labels) < ($1.name, $1.labels) } }) {
            if cell.name != last { result += "# TYPE \(cell.name) \(cell.kind)\n" }
            last = cell.name
            result += cell.lines
        }
        return result
    }

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        cell(label, dimensions, "counter")
    }
    package func makeFloatingPointCounter(label: String, dimensions: [(String, String)])
        -> any FloatingPointCounterHandler
    {
        cell(label, dimensions, "counter")
    }
    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        cell(label, dimensions, "gauge")
    }
    package func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        aggregate
            ? cell(label, dimensions, "histogram", bounds: Self.millis) : cell(label, dimensions, "gauge")
    }
    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        cell(label, dimensions, "histogram", bounds: Self.millis.map { $0 / 1000 })
    }
    package func destroyCounter(_ handler: any CounterHandler) {}
    package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    package func destroyMeter(_ handler: any MeterHandler) {}
    package func destroyRecorder(_ handler: any RecorderHandler) {}
    package func destroyTimer(_ handler: any TimerHandler) {}
}

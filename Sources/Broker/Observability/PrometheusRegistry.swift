import CoreMetrics
import Synchronization

/// A metrics backend whose content can be read as Prometheus text.
package final class PrometheusRegistry: MetricsFactory {
    private final class Cell: CounterHandler, RecorderHandler, MeterHandler, FloatingPointCounterHandler, TimerHandler,
        Sendable
    {
        let name: String
        let labels: String
        let kind: String
        private let value = Mutex(0.0)
        private let count = Mutex(0)

        init(name: String, labels: String, kind: String) {
            self.name = name
            self.labels = labels
            self.kind = kind
        }

        var current: (sum: Double, count: Int) { (value.withLock { $0 }, count.withLock { $0 }) }

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
            count.withLock { $0 += 1 }
        }
        func recordNanoseconds(_ nanos: Int64) { record(Double(nanos) / 1e9) }
    }

    private let cells = Mutex<[String: Cell]>([:])

    package init() {}

    private func cell(_ label: String, _ dimensions: [(String, String)], _ kind: String) -> Cell {
        let labels =
            dimensions.isEmpty
            ? "" : "{" + dimensions.map { "\($0.0)=\"\(Self.escape($0.1))\"" }.joined(separator: ",") + "}"
        return cells.withLock { cells in
            if let known = cells[label + labels] { return known }
            let cell = Cell(name: label, labels: labels, kind: kind)
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
            let (sum, count) = cell.current
            if cell.kind == "summary" {
                result += "\(cell.name)_sum\(cell.labels) \(sum)\n\(cell.name)_count\(cell.labels) \(count)\n"
            } else {
                result += "\(cell.name)\(cell.labels) \(sum)\n"
            }
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
        cell(label, dimensions, aggregate ? "summary" : "gauge")
    }
    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        cell(label, dimensions, "summary")
    }
    package func destroyCounter(_ handler: any CounterHandler) {}
    package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    package func destroyMeter(_ handler: any MeterHandler) {}
    package func destroyRecorder(_ handler: any RecorderHandler) {}
    package func destroyTimer(_ handler: any TimerHandler) {}
}

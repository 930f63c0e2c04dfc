import Logging

/// What happened in a run, for a person to read.
/// Sendable: nodes, clients and faults, all on the scheduler's thread, write it.
package final class Timeline: @unchecked Sendable {
    private let scheduler: Scheduler
    private let print: ((String) -> Void)?
    /// What must not be.
    package private(set) var violations: [String] = []

    /// - Parameter print: gets each line as it comes.
    package init(_ scheduler: Scheduler, print: ((String) -> Void)? = nil) {
        self.scheduler = scheduler
        self.print = print
    }

    package func log(_ who: String, _ what: @autoclosure () -> String) {
        guard let emit = print else { return }
        let millis = scheduler.now / 1_000_000 - 1000
        let fraction = "\(1000 + millis % 1000)".dropFirst()
        emit("\(millis / 1000).\(fraction) \(who): \(what())")
    }

    package func violated(_ invariant: String, _ what: String) {
        // One thing that goes wrong violates much.
        if violations.count(where: { $0.hasPrefix("\(invariant):") }) < 5 { violations.append("\(invariant): \(what)") }
        log("VIOLATION", "\(invariant): \(what)")
    }

    /// For what a node or a client logs.
    ///
    /// - Parameter report: gets the warnings, also when nobody reads the timeline.
    func logger(_ who: String, report: ((String) -> Void)? = nil) -> Logger {
        var logger = Logger(label: who) { _ in Handler(timeline: self, who: who, report: report.map(Report.init)) }
        logger.logLevel = print != nil ? .notice : report != nil ? .warning : .critical
        return logger
    }

    /// Sendable: nodes log on the scheduler's thread.
    private struct Report: @unchecked Sendable {
        let take: (String) -> Void
    }

    private struct Handler: LogHandler {
        let timeline: Timeline
        let who: String
        let report: Report?
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.notice

        subscript(metadataKey key: String) -> Logger.MetadataValue? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let details = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }
            let text = "\(event.message)\(details.joined())"
            if let report, event.level >= .warning { report.take(text) }
            timeline.log(who, text)
        }
    }
}

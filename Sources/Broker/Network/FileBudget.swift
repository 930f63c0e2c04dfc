import KafkaProtocol
import LogStorage
import Logging
import Synchronization
import World

/// How the files that the process may have open are shared out: connections get what the logs of the partitions don't need, and the
/// logs what the connections leave them.
final class FileBudget: Sendable {
    /// Log files that are open at least, however many connections there are.
    private static let fewestLogFiles = 32
    /// Between two warnings that files are short.
    private static let warningMillis: Int64 = 600_000

    /// Of the process.
    let limit: Int
    /// For everything but logs and connections: event loops, indexes while they are read, checkpoints, connections being refused.
    private let reserve: Int
    private let logs: OpenSegmentFiles
    private let time: WorldTime
    private let partitions = Atomic<Int>(0)

    private struct Shortage {
        var refused = 0
        var closedBefore = 0
        var nextWarning = Int64.min
    }
    private let shortage = Mutex(Shortage())

    /// - Throws: `ConfigurationError` when a node cannot work with so few files.
    init(limit: Int, config: BrokerConfig, logs: OpenSegmentFiles, time: WorldTime) throws(ConfigurationError) {
        self.time = time
        self.limit = limit
        self.logs = logs
        let workers = config.threads + config.logDirs.count * (config.recoveryThreads + 2) + config.cleanerThreads + 4
        reserve = 32 + 3 * config.threads + config.listeners.count + 2 * workers + Self.controllerConnections(config)
        let needed = reserve + Self.fewestLogFiles + 16
        guard limit >= needed else {
            throw ConfigurationError(
                "the process may open \(limit) files, and a node needs \(needed) at least; raise LimitNOFILE of the service, or ulimit -n"
            )
        }
        logs.setLimit(shared)
    }

    /// Between controllers, and from brokers to controllers: clients must not take them away.
    private static func controllerConnections(_ config: BrokerConfig) -> Int {
        config.quorum.hasPeers(config) ? 64 : 0
    }

    /// What logs and connections have together.
    private var shared: Int { limit - reserve }

    /// How many connections there may be: each partition should have its log open, as long as that leaves half of the files.
    var connectionLimit: Int {
        let wanted = partitions.load(ordering: .relaxed) + Self.fewestLogFiles
        return shared - min(wanted, max(shared / 2, Self.fewestLogFiles))
    }

    /// Of how many partitions one answer may have bytes: each keeps a file open until the client has taken them.
    var filesPerAnswer: Int { max(8, min(shared / 16, 4096)) }

    func partitionsChanged(to count: Int) { partitions.store(count, ordering: .relaxed) }

    func connectionsChanged(to count: Int) { logs.setLimit(max(shared - count, Self.fewestLogFiles)) }

    func connectionWasRefused() { shortage.withLock { $0.refused += 1 } }

    /// Says what limit is needed, once in a while, when files had to be closed or connections refused since the last time.
    func warnIfShort(_ logger: Logger, connections: Int) {
        let now = time.now.milliseconds
        let found = shortage.withLock { shortage -> (refused: Int, closed: Int)? in
            let closed = logs.closedForOthers - shortage.closedBefore
            guard closed > 0 || shortage.refused > 0, now >= shortage.nextWarning else { return nil }
            defer {
                shortage = Shortage(
                    closedBefore: shortage.closedBefore + closed,
                    nextWarning: now + Self.warningMillis
                )
            }
            return (shortage.refused, closed)
        }
        guard let found else { return }
        let partitions = partitions.load(ordering: .relaxed)
        let wanted = reserve + partitions + Self.fewestLogFiles + connections + found.refused
        logger.warning(
            "too few files may be open: log files are closed and opened again, or connections refused; set LimitNOFILE of the service, or ulimit -n, to \((wanted + 1023) / 1024 * 1024) or more",
            metadata: [
                "limit": "\(limit)", "partitions": "\(partitions)", "connections": "\(connections)",
                "refusedConnections": "\(found.refused)", "closedLogFiles": "\(found.closed)",
            ]
        )
    }
}

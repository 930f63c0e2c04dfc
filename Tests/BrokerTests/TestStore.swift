import KafkaProtocol
import LogStorage
import Logging
import World

@testable import Broker

extension PartitionStore {
    /// The replicas of node 1 in its only directory, `/one`.
    static func ofOneDirectory(_ world: World, id: KafkaUUID) throws -> PartitionStore {
        let directory = LogDirectoryRuntime(
            try LogDirectory("/one", fileSystem: world.files),
            world: world,
            meta: MetaProperties(clusterId: "c", nodeId: 1, directoryId: id),
            logger: .silent,
            metrics: BrokerMetrics(),
            decisions: .silent
        ) { _, _ in }
        return PartitionStore(
            world: world,
            directories: [directory],
            nodeId: 1,
            config: try BrokerConfig([:]),
            logger: .silent,
            metrics: BrokerMetrics(),
            decisions: .silent
        )
    }
}

extension DecisionLog {
    /// One that nobody looks at.
    static var silent: DecisionLog {
        DecisionLog(time: WorldTime.real, logger: .silent, metrics: BrokerMetrics())
    }
}

extension Logger {
    static var silent: Logger {
        var logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        logger.logLevel = .critical
        return logger
    }
}

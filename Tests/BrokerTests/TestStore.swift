import KafkaProtocol
import LogStorage
import Logging
import World

@testable import Broker

extension PartitionStore {
    /// The replicas of node 1 in its only directory, `/one`.
    static func ofOneDirectory(_ world: World, id: KafkaUUID) throws -> PartitionStore {
        try of(["/one": id], world)
    }

    /// The replicas of node 1 in these directories.
    static func of(_ directories: KeyValuePairs<String, KafkaUUID>, _ world: World) throws -> PartitionStore {
        let opened = try directories.map { path, id in
            LogDirectoryRuntime(
                try LogDirectory(path, fileSystem: world.files),
                world: world,
                meta: MetaProperties(clusterId: "c", nodeId: 1, directoryId: id),
                logger: .silent,
                metrics: BrokerMetrics(),
                decisions: .silent
            ) { _, _ in }
        }
        return PartitionStore(
            world: world,
            directories: opened,
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

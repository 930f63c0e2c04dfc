import ClusterMetadata
import Logging

/// Tells operators what the controller decided, and why.
struct DecisionLog {
    /// How many partitions one decision may tell of.
    private static let partitionsTold = 5

    let logger: Logger

    func note(_ decisions: [ControllerDecision]) {
        var partitions = 0
        for decision in decisions {
            if decision.isAboutBroker {
                logger.notice("\(decision)")
            } else {
                partitions += 1
                logger.log(level: partitions <= Self.partitionsTold ? .info : .debug, "\(decision)")
            }
        }
        if partitions > Self.partitionsTold {
            logger.info("and \(partitions - Self.partitionsTold) partitions more, for the same reason")
        }
    }
}

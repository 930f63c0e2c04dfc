import Logging
import World

/// What the connections of clients have in common.
final class ConnectionServices: Sendable {
    let dispatcher: Dispatcher
    let connections: ConnectionRegistry
    let requestMemory: RequestMemory
    let closeLog: CloseLog
    let files: FileBudget
    let metrics: BrokerMetrics
    let time: WorldTime
    let logger: Logger
    /// `socket.request.max.bytes`.
    let requestMaxBytes: Int
    /// `connections.max.idle.ms`.
    let idleMillis: Int64

    init(_ node: Node, _ dispatcher: Dispatcher) {
        self.dispatcher = dispatcher
        connections = node.connections
        requestMemory = RequestMemory(limit: node.config.requestMemoryLimit)
        closeLog = CloseLog(time: node.time, logger: node.logger)
        files = node.files
        metrics = node.metrics
        time = node.time
        logger = node.logger
        requestMaxBytes = node.config.requestMaxBytes
        idleMillis = node.config.idleMillis
    }
}

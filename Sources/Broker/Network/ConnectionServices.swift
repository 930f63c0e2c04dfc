import Logging
import Synchronization
import World

/// What the connections of some listeners have in common.
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

    /// Told of each connection that ends, by its serial number.
    let onClose: @Sendable (UInt64) -> Void
    private let lastSerial = Atomic<UInt64>(0)

    init(
        _ core: NodeCore,
        _ connections: ConnectionRegistry,
        _ dispatcher: Dispatcher,
        onClose: @escaping @Sendable (UInt64) -> Void = { _ in }
    ) {
        self.dispatcher = dispatcher
        self.connections = connections
        self.onClose = onClose
        requestMemory = core.requestMemory
        closeLog = CloseLog(time: core.world.time, logger: core.logger)
        files = core.files
        metrics = core.metrics
        time = core.world.time
        logger = core.logger
        requestMaxBytes = core.config.requestMaxBytes
        idleMillis = core.config.idleMillis
    }

    func nextSerial() -> UInt64 { lastSerial.wrappingAdd(1, ordering: .relaxed).newValue }
}

import CPlatform
import CoreMetrics
import KafkaProtocol
import NIOCore
import World

/// What a broker does from time to time, on its background thread.
enum BrokerTimers {
    static func start(_ node: Node, _ publisher: MetadataPublisher, _ loop: any EventLoop) -> [RepeatedTask] {
        func every(_ millis: Int64, first: Int64? = nil, _ work: @escaping @Sendable () -> Void) -> RepeatedTask {
            loop.scheduleRepeatedTask(
                initialDelay: .milliseconds(first ?? millis),
                delay: .milliseconds(max(1, millis))
            ) { _ in
                node.background.submit(work)
            }
        }
        func everyForLogs(_ millis: Int64, _ work: @escaping @Sendable () -> Void) -> RepeatedTask {
            every(millis, first: node.config.initialTaskDelayMillis ?? min(millis, 30_000), work)
        }
        return [
            everyForLogs(node.config.retentionCheckMillis) { node.store.retire() },
            everyForLogs(max(1000, node.config.recoveryPointCheckpointMillis)) { node.store.checkpoint() },
            every(node.config.producerIdCheckMillis) { node.store.expireProducers() },
            every(node.config.offsetsCheckMillis) {
                node.groups.expire(at: WallTime(milliseconds: node.store.retentionTime()))
            },
            every(node.config.transactionsCheckMillis) { node.transactions.runtime.expire() },
            every(1000) {
                node.store.flushDue()
                node.store.lookForSpace()
            },
            every(PartitionStore.reopeningMillis) {
                publisher.reopen { node.metadata.betweenPublications($0) }
            },
            every(1000) { node.store.cleaner.tick(node.store, CleanerSettings(node.view.resolver)) },
            every(5000) {
                let connections = node.connections.count
                node.files.warnIfShort(node.logger, connections: connections)
                node.metrics.openConnections.record(Int64(connections))
                node.metrics.residentBytes.record(ottla_resident_bytes())
            },
        ]
    }
}

import ClusterMetadata
@_spi(Sabotage) import KafkaProtocol
import LogStorage
import Logging
import Replication
import Synchronization
import World

/// What a start finds: checkpoints, and the marks of an orderly stop.
extension PartitionStore {
    /// From so many partitions on, an orderly stop syncs whole file systems instead of each file.
    private static let bulkSyncCount = 500

    /// Writes the directories' checkpoints; the result are those that could not. Blocks on the disk.
    @discardableResult
    func checkpoint() -> [LogDirectoryRuntime] {
        let failures = staleEntries.withLock { staleEntries -> [(LogDirectoryRuntime, LogError)] in
            var failures: [(LogDirectoryRuntime, LogError)] = []
            for directory in directories where !directory.isOffline {
                do throws(LogError) { try checkpoint(directory) } catch { failures.append((directory, error)) }
            }
            if failures.isEmpty { staleEntries = [] }
            return failures
        }
        for (directory, error) in failures {
            logger.error("\(error)", metadata: ["directory": "\(directory.path)"])
            if case .storage(let failure) = error { directory.handle(failure) }
        }
        return failures.map(\.0)
    }

    /// A replica that is about to lie in a directory, as its checkpoints have to know it before it does.
    struct Arrival: Sendable {
        var id: TopicPartition
        var recoveryPoint: Int64
        var logStart: Int64
        var highWatermark: Int64
        /// nil when compaction has never been in it.
        var cleanedOffset: Int64?
    }

    /// - Parameter arrival: what counts for nothing but this writing.
    func checkpoint(_ directory: LogDirectoryRuntime, with arrival: Arrival? = nil) throws(LogError) {
        var points: [TopicPartition: Int64] = [:]
        var starts: [TopicPartition: Int64] = [:]
        var marks: [TopicPartition: Int64] = [:]
        let partitions = all.filter { $0.directory === directory }
        for partition in partitions {
            let facts = partition.facts
            // A log without files may come to lie in another directory.
            if !facts.isMade { continue }
            let point = partition.noteCheckpoint(of: facts)
            points[partition.id] = Sabotage.recoveryPointAhead.isOn ? facts.logEndOffset : point
            marks[partition.id] = facts.highWatermark
            if facts.logStartOffset > 0, !Sabotage.logStartForgotten.isOn {
                starts[partition.id] = facts.logStartOffset
            }
        }
        for (id, partition) in unopened.withLock({ $0 }) where partition.directory === directory {
            points[id] = partition.opening.recoveryPoint
            starts[id] = partition.opening.logStartOffset
            marks[id] = partition.highWatermark
        }
        if let arrival {
            points[arrival.id] = arrival.recoveryPoint
            marks[arrival.id] = arrival.highWatermark
            if arrival.logStart > 0 { starts[arrival.id] = arrival.logStart }
        }
        try directory.storage.write(checkpoint: OffsetCheckpoint.recoveryPoint, points)
        try directory.storage.write(checkpoint: OffsetCheckpoint.logStart, starts)
        for partition in partitions { if let start = starts[partition.id] { partition.logStartIsDurable(start) } }
        try directory.storage.write(checkpoint: OffsetCheckpoint.highWatermark, marks)
        try checkpointCleaner(directory, with: arrival)
    }

    /// Has the checkpoint of a directory written anew, before one of its logs is cut, or when one begins later. Blocks on the disk.
    func rewriteCheckpoint(of directory: LogDirectoryRuntime) throws(LogError) {
        try staleEntries.withLock { _ throws(LogError) in try checkpoint(directory) }
    }

    /// Writes up to where a directory's logs are compacted. Blocks on the disk.
    ///
    /// - Parameter id: compaction begins in it, or has ended.
    func writeCleanerCheckpoint(of directory: LogDirectoryRuntime, including id: TopicPartition) throws(LogError) {
        if self[id] == nil { return }
        cleanerEntries.withLock { _ = $0[directory.path, default: []].insert(id) }
        try staleEntries.withLock { _ throws(LogError) in try checkpointCleaner(directory) }
    }

    private func checkpointCleaner(_ directory: LogDirectoryRuntime, with arrival: Arrival? = nil) throws(LogError) {
        let entries = cleanerEntries.withLock { $0[directory.path] ?? [] }
        if entries.isEmpty, arrival?.cleanedOffset == nil { return }
        var offsets: [TopicPartition: Int64] = [:]
        if let arrival { offsets[arrival.id] = arrival.cleanedOffset }
        for partition in all where partition.directory === directory && entries.contains(partition.id) {
            offsets[partition.id] = partition.facts.cleanedOffset
        }
        for (id, partition) in unopened.withLock({ $0 }) where partition.directory === directory {
            if entries.contains(id) { offsets[id] = partition.opening.cleanedOffset ?? 0 }
        }
        try directory.storage.write(checkpoint: OffsetCheckpoint.cleaner, offsets)
    }

    /// Waits for the flushes that have been asked for.
    func finishFlushes(then done: @escaping @Sendable () -> Void) {
        var steps: [Steps.Step] = [
            { [cleaner] in cleaner.stop(then: $0) }, { [mover] in mover.stop(then: $0) },
            { [repairer] in repairer.stop(then: $0) },
        ]
        for directory in directories { steps.append { directory.background($0) } }
        Steps.run(steps, then: done)
    }

    /// Ends service in order: every log durable, checkpoints and the marks of a clean stop written.
    func close(brokerEpoch: Int64) {
        fetchers.stop()
        isrSender.stop()
        directoryAssigner.stop()
        let failed = Mutex<Set<String>>([])
        let partitions = all
        let syncsEach = partitions.count < Self.bulkSyncCount
        let queue = Mutex(partitions)
        world.threads.run(partitions.count < 8 ? 1 : 2) { [logger] in
            while let partition = queue.withLock({ $0.popLast() }) {
                if partition.directory.isOffline { continue }
                do throws(LogError) {
                    try partition.close(.orderly(syncing: syncsEach && !Sabotage.cleanMarkBeforeFlush.isOn))
                } catch {
                    logger.error("\(error)", metadata: ["partition": "\(partition.id)"])
                    failed.withLock { _ = $0.insert(partition.directory.path) }
                }
            }
        }
        removeDoomed()
        if !syncsEach {
            for directory in directories where !directory.isOffline {
                do throws(StorageError) { try directory.storage.fileSystem.syncAll(directory.path) } catch {
                    directory.fail("\(error)")
                }
            }
        }
        checkpoint()
        for directory in directories where !directory.isOffline && !failed.withLock({ $0.contains(directory.path) }) {
            do throws(LogError) { try directory.storage.markCleanShutdown(brokerEpoch: brokerEpoch) } catch {
                logger.error("\(error)", metadata: ["directory": "\(directory.path)"])
            }
        }
    }

    /// Ends the directories' threads.
    func stop(then done: @escaping @Sendable () -> Void) {
        var steps: [Steps.Step] = [
            { [cleaner] in cleaner.stop(then: $0) }, { [mover] in mover.stop(then: $0) },
            { [repairer] in repairer.stop(then: $0) },
        ]
        for directory in directories { steps.append { directory.stop(then: $0) } }
        Steps.run(steps, then: done)
    }
}

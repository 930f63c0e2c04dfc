import ClusterMetadata
import KafkaProtocol
import LogStorage
import Logging
import Replication
import Synchronization
import World

/// The replicas on this node and their directories. Changes come from the metadata log, on the controller's thread.
final class PartitionStore: Sendable {
    /// From so many partitions on, an orderly stop syncs whole file systems instead of each file.
    private static let bulkSyncCount = 500

    let directories: [LogDirectoryRuntime]
    private let world: World
    private let nodeId: Int32
    private let config: BrokerConfig
    private let logger: Logger
    private let partitions = Mutex(Partitions())
    /// Held while checkpoints are written. Partitions that are gone but may still have entries in them: their offsets must not
    /// become those of a new partition with the same name.
    private let staleEntries = Mutex<Set<TopicPartition>>([])
    /// Partitions placed here whose logs could not be opened.
    private let unopened = Mutex<[TopicPartition: Unopened]>([:])

    private struct Partitions {
        private var byId: [TopicPartition: Partition] = [:]
        /// By topic and number; nil when it has to be made again.
        private var sorted: [Partition]?

        subscript(id: TopicPartition) -> Partition? {
            get { byId[id] }
            set {
                byId[id] = newValue
                sorted = nil
            }
        }

        mutating func all() -> [Partition] {
            if let sorted { return sorted }
            let all = byId.values.sorted { $0.id < $1.id }
            sorted = all
            return all
        }
    }

    /// What stays known of a partition that is offline, so that checkpoints don't forget it: its durable part must never be cut.
    private struct Unopened: Sendable {
        var topicId: KafkaUUID
        var directory: LogDirectoryRuntime
        var recoveryPoint: Int64
        var logStart: Int64?
    }

    init(world: World, directories: [LogDirectoryRuntime], nodeId: Int32, config: BrokerConfig, logger: Logger) {
        self.world = world
        self.directories = directories
        self.nodeId = nodeId
        self.config = config
        self.logger = logger
    }

    /// By topic and number.
    var all: [Partition] { partitions.withLock { $0.all() } }
    subscript(id: TopicPartition) -> Partition? { partitions.withLock { $0[id] } }

    // MARK: Start

    /// What a directory remembers of its last run.
    struct Remembered: Sendable {
        var isClean: Bool
        var recoveryPoints: [TopicPartition: Int64] = [:]
        var logStarts: [TopicPartition: Int64] = [:]
        /// Partitions that compaction has touched.
        var compacted: Set<TopicPartition> = []
        var present: Set<TopicPartition> = []

        /// Without what is known of partitions whose directories were set aside.
        func without(_ strays: Set<TopicPartition>) -> Remembered {
            if strays.isEmpty { return self }
            var result = self
            result.recoveryPoints = recoveryPoints.filter { !strays.contains($0.key) }
            result.logStarts = logStarts.filter { !strays.contains($0.key) }
            result.compacted.subtract(strays)
            result.present.subtract(strays)
            return result
        }
    }

    /// Opens all logs that the image places here, in parallel, with progress in the log.
    func open(_ image: MetadataImage, remembered: [Remembered], resolver: ConfigResolver) {
        struct Job: Sendable {
            var topic: TopicImage
            var number: Int32
            var partition: PartitionImage
        }
        let jobs = image.topics.values.sorted { $0.name < $1.name }.flatMap { topic in
            topic.partitions.filter { $0.value.replicas.contains(nodeId) }
                .sorted { $0.key < $1.key }.map { Job(topic: topic, number: $0.key, partition: $0.value) }
        }
        let strays = setStraysAside(image, remembered)
        let remembered = remembered.map { $0.without(strays) }
        let absent = remembered.flatMap { memory in
            (Array(memory.recoveryPoints.keys) + Array(memory.logStarts.keys)).filter { !memory.present.contains($0) }
        }
        staleEntries.withLock { $0 = strays.union(absent) }
        let next = Mutex(0)
        let done = Mutex(0)
        let threads = jobs.count < 8 ? 1 : max(2, directories.count * config.recoveryThreads)
        let started = world.time.now.milliseconds
        let lastReport = Mutex(started)
        world.threads.run(threads) { [self] in
            while let index = next.withLock({ index -> Int? in
                defer { index += 1 }
                return index < jobs.count ? index : nil
            }) {
                let job = jobs[index]
                let id = TopicPartition(job.topic.name, job.number)
                open(id, job.topic, job.partition, logConfig(job.topic.name, image, resolver), remembered: remembered)
                let count = done.withLock { count in
                    count += 1
                    return count
                }
                let reports = lastReport.withLock { last in
                    guard world.time.now.milliseconds - last >= 2000 else { return false }
                    last = world.time.now.milliseconds
                    return true
                }
                if reports { logger.notice("opening logs", metadata: ["done": "\(count)", "of": "\(jobs.count)"]) }
            }
        }
        if staleEntries.withLock({ $0.contains { self[$0] != nil } }) { checkpoint() }
    }

    private func logConfig(_ topic: String, _ image: MetadataImage, _ resolver: ConfigResolver) -> LogConfig {
        var result = resolver.logConfig(image.config(.topic(topic)))
        if topic == TopicName.consumerOffsets {
            // An offset that was answered must be there for the next coordinator; records are small.
            result.isCompacted = true
        }
        return result
    }

    private func setStraysAside(_ image: MetadataImage, _ remembered: [Remembered]) -> Set<TopicPartition> {
        var strays: Set<TopicPartition> = []
        for (directory, memory) in zip(directories, remembered) {
            for id in memory.present.sorted() {
                let topic = image.topic(named: id.topic)
                let isPlaced = topic?.partitions[id.partition]?.replicas.contains(nodeId) ?? false
                do throws(LogError) {
                    let stored = try directory.storage.topicId(of: id)
                    if isPlaced, stored == nil || stored == topic?.id { continue }
                    strays.insert(id)
                    var generator = world.random
                    let target = try directory.storage.markStray(id, using: &generator)
                    logger.warning(
                        "the cluster places no such partition here; its directory was set aside",
                        metadata: ["partition": "\(id)", "directory": "\(target)"]
                    )
                } catch {
                    logger.error("\(error)", metadata: ["partition": "\(id)"])
                }
            }
        }
        return strays
    }

    private func open(
        _ id: TopicPartition,
        _ topic: TopicImage,
        _ partition: PartitionImage,
        _ logConfig: LogConfig,
        remembered: [Remembered]
    ) {
        let index = zip(directories, remembered).enumerated().first { $1.1.present.contains(id) }?.offset
        guard let directory = index.map({ directories[$0] }) ?? chooseDirectory() else { return }
        let memory = index.map { remembered[$0] } ?? Remembered(isClean: true)
        if index == nil, let lost = remembered.lazy.compactMap({ $0.recoveryPoints[id] }).first, lost > 0 {
            logger.error(
                "the directory of a partition is gone; an empty log takes its place",
                metadata: ["partition": "\(id)", "durableOffset": "\(lost)", "directory": "\(directory.path)"]
            )
        }
        var opening = LogOpening()
        opening.isClean = memory.isClean
        opening.recoveryPoint = memory.recoveryPoints[id] ?? 0
        opening.logStartOffset = memory.logStarts[id]
        opening.maxLeaderEpoch = partition.leaderEpoch
        opening.allowsGaps = memory.compacted.contains(id)
        add(id, topic, partition, directory, logConfig, opening)
    }

    private func add(
        _ id: TopicPartition,
        _ topic: TopicImage,
        _ partition: PartitionImage,
        _ directory: LogDirectoryRuntime,
        _ config: LogConfig,
        _ opening: LogOpening
    ) {
        if directory.isOffline { return }
        do throws(LogError) {
            var opening = opening
            opening.now = world.time.wall.milliseconds
            let log = try PartitionLog.open(
                directory.storage.fileSystem,
                directory: directory.storage.directory(of: id),
                config: config,
                opening: opening
            ) { event in
                logger.warning("\(event)", metadata: ["partition": "\(id)"])
            }
            if try directory.storage.topicId(of: id) == nil { try directory.storage.write(topicId: topic.id, of: id) }
            // The only replica in sync: all that is in its log is committed.
            let leader = LeaderState(
                nodeId: nodeId,
                leaderEpoch: partition.leaderEpoch,
                partitionEpoch: partition.partitionEpoch,
                isr: partition.isr,
                highWatermark: log.logEndOffset
            )
            log.highWatermarkMoved(to: log.logEndOffset)
            let opened = Partition(id: id, topicId: topic.id, directory: directory, log: log, leader: leader)
            partitions.withLock { $0[id] = opened }
        } catch {
            let known = Unopened(
                topicId: topic.id,
                directory: directory,
                recoveryPoint: opening.recoveryPoint,
                logStart: opening.logStartOffset
            )
            unopened.withLock { $0[id] = known }
            logger.error(
                "the partition is offline: its log cannot be opened",
                metadata: ["partition": "\(id)", "reason": "\(error)"]
            )
            if case .storage(let failure) = error, failure.kind == .io { directory.handle(failure) }
        }
    }

    /// The working directory with the fewest partitions.
    private func chooseDirectory() -> LogDirectoryRuntime? {
        let counts = partitions.withLock { all in
            Dictionary(all.all().map { (ObjectIdentifier($0.directory), 1) }, uniquingKeysWith: +)
        }
        return directories.filter { !$0.isOffline }.min {
            counts[ObjectIdentifier($0)] ?? 0 < counts[ObjectIdentifier($1)] ?? 0
        }
    }

    // MARK: Changes

    /// Follows the metadata log: makes, changes and removes replicas.
    func apply(_ delta: MetadataDelta, image: MetadataImage, resolver: ConfigResolver) {
        for name in delta.removedTopics.values.sorted() { remove(topic: name, exceptId: image.topicIds[name]) }
        let configsChangedForAll = delta.changedConfigs.contains { $0.type == ConfigResource.brokerType }
        for topic in delta.changedTopics.compactMap({ image.topics[$0] }).sorted(by: { $0.name < $1.name }) {
            let logConfig = logConfig(topic.name, image, resolver)
            for (number, partition) in topic.partitions.sorted(by: { $0.key < $1.key })
            where partition.replicas.contains(nodeId) {
                let key = TopicPartition(topic.name, number)
                if let known = self[key] {
                    known.update(
                        leaderEpoch: partition.leaderEpoch,
                        partitionEpoch: partition.partitionEpoch,
                        isr: partition.isr
                    )
                } else if isUnopened(key) {
                    continue  // only a start tries again, with what is known of it
                } else if let directory = chooseDirectory(), clearStaleEntries(of: key) {
                    var opening = LogOpening()
                    opening.isClean = true
                    add(key, topic, partition, directory, logConfig, opening)
                }
            }
        }
        for partition in all where configsChangedForAll || delta.changedConfigs.contains(.topic(partition.id.topic)) {
            partition.reconfigure(logConfig(partition.id.topic, image, resolver))
        }
    }

    /// Makes sure that no checkpoint has an entry of an earlier partition with this name; false when that can't be.
    private func clearStaleEntries(of id: TopicPartition) -> Bool {
        if !staleEntries.withLock({ $0.contains(id) }) { return true }
        checkpoint()
        if !staleEntries.withLock({ $0.contains(id) }) { return true }
        logger.error(
            "the partition is offline: the checkpoints of an earlier one of this name cannot be replaced",
            metadata: ["partition": "\(id)"]
        )
        return false
    }

    private func remove(topic: String, exceptId: KafkaUUID?) {
        let gone = partitions.withLock { all in
            let gone = all.all().filter { $0.id.topic == topic && $0.topicId != exceptId }
            for partition in gone { all[partition.id] = nil }
            return gone
        }
        let broken = unopened.withLock { all in
            let broken = all.filter { $0.key.topic == topic && $0.value.topicId != exceptId }
            for id in broken.keys { all[id] = nil }
            return broken
        }
        staleEntries.withLock { $0.formUnion(gone.map(\.id) + broken.keys) }
        for partition in gone {
            try? partition.close(.deleted)
            removeDirectory(of: partition.id, in: partition.directory)
        }
        for (id, partition) in broken.sorted(by: { $0.key < $1.key })
        where directoryExists(of: id, in: partition.directory) {
            removeDirectory(of: id, in: partition.directory)
        }
    }

    private func isUnopened(_ id: TopicPartition) -> Bool { unopened.withLock { $0[id] != nil } }

    private func directoryExists(of id: TopicPartition, in directory: LogDirectoryRuntime) -> Bool {
        directory.storage.fileSystem.exists(directory.storage.directory(of: id))
    }

    /// Renames a partition's directory now, and removes it in the background.
    private func removeDirectory(of id: TopicPartition, in directory: LogDirectoryRuntime) {
        do throws(LogError) {
            var generator = world.random
            let path = try directory.storage.markDeleted(id, using: &generator)
            directory.background { [logger] in
                do throws(StorageError) { try directory.storage.fileSystem.removeTree(path) } catch {
                    logger.warning("\(error)", metadata: ["directory": "\(path)"])
                }
            }
        } catch {
            logger.error("\(error)", metadata: ["partition": "\(id)"])
            if case .storage(let failure) = error { directory.handle(failure) }
        }
    }

    // MARK: Background

    /// Removes what retention allows. Blocks on the disk.
    func retire() {
        let wall = world.time.wall.milliseconds
        for partition in all where !partition.directory.isOffline {
            let (segments, delay) = partition.retire(wall: wall)
            for segment in segments {
                logger.info(
                    "a segment is deleted",
                    metadata: [
                        "partition": "\(partition.id)", "segment": "\(segment.baseOffset)", "bytes": "\(segment.bytes)",
                        "reason": "\(segment.reason)",
                    ]
                )
            }
            if segments.isEmpty { continue }
            doomed.withLock {
                $0.append((at: world.time.now.milliseconds + delay, id: partition.id, segments: segments))
            }
        }
        removeDoomed()
    }

    private let doomed = Mutex<[(at: Int64, id: TopicPartition, segments: [RetiredSegment])]>([])

    private func removeDoomed() {
        let now = world.time.now.milliseconds
        let due = doomed.withLock { all in
            let due = all.filter { $0.at <= now }
            all.removeAll { $0.at <= now }
            return due
        }
        for entry in due {
            for segment in entry.segments {
                do throws(StorageError) { try segment.remove() } catch {
                    logger.warning("\(error)", metadata: ["partition": "\(entry.id)"])
                }
            }
        }
    }

    func expireProducers() {
        let wall = world.time.wall.milliseconds
        for partition in all { partition.expireProducers(wall: wall) }
    }

    func flushDue() {
        let wall = world.time.wall.milliseconds
        for partition in all { partition.flushIfDue(wall: wall) }
    }

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

    private func checkpoint(_ directory: LogDirectoryRuntime) throws(LogError) {
        var points: [TopicPartition: Int64] = [:]
        var starts: [TopicPartition: Int64] = [:]
        var marks: [TopicPartition: Int64] = [:]
        for partition in all where partition.directory === directory {
            let facts = partition.facts
            points[partition.id] = facts.flushedOffset
            marks[partition.id] = facts.highWatermark
            if facts.logStartOffset > 0 { starts[partition.id] = facts.logStartOffset }
        }
        for (id, partition) in unopened.withLock({ $0 }) where partition.directory === directory {
            points[id] = partition.recoveryPoint
            starts[id] = partition.logStart
        }
        try directory.storage.write(checkpoint: OffsetCheckpoint.recoveryPoint, points)
        try directory.storage.write(checkpoint: OffsetCheckpoint.logStart, starts)
        try directory.storage.write(checkpoint: OffsetCheckpoint.highWatermark, marks)
    }

    /// Ends service in order: every log durable, checkpoints and the marks of a clean stop written.
    func close(brokerEpoch: Int64) {
        let failed = Mutex<Set<String>>([])
        let partitions = all
        let syncsEach = partitions.count < Self.bulkSyncCount
        let queue = Mutex(partitions)
        world.threads.run(partitions.count < 8 ? 1 : 2) { [logger] in
            while let partition = queue.withLock({ $0.popLast() }) {
                if partition.directory.isOffline { continue }
                do throws(LogError) {
                    try partition.close(.orderly(syncing: syncsEach))
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
        Steps.run(directories.map { directory in { directory.stop(then: $0) } }, then: done)
    }
}

import ClusterMetadata
import KafkaProtocol
import LogStorage
import Logging
import Replication
import Synchronization
import World

/// The start: which replicas there are, and what is remembered of them.
extension PartitionStore {
    /// What a directory remembers of its last run.
    struct Remembered: Sendable {
        var isClean: Bool
        var recoveryPoints: [TopicPartition: Int64] = [:]
        var logStarts: [TopicPartition: Int64] = [:]
        var highWatermarks: [TopicPartition: Int64] = [:]
        /// Partitions that compaction has touched, and up to where.
        var compacted: [TopicPartition: Int64] = [:]
        var present: Set<TopicPartition> = []

        /// Without what is known of partitions whose directories were set aside.
        func without(_ strays: Set<TopicPartition>) -> Remembered {
            if strays.isEmpty { return self }
            var result = self
            result.recoveryPoints = recoveryPoints.filter { !strays.contains($0.key) }
            result.logStarts = logStarts.filter { !strays.contains($0.key) }
            result.highWatermarks = highWatermarks.filter { !strays.contains($0.key) }
            result.compacted = compacted.filter { !strays.contains($0.key) }
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
        let moves = takeUpMoves(image, remembered.map { $0.without(strays) })
        let remembered = moves.remembered
        let absent = remembered.flatMap { memory in
            (Array(memory.recoveryPoints.keys) + Array(memory.logStarts.keys)).filter { !memory.present.contains($0) }
        }
        staleEntries.withLock { $0 = strays.union(absent) }
        for (directory, memory) in zip(directories, remembered) {
            cleanerEntries.withLock { $0[directory.path] = Set(memory.compacted.keys) }
        }
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
                let placed = Placed(
                    id: TopicPartition(job.topic.name, job.number),
                    topicId: job.topic.id,
                    metadata: metadata(job.partition, image),
                    settings: settings(job.topic.name, image, resolver)
                )
                open(placed, remembered: remembered)
                let count = done.withLock { count in
                    count += 1
                    return count
                }
                let reports = lastReport.withLock { last in
                    guard world.time.now.milliseconds - last >= 2000 else { return false }
                    last = world.time.now.milliseconds
                    return true
                }
                if reports { logger.notice("loading logs", metadata: ["done": "\(count)", "of": "\(jobs.count)"]) }
            }
        }
        if staleEntries.withLock({ $0.contains { self[$0] != nil } }) { checkpoint() }
        for (id, target) in moves.interrupted { if let partition = self[id] { mover.move(partition, to: target) } }
    }

    /// A replica that the metadata places here.
    struct Placed: Sendable {
        var id: TopicPartition
        var topicId: KafkaUUID
        var metadata: ReplicaMetadata
        var settings: PartitionSettings
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
                    if isPlaced, let stored, let topicId = topic?.id, stored.isAlmost(topicId) {
                        logger.warning(
                            "partition.metadata is damaged: its topic id is that of the metadata but for some bits; written again",
                            metadata: ["partition": "\(id)", "found": "\(stored)", "topicId": "\(topicId)"]
                        )
                        try directory.storage.write(topicId: topicId, of: id)
                        continue
                    }
                    strays.insert(id)
                    var generator = world.random
                    let target = try directory.storage.markStray(id, using: &generator)
                    logger.warning(
                        "stray partition: the metadata has no such replica on this broker; its directory was renamed",
                        metadata: ["partition": "\(id)", "directory": "\(target)"]
                    )
                } catch {
                    logger.error("\(error)", metadata: ["partition": "\(id)"])
                }
            }
        }
        return strays
    }

    private func open(_ placed: Placed, remembered: [Remembered]) {
        let id = placed.id
        let index = zip(directories, remembered).enumerated().first { $1.1.present.contains(id) }?.offset
        guard let directory = index.map({ directories[$0] }) ?? chooseDirectory() else { return }
        let memory = index.map { remembered[$0] } ?? Remembered(isClean: true)
        if index == nil, let lost = remembered.lazy.compactMap({ $0.recoveryPoints[id] }).first, lost > 0 {
            logger.error(
                "the log directory of a partition is missing: an empty log is created",
                metadata: ["partition": "\(id)", "durableOffset": "\(lost)", "directory": "\(directory.path)"]
            )
        }
        var opening = LogOpening()
        opening.isClean = memory.isClean
        opening.recoveryPoint = memory.recoveryPoints[id] ?? 0
        opening.logStartOffset = memory.logStarts[id]
        opening.cleanedOffset = memory.compacted[id]
        add(placed, directory, opening, highWatermark: memory.highWatermarks[id])
    }

    /// Opens the log of a replica. Where it has no directory yet, nothing is written: files are made with the first record.
    func add(_ placed: Placed, _ directory: LogDirectoryRuntime, _ opening: LogOpening, highWatermark: Int64?) {
        if directory.isOffline { return }
        var known = Unopened(placed: placed, directory: directory, opening: opening, highWatermark: highWatermark)
        do throws(LogError) { use(try open(known)) } catch {
            known.obstacle = error.obstacle
            unopened.withLock { $0[placed.id] = known }
            var metadata: Logger.Metadata = ["partition": "\(placed.id)", "reason": "\(error)"]
            if known.obstacle == .room { metadata["retries"] = "every \(Self.reopeningMillis) ms" }
            logger.error("the partition is offline: its log cannot be opened", metadata: metadata)
            decisions.note(.cannotBeOpened(placed.id, reason: "\(error)", isTriedAgain: known.obstacle == .room))
            if case .storage(let failure) = error, failure.kind == .io { directory.handle(failure) }
        }
    }

    /// Opens a log, for a partition that nobody knows yet.
    func open(_ known: Unopened) throws(LogError) -> Partition {
        let (placed, directory) = (known.placed, known.directory)
        var opening = known.opening
        opening.now = world.time.wall.milliseconds
        opening.topicId = placed.topicId
        opening.maxLeaderEpoch = placed.metadata.leaderEpoch.rawValue
        let log = try PartitionLog.open(
            directory.storage.fileSystem,
            directory: directory.storage.directory(of: placed.id),
            config: placed.settings.log,
            opening: opening
        ) { event in
            logger.warning("\(event)", metadata: ["partition": "\(placed.id)"])
        }
        if log.isMade, try directory.storage.topicId(of: placed.id) == nil {
            try directory.storage.write(topicId: placed.topicId, of: placed.id)
        }
        let opened = Partition(
            id: placed.id,
            topicId: placed.topicId,
            directory: directory,
            highWatermark: known.highWatermark ?? log.logStartOffset,
            nodeId: NodeId(nodeId),
            settings: placed.settings.replica,
            metadata: placed.metadata,
            log: log,
            store: self
        )
        if opened.wantsFlush { opened.flushNow() }
        return opened
    }

    /// From here on the partition can be found.
    func use(_ opened: Partition) {
        partitions.withLock { $0[opened.id] = opened }
        opened.begin()
        let facts = opened.facts
        // What was found behind the recovery point would be checked again after each crash, and its files stay open, until the log is
        // next flushed.
        if facts.flushedOffset < facts.logEndOffset { opened.directory.flush(opened) }
    }

    /// The working directory with the fewest partitions.
    func chooseDirectory() -> LogDirectoryRuntime? {
        let working = directories.filter { !$0.isOffline }
        if working.count <= 1 { return working.first }
        let counts = partitions.withLock { $0.counts }
        return working.min {
            counts[$0.path] ?? 0 < counts[$1.path] ?? 0
        }
    }
}

extension KafkaUUID {
    /// No more bits differ than one damaged character changes: ids that were drawn for two topics are never that close.
    fileprivate func isAlmost(_ other: KafkaUUID) -> Bool {
        (high ^ other.high).nonzeroBitCount + (low ^ other.low).nonzeroBitCount <= 6
    }
}

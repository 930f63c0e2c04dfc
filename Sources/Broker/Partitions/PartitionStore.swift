import ClusterMetadata
import KafkaProtocol
import LogStorage
import Logging
import Replication
import Synchronization
import World

/// The replicas on this node and their directories. Changes come from the metadata log, on the controller's thread.
final class PartitionStore: Sendable {
    let directories: [LogDirectoryRuntime]
    let world: World
    let nodeId: Int32
    let config: BrokerConfig
    let logger: Logger
    let decisions: DecisionLog
    let partitions = Mutex(Partitions())
    /// Held while checkpoints are written. Partitions that are gone but may still have entries in them: their offsets must not
    /// become those of a new partition with the same name.
    let staleEntries = Mutex<Set<TopicPartition>>([])
    /// Partitions placed here whose logs could not be opened.
    let unopened = Mutex<[TopicPartition: Unopened]>([:])
    /// Held while one of them is tried again: its directory must not become another's meanwhile.
    let reopening = Mutex(())

    let retentionClock: Mutex<RetentionClock>
    /// Segments that retention took out, and when their files go.
    let doomed = Mutex<[(at: Int64, id: TopicPartition, segments: [RetiredSegment])]>([])

    let cleaner: LogCleaner
    /// Repairs what is damaged, and looks for it.
    let repairer: LogRepairer
    let scrubber: LogScrubber
    /// Moves between the directories.
    let mover: LogMover
    /// What is copied from leaders.
    let fetchers: ReplicaFetchers
    /// What this node's leaders ask the controller for.
    let isrSender: IsrSender
    /// What the controller is told of where replicas lie.
    let directoryAssigner: DirectoryAssigner
    /// Of this process, as the broker registers with it; nil for who does not.
    let incarnationId = Mutex<KafkaUUID?>(nil)
    /// Hears of replicas of which the controller may have to hear that they are in another state.
    let locationObserver = Mutex<(@Sendable ([TopicPartition]) -> Void)?>(nil)
    /// Partitions that compaction has been in, by their directory's path: offsets may be missing in their logs, also when they are no
    /// longer compacted.
    let cleanerEntries = Mutex<[String: Set<TopicPartition>]>([:])

    struct Partitions {
        private var byId: [TopicPartition: Partition] = [:]
        /// By topic and number; nil when it has to be made again.
        private var sorted: [Partition]?
        /// How many there are in each directory, by its path.
        private(set) var counts: [String: Int] = [:]
        /// Where each was counted.
        private var paths: [TopicPartition: String] = [:]

        subscript(id: TopicPartition) -> Partition? {
            get { byId[id] }
            set {
                byId[id] = newValue
                sorted = nil
                count(id, at: newValue?.directory.path)
            }
        }

        /// A replica lies in another directory now.
        mutating func moved(_ partition: Partition) {
            if byId[partition.id] === partition { count(partition.id, at: partition.directory.path) }
        }

        private mutating func count(_ id: TopicPartition, at path: String?) {
            if let known = paths[id] { counts[known, default: 0] -= 1 }
            if let path { counts[path, default: 0] += 1 }
            paths[id] = path
        }

        mutating func all() -> [Partition] {
            if let sorted { return sorted }
            let all = byId.values.sorted { $0.id < $1.id }
            sorted = all
            return all
        }
    }

    /// What stays known of a partition that is offline, so that checkpoints don't forget it: its durable part must never be cut.
    struct Unopened: Sendable {
        var placed: Placed
        var directory: LogDirectoryRuntime
        var opening: LogOpening
        var highWatermark: Int64?
        var obstacle = Obstacle.disk
    }

    /// Why a log cannot be opened, which says when it is tried again.
    enum Obstacle: Sendable {
        /// There was no space, or there were too many open files.
        case room
        /// What had reached the disk is not there as it was written: the replica begins anew once others stand for it.
        case damage
        /// An error of the disk: a start tries again.
        case disk
    }

    init(
        world: World,
        directories: [LogDirectoryRuntime],
        nodeId: Int32,
        config: BrokerConfig,
        logger: Logger,
        metrics: BrokerMetrics,
        decisions: DecisionLog
    ) {
        fetchers = ReplicaFetchers(
            world: world,
            nodeId: NodeId(nodeId),
            config: config,
            decisions: decisions,
            logger: logger
        )
        isrSender = IsrSender(nodeId: NodeId(nodeId), time: world.time, logger: logger)
        directoryAssigner = DirectoryAssigner(nodeId: nodeId, logger: logger)
        cleaner = LogCleaner(
            world: world,
            threads: config.cleanerThreads,
            logger: logger,
            metrics: metrics,
            decisions: decisions
        )
        repairer = LogRepairer(world: world, metrics: metrics)
        scrubber = LogScrubber(
            intervalMillis: config.scrubMillis,
            world: world,
            metrics: metrics,
            repairer: repairer
        )
        mover = LogMover(world: world, isOn: directories.count > 1, logger: logger)
        self.world = world
        self.directories = directories
        self.nodeId = nodeId
        self.config = config
        self.logger = logger
        self.decisions = decisions
        retentionClock = Mutex(RetentionClock(wall: world.time.wall, now: world.time.now))
        for directory in directories {
            directory.whenItFails { [weak self, weak directory] in
                guard let self, let directory else { return }
                directoryAssigner.directoryFailed(directory.meta.directoryId)
                // Whoever waits for a partition there hears it now, not when its time is up.
                for partition in all where partition.directory === directory { partition.fail() }
            }
        }
    }

    /// By topic and number.
    var all: [Partition] { partitions.withLock { $0.all() } }
    subscript(id: TopicPartition) -> Partition? { partitions.withLock { $0[id] } }

    /// What a topic's configuration means for its partitions here.
    func settings(_ topic: String, _ image: MetadataImage, _ resolver: ConfigResolver) -> PartitionSettings {
        let overrides = image.config(.topic(topic))
        var log = resolver.logConfig(overrides)
        if topic == TopicName.consumerOffsets {
            // An offset that was answered must be there for the next coordinator; records are small.
            log.isCompacted = true
        }
        let replica = ReplicaSettings(
            minInSync: Int(resolver.topicInt("min.insync.replicas", overrides)),
            syncsFirst: log.flushesBeforeAck,
            lagLimitMillis: resolver.brokerInt("replica.lag.time.max.ms"),
            refusesEveryWrite: resolver.topicValue("ottla.min.insync.replicas.scope", overrides) == "every-write"
        )
        return PartitionSettings(log: log, replica: replica)
    }

    /// Whether the metadata have another process registered as this broker: what they say of its leaderships is about that one.
    func isReplaced(in image: MetadataImage) -> Bool {
        guard let own = incarnationId.withLock({ $0 }), let broker = image.brokers[nodeId] else { return false }
        return broker.registration.incarnationId != own
    }

    /// A partition as its replicas have to know it.
    func metadata(_ partition: PartitionImage, _ image: MetadataImage) -> ReplicaMetadata {
        let isAnothers = partition.leader == nodeId && isReplaced(in: image)
        return ReplicaMetadata(
            leader: partition.leader < 0 || isAnothers ? nil : NodeId(partition.leader),
            leaderEpoch: LeaderEpoch(partition.leaderEpoch),
            partitionEpoch: partition.partitionEpoch,
            isr: partition.isr.map { NodeId($0) },
            replicas: partition.replicas.map { id in
                guard let broker = image.brokers[id] else { return ReplicaMember(NodeId(id), isFenced: true) }
                return ReplicaMember(
                    NodeId(id),
                    brokerEpoch: broker.epoch,
                    isFenced: broker.isFenced,
                    isStopping: broker.isInControlledShutdown,
                    isOffline: !broker.hasOnline(partition.directory(of: id))
                )
            }
        )
    }
}

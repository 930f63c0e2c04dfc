import ClusterMetadata
import Coordination
import KafkaProtocol
import Logging
import NIOCore
import World

/// All group shards of this node.
final class GroupRuntime: Sendable {
    typealias Shell = CoordinatorShell<GroupShard>

    private let shards: CoordinatorShards<GroupShard>
    private let loader: any Worker

    init(
        world: World,
        config: BrokerConfig,
        session: BrokerSession,
        eventLoops: any EventLoopGroup,
        logger: Logger,
        decisions: DecisionLog
    ) {
        let loader = world.threads.makeWorker("group-loader", threads: 1)
        self.loader = loader
        // What the partition takes at most, less the header of a batch.
        let limits = CoordinatorRuntime<GroupShard>.Limits(
            sharedBytes: 1 << 20,
            batchBytes: Int(clamping: max(config.offsetsSegmentBytes, 1 << 20)) - 64,
            commitTimeoutMillis: config.group.offsetsCommitTimeout
        )
        shards = CoordinatorShards(topic: TopicName.consumerOffsets, session: session, time: world.time) { partition in
            Shell(
                partition: partition,
                runtime: CoordinatorRuntime(config: config.group, limits: limits),
                world: world,
                eventLoop: eventLoops.next(),
                loader: loader,
                logger: logger,
                explain: { decisions.note($0) }
            )
        }
    }

    /// Takes over the groups of the partitions that this node leads now.
    func follow(_ route: TopicRoute?) { shards.follow(route) }

    /// The shard of a group, or why there is none.
    func shard(for group: String, in view: ClusterView) -> Result<Shell, ErrorCode> {
        shards.shard(for: group, in: view)
    }

    /// The shard of a partition of `__consumer_offsets`, or why there is none.
    func shard(_ number: Int32) -> Result<Shell, ErrorCode> { shards.shard(number) }

    /// Those that this node coordinates.
    var all: [Shell] { shards.all }

    /// Ends expired offsets; called now and then.
    func expire(at time: WallTime) { for shard in all { shard.submit(.expire(at: time)) } }

    func forget(topics: Set<String>) {
        loader.submit { [self] in for shard in all { shard.submit(.forget(topics: topics)) } }
    }

    func stop(then done: @escaping @Sendable () -> Void) {
        for shard in shards.everyShell { shard.giveUp() }
        loader.stop(then: done)
    }

    /// What a client of groups understands of a failure.
    ///
    /// - Parameter tooLarge: what it is told when its records fit into no batch.
    static func clientError(_ code: ErrorCode, tooLarge: ErrorCode = .unknownServerError) -> ErrorCode {
        switch code {
        case .kafkaStorageError, .notLeaderOrFollower: .notCoordinator
        case .messageTooLarge, .recordListTooLarge: tooLarge
        case .notCoordinator, .coordinatorLoadInProgress: code
        default: .coordinatorNotAvailable
        }
    }
}

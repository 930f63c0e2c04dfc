import ClusterMetadata
import Coordination
import KafkaProtocol
import Logging
import NIOCore
import Synchronization
import World

/// All group shards of this node.
final class GroupRuntime: Sendable {
    typealias Shell = CoordinatorShell<GroupShard>

    private let shards = Mutex<[Int32: Shell]>([:])
    private let world: World
    private let config: BrokerConfig
    private let logger: Logger
    private let decisions: DecisionLog
    private let eventLoops: any EventLoopGroup
    private let loader: any Worker

    init(
        world: World,
        config: BrokerConfig,
        eventLoops: any EventLoopGroup,
        logger: Logger,
        decisions: DecisionLog
    ) {
        self.world = world
        loader = world.threads.makeWorker("group-loader", threads: 1)
        self.config = config
        self.eventLoops = eventLoops
        self.logger = logger
        self.decisions = decisions
    }

    /// The partition of `__consumer_offsets` that a group lives in, as Kafka computes it.
    static func partition(for group: String, count: Int) -> Int32 {
        var hash: Int32 = 0
        for unit in group.utf16 { hash = 31 &* hash &+ Int32(unit) }
        return (hash == .min ? 0 : abs(hash)) % Int32(max(1, count))
    }

    /// Takes over the partitions that this node leads, and gives up those that it leads no longer. Their shells stay: what is still on its way
    /// into a partition has to be known when it is taken again.
    func follow(_ route: TopicRoute?) {
        let led = (0..<(route?.count ?? 0)).map { route?.partition($0) }
        let (gone, wanted) = shards.withLock { shards in
            var (gone, wanted): ([Shell], [Shell]) = ([], [])
            for (number, shell) in shards.sorted(by: { $0.key < $1.key }) {
                let partition = Int(number) < led.count ? led[Int(number)] : nil
                if partition !== shell.partition { gone.append(shell) }
                // The topic is another one, or there is none any more.
                if Int(number) >= led.count || partition.map({ $0 !== shell.partition }) ?? false {
                    shards[number] = nil
                }
            }
            for (number, partition) in led.enumerated() {
                guard let partition else { continue }
                let shell = shards[Int32(number)] ?? makeShell(partition)
                shards[Int32(number)] = shell
                wanted.append(shell)
            }
            return (gone, wanted)
        }
        for shell in gone { shell.giveUp() }
        for shell in wanted { shell.take() }
    }

    private func makeShell(_ partition: Partition) -> Shell {
        // What the partition takes at most, less the header of a batch.
        let limits = CoordinatorRuntime<GroupShard>.Limits(
            sharedBytes: 1 << 20,
            batchBytes: Int(clamping: max(config.offsetsSegmentBytes, 1 << 20)) - 64,
            commitTimeoutMillis: config.group.offsetsCommitTimeout
        )
        return Shell(
            partition: partition,
            runtime: CoordinatorRuntime(config: config.group, limits: limits),
            world: world,
            eventLoop: eventLoops.next(),
            loader: loader,
            logger: logger
        ) { [decisions] in decisions.note($0) }
    }

    /// The shard of a group, or why there is none.
    func shard(for group: String, in view: ClusterView) -> Result<Shell, ErrorCode> {
        guard let route = view.topics[TopicName.consumerOffsets] else { return .failure(.notCoordinator) }
        let number = Self.partition(for: group, count: Int(route.count))
        guard let shell = shards.withLock({ $0[number] }) else { return .failure(.notCoordinator) }
        return shell.refusal.map { .failure($0) } ?? .success(shell)
    }

    /// Those that this node coordinates.
    var all: [Shell] { everyShell.filter { $0.refusal != .notCoordinator } }

    private var everyShell: [Shell] { shards.withLock { $0.sorted { $0.key < $1.key }.map(\.value) } }

    /// Ends expired offsets; called now and then.
    func expire(at time: WallTime) { for shard in all { shard.submit(.expire(at: time)) } }

    func forget(topics: Set<String>) {
        loader.submit { [self] in for shard in all { shard.submit(.forget(topics: topics)) } }
    }

    func stop(then done: @escaping @Sendable () -> Void) {
        for shard in everyShell { shard.giveUp() }
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

import ClusterMetadata
import Coordination
import KafkaProtocol
import Logging
import NIOCore
import World

/// All shards of `__transaction_state` that this node coordinates.
final class TransactionRuntime: Sendable {
    typealias Shell = CoordinatorShell<TransactionShard>

    private let shards: CoordinatorShards<TransactionShard>
    private let loader: any Worker

    init(
        world: World,
        config: BrokerConfig,
        session: BrokerSession,
        cluster: PublishedView,
        markers: MarkerWriter,
        eventLoops: any EventLoopGroup,
        logger: Logger,
        decisions: DecisionLog
    ) {
        let loader = world.threads.makeWorker("transaction-loader", threads: 1)
        self.loader = loader
        var settings = config.transactions
        settings.level = { cluster.view.image.features[SupportedFeatures.transactionsName] ?? 0 }
        let limits = CoordinatorRuntime<TransactionShard>.Limits(
            sharedBytes: 1 << 20,
            batchBytes: Int(clamping: max(config.transactionsSegmentBytes, 1 << 20)) - 64,
            commitTimeoutMillis: settings.commitTimeoutMillis
        )
        shards = CoordinatorShards(topic: TopicName.transactionState, session: session, time: world.time) {
            [settings] partition in
            Shell(
                partition: partition,
                runtime: CoordinatorRuntime(config: settings, limits: limits),
                world: world,
                eventLoop: eventLoops.next(),
                loader: loader,
                logger: logger,
                explain: { decisions.note($0) },
                perform: { outcome, lease, shell in
                    decisions.note(outcome)
                    markers.write(outcome, lease, for: shell)
                }
            )
        }
    }

    /// Takes over the transactional ids of the partitions that this node leads now.
    func follow(_ view: ClusterView) { shards.follow(view.topics[TopicName.transactionState]) }

    /// The shard of a transactional id, or why there is none.
    func shard(for id: String, in view: ClusterView) -> Result<Shell, ErrorCode> { shards.shard(for: id, in: view) }

    /// Those that this node coordinates.
    var all: [Shell] { shards.all }

    /// Forgets ids that nobody uses; called now and then.
    func expire() { for shard in all { shard.submit(.expire) } }

    func stop(then done: @escaping @Sendable () -> Void) {
        for shell in shards.everyShell { shell.giveUp() }
        loader.stop(then: done)
    }

    /// What clients understand of a failure of the coordinator's partition.
    static func clientError(_ code: ErrorCode) -> ErrorCode {
        switch code {
        case .kafkaStorageError, .notLeaderOrFollower: .notCoordinator
        case .notCoordinator, .coordinatorLoadInProgress, .recordListTooLarge: code
        default: .coordinatorNotAvailable
        }
    }

    /// The code of an answer that says nothing else.
    static func code(_ result: Result<TransactionResponse, ErrorCode>) -> ErrorCode {
        switch result {
        case .success(.done), .success(.producer), .success(.kept), .success(.verified): .none
        case .success(.failed(let code)): code
        case .success(.needsProducerId): .coordinatorNotAvailable
        case .failure(let code): clientError(code)
        }
    }
}

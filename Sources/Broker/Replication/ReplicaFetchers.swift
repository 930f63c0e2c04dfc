import ClusterMetadata
import KafkaConnection
import KafkaProtocol
import Logging
import NIOCore
import Replication
import Synchronization
import World

/// What this broker copies from the leaders of its partitions: to each of them `num.replica.fetchers` connections, each with a fetch session, and
/// each partition on one of them. Where no partition changes, nothing is done but one fetch for a session and `replica.fetch.wait.max.ms`.
///
/// Lock order: its own before a partition's.
final class ReplicaFetchers: Sendable {
    struct Settings: Sendable {
        var fetcherCount: Int
        /// Of one partition in an answer.
        var maxBytes: Int32
        var responseMaxBytes: Int32
        var minBytes: Int32
        var requestMillis: Int64
        var options: ReplicaFetcher.Options

        init(_ config: BrokerConfig) {
            let resolver = ConfigResolver(staticBroker: config.values, ownDefaults: config.ownDefaults)
            fetcherCount = Int(clamping: max(1, resolver.brokerInt("num.replica.fetchers")))
            maxBytes = Int32(clamping: resolver.brokerInt("replica.fetch.max.bytes"))
            responseMaxBytes = Int32(clamping: resolver.brokerInt("replica.fetch.response.max.bytes"))
            minBytes = Int32(clamping: resolver.brokerInt("replica.fetch.min.bytes"))
            requestMillis = max(1, resolver.brokerInt("replica.socket.timeout.ms"))
            options = ReplicaFetcher.Options(
                maxWaitMillis: resolver.brokerInt("replica.fetch.wait.max.ms"),
                maxBackoffMillis: resolver.brokerInt("replica.fetch.backoff.ms")
            )
        }
    }

    private struct PlaceKey: Hashable {
        var topicId: KafkaUUID
        var partition: Int32
    }

    private struct State: Sendable {
        /// nil before the start and after the end.
        var surroundings: FetcherSurroundings?
        var eventLoops: (any EventLoopGroup)?
        var isOver = false
        /// Those that change before the start.
        var waiting: [Partition] = []
        var assigned: [PlaceKey: LeaderFetcher.Id] = [:]
        var fetchers: [LeaderFetcher.Id: FetcherHandle] = [:]
        var counts: [LeaderFetcher.Id: Int] = [:]
    }

    /// Those that do not answer.
    let lost = LostLeaders()
    private let state = Mutex(State())
    private let world: World
    private let nodeId: NodeId
    private let settings: Settings
    private let listener: String
    private let decisions: DecisionLog
    private let logger: Logger

    init(world: World, nodeId: NodeId, config: BrokerConfig, decisions: DecisionLog, logger: Logger) {
        self.world = world
        self.nodeId = nodeId
        self.decisions = decisions
        self.logger = logger
        settings = Settings(config)
        listener = config.interBrokerListener
    }

    /// Begins to fetch.
    ///
    /// - Returns: what others use that read from other brokers.
    func begin(
        cluster: PublishedView,
        brokerEpoch: BrokerEpoch,
        metrics: BrokerMetrics,
        on eventLoops: any EventLoopGroup
    ) -> FetcherSurroundings {
        let surroundings = FetcherSurroundings(
            world: world,
            nodeId: nodeId,
            settings: settings,
            listener: listener,
            cluster: cluster,
            brokerEpoch: brokerEpoch,
            lost: lost,
            metrics: metrics,
            decisions: decisions,
            logger: logger
        )
        let waiting = state.withLock { state -> [Partition] in
            state.surroundings = surroundings
            state.eventLoops = eventLoops
            defer { state.waiting = [] }
            return state.waiting
        }
        for partition in waiting { changed(partition) }
        return surroundings
    }

    /// Whom a partition follows has changed, or it may fetch on.
    func changed(_ partition: Partition) {
        state.withLock { state in
            if state.isOver { return }
            guard state.surroundings != nil else { return state.waiting.append(partition) }
            let key = PlaceKey(topicId: partition.topicId, partition: partition.id.partition)
            let known = state.assigned[key]
            // Looked up under the lock: of two who tell of the same partition, the later one knows the later leader.
            let wanted = partition.followedLeader.map {
                LeaderFetcher.Id(leader: $0, number: number(of: partition.id))
            }
            if wanted == known {
                if let known { state.fetchers[known]?.changed(partition) }
                return
            }
            if let known { leave(known, partition, &state) }
            state.assigned[key] = wanted
            if let wanted { join(wanted, partition, &state) }
        }
    }

    /// The same one wherever a partition's leader is.
    private func number(of id: TopicPartition) -> Int {
        var hash: UInt32 = 0
        for byte in id.topic.utf8 { hash = hash &* 31 &+ UInt32(byte) }
        return Int((hash &+ UInt32(bitPattern: id.partition)) % UInt32(settings.fetcherCount))
    }

    private func leave(_ id: LeaderFetcher.Id, _ partition: Partition, _ state: inout State) {
        state.fetchers[id]?.changed(partition)
        let left = (state.counts[id] ?? 0) - 1
        state.counts[id] = left > 0 ? left : nil
        // Whoever comes back to this leader begins with another connection: this one may wait for a dead one for long.
        if left <= 0 { state.fetchers.removeValue(forKey: id)?.end() }
    }

    private func join(_ id: LeaderFetcher.Id, _ partition: Partition, _ state: inout State) {
        guard let surroundings = state.surroundings, let loops = state.eventLoops else { return }
        let fetcher = state.fetchers[id] ?? FetcherHandle(id, surroundings, on: loops.next())
        state.fetchers[id] = fetcher
        state.counts[id, default: 0] += 1
        fetcher.changed(partition)
    }

    /// Brokers were registered, fenced or unfenced: they may be somewhere else now, or there again.
    func brokersChanged(_ ids: Set<Int32>) {
        let fetchers = state.withLock { state in
            state.fetchers.filter { ids.contains($0.key.leader.rawValue) }.sorted { $0.key < $1.key }.map(\.value)
        }
        for fetcher in fetchers { fetcher.leaderChanged() }
    }

    /// Fetches nothing more.
    func stop() {
        let fetchers = state.withLock { state in
            state.isOver = true
            defer { state.fetchers = [:] }
            return state.fetchers.sorted { $0.key < $1.key }.map(\.value)
        }
        for fetcher in fetchers { fetcher.end() }
    }
}

/// What a fetcher uses of the node.
struct FetcherSurroundings: Sendable {
    let world: World
    let nodeId: NodeId
    let settings: ReplicaFetchers.Settings
    /// The name of the listener by which brokers reach each other.
    let listener: String
    let cluster: PublishedView
    let brokerEpoch: BrokerEpoch
    let lost: LostLeaders
    let metrics: BrokerMetrics
    let decisions: DecisionLog
    let logger: Logger

    var fetchVersion: Int16 { (cluster.view.image.metadataVersion ?? .minimum).replicaFetch }

    /// Where a broker is reached; nil when it is not registered, or not by this listener.
    func address(of broker: NodeId) -> BrokerAddress? {
        cluster.view.address(of: broker.rawValue, listener: listener)
    }
}

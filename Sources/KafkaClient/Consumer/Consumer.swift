import KafkaConnection
import KafkaProtocol
import Logging
import NIOCore
import NIOPosix
import Synchronization
import World

/// Reads partitions: those given to `assign`, or, as a member of a group, those that the group assigns. Records are prefetched. Safe to use from
/// any thread; one task at a time reads records.
///
/// A group member needs its `run` to be running; `withConsumer` does that. Its assignment changes only in `next`, so calling `next` again says that the
/// previous records were processed.
public final class Consumer: Sendable {
    struct State {
        var engine: FetchEngine
        /// By broker.
        var sessions: [Int32: ConsumerFetchSession] = [:]
        var membership: GroupMembership?
        /// Another one for each membership.
        var membershipTurn = 0
        var failure: KafkaError?
        var retryAfter = Duration.zero
        /// When leaders that were not found are looked for again.
        var findAfter: Int64 = 0
        var nextAutoCommit: Int64
        /// Offsets that somebody wants to be committed without waiting.
        var commits: [TopicPartition: CommittedOffset] = [:]
        /// Whether `run` is committing.
        var isCommitting = false
        var isRunning = false
        /// Whether it will be looked, or was, whether `run` runs.
        var isRunExpected = false
        /// Whether the group's coordinator is being waited for.
        var isRebalancing = false
        var isStopping = false
        var isClosed = false
    }

    let configuration: ConsumerConfiguration
    let metrics: ConsumerMetrics
    /// Fetches go here, and what has to wait behind them.
    let cluster: ClusterClient
    private let admin: Admin
    /// The group's coordinator has connections of its own: it lets a member wait for others, for minutes. What is known of the cluster is shared.
    let coordination: ClusterClient
    let logger: Logger
    let state: Mutex<State>
    /// Something came, or the partitions are to change.
    let arrived = Signal()
    /// The membership has something to do.
    let wake = Signal()
    /// `run` has committed.
    let commitEnded = Signal()
    let loop: any EventLoop
    let world: World

    /// - Parameter eventLoopGroup: the event loops of its connections.
    public convenience init(
        _ configuration: ConsumerConfiguration,
        eventLoopGroup: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        logger: Logger = Logger(label: "kafka.consumer") { _ in SwiftLogNoOpLogHandler() }
    ) {
        self.init(configuration, world: .real, eventLoopGroup: eventLoopGroup, logger: logger)
    }

    package init(
        _ configuration: ConsumerConfiguration,
        world: World,
        eventLoopGroup: any EventLoopGroup,
        logger: Logger
    ) {
        self.world = world
        self.configuration = configuration
        self.logger = logger
        metrics = ConsumerMetrics(clientId: configuration.client.clientId)
        loop = eventLoopGroup.next()
        cluster = ClusterClient(configuration.client, world: world, group: eventLoopGroup, logger: logger)
        admin = Admin(cluster)
        coordination = ClusterClient(
            configuration.client,
            world: world,
            group: eventLoopGroup,
            logger: logger,
            metadata: cluster.metadata
        )
        state = Mutex(
            State(
                engine: FetchEngine(configuration),
                nextAutoCommit: configuration.autoCommitInterval.milliseconds
            )
        )
    }

    /// Milliseconds of a clock that never goes back.
    var now: Int64 { cluster.metadata.nowMillis }

    // MARK: Which partitions

    /// Reads these partitions, from these offsets, and no others. Prefetched records are dropped.
    ///
    /// - Throws: `KafkaError` with `.invalid` when the consumer is subscribed: its group assigns the partitions.
    public func assign(_ positions: [TopicPartition: Int64]) throws(KafkaError) {
        try replaceAll(positions.mapValues { CommittedOffset($0) })
    }

    /// Reads these partitions from what the group has committed, or else from where `reset` says, and no others.
    ///
    /// - Throws: `KafkaError` when the committed offsets cannot be fetched; `.invalid` when the consumer is subscribed.
    public func assign(_ partitions: [TopicPartition]) async throws(KafkaError) {
        var committed: [TopicPartition: CommittedOffset] = [:]
        if configuration.groupId != nil { committed = try await self.committed(partitions) }
        try replaceAll(Dictionary(partitions.map { ($0, committed[$0]) }) { $1 })
    }

    /// - Parameter positions: nil where it has to be found.
    private func replaceAll(_ positions: [TopicPartition: CommittedOffset?]) throws(KafkaError) {
        try configuration.check(isMember: false)
        let now = now
        let before = try state.withLock { state throws(KafkaError) in
            if state.membership != nil { throw Self.isSubscribed }
            let before = state.engine.keys
            state.engine.remove(before)
            for (key, place) in positions {
                state.engine.add(key, at: place?.offset, epoch: place?.leaderEpoch ?? -1, nowMillis: now)
            }
            return before
        }
        metrics.forget(before)
        arrived.raise()
    }

    /// Stops reading a partition.
    ///
    /// - Throws: as `assign` does.
    public func unassign(_ key: TopicPartition) throws(KafkaError) {
        try state.withLock { state throws(KafkaError) in
            if state.membership != nil { throw Self.isSubscribed }
            state.engine.remove([key])
        }
        metrics.forget([key])
    }

    private static let isSubscribed = KafkaError(
        .invalid,
        "the consumer is subscribed, so its group assigns the partitions; call unsubscribe first"
    )

    /// Becomes a member of the group `groupId`, which assigns the partitions of these topics to its members. Called again, it changes the topics.
    ///
    /// - Throws: `KafkaError` with `.invalid` when the configuration is not that of a group member.
    public func subscribe(to topics: [String]) throws(KafkaError) { try subscribe(.topics(Set(topics))) }

    /// Like `subscribe(to:)`, with all topics whose whole name matches, also those created later. Internal topics do not match.
    ///
    /// - Throws: `KafkaError` with `.invalid` when the pattern is not a valid regular expression.
    public func subscribe(matching pattern: String) throws(KafkaError) {
        do { _ = try Regex(pattern) } catch { throw KafkaError(.invalid, "invalid regular expression '\(pattern)'") }
        try subscribe(
            .matching { names in
                // A `Regex` may not be shared by threads; this is asked once in minutes.
                guard let expression = try? Regex(pattern) else { return [] }
                return Set(names.filter { (try? expression.wholeMatch(in: $0)) != nil })
            }
        )
    }

    private func subscribe(_ subscription: GroupMembership.Subscription) throws(KafkaError) {
        try configuration.check(isMember: true)
        let now = now
        state.withLock { state in
            if state.membership == nil {
                state.engine.remove(state.engine.keys)
                state.membership = GroupMembership(GroupMembership.Settings(configuration), subscription)
            } else {
                state.membership?.subscribe(subscription, nowMillis: now)
            }
        }
        wake.raise()
    }

    /// The assigned partitions, in order.
    public var assignment: [TopicPartition] { state.withLock { $0.engine.keys } }

    // MARK: Where in them

    /// Continues at this offset.
    ///
    /// - Throws: `KafkaError` with `.invalid` when the partition is not assigned.
    public func seek(_ partition: TopicPartition, to offset: Int64) throws(KafkaError) {
        guard state.withLock({ $0.engine.seek(partition, to: offset) }) else { throw Self.notAssigned(partition) }
        arrived.raise()
    }

    /// Continues where `spec` says; a partition without a record of that time or later, at its end.
    public func seek(_ partitions: [TopicPartition], to spec: OffsetSpec) async throws(KafkaError) {
        var offsets = try await admin.listOffsets(partitions, spec, isolation: configuration.isolation)
        let rest = partitions.filter { offsets[$0] == nil }
        if !rest.isEmpty {
            offsets.merge(try await admin.listOffsets(rest, .latest, isolation: configuration.isolation)) { $1 }
        }
        for (key, offset) in offsets { try seek(key, to: offset) }
    }

    /// The position: the offset of the next record that `next` returns; nil when the partition is not assigned, or the position is not known yet.
    public func position(_ partition: TopicPartition) -> Int64? { state.withLock { $0.engine.position(partition) } }

    /// The lag: records between the position and the end of the partition when it was last fetched; nil when not known.
    public func lag(_ partition: TopicPartition) -> Int64? { state.withLock { $0.engine.lag(partition) } }

    /// `next` returns nothing of these partitions until `resume`; they stay assigned.
    public func pause(_ partitions: [TopicPartition]) { setPaused(partitions, true) }

    public func resume(_ partitions: [TopicPartition]) { setPaused(partitions, false) }

    private func setPaused(_ partitions: [TopicPartition], _ isPaused: Bool) {
        state.withLock { state in for key in partitions { state.engine.pause(key, isPaused) } }
        arrived.raise()
    }

    /// The paused partitions, in order.
    public var paused: [TopicPartition] { state.withLock { $0.engine.paused } }

    static func notAssigned(_ key: TopicPartition) -> KafkaError { KafkaError(.invalid, "\(key) is not assigned") }

    // MARK: Records

    private enum Step {
        case batch(ConsumedBatch, mayFetch: Bool)
        case change(GroupMembership.Change)
        case failure(KafkaError)
        case find, nothing, waitForRun
        case wait(mayFetch: Bool)
    }

    /// The next batch of any assigned partition; waits until there is one. Nil when the consumer was closed, the task was cancelled, or nothing
    /// is assigned and the consumer is not subscribed.
    ///
    /// - Throws: `KafkaError` that is not retriable. `next` may be called again.
    public func next() async throws(KafkaError) -> ConsumedBatch? {
        let began = now
        let (isMembershipWaiting, isRunAwaited) = state.withLock { state in
            state.engine.finishLast()
            state.membership?.polls(true, nowMillis: began)
            return (state.membership.map { !$0.isMember } ?? false, !state.isRunning && !state.isRunExpected)
        }
        if isMembershipWaiting { wake.raise() }
        if isRunAwaited, configuration.autoCommit, configuration.groupId != nil { expectRun() }
        defer { state.withLock { $0.membership?.polls(false, nowMillis: now) } }
        do throws(KafkaError) {
            return try await nextBatch(since: began)
        } catch {
            if error.code == .cancelled, Task.isCancelled { return nil }
            // Closed while it was looking for something.
            if error.code == .closed, state.withLock({ $0.isClosed }) { return nil }
            throw error
        }
    }

    private func nextBatch(since began: Int64) async throws(KafkaError) -> ConsumedBatch? {
        while !Task.isCancelled {
            switch state.withLock({ nextStep(&$0) }) {
            case .batch(let batch, let mayFetch):
                if mayFetch { await ask() }
                metrics.note(batch)
                for interceptor in configuration.interceptors { interceptor.willHandOut(batch) }
                return batch
            case .change(let change): try await apply(change)
            case .failure(let failure): try await recover(failure)
            case .nothing: return nil
            case .find: try await find()
            case .waitForRun:
                if now - began > Self.runTimeoutMillis { throw Self.isNotRunning }
                let timer = loop.scheduleTask(in: .milliseconds(Self.runTimeoutMillis + 1)) { [arrived] in
                    arrived.raise()
                }
                await arrived.wait()
                timer.cancel()
            case .wait(let mayFetch):
                if mayFetch {
                    await ask()
                } else {
                    await arrived.wait()
                }
            }
        }
        return nil
    }

    private static let runTimeoutMillis: Int64 = 5000

    /// What is committed without waiting is committed by `run`: says so in the log when nobody calls it.
    func expectRun() {
        let isFirst = state.withLock { state in
            defer { state.isRunExpected = true }
            return !state.isRunExpected && !state.isRunning
        }
        guard isFirst else { return }
        loop.scheduleTask(in: .milliseconds(Self.runTimeoutMillis)) { [weak self] in
            guard let self, state.withLock({ !$0.isRunning && !$0.isClosed }) else { return }
            logger.warning("offsets are not committed before close: run() is not running")
        }
    }

    private static let isNotRunning = KafkaError(
        .invalid,
        "run() is not running: start it, or use withConsumer, before reading from a subscription"
    )

    private func nextStep(_ state: inout State) -> Step {
        if state.isClosed { return .nothing }
        if let change = state.membership?.beginChange() { return .change(change) }
        if let batch = state.engine.next() { return .batch(batch, mayFetch: state.engine.mayFetch) }
        if let failure = state.failure {
            state.failure = nil
            return .failure(failure)
        }
        if let membership = state.membership {
            if let failure = membership.failure { return .failure(failure) }
            if !state.isRunning { return .waitForRun }
        } else if state.engine.keys.isEmpty {
            return .nothing
        }
        if now >= state.findAfter {
            let leaderless = cluster.metadata.withLock { state.engine.topicsWithoutLeader($0.topics, nowMillis: now) }
            if !leaderless.isEmpty || !state.engine.withoutPosition.isEmpty { return .find }
        }
        return .wait(mayFetch: state.engine.mayFetch)
    }

    /// What passes is waited for; what doesn't is thrown.
    private func recover(_ failure: KafkaError) async throws(KafkaError) {
        guard failure.isRetriable else { throw failure }
        logger.debug("fetch failed, retrying after a backoff", metadata: ["reason": "\(failure)"])
        let pause = state.withLock { state in
            state.retryAfter = min(
                max(state.retryAfter * 2, configuration.client.retryBackoff),
                configuration.client.retryBackoffMax
            )
            return state.retryAfter
        }
        // Cancelled, the loop that this is called from ends.
        try? await world.time.sleep(for: pause)
    }

    /// Commits what was processed, leaves the group and closes all connections. A static member does not leave: its session continues.
    public func close() async {
        let isFirst = state.withLock { state in
            defer { state.isClosed = true }
            return !state.isClosed
        }
        guard isFirst else { return }
        arrived.raise()
        await leave("the consumer was closed")
        wake.raise()
        arrived.raise()
        await coordination.close()
        endSessions()
        await cluster.close()
        metrics.forget(assignment)
    }
}

/// Runs `body` with a consumer that is a member of its group meanwhile; afterwards it leaves and is closed.
public func withConsumer<Result: Sendable>(
    _ configuration: ConsumerConfiguration,
    _ body: (Consumer) async throws -> Result
) async throws -> Result {
    let consumer = Consumer(configuration)
    return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await consumer.run() }
        do {
            let result = try await body(consumer)
            await consumer.close()
            return result
        } catch {
            await consumer.close()
            throw error
        }
    }
}

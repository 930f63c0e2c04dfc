import ClusterMetadata
import Coordination
import KafkaProtocol
import KafkaRecords
import LogStorage
import Logging
import NIOCore
import Synchronization
import World

/// The shell of one group shard: its lock, its log, those who wait and its timer.
///
/// Lock order: the shard's before its partition's. Answers are sent after the lock is left.
final class GroupShardRuntime: Sendable {
    enum Phase: Sendable, Equatable {
        case loading
        case ready
        case failed
    }

    private struct State: ~Copyable {
        var shard: GroupShard
        var phase = Phase.loading
        var waiting: [ReplyToken: @Sendable (GroupReply) -> Void] = [:]
        var nextToken: ReplyToken = 1
        var timerAt: Int64 = .max
    }
    private let state: Mutex<State>
    let partition: Partition
    private let eventLoop: any EventLoop
    private let time: WorldTime
    private let logger: Logger

    init(partition: Partition, config: GroupConfig, eventLoop: any EventLoop, time: WorldTime, logger: Logger) {
        self.partition = partition
        self.time = time
        self.eventLoop = eventLoop
        self.logger = logger
        state = Mutex(State(shard: GroupShard(config: config)))
    }

    var phase: Phase { state.withLock { $0.phase } }

    /// Replays the partition. Blocks on the disk.
    func load() {
        do throws(LogError) {
            var offset = partition.facts.logStartOffset
            var count = 0
            while true {
                let batches = try partition.readBatches(from: offset, maxBytes: 1 << 20)
                if batches.isEmpty { break }
                for batch in batches {
                    count += Int(batch.header.recordCount)
                    do throws(RecordError) { try replay(batch) } catch {
                        throw .corrupt(path: "\(partition.id)", position: batch.header.baseOffset, reason: error.reason)
                    }
                    offset = batch.header.nextOffset
                }
            }
            state.withLock { $0.phase = .ready }
            if count > 0 {
                logger.debug("loaded groups", metadata: ["partition": "\(partition.id)", "records": "\(count)"])
            }
            schedule()
        } catch {
            logger.error("groups cannot be loaded", metadata: ["partition": "\(partition.id)", "reason": "\(error)"])
            state.withLock { $0.phase = .failed }
        }
    }

    private func replay(_ batch: RecordBatch) throws(RecordError) {
        let now = time.now.milliseconds
        if batch.header.isControl {
            if let marker = EndTransactionMarker(batch) {
                state.withLock {
                    $0.shard.endTransaction(producerId: batch.header.producerId, isCommit: marker.isCommit)
                }
            }
            return
        }
        let producer = batch.header.isTransactional ? batch.header.producerId : nil
        for record in try batch.allRecords() {
            guard let key = record.key else { continue }
            state.withLock {
                $0.shard.replay(
                    CoordinatorRecord(key: key, value: record.value),
                    producerId: producer,
                    isLoading: true,
                    now: now
                )
            }
        }
    }

    // MARK: Events

    /// Asks the shard something that changes nothing that others see.
    func read<R: Sendable>(_ body: (GroupShard) -> R) -> R { state.withLock { body($0.shard) } }

    /// Runs an event whose answer comes through a token.
    func run(reply: @escaping @Sendable (GroupReply) -> Void, _ event: (GroupShard, ReplyToken) -> GroupEffects) {
        let after = state.withLock { state -> After in
            let token = state.nextToken
            state.nextToken += 1
            state.waiting[token] = reply
            return carryOut(event(state.shard, token), &state)
        }
        finish(after)
    }

    /// Runs an event with an answer of its own, sent once its records are committed.
    func run<R: Sendable>(_ event: (GroupShard) -> (R, GroupEffects), done: @escaping @Sendable (R, ErrorCode) -> Void)
    {
        let after = state.withLock { state -> After in
            let (result, effects) = event(state.shard)
            return carryOut(effects, &state, committed: { done(result, $0) })
        }
        finish(after)
    }

    /// What is left to do without the lock.
    private struct After: Sendable {
        var replies: [@Sendable () -> Void] = []
        var reasons: [(group: String, reason: GroupReason)] = []
    }

    private func carryOut(
        _ effects: GroupEffects,
        _ state: inout State,
        committed: (@Sendable (ErrorCode) -> Void)? = nil
    ) -> After {
        var after = After()
        after.reasons = effects.reasons
        take(effects.replies, &state, &after)
        let waiting = effects.committedReplies.compactMap { token, reply in
            state.waiting.removeValue(forKey: token).map { send in (token: token, reply: reply, send: send) }
        }
        if effects.records.isEmpty {
            after.replies += waiting.map { entry in { entry.send(entry.reply) } }
            if let committed { after.replies.append { committed(.none) } }
            return after
        }
        // The outcome is known now, unless the topic waits for the disk; then it comes later, on the disk's thread.
        let answers: @Sendable (ErrorCode) -> Void = { code in
            for entry in waiting { entry.send(code == .none ? entry.reply : Self.failed(entry.reply, code)) }
            committed?(code)
        }
        let box = OutcomeBox()
        append(effects.records) { result in
            if box.finish(result.code) { answers(result.code) }
        }
        switch box.takeInline() {
        case let code? where code == .none:
            let now = time.now.milliseconds
            for record in effects.records { state.shard.replay(record, isLoading: false, now: now) }
            after.replies.append { answers(.none) }
        case let code?:
            let repair = state.shard.appendFailed(
                effects,
                code: code,
                now: time.now.milliseconds,
                wall: time.wall.milliseconds
            )
            take(repair.replies, &state, &after)
            after.reasons += repair.reasons
            after.replies.append { answers(code) }
        case nil:
            // In the log and on its way to the disk.
            let now = time.now.milliseconds
            for record in effects.records { state.shard.replay(record, isLoading: false, now: now) }
        }
        return after
    }

    private func take(_ replies: [(ReplyToken, GroupReply)], _ state: inout State, _ after: inout After) {
        for (token, reply) in replies {
            if let send = state.waiting.removeValue(forKey: token) { after.replies.append { send(reply) } }
        }
    }

    private static func failed(_ reply: GroupReply, _ code: ErrorCode) -> GroupReply {
        switch reply {
        case .join(var response):
            response.errorCode = code
            return .join(response)
        case .sync(var response):
            response.errorCode = code
            response.assignment = ByteBuffer()
            return .sync(response)
        }
    }

    private func append(_ records: [CoordinatorRecord], done: @escaping @Sendable (ProduceOutcome) -> Void) {
        let now = time.wall.milliseconds
        var builder = RecordBatchBuilder(capacity: records.count * 128)
        for record in records { builder.append(timestamp: now, key: record.key, value: record.value) }
        do throws(RecordError) {
            let batch = try ValidatedBatch(own: try builder.build())
            partition.append(batch, waitsForAll: true, isFromClient: false, wall: now, done: done)
        } catch {
            done(ProduceOutcome(code: error.code, message: error.reason))
        }
    }

    private func finish(_ after: After) {
        for (group, reason) in after.reasons {
            logger.info("\(reason)", metadata: ["group": "\(group)"])
        }
        for reply in after.replies { reply() }
        schedule()
    }

    // MARK: Time

    private func schedule() {
        let now = time.now.milliseconds
        let delay = state.withLock { state -> Int64? in
            let next = state.shard.nextDeadline
            guard next < state.timerAt else { return nil }
            state.timerAt = next
            return max(0, next - now)
        }
        guard let delay else { return }
        eventLoop.scheduleTask(in: .milliseconds(delay + 1)) { [weak self] in self?.tick() }
    }

    private func tick() {
        let after = state.withLock { state -> After in
            state.timerAt = .max
            return carryOut(state.shard.tick(now: time.now.milliseconds, wall: time.wall.milliseconds), &state)
        }
        finish(after)
    }

    /// Ends expired offsets; called now and then.
    func expire() {
        let after = state.withLock { state -> After in
            guard state.phase == .ready else { return After() }
            return carryOut(state.shard.expire(wall: time.wall.milliseconds), &state)
        }
        finish(after)
    }

    func forget(topics: Set<String>) {
        let after = state.withLock { state -> After in
            guard state.phase == .ready else { return After() }
            var effects = GroupEffects()
            effects.records = state.shard.forget(topics: topics)
            return carryOut(effects, &state)
        }
        finish(after)
    }

    func resign() {
        let after = state.withLock { state -> After in
            state.phase = .failed
            return carryOut(state.shard.resign(code: .notCoordinator), &state)
        }
        finish(after)
    }
}

/// Tells an outcome that came while the caller was still inside from one that came later.
private final class OutcomeBox: Sendable {
    private struct State {
        var isInside = true
        var code: ErrorCode?
    }
    private let state = Mutex(State())

    /// True when the caller has left already and the outcome must be handled here.
    func finish(_ code: ErrorCode) -> Bool {
        state.withLock { state in
            state.code = code
            return !state.isInside
        }
    }

    /// The outcome if it is known; from now on `finish` handles it.
    func takeInline() -> ErrorCode? {
        state.withLock { state in
            state.isInside = false
            return state.code
        }
    }
}

/// All group shards of this node.
final class GroupRuntime: Sendable {
    private let shards = Mutex<[Int32: GroupShardRuntime]>([:])
    private let config: BrokerConfig
    private let logger: Logger
    private let eventLoops: any EventLoopGroup
    private let time: WorldTime
    private let loader: any Worker

    init(world: World, config: BrokerConfig, eventLoops: any EventLoopGroup, logger: Logger) {
        time = world.time
        loader = world.threads.makeWorker("group-loader", threads: 1)
        self.config = config
        self.eventLoops = eventLoops
        self.logger = logger
    }

    /// The partition of `__consumer_offsets` that a group lives in, as Kafka computes it.
    static func partition(for group: String, count: Int) -> Int32 {
        var hash: Int32 = 0
        for unit in group.utf16 { hash = 31 &* hash &+ Int32(unit) }
        return (hash == .min ? 0 : abs(hash)) % Int32(max(1, count))
    }

    /// Takes over the partitions that this node leads, and loads them.
    func follow(_ route: TopicRoute?) {
        guard let route else { return }
        for number in 0..<route.count {
            guard let partition = route.partition(number) else { continue }
            let fresh = shards.withLock { shards -> GroupShardRuntime? in
                if shards[number]?.partition === partition { return nil }
                let shard = GroupShardRuntime(
                    partition: partition,
                    config: config.group,
                    eventLoop: eventLoops.next(),
                    time: time,
                    logger: logger
                )
                shards[number] = shard
                return shard
            }
            guard let fresh else { continue }
            // An empty partition has nothing to load: its groups can be served at once.
            if partition.facts.logEndOffset == 0 { fresh.load() } else { loader.submit { fresh.load() } }
        }
    }

    /// The shard of a group, or why there is none.
    func shard(for group: String, in view: ClusterView) -> Result<GroupShardRuntime, ErrorCode> {
        guard let route = view.topics[TopicName.consumerOffsets] else { return .failure(.notCoordinator) }
        let number = Self.partition(for: group, count: Int(route.count))
        guard let shard = shards.withLock({ $0[number] }) else { return .failure(.notCoordinator) }
        switch shard.phase {
        case .ready: return .success(shard)
        case .loading: return .failure(.coordinatorLoadInProgress)
        case .failed: return .failure(.coordinatorNotAvailable)
        }
    }

    var all: [GroupShardRuntime] { shards.withLock { $0.sorted { $0.key < $1.key }.map(\.value) } }

    func expire() { for shard in all { shard.expire() } }

    func forget(topics: Set<String>) {
        loader.submit { [self] in for shard in all { shard.forget(topics: topics) } }
    }

    func stop(then done: @escaping @Sendable () -> Void) {
        for shard in all { shard.resign() }
        loader.stop(then: done)
    }
}

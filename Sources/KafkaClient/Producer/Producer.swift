import KafkaConnection
import KafkaProtocol
import KafkaRecords
import Logging
import NIOCore
import NIOPosix
import Synchronization
import World

/// Sends records to a cluster: batches them, finds partition leaders, retries transient failures. Safe to use from any thread. Its `run` must be
/// running, as it is in `withProducer`; otherwise records that were passed to it fail after 5 seconds.
public final class Producer: Sendable {
    struct State {
        var engine: ProducerEngine
        var partitioner: any Partitioner
        /// For each topic that is known the engine's place of each partition.
        var slots: [String: [Int]] = [:]
        /// The topic of the last record: mostly that of the next one, too.
        var last: (name: String, slots: [Int])?
        /// Whether brokers are being asked about topics.
        var isLocating = false
        /// When the partitioner was told last how many batches wait.
        var partitionerUpdatedMillis: Int64 = 0
        var transaction: TransactionState?
        /// Brokers to which a connection is being opened.
        var connecting: Set<Int32> = []
        var sends: [UInt64: PendingSend] = [:]
        /// Those who wait for room in the buffer, and those who wait for everything to be acknowledged.
        var bufferWaiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
        var flushWaiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
        /// The first failure of a record that nobody waited for, since the last flush.
        var unreportedFailure: KafkaError?
        var lastNumber: UInt64 = 0
        var isRunning = false
        /// Whether it will be looked whether `run` runs.
        var isRunExpected = false
        var isClosed = false

        /// Why no record is taken now.
        var refusal: KafkaError? {
            if isClosed { return Producer.closedError }
            do throws(KafkaError) { try transaction?.checkOpen() } catch { return error }
            return nil
        }

        /// Whether everything that was handed over is decided.
        var isSettled: Bool { engine.pendingRecords == 0 && !(transaction?.isAddingPartitions ?? false) }

        /// - Returns: whom to wake because everything is decided.
        mutating func takeFlushWaiters() -> [CheckedContinuation<Void, Never>] {
            if !isSettled { return [] }
            defer { flushWaiters = [:] }
            return Self.inOrder(flushWaiters)
        }

        /// Those who have waited longest first.
        static func inOrder(
            _ waiters: [UInt64: CheckedContinuation<Void, Never>]
        ) -> [CheckedContinuation<Void, Never>] {
            waiters.isEmpty ? [] : waiters.sorted { $0.key < $1.key }.map(\.value)
        }

        /// For a send or somebody who waits.
        mutating func newNumber() -> UInt64 {
            lastNumber += 1
            return lastNumber
        }
    }

    let configuration: ProducerConfiguration
    let metrics: ProducerMetrics
    let cluster: ClusterClient
    let logger: Logger
    let state: Mutex<State>
    /// Something may be ready: the running loop looks. At most one of these waits.
    let wakeups: AsyncStream<Void>
    let wake: AsyncStream<Void>.Continuation
    /// What `run` does, it does on this loop, on which the connections live as well.
    let loop: any EventLoop
    /// Wakes the running loop when something becomes ready by itself.
    private let alarm = Mutex<(atMillis: Int64, timer: Scheduled<Void>)?>(nil)
    let world: World

    /// - Throws: `KafkaError` with `.invalid` for conflicting or invalid settings.
    public convenience init(
        _ configuration: ProducerConfiguration,
        eventLoopGroup: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        logger: Logger = Logger(label: "kafka.producer") { _ in SwiftLogNoOpLogHandler() }
    ) throws(KafkaError) {
        try self.init(configuration, world: .real, eventLoopGroup: eventLoopGroup, logger: logger)
    }

    package init(
        _ configuration: ProducerConfiguration,
        world: World,
        eventLoopGroup: any EventLoopGroup,
        logger: Logger
    ) throws(KafkaError) {
        try configuration.check()
        self.world = world
        self.configuration = configuration
        self.logger = logger
        metrics = ProducerMetrics(clientId: configuration.client.clientId)
        loop = eventLoopGroup.next()
        cluster = ClusterClient(configuration.client, world: world, group: loop, logger: logger)
        var settings = ProducerEngine.Settings()
        settings.isIdempotent = configuration.isIdempotent
        settings.isTransactional = configuration.transactionalId != nil
        settings.lingerMillis = configuration.linger.milliseconds
        settings.batchBytes = configuration.batchBytes
        settings.batchMaxBytes = min(configuration.batchMaxBytes, configuration.requestMaxBytes)
        settings.deliveryMillis = configuration.deliveryTimeout.milliseconds
        settings.retryMillis = configuration.client.retryBackoff.milliseconds
        settings.maxInFlight = configuration.inFlightLimit
        settings.requestBytes = configuration.requestMaxBytes
        settings.compression = configuration.compression
        let transaction = configuration.transactionalId.map { TransactionState(id: $0) }
        state = Mutex(
            State(
                engine: ProducerEngine(settings),
                partitioner: configuration.partitioner,
                transaction: transaction
            )
        )
        (wakeups, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Milliseconds of a clock that never goes back.
    var now: Int64 { cluster.metadata.nowMillis }

    // MARK: Sending

    /// Sends a record and waits until it is acknowledged as `acks` says.
    ///
    /// - Throws: `KafkaError`; `isRetriable` says whether sending it again may help, which may make it a duplicate. `.cancelled` when the task was:
    ///   a record that is in the buffer already is sent nevertheless.
    public func send(_ record: ProducerRecord) async throws(KafkaError) -> RecordMetadata {
        // There is a result for each record.
        try await send([record])[0].get()
    }

    /// Sends records and waits until each is acknowledged as `acks` says, or has failed. Their order holds in each partition.
    ///
    /// - Returns: the result of each, in their order. A cancelled task gets `.cancelled` for those that are still in flight: they are sent
    ///   nevertheless.
    public func send(_ records: [ProducerRecord]) async -> [Result<RecordMetadata, KafkaError>] {
        let (send, isRunning) = state.withLock { state in
            let number = state.newNumber()
            state.sends[number] = PendingSend(records.count)
            return (number, state.isRunning)
        }
        for (index, record) in records.enumerated() {
            do throws(KafkaError) {
                if Task.isCancelled { throw .taskCancelled }
                try await accumulate(record, ProducerEngine.Token(send: send, index: index))
            } catch {
                state.withLock { $0.sends[send]?.take(.failure(error), at: index) }?.resume()
            }
        }
        if !isRunning { expectRun() }
        await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
                let isWaiting = state.withLock { state in
                    // Set before the handler runs, which needs the lock.
                    !Task.isCancelled && state.sends[send]?.wait(continuation) ?? false
                }
                if !isWaiting { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.sends[send]?.giveUp() }?.resume()
        }
        let results = state.withLock { $0.sends.removeValue(forKey: send) }?.results ?? []
        return results.map { $0 ?? .failure(.taskCancelled) }
    }

    /// Sends a record without waiting for its acknowledgement; waits only for room in the buffer. `flush` reports failures.
    ///
    /// - Throws: `KafkaError`, when the record cannot be sent; `.cancelled` when the task was, while it waited.
    public func enqueue(_ record: ProducerRecord) async throws(KafkaError) { try await accumulate(record, nil) }

    private func accumulate(_ record: ProducerRecord, _ token: ProducerEngine.Token?) async throws(KafkaError) {
        let record = intercepted(record)
        // Not under the lock, which others want.
        let timestamp = record.timestamp ?? world.time.wall.milliseconds
        if let isReady = state.withLock({ appendIfPossible(record, timestamp, token, &$0) }) {
            if isReady { wake.yield() }
            return
        }
        let key = try await choosePartition(record)
        let isReady = try state.withLock { state throws(KafkaError) in
            if let refusal = state.refusal { throw refusal }
            return accept(record, timestamp, state.engine.slot(key), token, &state)
        }
        if isReady { wake.yield() }
    }

    private func intercepted(_ record: ProducerRecord) -> ProducerRecord {
        if configuration.interceptors.isEmpty { return record }
        var record = record
        for interceptor in configuration.interceptors { interceptor.willSend(&record) }
        return record
    }

    /// Waits to be told, unless there is no reason to. Returns at once when the task is cancelled.
    func wait(
        _ list: any WritableKeyPath<State, [UInt64: CheckedContinuation<Void, Never>]> & Sendable,
        unless isDone: (inout State) -> Bool
    ) async {
        let (number, isRunning) = state.withLock { ($0.newNumber(), $0.isRunning) }
        if !isRunning { expectRun() }
        await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
                let isWaiting = state.withLock { state in
                    if isDone(&state) || Task.isCancelled { return false }
                    state[keyPath: list][number] = continuation
                    return true
                }
                if isWaiting { wake.yield() } else { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0[keyPath: list].removeValue(forKey: number) }?.resume()
        }
    }

    /// Takes a record whose topic is known and for which there is room. Nil sends it the long way, which also finds what is wrong with it.
    private func appendIfPossible(
        _ record: ProducerRecord,
        _ timestamp: Int64,
        _ token: ProducerEngine.Token?,
        _ state: inout State
    ) -> Bool? {
        let size = record.size
        guard !state.isClosed, state.transaction?.takesRecords ?? true, size <= configuration.requestMaxBytes,
            state.engine.pendingBytes + size <= configuration.bufferBytes
        else { return nil }
        if state.last?.name != record.topic {
            guard let slots = state.slots[record.topic] else { return nil }
            state.last = (record.topic, slots)
        }
        let count = Int32(state.last?.slots.count ?? 0)
        let partition =
            record.partition
            ?? state.partitioner.partition(topic: record.topic, key: record.key, size: size, partitions: count)
        guard (0..<count).contains(partition), let slot = state.last?.slots[Int(partition)] else { return nil }
        return accept(record, timestamp, slot, token, &state)
    }

    private static let runTimeout = TimeAmount.seconds(5)
    private static let notRunningError = KafkaError(
        .invalid,
        "run() is not running: start it, or use withProducer, to send records"
    )

    /// Nobody waits for ever for a producer that nobody runs: `run` has a while to begin, then what was handed over fails.
    private func expectRun() {
        let isFirst = state.withLock { state in
            if state.isRunning || state.isRunExpected { return false }
            state.isRunExpected = true
            return true
        }
        guard isFirst else { return }
        loop.scheduleTask(in: Self.runTimeout) { [weak self] in
            guard let self else { return }
            finish(
                state.withLock { state in
                    state.isRunExpected = false
                    return state.isRunning ? [] : state.engine.abandon(Self.notRunningError)
                }
            )
        }
    }

    static let closedError = KafkaError(.closed, "the producer was closed")

    /// - Returns: whether the running loop has to be woken: without the lock, which it wants at once.
    private func accept(
        _ record: ProducerRecord,
        _ timestamp: Int64,
        _ slot: Int,
        _ token: ProducerEngine.Token?,
        _ state: inout State
    ) -> Bool {
        let wasEmpty = state.engine.pendingRecords == 0
        let isReady = state.engine.append(record, to: slot, timestamp: timestamp, token: token) { now }
        return isReady || wasEmpty
    }

    /// Waits until every record passed so far is acknowledged, or has failed.
    ///
    /// - Throws: the first failure, since the last flush, of a record that was enqueued; `.cancelled` when the task was.
    public func flush() async throws(KafkaError) {
        await wait(\.flushWaiters) { state in
            state.engine.closeAll()
            return state.isSettled
        }
        let (failure, isDone) = state.withLock { state in
            defer { state.unreportedFailure = nil }
            return (state.unreportedFailure, state.isSettled)
        }
        if let failure { throw failure }
        if Task.isCancelled, !isDone { throw .taskCancelled }
    }

    /// Flushes, ends `run` and closes all connections. An open transaction is aborted.
    ///
    /// - Throws: as `flush` does.
    public func close() async throws(KafkaError) {
        let failure: KafkaError?
        do throws(KafkaError) {
            if state.withLock({ $0.transaction?.isOpen ?? false }) { try await abortTransaction() }
            try await flush()
            failure = nil
        } catch { failure = error }
        state.withLock { $0.isClosed = true }
        wake.finish()
        alarm.withLock { $0?.timer.cancel() }
        await cluster.close()
        if let failure { throw failure }
    }

    // MARK: Where a record goes

    /// Chooses the partition and waits for room.
    private func choosePartition(_ record: ProducerRecord) async throws(KafkaError) -> TopicPartition {
        let size = record.size
        guard size <= configuration.requestMaxBytes else {
            throw KafkaError(
                .invalid,
                "a record of \(size) bytes is larger than max.request.size, \(configuration.requestMaxBytes)",
                serverCode: .messageTooLarge
            )
        }
        if let refusal = state.withLock({ $0.refusal }) { throw refusal }
        let count = try await partitionCount(record.topic)
        try await waitForMemory(size)
        let partition =
            record.partition
            ?? state.withLock { state in
                state.partitioner.partition(topic: record.topic, key: record.key, size: size, partitions: count)
            }
        guard (0..<count).contains(partition) else {
            let partitions = count == 1 ? "1 partition" : "\(count) partitions"
            throw KafkaError(
                .invalid,
                "topic '\(record.topic)' has \(partitions); partition \(partition) does not exist"
            )
        }
        return TopicPartition(record.topic, partition)
    }

    private func waitForMemory(_ size: Int) async throws(KafkaError) {
        let bufferBytes = configuration.bufferBytes
        @Sendable func hasRoom(_ state: inout State) -> Bool {
            state.isClosed || state.engine.pendingBytes == 0 || state.engine.pendingBytes + size <= bufferBytes
        }
        while !state.withLock({ hasRoom(&$0) }) {
            if Task.isCancelled { throw .taskCancelled }
            await wait(\.bufferWaiters, unless: hasRoom)
        }
    }

    private func partitionCount(_ topic: String) async throws(KafkaError) -> Int32 {
        if let known = state.withLock({ $0.slots[topic] }) { return Int32(known.count) }
        try await cluster.locate(topic, mayCreate: configuration.allowsTopicCreation)
        updateSlots([topic])
        guard let known = state.withLock({ $0.slots[topic] }) else {
            throw KafkaError.refused(.unknownTopicOrPartition, "topic '\(topic)' does not exist")
        }
        return Int32(known.count)
    }

    /// Gives the engine its places of the partitions that these topics have now.
    func updateSlots(_ names: [String]) {
        let counts = cluster.metadata.withLock { metadata in names.map { metadata.topics.count(of: $0) } }
        state.withLock { state in
            state.last = nil
            for (name, count) in zip(names, counts) {
                state.slots[name] = count.map { count in
                    (0..<Int32(count)).map { state.engine.slot(TopicPartition(name, $0)) }
                }
            }
        }
    }

    /// Wakes the running loop then, if nothing does before.
    func wake(atMillis time: Int64) {
        if state.withLock({ $0.isClosed }) { return }
        alarm.withLock { alarm in
            if let alarm, alarm.atMillis <= time { return }
            alarm?.timer.cancel()
            let timer = loop.scheduleTask(in: .milliseconds(max(1, time - now))) { [weak self] in
                self?.alarm.withLock { $0 = nil }
                self?.wake.yield()
            }
            alarm = (time, timer)
        }
    }
}

/// Runs `body` with a producer that sends meanwhile; afterwards everything is flushed and closed.
///
/// - Throws: what `body` throws, or else the first failure of a record that was enqueued.
public func withProducer<Result: Sendable>(
    _ configuration: ProducerConfiguration,
    _ body: (Producer) async throws -> Result
) async throws -> Result {
    let producer = try Producer(configuration)
    return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await producer.run() }
        do {
            let result = try await body(producer)
            try await producer.close()
            return result
        } catch {
            try? await producer.close()
            throw error
        }
    }
}

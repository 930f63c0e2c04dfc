import Glibc
import KafkaProtocol
import KafkaRecords
import Logging
import NIOCore
import ServiceLifecycle
import Synchronization

extension Producer: Service {
    /// Milliseconds since 1970.
    static func wallMillis() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }

    /// Sends what is handed over, until `close`, until the service that this is part of shuts down, which closes it, or until the task is
    /// cancelled: what waits then fails.
    @concurrent public func run() async {
        // Where the connections live: otherwise each batch and each answer would be handed from thread to thread.
        await withTaskExecutorPreference(EventLoopExecutor(loop)) {
            await withDiscardingTaskGroup { group in
                group.addTask { await self.closeAtShutdown() }
                for await _ in wakeups {
                    await step { broker in group.addTask { await self.connect(to: broker) } }
                }
                group.cancelAll()
            }
        }
        let abandoned = state.withLock { state in
            state.isClosed = true
            return state.engine.abandon(Self.closedError)
        }
        finish(abandoned)
    }

    private func closeAtShutdown() async {
        // Thrown when the task is cancelled: then nothing is left to be done.
        guard (try? await gracefulShutdown()) != nil else { return }
        do { try await close() } catch {
            logger.warning("records were not sent before the end", metadata: ["reason": "\(error)"])
        }
    }

    /// What is to be done now, found under one lock.
    private struct Plan {
        var expired: [ProducerEngine.Completion] = []
        var wantsIdentity = false
        /// Topics of which something is ready whose leader is not known.
        var unknown: Set<String> = []
        /// Partitions of which something is ready and the transaction's coordinator does not know yet.
        var unannounced: Set<TopicPartition> = []
        var byLeader: [Int32: (connection: BrokerConnection, batches: [ProducerEngine.Outgoing])] = [:]
        /// Brokers that something is ready for and that are not connected.
        var unconnected: Set<Int32> = []
        var hasMore = false
        var deadline: Int64?
    }

    private func plan() -> Plan {
        let now = now
        return state.withLock { state in
            var plan = Plan()
            plan.expired = state.engine.expire(nowMillis: now)
            tellQueues(&state, now)
            plan.wantsIdentity =
                state.transaction == nil && state.engine.wantsIdentity && state.engine.pendingRecords > 0
            for key in state.engine.ready(nowMillis: now) {
                guard let leader = state.leaders[key] else {
                    plan.unknown.insert(key.topic)
                    continue
                }
                if let transaction = state.transaction, !transaction.mayProduce(to: key) {
                    plan.unannounced.insert(key)
                    continue
                }
                // One that is hard to reach does not hold up the others.
                guard let connection = plan.byLeader[leader]?.connection ?? cluster.openConnection(to: leader) else {
                    if state.connecting.insert(leader).inserted { plan.unconnected.insert(leader) }
                    continue
                }
                // One batch of each partition to a request; more of them follow in requests of their own.
                if let batch = state.engine.take(key, nowMillis: now) {
                    state.transaction?.added([key])
                    plan.byLeader[leader, default: (connection, [])].batches.append(batch)
                }
            }
            plan.hasMore = !plan.byLeader.isEmpty && !state.engine.ready(nowMillis: now).isEmpty
            plan.deadline = state.engine.nextDeadline()
            // While a connection opens, what is ready for it does not keep this busy; `connect` wakes.
            if let deadline = plan.deadline, !state.connecting.isEmpty {
                plan.deadline = max(deadline, now + Self.connectingMillis)
            }
            return plan
        }
    }

    private static let connectingMillis: Int64 = 5
    private static let queuesMillis: Int64 = 10

    private func tellQueues(_ state: inout State, _ now: Int64) {
        if now - state.queuesToldMillis < Self.queuesMillis { return }
        state.queuesToldMillis = now
        for (topic, slots) in state.topics where slots.count > 1 {
            state.partitioner.queues(topic: topic, batches: state.engine.queues(slots))
        }
    }

    /// Starts everything that is ready.
    private func step(_ connect: (Int32) -> Void) async {
        let plan = plan()
        finish(plan.expired)
        for broker in plan.unconnected { connect(broker) }
        for (_, (connection, batches)) in plan.byLeader.sorted(by: { $0.key < $1.key }) {
            for part in split(batches) { deliver(part, connection) }
        }
        do throws(KafkaError) {
            if plan.wantsIdentity {
                try await newIdentity()
                wake.yield()
            } else if !plan.unannounced.isEmpty {
                try await addPartitions(plan.unannounced)
                wake.yield()
            } else if !plan.unknown.isEmpty {
                // Once: what has to be waited for must not hold up what is known.
                let mayCreate = configuration.allowsTopicCreation
                learn(try await cluster.describeOnce(plan.unknown.sorted(), mayCreate: mayCreate))
                // A partition that still has no leader is asked about again after a pause.
                let isStuck = state.withLock { state in
                    state.engine.ready(nowMillis: now).contains { state.leaders[$0] == nil }
                }
                if isStuck {
                    wake(atMillis: now + configuration.client.retryBackoff.milliseconds)
                } else {
                    wake.yield()
                }
            } else if plan.hasMore {
                wake.yield()
            } else if let deadline = plan.deadline {
                wake(atMillis: deadline)
            }
        } catch {
            pause(error)
        }
    }

    /// Requests within the largest size; a batch that is larger goes alone.
    private func split(_ batches: [ProducerEngine.Outgoing]) -> [[ProducerEngine.Outgoing]] {
        var result: [[ProducerEngine.Outgoing]] = []
        var size = 0
        for batch in batches {
            if result.isEmpty || size + batch.builder.size > configuration.requestMaxBytes {
                result.append([])
                size = 0
            }
            result[result.count - 1].append(batch)
            size += batch.builder.size
        }
        return result
    }

    /// Opens a connection beside everything else. When that fails, it is asked after a pause who leads what the broker led.
    private func connect(to broker: Int32) async {
        do throws(KafkaError) {
            _ = try await cluster.connection(to: .broker(broker))
        } catch {
            logger.debug("a broker can't be reached", metadata: ["broker": "\(broker)", "reason": "\(error)"])
            // Who is not believed will not be later.
            if error.code == .unauthenticated { giveUp(error) }
            try? await Task.sleep(for: configuration.client.retryBackoff)
            state.withLock { state in state.leaders = state.leaders.filter { $0.value != broker } }
        }
        state.withLock { state in _ = state.connecting.remove(broker) }
        wake.yield()
    }

    private func pause(_ error: KafkaError) {
        logger.debug("nothing can be sent yet", metadata: ["reason": "\(error)"])
        if !error.isRetriable {
            // It will not pass: those who wait learn at once.
            giveUp(error)
        }
        wake(atMillis: now + configuration.client.retryBackoff.milliseconds)
    }

    private func giveUp(_ error: KafkaError) {
        let completions = state.withLock { state in
            if state.transaction == nil { return state.engine.abandon(error) }
            state.transaction?.failed(error)
            return state.engine.giveUp(error)
        }
        finish(completions)
    }

    private func newIdentity() async throws(KafkaError) {
        // Tried once, then again after a pause: meanwhile records are given up when their time is over.
        let response = try await cluster.call(.any, patience: .zero) { _ in
            var request = InitProducerIdRequest()
            request.transactionalId = nil
            request.transactionTimeoutMs = .max
            return request
        } check: { (response: InitProducerIdResponse) throws(KafkaError) in
            try response.errorCode.check()
        }
        state.withLock { state in
            state.engine.identityArrived(
                ProducerEngine.Identity(id: response.producerId, epoch: response.producerEpoch)
            )
        }
    }

    // MARK: One request

    /// Sends one request; its answer is awaited elsewhere, so that requests to a broker leave in the order of their sequence numbers.
    private func deliver(_ batches: [ProducerEngine.Outgoing], _ connection: BrokerConnection) {
        do throws(KafkaError) {
            let request = Self.request(
                try seal(batches),
                transactionalId: configuration.transactionalId,
                acks: configuration.acks.rawValue,
                timeoutMillis: Int32(clamping: configuration.client.requestTimeout.milliseconds)
            )
            // Version 13 names topics by id only; from 12 on the broker adds the partitions to the transaction.
            let isAnnounced = state.withLock { $0.transaction?.isImplicit == false }
            let version = try connection.versions.version(of: ProduceRequest.schema, limit: isAnnounced ? 11 : 12)
            // Taken on the connection's event loop: a task for each request would cost more than the answer.
            if configuration.acks == .none {
                connection.startUnanswered(request, version).whenComplete { result in
                    self.answered(batches, result.map { nil }, connection)
                }
            } else {
                connection.start(request, version).whenComplete { result in
                    self.answered(batches, result.map { $0 }, connection)
                }
            }
        } catch {
            lost(batches, error)
        }
    }

    private func seal(_ batches: [ProducerEngine.Outgoing]) throws(KafkaError) -> [(TopicPartition, ByteBuffer)] {
        var sealed: [(TopicPartition, ByteBuffer)] = []
        for batch in batches {
            var builder = batch.builder
            do { sealed.append((batch.key, try builder.build())) } catch {
                throw KafkaError(.invalid, "a batch could not be compressed: \(error)")
            }
        }
        return sealed
    }

    private func answered(
        _ batches: [ProducerEngine.Outgoing],
        _ result: Result<ProduceResponse?, any Error>,
        _ connection: BrokerConnection
    ) {
        switch result {
        case .success(let response?): answered(batches, response)
        case .success(nil): succeeded(batches.map { ($0, -1) })
        case .failure(let error):
            return lost(batches, error as? KafkaError ?? KafkaError(.malformed, "\(connection.address): \(error)"))
        }
        if state.withLock({ $0.engine.hasWaiting }) { wake.yield() }
    }

    /// The request did not get through as a whole; somebody else may lead its partitions now.
    private func lost(_ batches: [ProducerEngine.Outgoing], _ error: KafkaError) {
        state.withLock { state in for batch in batches { state.leaders[batch.key] = nil } }
        for batch in batches { failed(batch, error) }
        wake.yield()
    }

    private static func request(
        _ batches: [(TopicPartition, ByteBuffer)],
        transactionalId: String?,
        acks: Int16,
        timeoutMillis: Int32
    ) -> ProduceRequest {
        var request = ProduceRequest()
        request.transactionalId = transactionalId
        request.acks = acks
        request.timeoutMs = timeoutMillis
        for (key, bytes) in batches {
            var partition = ProduceRequest.PartitionProduceData()
            partition.index = key.partition
            partition.records = .bytes(bytes)
            if request.topicData.last?.name != key.topic {
                var topic = ProduceRequest.TopicProduceData()
                topic.name = key.topic
                request.topicData.append(topic)
            }
            request.topicData[request.topicData.count - 1].partitionData.append(partition)
        }
        return request
    }

    private func answered(_ batches: [ProducerEngine.Outgoing], _ response: ProduceResponse) {
        var results: [TopicPartition: ProduceResponse.PartitionProduceResponse] = [:]
        for topic in response.responses {
            for entry in topic.partitionResponses { results[TopicPartition(topic.name, entry.index)] = entry }
        }
        var succeeded: [(ProducerEngine.Outgoing, Int64)] = []
        for batch in batches {
            guard let result = results[batch.key] else {
                failed(batch, KafkaError(.malformed, "the broker did not answer for \(batch.key)"))
                continue
            }
            if result.errorCode == .none {
                succeeded.append((batch, result.baseOffset))
            } else {
                if result.errorCode.invalidatesMetadata { state.withLock { $0.leaders[batch.key] = nil } }
                failed(
                    batch,
                    KafkaError.refused(
                        result.errorCode,
                        result.errorMessage ?? result.recordErrors.first?.batchIndexErrorMessage
                    )
                )
            }
        }
        self.succeeded(succeeded)
    }

    private func succeeded(_ batches: [(ProducerEngine.Outgoing, Int64)]) {
        settle { engine in
            batches.compactMap { engine.succeeded($0.key, $0.number, baseOffset: $1) }
        }
    }

    private func failed(_ batch: ProducerEngine.Outgoing, _ error: KafkaError) {
        logger.debug("a batch did not get through", metadata: ["partition": "\(batch.key)", "reason": "\(error)"])
        let now = now
        settle { engine in
            let given = engine.failed(batch.key, batch.number, error, nowMillis: now)
            if given.isEmpty { metrics.noteRetry() }
            return given
        }
    }

    /// Tells those who wait for what is decided.
    func finish(_ completions: [ProducerEngine.Completion]) {
        if !completions.isEmpty { settle { _ in completions } }
    }

    /// Decides under the lock, then tells those who wait.
    private func settle(_ decide: (inout ProducerEngine) -> [ProducerEngine.Completion]) {
        var answers:
            [(CheckedContinuation<Result<RecordMetadata, KafkaError>, Never>, Result<RecordMetadata, KafkaError>)] = []
        let (completions, free) = state.withLock { state in
            var completions = decide(&state.engine)
            if state.transaction != nil, case .failure(let error)? = completions.first(where: \.isFailure)?.result {
                // The rest of the transaction will not count either.
                state.transaction?.failed(error)
                completions += state.engine.giveUp(error)
            }
            for completion in completions {
                for (index, token) in completion.tokens {
                    guard let waiter = state.waiters.removeValue(forKey: token) else { continue }
                    let result = completion.result.map { base in
                        RecordMetadata(
                            topic: completion.key.topic,
                            partition: completion.key.partition,
                            offset: base < 0 ? -1 : base + Int64(index)
                        )
                    }
                    answers.append((waiter, result))
                }
                if case .failure(let error) = completion.result, completion.tokens.count < completion.records {
                    state.unseenFailure = state.unseenFailure ?? error
                }
            }
            var free = Array(state.roomWaiters.values)
            state.roomWaiters = [:]
            if state.engine.pendingRecords == 0 {
                free += state.flushWaiters.values
                state.flushWaiters = [:]
            }
            return (completions, free)
        }
        for (waiter, result) in answers { waiter.resume(returning: result) }
        for waiter in free { waiter.resume() }
        for completion in completions {
            metrics.note(completion)
            for interceptor in configuration.interceptors {
                interceptor.didSend(completion.records, to: completion.key, completion.result)
            }
        }
    }
}

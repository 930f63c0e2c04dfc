import KafkaConnection
import KafkaProtocol
import Logging
import ServiceLifecycle
import Synchronization
import World

extension Producer: Service {
    /// Sends the records, until `close`, until the service that this is part of shuts down, which closes it, or until the task is cancelled: records
    /// that are not sent then fail.
    @concurrent public func run() async {
        state.withLock { $0.isRunning = true }
        // Where the connections live: otherwise each batch and each answer would be handed from thread to thread.
        await withTaskExecutorPreference(EventLoopExecutor(loop)) {
            await withDiscardingTaskGroup { group in
                group.addTask { await self.closeAtShutdown() }
                for await _ in wakeups {
                    await step { work in
                        group.addTask {
                            switch work {
                            case .connect(let broker): await self.connect(to: broker)
                            case .locate(let unknown, let due): await self.locate(unknown, due)
                            }
                        }
                    }
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
            logger.warning("records were not sent before shutdown", metadata: ["reason": "\(error)"])
        }
    }

    /// What takes its time beside everything else.
    private enum Work {
        case connect(Int32)
        /// Asks about topics of which something is ready whose leader is not known, or about all because what is known is old.
        case locate(unknown: Set<String>, due: [String])
    }

    /// What is to be done now, found under one lock.
    private struct Plan {
        var expired: [ProducerEngine.Completion] = []
        var wantsIdentity = false
        /// Partitions of which something is ready and the transaction's coordinator does not know yet.
        var unannounced: Set<TopicPartition> = []
        var deliveries: [Delivery] = []
        var work: [Work] = []
        var hasMore = false
        var deadline: Int64?
    }

    private func plan() -> Plan {
        let now = now
        return state.withLock { state in
            cluster.metadata.withLock { metadata in plan(&state, &metadata, now) }
        }
    }

    private func plan(_ state: inout State, _ metadata: inout Metadata, _ now: Int64) -> Plan {
        var plan = Plan()
        plan.expired = state.engine.expire(nowMillis: now)
        updatePartitioner(&state, now)
        plan.wantsIdentity =
            state.transaction == nil && state.engine.wantsIdentity && state.engine.pendingRecords > 0
        let unknown = route(&state, metadata, &plan, now)
        plan.hasMore = !plan.deliveries.isEmpty && !state.engine.ready(nowMillis: now).isEmpty
        if !state.isLocating {
            let due = metadata.topics.takeDue(nowMillis: now)
            let asked = metadata.topics.mayAsk(unknown, nowMillis: now)
            if !asked.isEmpty || !due.isEmpty {
                state.isLocating = true
                plan.work.append(.locate(unknown: asked, due: due))
            }
        }
        plan.deadline = state.engine.nextDeadline()
        if state.engine.pendingRecords > 0, configuration.linger.milliseconds > 0 {
            // A batch that begins while others are in flight wakes nobody; it may go out after the linger time, at the earliest.
            plan.deadline = min(plan.deadline ?? .max, now + configuration.linger.milliseconds)
        }
        // What waits for that does not keep this busy; the end of it wakes.
        let isBusy =
            !state.connecting.isEmpty || state.isLocating || !unknown.isEmpty || state.engine.isHeldUp
        if let deadline = plan.deadline, isBusy {
            plan.deadline = max(deadline, now + Self.workingMillis)
        }
        if !state.isLocating, let refresh = metadata.topics.refreshAtMillis {
            plan.deadline = min(plan.deadline ?? .max, refresh)
        }
        return plan
    }

    /// Brings what is ready on its way.
    ///
    /// - Returns: topics of which something is ready whose leader is not known.
    private func route(
        _ state: inout State,
        _ metadata: Metadata,
        _ plan: inout Plan,
        _ now: Int64
    ) -> Set<String> {
        var unknown: Set<String> = []
        var byLeader: [Int32: [TopicPartition]] = [:]
        for key in state.engine.ready(nowMillis: now) {
            if let transaction = state.transaction, !transaction.mayProduce(to: key) {
                plan.unannounced.insert(key)
            } else if let leader = metadata.topics.leader(of: key) {
                byLeader[leader, default: []].append(key)
            } else {
                unknown.insert(key.topic)
            }
        }
        let isAnnounced = state.transaction?.isImplicit == false
        for (leader, keys) in byLeader.sorted(by: { $0.key < $1.key }) {
            // One that is hard to reach does not hold up the others.
            guard let connection = metadata.address(of: leader).flatMap({ cluster.pool.openConnection(to: $0) }) else {
                if state.connecting.insert(leader).inserted { plan.work.append(.connect(leader)) }
                continue
            }
            for batches in state.engine.requests(to: leader, of: keys, nowMillis: now) {
                state.transaction?.added(batches.map(\.key))
                plan.deliveries.append(Delivery(leader, connection, batches, isAnnounced: isAnnounced))
            }
        }
        return unknown
    }

    private static let workingMillis: Int64 = 5
    private static let queuesMillis: Int64 = 10

    private func updatePartitioner(_ state: inout State, _ now: Int64) {
        if now - state.partitionerUpdatedMillis < Self.queuesMillis { return }
        state.partitionerUpdatedMillis = now
        for (topic, slots) in state.slots where slots.count > 1 {
            state.partitioner.queues(topic: topic, batches: state.engine.queues(slots))
        }
    }

    /// Starts everything that is ready.
    private func step(_ begin: (Work) -> Void) async {
        let plan = plan()
        finish(plan.expired)
        for work in plan.work { begin(work) }
        for delivery in plan.deliveries { deliver(delivery) }
        do throws(KafkaError) {
            if plan.wantsIdentity {
                try await newIdentity()
                wake.yield()
            } else if !plan.unannounced.isEmpty {
                try await addPartitions(plan.unannounced)
                wake.yield()
            } else if plan.hasMore {
                wake.yield()
            } else if let deadline = plan.deadline {
                wake(atMillis: deadline)
            }
        } catch {
            pause(error)
        }
    }

    /// Opens a connection beside everything else. When that fails, it is asked after a pause who leads what the broker led.
    private func connect(to broker: Int32) async {
        do throws(KafkaError) {
            _ = try await cluster.connection(to: .broker(broker))
        } catch {
            logger.debug("connecting to a broker failed", metadata: ["broker": "\(broker)", "reason": "\(error)"])
            // Who is not believed will not be later.
            if error.code == .unauthenticated { giveUp(error) }
            try? await world.time.sleep(for: configuration.client.retryBackoff)
            cluster.metadata.withLock { $0.topics.lost(broker: broker) }
        }
        state.withLock { state in _ = state.connecting.remove(broker) }
        wake.yield()
    }

    /// Asks about topics. One that still has no leader then is asked about again after a pause, which the others do not wait for.
    private func locate(_ unknown: Set<String>, _ due: [String]) async {
        do throws(KafkaError) {
            // What is asked about for its age only shall not come to life again when it was deleted.
            let old = due.filter { !unknown.contains($0) }
            if !old.isEmpty {
                _ = try await cluster.describeOnce(old)
                updateSlots(old)
            }
            if !unknown.isEmpty {
                let names = unknown.sorted()
                _ = try await cluster.describeOnce(names, mayCreate: configuration.allowsTopicCreation)
                updateSlots(names)
            }
        } catch {
            if !due.isEmpty {
                cluster.metadata.withLock { $0.topics.refreshFailed(nowMillis: now) }
                logger.debug("metadata refresh failed", metadata: ["reason": "\(error)"])
            }
            if !unknown.isEmpty { pause(error) }
        }
        let time = now
        let ready = state.withLock { $0.engine.ready(nowMillis: time) }
        cluster.metadata.withLock { metadata in
            let leaderless = Set(ready.filter { metadata.topics.leader(of: $0) == nil }.map(\.topic))
            for name in leaderless.intersection(unknown).sorted() {
                metadata.topics.askedInVain(name, nowMillis: time)
            }
        }
        state.withLock { $0.isLocating = false }
        wake.yield()
    }

    private func pause(_ error: KafkaError) {
        logger.debug("sending is delayed", metadata: ["reason": "\(error)"])
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
        let response = try await cluster.call(.any, timeout: .zero) { _ in
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
}

import KafkaConnection
import KafkaProtocol
import KafkaRecords
import Logging
import Synchronization

/// What goes to one broker in one request.
struct Delivery: Sendable {
    let leader: Int32
    let connection: BrokerConnection
    let batches: [ProducerEngine.Outgoing]
    /// Whether the transaction's coordinator was told of its partitions.
    let isAnnounced: Bool

    init(
        _ leader: Int32,
        _ connection: BrokerConnection,
        _ batches: [ProducerEngine.Outgoing],
        isAnnounced: Bool
    ) {
        (self.leader, self.connection, self.batches, self.isAnnounced) = (leader, connection, batches, isAnnounced)
    }
}

extension Producer {
    /// Sends one request; its answer is awaited elsewhere, so that requests to a broker leave in the order of their sequence numbers.
    func deliver(_ delivery: Delivery) {
        do throws(KafkaError) {
            let connection = delivery.connection
            let sealed = try seal(delivery.batches)
            let request = request(zip(delivery.batches.map(\.key), sealed))
            // Version 13 names topics by id only; from 12 on the broker adds the partitions to the transaction.
            let limit: Int16 = delivery.isAnnounced ? 11 : 12
            let version = try connection.versions.version(of: ProduceRequest.schema, limit: limit)
            // Taken on the connection's event loop: a task for each request would cost more than the answer.
            if configuration.acks == .none {
                connection.startUnanswered(request, version, sealed).whenComplete { result in
                    // All that can fail is the way to the broker.
                    let lost = result.mapError { error -> any Error in
                        error as? KafkaError
                            ?? KafkaError(.connectionLost, "\(connection.address): \(reason(of: error))")
                    }
                    self.answered(delivery, lost.map { nil })
                }
            } else {
                connection.start(request, version, sealed).whenComplete { result in
                    self.answered(delivery, result.map { $0 })
                }
            }
        } catch {
            lost(delivery, error)
        }
    }

    private func seal(_ batches: [ProducerEngine.Outgoing]) throws(KafkaError) -> [SealedBatch] {
        var sealed: [SealedBatch] = []
        sealed.reserveCapacity(batches.count)
        for batch in batches {
            do { sealed.append(try batch.builder.seal()) } catch {
                throw KafkaError(.invalid, "a batch could not be compressed: \(error)")
            }
        }
        return sealed
    }

    /// The batches have their place in the request by their index.
    private func request(_ batches: some Sequence<(TopicPartition, SealedBatch)>) -> ProduceRequest {
        var request = ProduceRequest()
        request.transactionalId = configuration.transactionalId
        request.acks = configuration.acks.rawValue
        request.timeoutMs = Int32(clamping: configuration.client.requestTimeout.milliseconds)
        for (id, (key, batch)) in batches.enumerated() {
            var partition = ProduceRequest.PartitionProduceData()
            partition.index = key.partition
            partition.records = .external(id: id, count: batch.size)
            if request.topicData.last?.name != key.topic {
                var topic = ProduceRequest.TopicProduceData()
                topic.name = key.topic
                request.topicData.append(topic)
            }
            request.topicData[request.topicData.count - 1].partitionData.append(partition)
        }
        return request
    }

    private func answered(_ delivery: Delivery, _ result: Result<ProduceResponse?, any Error>) {
        switch result {
        case .success(let response?): answered(delivery, response)
        case .success(nil): settle(delivery, delivery.batches.map { ($0, .success(-1)) })
        case .failure(let error):
            let unexpected = KafkaError(.malformed, "\(delivery.connection.address): \(reason(of: error))")
            lost(delivery, error as? KafkaError ?? unexpected)
        }
    }

    /// The request did not get through as a whole; somebody else may lead its partitions now.
    private func lost(_ delivery: Delivery, _ error: KafkaError) {
        cluster.metadata.withLock { metadata in
            for batch in delivery.batches { metadata.topics.lost(batch.key, from: delivery.leader) }
        }
        settle(delivery, delivery.batches.map { ($0, .failure(error)) })
    }

    private func answered(_ delivery: Delivery, _ response: ProduceResponse) {
        if !response.nodeEndpoints.isEmpty { cluster.learn(response.nodeEndpoints.map(Broker.init)) }
        var entries: [TopicPartition: ProduceResponse.PartitionProduceResponse] = [:]
        for topic in response.responses {
            for entry in topic.partitionResponses { entries[TopicPartition(topic.name, entry.index)] = entry }
        }
        var moved: Set<TopicPartition> = []
        let results = delivery.batches.map { batch -> (ProducerEngine.Outgoing, Result<Int64, KafkaError>) in
            guard let entry = entries[batch.key] else {
                return (batch, .failure(KafkaError(.malformed, "the response has no entry for \(batch.key)")))
            }
            if entry.errorCode == .none { return (batch, .success(entry.baseOffset)) }
            if followsLeader(batch.key, delivery.leader, entry) { moved.insert(batch.key) }
            return (batch, .failure(refusal(entry)))
        }
        settle(delivery, results, moved: moved)
    }

    private func refusal(_ entry: ProduceResponse.PartitionProduceResponse) -> KafkaError {
        let message = entry.errorMessage ?? entry.recordErrors.first?.batchIndexErrorMessage
        var error = KafkaError.refused(entry.errorCode, message)
        for record in entry.recordErrors { error.records[record.batchIndex] = record.batchIndexErrorMessage ?? "" }
        return error
    }

    /// Whether another leader is known of a partition that a broker does not lead any more.
    private func followsLeader(
        _ key: TopicPartition,
        _ broker: Int32,
        _ result: ProduceResponse.PartitionProduceResponse
    ) -> Bool {
        guard result.errorCode.invalidatesMetadata else { return false }
        let told = result.currentLeader
        return cluster.metadata.withLock { metadata in
            metadata.topics.lost(key, from: broker)
            metadata.topics.moved(key, to: told.leaderId, epoch: told.leaderEpoch)
            return metadata.topics.leader(of: key) != nil
        }
    }

    /// The end of a request.
    ///
    /// - Parameter moved: partitions of which something may be tried again at once, elsewhere.
    private func settle(
        _ delivery: Delivery,
        _ results: [(ProducerEngine.Outgoing, Result<Int64, KafkaError>)],
        moved: Set<TopicPartition> = []
    ) {
        let now = now
        var retries: [(TopicPartition, KafkaError)] = []
        let mayGoOn = settle { engine in
            engine.requestEnded(delivery.leader)
            return results.flatMap { batch, result in
                switch result {
                case .success(let offset):
                    return engine.succeeded(batch.key, batch.number, baseOffset: offset).map { [$0] } ?? []
                case .failure(let error):
                    let hasMoved = moved.contains(batch.key)
                    let given = engine.failed(batch.key, batch.number, error, nowMillis: now, hasMoved: hasMoved)
                    if given.isEmpty { retries.append((batch.key, error)) }
                    return given
                }
            }
        }
        for (key, error) in retries {
            metrics.noteRetry()
            logger.debug("retrying a batch", metadata: ["partition": "\(key)", "reason": "\(error)"])
        }
        if mayGoOn { wake.yield() }
    }

    /// Tells those who wait for what is decided.
    func finish(_ completions: [ProducerEngine.Completion]) {
        if !completions.isEmpty { _ = settle { _ in completions } }
    }

    /// Decides under the lock, then tells those who wait.
    ///
    /// - Returns: whether something may be ready to be sent now.
    private func settle(_ decide: (inout ProducerEngine) -> [ProducerEngine.Completion]) -> Bool {
        let (completions, free, mayGoOn) = state.withLock { state in
            let hadWaiting = state.engine.hasWaiting
            var free: [CheckedContinuation<Void, Never>] = []
            var completions = decide(&state.engine)
            if state.transaction != nil, case .failure(let error)? = completions.first(where: \.isFailure)?.result {
                // The rest of the transaction will not count either.
                state.transaction?.failed(error)
                completions += state.engine.giveUp(error)
            }
            for completion in completions {
                for (index, token) in completion.tokens {
                    let result = completion.result.map { base in
                        RecordMetadata(
                            topic: completion.key.topic,
                            partition: completion.key.partition,
                            offset: base < 0 ? -1 : base + Int64(index)
                        )
                    }.mapError { $0.ofRecord(index) }
                    if let waiter = state.sends[token.send]?.take(result, at: token.index) { free.append(waiter) }
                }
                if case .failure(let error) = completion.result, completion.tokens.count < completion.records {
                    state.unreportedFailure = state.unreportedFailure ?? error
                }
            }
            free += State.inOrder(state.bufferWaiters)
            state.bufferWaiters = [:]
            free += state.takeFlushWaiters()
            return (completions, free, hadWaiting || state.engine.hasWaiting)
        }
        for waiter in free { waiter.resume() }
        for completion in completions {
            metrics.note(completion)
            for interceptor in configuration.interceptors {
                interceptor.didSend(completion.records, to: completion.key, completion.result)
            }
        }
        return mayGoOn
    }
}

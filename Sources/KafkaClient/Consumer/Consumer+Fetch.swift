import KafkaConnection
import KafkaProtocol
import Logging
import NIOCore
import Synchronization
import World

extension Consumer {
    /// Works on where the consumer is, and on what is known of topics' leaders.
    private func withLocks<Result: Sendable>(_ body: (inout State, inout TopicMap) -> Result) -> Result {
        state.withLock { state in cluster.metadata.withLock { metadata in body(&state, &metadata.topics) } }
    }

    /// Finds leaders, and where to begin in partitions of which that is not known.
    func find() async throws(KafkaError) {
        let now = now
        let topics = withLocks { $0.engine.topicsWithoutLeader($1, nowMillis: now) }
        do throws(KafkaError) {
            if !topics.isEmpty { try await locate(topics) }
        } catch {
            // What passes is waited for where other failures are.
            guard error.isRetriable, error.serverCode != .unknownTopicOrPartition else { throw error }
            state.withLock { $0.failure = error }
            return
        }
        let lost = state.withLock { $0.engine.withoutPosition }
        if !lost.isEmpty { try await reset(lost) }
    }

    /// Those whose leader is not known now are looked for again after a pause; the others are read meanwhile.
    private func locate(_ names: [String]) async throws(KafkaError) {
        let found = try await cluster.describeOnce(names)
        let now = now
        let (replaced, rest, isMember) = withLocks { state, topics in
            let replaced = state.engine.located(found)
            return (replaced, state.engine.topicsWithoutLeader(topics, nowMillis: now), state.membership != nil)
        }
        if !replaced.isEmpty {
            logger.warning(
                "topics were deleted and recreated; positions are reset by auto.offset.reset",
                metadata: ["partitions": "\(replaced)"]
            )
        }
        if rest.isEmpty { return }
        // In a group, a topic that is gone is the business of the leader, who will see it too.
        let gone = found.first { $0.errorCode == .unknownTopicOrPartition && rest.contains($0.name ?? "") }
        if !isMember, let gone {
            throw KafkaError.refused(.unknownTopicOrPartition, "topic '\(gone.name ?? "")' does not exist")
        }
        let known = found.filter { $0.errorCode == .none }.flatMap { topic in
            topic.partitions.map { TopicPartition(topic.name ?? "", $0.partitionIndex) }
        }
        let whole = Set(known.map(\.topic))
        if let missing = assignment.first(where: { whole.contains($0.topic) && !known.contains($0) }) {
            throw KafkaError.refused(.unknownTopicOrPartition, "partition \(missing) does not exist")
        }
        logger.debug("some partitions have no leader", metadata: ["topics": "\(rest)"])
        let pause = configuration.client.retryBackoff.milliseconds
        state.withLock { $0.findAfter = now + pause }
        loop.scheduleTask(in: .milliseconds(pause + 1)) { [arrived] in arrived.raise() }
    }

    private func reset(_ keys: [TopicPartition]) async throws(KafkaError) {
        let spec: OffsetSpec
        switch configuration.reset {
        case .earliest: spec = .earliest
        case .latest: spec = .latest
        case .byDuration(let duration): spec = .time(world.time.wall.milliseconds - duration.milliseconds)
        case .none:
            let name = keys.first.map { "\($0)" } ?? ""
            throw KafkaError(.invalid, "no committed offset for \(name), and auto.offset.reset is none")
        }
        do throws(KafkaError) {
            try await seek(keys, to: spec)
        } catch {
            // Somebody may have taken one away meanwhile.
            if error.code != .invalid { throw error }
        }
    }

    /// Asks each leader for the partitions of which less than one answer is here and nothing is on its way.
    func ask() async {
        let now = now
        for ask in withLocks({ $0.engine.fetches($1, nowMillis: now) }) {
            do throws(KafkaError) {
                start(ask, on: try await cluster.connection(to: .broker(ask.broker)))
            } catch {
                failed(ask, error)
            }
        }
    }

    /// Like `ask`, of one broker, if there is a connection.
    private func ask(broker: Int32) {
        guard let connection = cluster.openConnection(to: broker) else { return }
        let now = now
        let fetches = withLocks { $0.isClosed ? [] : $0.engine.fetches(of: broker, $1, nowMillis: now) }
        for ask in fetches { start(ask, on: connection) }
    }

    private func start(_ ask: FetchEngine.BrokerFetch, on connection: BrokerConnection) {
        do throws(KafkaError) {
            // From version 13 on topics are named by id only (KIP-516), 17 is the last that changes nothing for consumers.
            let hasIds = ask.parts.allSatisfy { $0.topicId != nil }
            let version = try connection.versions.version(of: FetchRequest.schema, limit: hasIds ? 17 : 12)
            let timeout = configuration.client.requestTimeout + configuration.fetchMaxWait
            connection.start(request(ask, version), version, timeout: timeout).whenComplete { result in
                switch result {
                case .success(let response): self.answered(ask, response)
                case .failure(let error):
                    let error =
                        error as? KafkaError ?? KafkaError(.malformed, "\(connection.address): \(reason(of: error))")
                    self.failed(ask, error)
                }
            }
        } catch {
            failed(ask, error)
        }
    }

    private func request(_ ask: FetchEngine.BrokerFetch, _ version: Int16) -> FetchRequest {
        var request = FetchRequest()
        let wait = ask.isPartial ? min(configuration.fetchMaxWait, Self.partialWait) : configuration.fetchMaxWait
        request.maxWaitMs = Int32(clamping: wait.milliseconds)
        request.minBytes = configuration.fetchMinBytes
        request.maxBytes = configuration.fetchMaxBytes
        request.isolationLevel = configuration.isolation.rawValue
        if version >= 11 { request.rackId = configuration.rackId ?? "" }
        var parts = ask.parts
        if version >= 7 {
            let change = state.withLock { state in
                state.sessions[ask.broker, default: ConsumerFetchSession()].next(ask.parts, usesIds: version >= 13)
            }
            (request.sessionId, request.sessionEpoch) = (change.id, change.epoch)
            request.forgottenTopicsData = grouped(change.forgotten).map { entries in
                var topic = FetchRequest.ForgottenTopic()
                if version >= 13 {
                    topic.topicId = entries[0].topicId ?? .zero
                } else {
                    topic.topic = entries[0].key.topic
                }
                topic.partitions = entries.map(\.key.partition)
                return topic
            }
            parts = change.parts
        }
        request.topics = grouped(parts).map { entries in
            var topic = FetchRequest.FetchTopic()
            if version >= 13 { topic.topicId = entries[0].topicId ?? .zero } else { topic.topic = entries[0].key.topic }
            topic.partitions = entries.map { part in
                var partition = FetchRequest.FetchPartition()
                partition.partition = part.key.partition
                if version >= 9 { partition.currentLeaderEpoch = part.leaderEpoch }
                if version >= 12 { partition.lastFetchedEpoch = part.lastEpoch }
                partition.fetchOffset = part.offset
                partition.partitionMaxBytes = configuration.partitionMaxBytes
                return partition
            }
            return topic
        }
        return request
    }

    /// Those of each topic together, in the order of their first.
    private func grouped(_ parts: [FetchEngine.Part]) -> [[FetchEngine.Part]] {
        var places: [String: Int] = [:]
        var result: [[FetchEngine.Part]] = []
        for part in parts {
            let place = places[part.key.topic] ?? result.count
            if place == result.count {
                result.append([])
                places[part.key.topic] = place
            }
            result[place].append(part)
        }
        return result
    }

    /// Tells brokers to remember nothing more of this consumer; nobody waits for their answers.
    func endSessions() {
        for (broker, session) in state.withLock({ $0.sessions }).sorted(by: { $0.key < $1.key }) where session.id != 0 {
            guard let connection = cluster.openConnection(to: broker),
                let version = try? connection.versions.version(of: FetchRequest.schema, limit: 17)
            else { continue }
            var request = FetchRequest()
            (request.sessionId, request.sessionEpoch) = (session.id, -1)
            _ = connection.start(request, version)
        }
    }

    /// While the broker has partitions of which enough is here for now, it shall not keep the request for long: they will be wanted soon.
    private static let partialWait = Duration.milliseconds(10)

    private func failed(_ ask: FetchEngine.BrokerFetch, _ error: KafkaError) {
        withLocks { state, topics in
            state.engine.failed(ask, &topics)
            state.sessions[ask.broker]?.forget()
            state.failure = error
        }
        arrived.raise()
    }

    /// What came of each partition; from version 13 on its topic is named by the id that was asked for.
    private func partitions(
        in response: FetchResponse,
        to ask: FetchEngine.BrokerFetch
    ) -> [TopicPartition: FetchResponse.PartitionData] {
        var names: [KafkaUUID: String] = [:]
        for part in ask.parts { if let id = part.topicId { names[id] = part.key.topic } }
        var data: [TopicPartition: FetchResponse.PartitionData] = [:]
        for topic in response.responses {
            let name = topic.topic.isEmpty ? names[topic.topicId] ?? "" : topic.topic
            for entry in topic.partitions { data[TopicPartition(name, entry.partitionIndex)] = entry }
        }
        return data
    }

    private func answered(_ ask: FetchEngine.BrokerFetch, _ response: FetchResponse) {
        if !response.nodeEndpoints.isEmpty { cluster.learn(response.nodeEndpoints.map(Broker.init)) }
        let data = partitions(in: response, to: ask)
        let now = now
        let outcome = withLocks { state, topics -> FetchEngine.Outcome in
            let isSessionLost = state.sessions[ask.broker]?.isLost(response.errorCode) ?? false
            if response.errorCode == .none {
                state.sessions[ask.broker]?.answered(id: response.sessionId)
            } else {
                state.sessions[ask.broker]?.forget()
            }
            if isSessionLost {
                state.engine.unanswered(ask)
            } else if response.errorCode != .none {
                state.engine.failed(ask, &topics)
                state.failure = .refused(response.errorCode)
            } else {
                let outcome = state.engine.answered(ask, data, &topics, nowMillis: now)
                if let failure = outcome.failure { state.failure = failure } else { state.retryAfter = .zero }
                return outcome
            }
            return FetchEngine.Outcome()
        }
        for move in outcome.moves { logger.warning("\(move)") }
        let arrivals = outcome.arrivals
        // The broker shall not wait until this has been looked into.
        if !arrivals.isEmpty { self.ask(broker: ask.broker) }
        check(arrivals)
        let lags = state.withLock { state in
            ask.parts.compactMap { part in state.engine.lag(part.key).map { (part.key, $0) } }
        }
        for (key, lag) in lags { metrics.note(lag: lag, of: key) }
        arrived.raise()
    }

    /// Finds the batches in what came, and damage; without the lock, which those who read want.
    private func check(_ arrivals: [FetchEngine.Arrival]) {
        for arrival in arrivals {
            let (key, offset) = (arrival.part.key, arrival.part.offset)
            do throws(KafkaError) {
                let batches = try FetchedPartition.batches(key, arrival.data, from: offset, configuration)
                state.withLock { $0.engine.checked(arrival, batches) }
            } catch {
                state.withLock { state in
                    state.engine.checked(arrival, nil)
                    state.failure = error
                }
            }
        }
    }
}

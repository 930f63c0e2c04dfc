import ClusterMetadata
import CoreMetrics
import KafkaProtocol
import KafkaRecords
import Logging
import NIOCore
import Synchronization
import World

/// Produce: validates each partition's batch, appends it, and answers as `acks` asks.
struct ProduceHandler: ApiHandler {
    /// The longest that a request may wait, in milliseconds.
    private static let timeoutLimit: Int32 = 300_000
    /// The longest while the controller does not answer: replicas that are there have confirmed a record long before.
    private static let sessionOverLimit: Int32 = 500

    private let cluster: PublishedView
    private let session: BrokerSession
    private let time: WorldTime
    private let gate: TransactionGate
    private let metrics: BrokerMetrics
    private let logger: Logger

    init(_ node: Node) {
        (cluster, session, time) = (node.cluster, node.session, node.time)
        gate = node.transactions.gate
        (metrics, logger) = (node.metrics, node.logger)
    }

    func handle(_ message: ProduceRequest, _ request: Request) {
        let partitions = message.topicData.reduce(0) { $0 + $1.partitionData.count }
        let collector = ProduceCollector(
            message,
            request: request,
            cluster: cluster,
            session: session,
            count: partitions
        )
        guard (-1...1).contains(message.acks) else { return collector.failAll(.invalidRequiredAcks) }
        if partitions == 0 { return collector.finish() }
        if message.transactionalId == nil, hasTransactionalBatch(message) {
            return collector.failAll(.transactionalIdAuthorizationFailed)
        }
        let view = cluster.view
        let wall = time.wall.milliseconds
        let inquiry = message.transactionalId.map { TransactionGate.Inquiry(id: $0, version: request.version) }
        // By index: the elements of a loop would be copied, in each request of every producer.
        for topic in message.topicData.indices {
            let route =
                request.version >= 13
                ? view.topicsById[message.topicData[topic].topicId] : view.topics[message.topicData[topic].name]
            var seen: Set<Int32> = []
            let mayRepeat = message.topicData[topic].partitionData.count > 1
            for partition in message.topicData[topic].partitionData.indices {
                let place = ProduceCollector.Place(topic: topic, partition: partition)
                let number = message.topicData[topic].partitionData[partition].index
                guard !mayRepeat || seen.insert(number).inserted else {
                    collector.set(
                        place,
                        ProduceOutcome(code: .invalidRequest, message: "the request names the partition twice")
                    )
                    continue
                }
                guard let route else {
                    collector.set(
                        place,
                        ProduceOutcome(code: request.version >= 13 ? .unknownTopicId : .unknownTopicOrPartition)
                    )
                    continue
                }
                append(
                    message.topicData[topic].partitionData[partition].records?.buffer ?? ByteBuffer(),
                    route,
                    number,
                    message,
                    request,
                    inquiry,
                    wall,
                    collector,
                    place
                )
            }
        }
        if let inquiry { gate.send(inquiry) }
        let limit = session.isOver ? Self.sessionOverLimit : Self.timeoutLimit
        collector.startTimer(millis: min(message.timeoutMs, limit))
    }

    /// Whether a partition's batch says that it belongs to a transaction, whatever else is wrong with it.
    private func hasTransactionalBatch(_ message: ProduceRequest) -> Bool {
        for topic in message.topicData.indices {
            for place in message.topicData[topic].partitionData.indices {
                guard let bytes = message.topicData[topic].partitionData[place].records?.buffer,
                    RecordBatchHeader.saysTransactional(bytes),
                    let header = RecordBatchHeader(bytes, at: bytes.readerIndex)
                else { continue }
                if header.totalSize <= bytes.readableBytes { return true }
            }
        }
        return false
    }

    private static func append(
        _ batch: ValidatedBatch,
        _ partition: Partition,
        _ transaction: TransactionEvidence,
        waitsForAll: Bool,
        wall: Int64,
        _ done: @escaping @Sendable (ProduceOutcome) -> Void
    ) {
        let directory = partition.directory
        if directory.isDiverting {
            return directory.divert {
                partition.append(
                    batch,
                    waitsForAll: waitsForAll,
                    isFromClient: true,
                    transaction: transaction,
                    wall: wall,
                    done: done
                )
            }
        }
        // Not by the same closure, which would be made for each batch.
        partition.append(
            batch,
            waitsForAll: waitsForAll,
            isFromClient: true,
            transaction: transaction,
            wall: wall,
            done: done
        )
    }

    private func append(
        _ records: ByteBuffer,
        _ route: TopicRoute,
        _ number: Int32,
        _ message: ProduceRequest,
        _ request: Request,
        _ inquiry: TransactionGate.Inquiry?,
        _ wall: Int64,
        _ collector: ProduceCollector,
        _ place: ProduceCollector.Place
    ) {
        if route.isInternal { return collector.set(place, ProduceOutcome(code: .invalidTopicException)) }
        guard let partition = route.partition(number) else {
            return collector.set(place, ProduceOutcome(code: route.absence(of: number)))
        }
        do throws(RecordError) {
            let batch = try BatchValidation.validate(
                produced: records,
                rules: route.rules,
                now: wall,
                allowsZstd: request.version >= 7
            )
            metrics.producedBytes.increment(by: records.readableBytes)
            metrics.producedRecords.increment(by: Int64(batch.header.recordCount))
            let waitsForAll = message.acks == -1
            let usesIds = request.version >= 13
            let done: @Sendable (ProduceOutcome) -> Void = { outcome in
                var outcome = outcome
                // The topic was deleted meanwhile.
                if usesIds, outcome.code == .unknownTopicOrPartition { outcome.code = .unknownTopicId }
                collector.set(place, outcome)
            }
            guard batch.header.isTransactional, let inquiry else {
                return Self.append(batch, partition, .none, waitsForAll: waitsForAll, wall: wall, done)
            }
            if !TransactionGate.addsPartitions(request.version), !cluster.view.resolver.verifiesTransactions {
                return Self.append(batch, partition, .unchecked, waitsForAll: waitsForAll, wall: wall, done)
            }
            gate.admit(batch.header, partition, inquiry) { verdict in
                switch verdict {
                case .append(let evidence):
                    Self.append(batch, partition, evidence, waitsForAll: waitsForAll, wall: wall, done)
                case .refused(let code, let reason): done(ProduceOutcome(code: code, message: reason))
                }
            }
        } catch {
            logger.debug(
                "record batch rejected",
                metadata: ["partition": "\(partition.id)", "code": "\(error.code)", "reason": "\(error.reason)"]
            )
            collector.set(place, ProduceOutcome(code: error.code, message: error.reason, records: error.records))
        }
    }
}

extension ConfigResolver {
    /// `transaction.partition.verification.enable`
    var verifiesTransactions: Bool { ConfigValue.bool(broker("transaction.partition.verification.enable") ?? "true") }
}

/// Gathers the outcomes of a request's partitions and answers when all are there.
private final class ProduceCollector: Sendable {
    struct Place: Sendable {
        var topic: Int
        var partition: Int
    }

    private struct State {
        var response = ProduceResponse()
        var missing: Int
        var isDone = false
        /// Not where this broker is the leader that it knows of, and may not be.
        var namesLeaders = true
        var timer: Scheduled<Void>?
        /// Records that the answer may still name: a request has many partitions, and its answer a bound.
        var nameable = RecordError.namedLimit

        /// The records that a partition's batch is refused for, by their places in the batch (KIP-467).
        mutating func name(_ records: [RecordProblem]) -> [ProduceResponse.BatchIndexAndErrorMessage] {
            let named = records.prefix(nameable)
            nameable -= named.count
            return named.map { record in
                var row = ProduceResponse.BatchIndexAndErrorMessage()
                row.batchIndex = record.index
                row.batchIndexErrorMessage = record.reason
                return row
            }
        }
    }
    private let state: Mutex<State>
    private let request: Request
    private let cluster: PublishedView
    private let session: BrokerSession
    private let acks: Int16

    init(
        _ message: ProduceRequest,
        request: Request,
        cluster: PublishedView,
        session: BrokerSession,
        count: Int
    ) {
        (self.request, self.cluster, self.session) = (request, cluster, session)
        acks = message.acks
        var response = ProduceResponse()
        response.responses = message.topicData.map { topic in
            var row = ProduceResponse.TopicProduceResponse()
            row.name = topic.name
            row.topicId = topic.topicId
            row.partitionResponses = topic.partitionData.map { data in
                var cell = ProduceResponse.PartitionProduceResponse()
                cell.index = data.index
                cell.errorCode = .requestTimedOut
                cell.baseOffset = -1
                return cell
            }
            return row
        }
        state = Mutex(State(response: response, missing: count))
    }

    func set(_ place: Place, _ outcome: ProduceOutcome) {
        let finishes = state.withLock { state in
            if state.isDone { return false }
            let named = outcome.records.isEmpty ? [] : state.name(outcome.records)
            Self.fill(&state.response.responses[place.topic].partitionResponses[place.partition], outcome, named)
            state.missing -= 1
            return state.missing == 0
        }
        if finishes { finish() }
    }

    private static func fill(
        _ cell: inout ProduceResponse.PartitionProduceResponse,
        _ outcome: ProduceOutcome,
        _ named: [ProduceResponse.BatchIndexAndErrorMessage]
    ) {
        cell.errorCode = outcome.code
        cell.errorMessage = outcome.message
        cell.recordErrors = named
        cell.baseOffset = outcome.code == .none ? outcome.baseOffset : -1
        cell.logAppendTimeMs = outcome.appendTime
        cell.logStartOffset = outcome.logStartOffset
    }

    func failAll(_ code: ErrorCode) {
        state.withLock { state in
            for topic in state.response.responses.indices {
                for partition in state.response.responses[topic].partitionResponses.indices {
                    state.response.responses[topic].partitionResponses[partition].errorCode = code
                }
            }
        }
        finish()
    }

    /// Answers with REQUEST_TIMED_OUT for what is not there in time; where this broker may be deposed, so that the client looks for its successor.
    func startTimer(millis: Int32) {
        guard state.withLock({ $0.missing > 0 && !$0.isDone }) else { return }
        let timer = request.eventLoop.scheduleTask(in: .milliseconds(Int64(max(0, millis)))) {
            if self.session.isOver { self.redirectTimedOut() }
            self.finish()
        }
        let isLate = state.withLock { state in
            state.timer = timer
            return state.isDone
        }
        if isLate { timer.cancel() }
    }

    private func redirectTimedOut() {
        state.withLock { state in
            state.namesLeaders = false
            for topic in state.response.responses.indices {
                for place in state.response.responses[topic].partitionResponses.indices
                where state.response.responses[topic].partitionResponses[place].errorCode == .requestTimedOut {
                    state.response.responses[topic].partitionResponses[place].errorCode = .notLeaderOrFollower
                    state.response.responses[topic].partitionResponses[place].errorMessage = Self.sessionOver
                }
            }
        }
    }

    private static let sessionOver =
        "the replicas have not confirmed it in time, and no controller has answered this broker within broker.session.timeout.ms"

    func finish() {
        let done = state.withLock { state -> (response: ProduceResponse, namesLeaders: Bool)? in
            if state.isDone { return nil }
            state.isDone = true
            state.timer?.cancel()
            return (state.response, state.namesLeaders)
        }
        guard let done else { return }
        var response = done.response
        if acks != 0 {
            if request.version >= 10, done.namesLeaders { nameLeaders(&response) }
            return request.reply(response)
        }
        // Without acknowledgements the client learns of an error only by the end of its connection.
        let failed = response.responses.lazy.flatMap(\.partitionResponses).first { $0.errorCode != .none }
        if let failed {
            request.close("a produce request with acks=0 failed for partition \(failed.index): \(failed.errorCode)")
        } else {
            request.finishSilently()
        }
    }

    /// Says who leads what this node does not (KIP-951).
    private func nameLeaders(_ response: inout ProduceResponse) {
        var hints: LeaderHints?
        for topic in response.responses.indices {
            for place in response.responses[topic].partitionResponses.indices {
                let cell = response.responses[topic].partitionResponses[place]
                guard LeaderHints.helps(cell.errorCode) else { continue }
                var known = hints ?? LeaderHints(cluster.view, listener: request.connection.listener)
                let row = response.responses[topic]
                let route =
                    request.version >= 13 ? known.view.topicsById[row.topicId] : known.view.topics[row.name]
                if let hint = known.find(route, cell.index) {
                    response.responses[topic].partitionResponses[place].currentLeader.leaderId = hint.leader
                    response.responses[topic].partitionResponses[place].currentLeader.leaderEpoch = hint.epoch
                }
                hints = known
            }
        }
        response.nodeEndpoints = (hints?.endpoints ?? []).map { address in
            var endpoint = ProduceResponse.NodeEndpoint()
            (endpoint.nodeId, endpoint.host) = (address.id, address.host)
            (endpoint.port, endpoint.rack) = (address.port, address.rack)
            return endpoint
        }
    }
}

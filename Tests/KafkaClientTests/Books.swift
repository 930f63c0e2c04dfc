import KafkaProtocol
import KafkaRecords
import NIOCore
import Synchronization
import TestSupport
import Testing

@testable import KafkaClient
@testable import KafkaConnection

/// Coordinates one transactional id, leads the partitions and coordinates the groups.
final class Books: Sendable {
    private struct State {
        var heard: [String] = []
        var failures: [String: [ErrorCode]] = [:]
        var epoch: Int16 = -1
        var partitions: Set<TopicPartition> = []
        var isOpen = false
        /// How the last one ended; an end that is repeated is no mistake.
        var lastEnd: Bool?
        var nextSequence: [TopicPartition: Int32] = [:]
        var open: [String] = []
        var committed: [String] = []
        /// Decides which requests fail although what they ask for was done, or without.
        var chaos: SeededGenerator?
    }

    private let state = Mutex(State())
    let broker: ScriptedBroker
    /// Whether what is asked once more, because the answer was lost, is taken for what it is.
    let isForgiving = Mutex(false)
    /// Called when partitions are to be added, before the answer.
    let onAdd = Mutex<(@Sendable () -> Void)?>(nil)

    /// - Parameter version: the cluster's `transaction.version`.
    init(version: Int16) throws {
        broker = try ScriptedBroker()
        if version > 0 { broker.features.withLock { $0["transaction.version"] = version } }
        coordinate(version)
        broker.on(ProduceRequest.self, versions: 3...12) { [self] in produce($0, isImplicit: version == 2) }
    }

    /// What was asked, in order.
    var heard: [String] { state.withLock { $0.heard } }
    var committed: [String] { state.withLock { $0.committed } }
    func forget() { state.withLock { $0.heard = [] } }
    /// The next requests of a kind are answered with these.
    func fail(_ what: String, _ errors: ErrorCode...) { fail(what, errors) }
    func fail(_ what: String, _ errors: [ErrorCode]) { state.withLock { $0.failures[what] = errors } }

    func makeTrouble(_ seed: UInt64) { state.withLock { $0.chaos = SeededGenerator(seed: seed) } }

    /// Whether what was done is denied.
    private func isDenied() -> Bool {
        state.withLock { state in
            guard var chaos = state.chaos else { return false }
            defer { state.chaos = chaos }
            return Int.random(in: 0..<6, using: &chaos) == 0
        }
    }

    private func note(_ what: String, _ details: String = "") -> ErrorCode {
        state.withLock { state in
            state.heard.append(details.isEmpty ? what : "\(what) \(details)")
            if var chaos = state.chaos {
                defer { state.chaos = chaos }
                if Int.random(in: 0..<6, using: &chaos) == 0 { return .coordinatorNotAvailable }
            }
            guard let first = state.failures[what]?.first else { return .none }
            state.failures[what]?.removeFirst()
            return first
        }
    }

    private func coordinate(_ version: Int16) {
        broker.on(InitProducerIdRequest.self) { [self] request in
            var response = InitProducerIdResponse()
            let kind = (request.enable2Pc ? " two-phase" : "") + (request.keepPreparedTxn ? " keeps" : "")
            response.errorCode = note("init", "\(request.producerEpoch)\(kind)")
            if response.errorCode != .none { return response }
            state.withLock { state in
                if request.keepPreparedTxn, state.isOpen {
                    (response.ongoingTxnProducerId, response.ongoingTxnProducerEpoch) = (7, state.epoch)
                } else {
                    (state.isOpen, state.partitions, state.open) = (false, [], [])
                }
                state.epoch += 1
                state.nextSequence = [:]
                (response.producerId, response.producerEpoch) = (7, state.epoch)
            }
            return response
        }
        broker.on(AddPartitionsToTxnRequest.self) { [self] request in
            let keys = request.v3AndBelowTopics.flatMap { topic in
                topic.partitions.map { TopicPartition(topic.name, $0) }
            }
            let code = note("add", keys.map { "\($0)" }.joined(separator: ","))
            onAdd.withLock { $0 }?()
            if code == .none {
                state.withLock { state in
                    state.partitions.formUnion(keys)
                    state.isOpen = true
                }
            }
            var response = AddPartitionsToTxnResponse()
            response.resultsByTopicV3AndBelow = request.v3AndBelowTopics.map { topic in
                var result = AddPartitionsToTxnResponse.AddPartitionsToTxnTopicResult()
                result.name = topic.name
                result.resultsByPartition = topic.partitions.map { index in
                    var partition = AddPartitionsToTxnResponse.AddPartitionsToTxnPartitionResult()
                    (partition.partitionIndex, partition.partitionErrorCode) = (index, code.rawValue)
                    return partition
                }
                return result
            }
            return response
        }
        broker.on(AddOffsetsToTxnRequest.self) { [self] request in
            var response = AddOffsetsToTxnResponse()
            response.errorCode = note("addOffsets", request.groupId)
            if response.errorCode == .none { state.withLock { $0.isOpen = true } }
            return response
        }
        broker.on(TxnOffsetCommitRequest.self) { [self] request in
            let code = note("offsets", "\(request.memberId)/\(request.generationIdOrMemberEpoch)")
            if code == .none, version == 2 { state.withLock { $0.isOpen = true } }
            var response = TxnOffsetCommitResponse()
            response.topics = request.topics.map { topic in
                var result = TxnOffsetCommitResponse.TxnOffsetCommitResponseTopic()
                result.name = topic.name
                result.partitions = topic.partitions.map { entry in
                    var partition = TxnOffsetCommitResponse.TxnOffsetCommitResponsePartition()
                    (partition.partitionIndex, partition.errorCode) = (entry.partitionIndex, code)
                    return partition
                }
                return result
            }
            return response
        }
        broker.on(EndTxnRequest.self) { [self] request in
            var response = EndTxnResponse()
            response.errorCode = note(request.committed ? "commit" : "abort")
            if response.errorCode != .none { return response }
            state.withLock { state in
                if !state.isOpen, state.lastEnd != request.committed { response.errorCode = .invalidTxnState }
                if request.producerEpoch != state.epoch { response.errorCode = .producerFenced }
                if response.errorCode != .none { return }
                (state.isOpen, state.lastEnd) = (false, request.committed)
                if request.committed { state.committed += state.open }
                (state.open, state.partitions) = ([], [])
                if version == 2 {
                    state.epoch += 1
                    state.nextSequence = [:]
                    (response.producerId, response.producerEpoch) = (7, state.epoch)
                }
            }
            if version < 2, isDenied() { response.errorCode = .requestTimedOut }
            return response
        }
    }

    private func produce(_ request: ProduceRequest, isImplicit: Bool) -> ProduceResponse {
        var response = ProduceResponse()
        #expect(request.transactionalId == "id")
        response.responses = request.topicData.map { topic in
            var result = ProduceResponse.TopicProduceResponse()
            result.name = topic.name
            result.partitionResponses = topic.partitionData.map { data in
                let key = TopicPartition(topic.name, data.index)
                var entry = ProduceResponse.PartitionProduceResponse()
                entry.index = data.index
                entry.errorCode = note("produce", "\(key)")
                if entry.errorCode == .none {
                    take(key, data.records?.buffer, isImplicit: isImplicit)
                    if isDenied() { entry.errorCode = .requestTimedOut }
                }
                return entry
            }
            return result
        }
        return response
    }

    private func take(_ key: TopicPartition, _ bytes: ByteBuffer?, isImplicit: Bool) {
        state.withLock { state in
            if isImplicit { state.isOpen = true }
            #expect(isImplicit || state.partitions.contains(key), "\(key) was not added")
            for batch in RecordBatches(bytes ?? ByteBuffer()) {
                let header = batch.header
                #expect(header.isTransactional && header.producerId == 7 && header.producerEpoch == state.epoch)
                // Repeated, because the first answer denied it.
                if state.chaos != nil || isForgiving.withLock({ $0 }),
                    header.baseSequence < state.nextSequence[key] ?? 0
                {
                    continue
                }
                #expect(header.baseSequence == state.nextSequence[key] ?? 0)
                state.nextSequence[key] = header.baseSequence + header.recordCount
                for record in (try? batch.allRecords()) ?? [] {
                    state.open.append(record.value.map { String(buffer: $0) } ?? "")
                }
            }
        }
    }

    func configuration(_ change: (inout ProducerConfiguration) -> Void = { _ in }) -> ProducerConfiguration {
        var configuration = ProducerConfiguration(broker.configuration)
        configuration.transactionalId = "id"
        change(&configuration)
        return configuration
    }
}

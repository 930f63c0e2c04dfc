import KafkaConnection
import KafkaProtocol

/// A transactional id in a list.
public struct TransactionListing: Equatable, Sendable {
    public var transactionalId: String
    public var producerId: Int64
    /// For example `Ongoing` or `CompleteCommit`.
    public var state: String
    /// The broker that coordinates it.
    public var coordinator: Int32
}

/// The state of a transactional id.
public struct TransactionDescription: Equatable, Sendable {
    public var transactionalId: String
    public var state: String
    public var producerId: Int64
    public var producerEpoch: Int16
    public var timeoutMillis: Int32
    /// Milliseconds since 1970; nil while none is open.
    public var startMillis: Int64?
    public var partitions: [TopicPartition]
}

/// An active producer of a partition.
public struct ProducerDescription: Equatable, Sendable {
    public var producerId: Int64
    public var producerEpoch: Int32
    public var lastSequence: Int32
    /// Milliseconds since 1970.
    public var lastTimestamp: Int64
    public var coordinatorEpoch: Int32
    /// The start offset of its open transaction; nil without one.
    public var transactionStartOffset: Int64?
}

extension Admin {
    /// The transactional ids of all brokers, by id (KIP-664).
    ///
    /// - Parameters:
    ///   - states: only those in one of these states, such as `Ongoing`; empty for all.
    ///   - openForMillis: only those whose transaction has been open for longer than so many milliseconds.
    ///   - pattern: only ids that match this regular expression as a whole, in RE2's syntax, which the brokers read (KIP-1152).
    /// - Throws: `KafkaError`; `.unsupported` by brokers that do not know the second filter (Kafka before 3.8) or the third (before 4.1);
    ///   `invalidRegularExpression`.
    public func listTransactions(
        states: [String] = [],
        openForMillis: Int64? = nil,
        matching pattern: String? = nil
    ) async throws(KafkaError) -> [TransactionListing] {
        var all: [TransactionListing] = []
        for broker in try await cluster.describe().brokers {
            let response = try await cluster.call(.broker(broker.id)) { _ in
                var request = ListTransactionsRequest()
                request.stateFilters = states
                if let openForMillis { request.durationFilter = openForMillis }
                request.transactionalIdPattern = pattern
                return request
            } check: { (response: ListTransactionsResponse) throws(KafkaError) in
                try response.errorCode.check(
                    response.errorCode == .invalidRegularExpression
                        ? "broker \(broker.id) does not take '\(pattern ?? "")' as a regular expression of RE2's syntax"
                        : nil
                )
            }
            if let unknown = response.unknownStateFilters.first {
                throw KafkaError(.invalid, "'\(unknown)' is no state of transactions; Ongoing and CompleteCommit are")
            }
            all += response.transactionStates.map { entry in
                TransactionListing(
                    transactionalId: entry.transactionalId,
                    producerId: entry.producerId,
                    state: entry.transactionState,
                    coordinator: broker.id
                )
            }
        }
        return all.sorted { $0.transactionalId < $1.transactionalId }
    }

    /// - Throws: `KafkaError` with `transactionalIdNotFound` when the coordinator knows none of this name.
    public func describeTransaction(_ id: String) async throws(KafkaError) -> TransactionDescription {
        let response = try await cluster.call(.transaction(id)) { _ in
            var request = DescribeTransactionsRequest()
            request.transactionalIds = [id]
            return request
        } check: { (response: DescribeTransactionsResponse) throws(KafkaError) in
            for state in response.transactionStates { try state.errorCode.check() }
        }
        guard let state = response.transactionStates.first else {
            throw KafkaError(.malformed, "the response has no entry for the transactional id '\(id)'")
        }
        return TransactionDescription(
            transactionalId: id,
            state: state.transactionState,
            producerId: state.producerId,
            producerEpoch: state.producerEpoch,
            timeoutMillis: state.transactionTimeoutMs,
            startMillis: state.transactionStartTimeMs >= 0 ? state.transactionStartTimeMs : nil,
            partitions: state.topics.flatMap { topic in topic.partitions.map { TopicPartition(topic.topic, $0) } }
                .sorted()
        )
    }

    /// Fences the producer of a transactional id: its open transaction is aborted, later records are rejected.
    public func fenceProducer(_ id: String) async throws(KafkaError) {
        let timeout = timeoutMillis
        _ = try await cluster.call(.transaction(id)) { _ in
            var request = InitProducerIdRequest()
            (request.transactionalId, request.transactionTimeoutMs) = (id, timeout)
            return request
        } check: { (response: InitProducerIdResponse) throws(KafkaError) in
            try response.errorCode.check()
        }
    }

    /// The active producers of a partition, by producer id.
    public func describeProducers(of partition: TopicPartition) async throws(KafkaError) -> [ProducerDescription] {
        let entry = try await cluster.retrying { () async throws(KafkaError) in
            guard let leader = try await self.leaders(of: [partition])[partition]?.id else {
                throw KafkaError.refused(.leaderNotAvailable, "\(partition) has no leader now")
            }
            let connection = try await self.cluster.connection(to: .broker(leader))
            let response: DescribeProducersResponse = try await connection.send { _ in
                var topic = DescribeProducersRequest.TopicRequest()
                topic.name = partition.topic
                topic.partitionIndexes = [partition.partition]
                var request = DescribeProducersRequest()
                request.topics = [topic]
                return request
            }
            guard let entry = response.topics.first?.partitions.first else {
                throw KafkaError(.malformed, "the response has no entry for \(partition)")
            }
            try entry.errorCode.check(entry.errorMessage)
            return entry
        }
        return entry.activeProducers.map { state in
            ProducerDescription(
                producerId: state.producerId,
                producerEpoch: state.producerEpoch,
                lastSequence: state.lastSequence,
                lastTimestamp: state.lastTimestamp,
                coordinatorEpoch: state.coordinatorEpoch,
                transactionStartOffset: state.currentTxnStartOffset >= 0 ? state.currentTxnStartOffset : nil
            )
        }.sorted { $0.producerId < $1.producerId }
    }

    /// Aborts a hanging transaction: writes an abort marker into the partition (KIP-664).
    public func abortTransaction(of producer: ProducerDescription, in partition: TopicPartition)
        async throws(KafkaError)
    {
        try await cluster.retrying { () async throws(KafkaError) in
            guard let leader = try await self.leaders(of: [partition])[partition]?.id else {
                throw KafkaError.refused(.leaderNotAvailable, "\(partition) has no leader now")
            }
            let connection = try await self.cluster.connection(to: .broker(leader))
            let response: WriteTxnMarkersResponse = try await connection.send { _ in
                var topic = WriteTxnMarkersRequest.WritableTxnMarkerTopic()
                topic.name = partition.topic
                topic.partitionIndexes = [partition.partition]
                var marker = WriteTxnMarkersRequest.WritableTxnMarker()
                marker.producerId = producer.producerId
                marker.producerEpoch = Int16(clamping: producer.producerEpoch)
                marker.transactionResult = false
                marker.coordinatorEpoch = producer.coordinatorEpoch
                marker.topics = [topic]
                var request = WriteTxnMarkersRequest()
                request.markers = [marker]
                return request
            }
            for entry in response.markers.flatMap({ $0.topics.flatMap(\.partitions) }) { try entry.errorCode.check() }
        }
    }
}

import KafkaConnection
import KafkaProtocol
import Logging
import Synchronization

/// A member of a consumer group in one of its generations, which commits offsets. See `Consumer.groupMetadata()`.
public struct ConsumerGroupMetadata: Sendable, Equatable {
    public var groupId: String
    /// Empty for a consumer with manual assignment.
    public var memberId: String
    public var instanceId: String?
    /// -1 for a consumer with manual assignment.
    public var generation: Int32

    public init(groupId: String, memberId: String = "", instanceId: String? = nil, generation: Int32 = -1) {
        self.groupId = groupId
        self.memberId = memberId
        self.instanceId = instanceId
        self.generation = generation
    }
}

extension Producer {
    /// Begins a transaction: what is sent until it is committed is seen by `read_committed` consumers as a whole, or not at all (KIP-98). The
    /// first time, a transaction that an earlier producer of this transactional id left open is aborted, and that producer is fenced.
    ///
    /// - Throws: `KafkaError`; `.invalid` without a `transactionalId` or while one is open, `.aborted` when the last one has failed and was not
    ///   aborted, `.fenced` when another producer took over.
    public func beginTransaction() async throws(KafkaError) {
        let id = try transactionalId()
        let isNew = state.withLock { state in
            state.transaction?.phase == .unknown || state.transaction?.phase == .idle && state.engine.wantsIdentity
        }
        if isNew { try await initialize(id) }
        try state.withLock { state throws(KafkaError) in try state.transaction?.begin() }
    }

    /// Commits offsets of a group as part of the transaction, so that what was consumed and what was produced from it count together.
    ///
    /// - Parameters:
    ///   - offsets: for each partition that of the next record to process.
    ///   - member: `Consumer.groupMetadata()` of the consumer; one that lost its partitions is fenced (KIP-447).
    /// - Throws: `KafkaError`; afterwards the transaction has to be aborted, unless `.invalid`.
    public func sendOffsets(
        _ offsets: [TopicPartition: CommittedOffset],
        of member: ConsumerGroupMetadata
    ) async throws(KafkaError) {
        let id = try transactionalId()
        let (identity, isImplicit) = try state.withLock { state throws(KafkaError) in
            try state.transaction?.checkOpen()
            if !offsets.isEmpty { state.transaction?.adding() }
            return (state.engine.identity, state.transaction?.isImplicit ?? false)
        }
        guard let identity, !offsets.isEmpty else { return }
        do throws(KafkaError) {
            if !isImplicit { try await addOffsets(of: member.groupId, id, identity) }
            state.withLock { $0.transaction?.addedOffsets() }
            try await commitOffsets(offsets, member, id, identity, isImplicit)
        } catch {
            throw note(error)
        }
    }

    /// Flushes and commits the transaction.
    ///
    /// - Throws: `KafkaError`; `.aborted` when something failed: then the transaction has to be aborted. `.fenced` when another producer took over.
    ///   With any other error the outcome is unknown: commit again.
    public func commitTransaction() async throws(KafkaError) {
        _ = try transactionalId()
        repeat {
            do throws(KafkaError) { try await flush() } catch {
                // What failed is remembered by the transaction, which tells it better.
                if error.code == .cancelled { throw error }
            }
        } while try await !end(isCommit: true)
    }

    /// Aborts the transaction: `read_committed` consumers see none of its records.
    ///
    /// - Throws: `KafkaError`; `.fenced` when another producer took over. With any other error, abort again.
    public func abortTransaction() async throws(KafkaError) {
        _ = try transactionalId()
        let error = KafkaError(.aborted, "the transaction was aborted")
        let given = try state.withLock { state throws(KafkaError) in
            try state.transaction?.prepareAbort(error)
            return state.engine.giveUp(error)
        }
        finish(given)
        // What is under way could come behind the end otherwise.
        await wait(\.flushWaiters) { $0.isSettled }
        guard try await end(isCommit: false) else { throw .taskCancelled }
        state.withLock { $0.unreportedFailure = nil }
    }

    func transactionalId() throws(KafkaError) -> String {
        guard let id = configuration.transactionalId else {
            throw KafkaError(.invalid, "transactions require transactional.id")
        }
        return id
    }

    /// Remembers that something failed; the error for the caller.
    private func note(_ error: KafkaError) -> KafkaError {
        if error.code == .invalid { return error }
        return state.withLock { state in
            // An old epoch means that somebody else has a newer one.
            if error.serverCode == .invalidProducerEpoch { state.transaction?.fence(error) }
            state.transaction?.failed(error)
            if case .fenced(let fenced)? = state.transaction?.phase { return fenced }
            return error
        }
    }

    // MARK: Requests to the coordinator

    /// Gets the producer id, or a new epoch of the one that there is (KIP-360).
    ///
    /// - Parameter keepsPrepared: a transaction that is open stays, to be ended.
    /// - Returns: that transaction; nil when there is none.
    @discardableResult
    func initialize(_ id: String, keepsPrepared: Bool = false) async throws(KafkaError) -> PreparedTransaction? {
        let known = keepsPrepared ? nil : state.withLock { $0.engine.identity }
        let timeout = Int32(clamping: configuration.transactionTimeout.milliseconds)
        let isTwoPhase = configuration.isTwoPhase
        let needsSix = isTwoPhase || keepsPrepared
        do throws(KafkaError) {
            if needsSix { try await checkTwoPhase(id) }
            let response = try await cluster.call(.transaction(id), limit: needsSix ? 6 : 5) { version in
                var request = InitProducerIdRequest()
                if version >= 6 { (request.enable2Pc, request.keepPreparedTxn) = (isTwoPhase, keepsPrepared) }
                request.transactionalId = id
                request.transactionTimeoutMs = timeout
                if version >= 3, let known { (request.producerId, request.producerEpoch) = (known.id, known.epoch) }
                return request
            } check: { (response: InitProducerIdResponse) throws(KafkaError) in
                try response.errorCode.check()
            }
            let features = try await cluster.connection(to: .transaction(id)).versions.finalized
            let identity = ProducerEngine.Identity(id: response.producerId, epoch: response.producerEpoch)
            let open = PreparedTransaction(
                producerId: response.ongoingTxnProducerId,
                epoch: response.ongoingTxnProducerEpoch
            )
            let isOpen = open.producerId >= 0
            state.withLock { state in
                state.engine.identityArrived(identity)
                state.transaction?.initialized(version: features["transaction.version"] ?? 0)
                if isOpen { state.transaction?.recovered(open) }
            }
            return isOpen ? open : nil
        } catch {
            throw note(error)
        }
    }

    /// - Throws: `.unsupported` when the coordinator does not offer the version of two-phase commits.
    private func checkTwoPhase(_ id: String) async throws(KafkaError) {
        let versions = try await cluster.connection(to: .transaction(id)).versions
        if try versions.version(of: InitProducerIdRequest.schema, limit: 6) >= 6 { return }
        throw KafkaError(
            .unsupported,
            "two-phase commits need version 6 of InitProducerId, which brokers offer with unstable.api.versions.enable=true"
        )
    }

    /// Tells the coordinator of partitions before records go to them.
    ///
    /// - Throws: what passes; what doesn't has failed the transaction.
    func addPartitions(_ keys: Set<TopicPartition>) async throws(KafkaError) {
        guard let id = configuration.transactionalId, let identity = state.withLock({ $0.engine.identity }) else {
            return
        }
        let topics = byTopic(keys.sorted()).map { name, indexes in
            var topic = AddPartitionsToTxnRequest.AddPartitionsToTxnTopic()
            (topic.name, topic.partitions) = (name, indexes)
            return topic
        }
        state.withLock { state in
            state.transaction?.adding()
            state.transaction?.isAddingPartitions = true
        }
        defer {
            let free = state.withLock { state in
                state.transaction?.isAddingPartitions = false
                return state.takeFlushWaiters()
            }
            for waiter in free { waiter.resume() }
        }
        do throws(KafkaError) {
            // Later versions are for brokers among themselves.
            _ = try await cluster.call(.transaction(id), limit: 3, timeout: .zero) { _ in
                var request = AddPartitionsToTxnRequest()
                request.v3AndBelowTransactionalId = id
                (request.v3AndBelowProducerId, request.v3AndBelowProducerEpoch) = (identity.id, identity.epoch)
                request.v3AndBelowTopics = topics
                return request
            } check: { (response: AddPartitionsToTxnResponse) throws(KafkaError) in
                let results = response.resultsByTopicV3AndBelow.flatMap(\.resultsByPartition).map {
                    ErrorCode(rawValue: $0.partitionErrorCode)
                }
                // Of several the one that tells why: the others were not attempted for its sake.
                let code =
                    results.first { $0 != .none && $0 != .operationNotAttempted } ?? results.first { $0 != .none }
                try code?.check()
            }
            state.withLock { $0.transaction?.added(keys) }
        } catch {
            throw error.isRetriable ? error : note(error)
        }
    }

    private func addOffsets(
        of group: String,
        _ id: String,
        _ identity: ProducerEngine.Identity
    ) async throws(KafkaError) {
        _ = try await cluster.call(.transaction(id), limit: 3) { _ in
            var request = AddOffsetsToTxnRequest()
            (request.transactionalId, request.groupId) = (id, group)
            (request.producerId, request.producerEpoch) = (identity.id, identity.epoch)
            return request
        } check: { (response: AddOffsetsToTxnResponse) throws(KafkaError) in
            try response.errorCode.check()
        }
    }

    private func commitOffsets(
        _ offsets: [TopicPartition: CommittedOffset],
        _ member: ConsumerGroupMetadata,
        _ id: String,
        _ identity: ProducerEngine.Identity,
        _ isImplicit: Bool
    ) async throws(KafkaError) {
        let topics = byTopic(offsets.keys.sorted()).map { name, indexes in
            var topic = TxnOffsetCommitRequest.TxnOffsetCommitRequestTopic()
            topic.name = name
            topic.partitions = indexes.map { index in
                let committed = offsets[TopicPartition(name, index)] ?? CommittedOffset(0)
                var entry = TxnOffsetCommitRequest.TxnOffsetCommitRequestPartition()
                (entry.partitionIndex, entry.committedOffset) = (index, committed.offset)
                (entry.committedLeaderEpoch, entry.committedMetadata) = (committed.leaderEpoch, committed.metadata)
                return entry
            }
            return topic
        }
        // From version 5 on the group's coordinator adds itself to the transaction; 6 names topics by id only.
        _ = try await cluster.call(.group(member.groupId), limit: isImplicit ? 5 : 4) { version in
            var request = TxnOffsetCommitRequest()
            (request.transactionalId, request.groupId) = (id, member.groupId)
            (request.producerId, request.producerEpoch) = (identity.id, identity.epoch)
            if version >= 3 {
                request.generationIdOrMemberEpoch = member.generation
                (request.memberId, request.groupInstanceId) = (member.memberId, member.instanceId)
            }
            request.topics = topics
            return request
        } check: { (response: TxnOffsetCommitResponse) throws(KafkaError) in
            for topic in response.topics { for entry in topic.partitions { try entry.errorCode.check() } }
        }
    }

    /// - Returns: false when there are records that are not decided yet; then nothing happened.
    private func end(isCommit: Bool) async throws(KafkaError) -> Bool {
        let id = try transactionalId()
        let (isSettled, hasToTell, identity, isImplicit) = try state.withLock { state throws(KafkaError) in
            if !state.isSettled { return (false, false, state.engine.identity, false) }
            let hasToTell = try state.transaction?.end(isCommit: isCommit) ?? false
            return (true, hasToTell, state.engine.identity, state.transaction?.isImplicit ?? false)
        }
        if !isSettled { return false }
        if hasToTell, let identity { try await tellEnd(isCommit, id, identity, isImplicit) }
        state.withLock { state in
            state.transaction?.ended()
            state.engine.allowRetries()
        }
        return true
    }

    private func tellEnd(
        _ isCommit: Bool,
        _ id: String,
        _ identity: ProducerEngine.Identity,
        _ isImplicit: Bool
    ) async throws(KafkaError) {
        do throws(KafkaError) {
            let response = try await cluster.call(.transaction(id), limit: isImplicit ? 5 : 4) { _ in
                var request = EndTxnRequest()
                (request.transactionalId, request.committed) = (id, isCommit)
                (request.producerId, request.producerEpoch) = (identity.id, identity.epoch)
                return request
            } check: { (response: EndTxnResponse) throws(KafkaError) in
                try response.errorCode.check()
            }
            if response.producerId >= 0 {
                let next = ProducerEngine.Identity(id: response.producerId, epoch: response.producerEpoch)
                state.withLock { $0.engine.identityArrived(next) }
            }
        } catch {
            let isEmpty = state.withLock { $0.transaction?.hasContent == false }
            // It was never asked for anything, whatever became of what we asked for.
            if !isCommit, isEmpty, error.serverCode == .invalidTxnState { return }
            throw note(error)
        }
    }
}

/// Runs `body` in a transaction, which is committed afterwards; when `body` throws, or something that it sent failed, it is aborted.
///
/// - Throws: what `body` throws, or why the transaction could not be committed: `.aborted` may be tried again, `.fenced` may not.
public func withTransaction<Result: Sendable>(
    of producer: Producer,
    _ body: () async throws -> Result
) async throws -> Result {
    try await producer.beginTransaction()
    do {
        let result = try await body()
        try await producer.commitTransaction()
        return result
    } catch {
        if (error as? KafkaError)?.code != .fenced {
            do { try await producer.abortTransaction() } catch {
                producer.logger.warning("aborting a transaction failed", metadata: ["reason": "\(error)"])
            }
        }
        throw error
    }
}

import KafkaConnection
import KafkaProtocol
import Logging
import Synchronization

extension Consumer {
    /// What the group has committed; partitions for which it has nothing are left out.
    ///
    /// - Throws: `KafkaError`; `.invalid` without a `groupId`.
    public func committed(
        _ partitions: [TopicPartition]
    ) async throws(KafkaError) -> [TopicPartition: CommittedOffset] {
        try await coordination.committedOffsets(
            of: try groupId(),
            partitions,
            isStable: configuration.isolation == .readCommitted
        )
    }

    /// Commits the positions of all assigned partitions, and waits until the group has them.
    ///
    /// - Throws: `KafkaError`; with `illegalGeneration` or `unknownMemberId` the partitions were assigned to other members meanwhile.
    public func commit() async throws(KafkaError) {
        let positions = state.withLock { $0.engine.positions() }
        try await commit(positions.mapValues { CommittedOffset($0) })
    }

    /// Commits these offsets, each that of the next record to process, and waits until the group has them. Without a `leaderEpoch` they get that of
    /// what was read (KIP-320).
    public func commit(_ offsets: [TopicPartition: CommittedOffset]) async throws(KafkaError) {
        if !offsets.isEmpty { try await commit(offsets, through: coordination) }
    }

    /// Commits that this record, and those before it in its partition, were processed.
    public func commit(_ record: ConsumedRecord) async throws(KafkaError) {
        try await commit([record.partition: CommittedOffset(record.offset + 1)])
    }

    /// Commits these offsets without waiting; of several for a partition the last counts. Failures are logged. Needs `run` to be running.
    public func enqueueCommit(_ offsets: [TopicPartition: CommittedOffset]) {
        state.withLock { $0.commits.merge(offsets) { $1 } }
        wake.raise()
        expectRun()
    }

    /// Like `enqueueCommit(_:)`, with the positions of all assigned partitions.
    public func enqueueCommit() {
        enqueueCommit(state.withLock { $0.engine.positions() }.mapValues { CommittedOffset($0) })
    }

    /// This consumer's member id and generation: for `Producer.sendOffsets`, which commits what was read together with what was produced from it.
    ///
    /// - Throws: `KafkaError`; `.invalid` without a `groupId`, `unknownMemberId` while it is not a member of its group.
    public func groupMetadata() throws(KafkaError) -> ConsumerGroupMetadata {
        let committer = try committer()
        return ConsumerGroupMetadata(
            groupId: try groupId(),
            memberId: committer.memberId,
            instanceId: committer.instanceId,
            generation: committer.generation
        )
    }

    private func committer() throws(KafkaError) -> Committer {
        guard let membership = state.withLock({ $0.membership }) else { return Committer() }
        guard membership.isMember else {
            throw KafkaError.refused(.unknownMemberId, "the consumer is not a member of its group now")
        }
        return Committer(
            memberId: membership.memberId,
            instanceId: membership.settings.instanceId,
            generation: membership.generation
        )
    }

    private func groupId() throws(KafkaError) -> String {
        guard let id = configuration.groupId else { throw KafkaError(.invalid, "committing offsets requires group.id") }
        return id
    }

    private func commit(
        _ offsets: [TopicPartition: CommittedOffset],
        through connections: ClusterClient,
        timeout: Duration? = nil
    ) async throws(KafkaError) {
        let committer = try committer()
        let offsets = state.withLock { $0.engine.withEpochs(offsets) }
        do throws(KafkaError) {
            try await connections.commit(offsets, of: try groupId(), as: committer, timeout: timeout)
        } catch {
            let now = now
            state.withLock { state in
                if let code = error.serverCode { state.membership?.commitRefused(code, nowMillis: now) }
            }
            wake.raise()
            throw error
        }
        state.withLock { $0.engine.committed(offsets.mapValues(\.offset)) }
        for interceptor in configuration.interceptors { interceptor.didCommit(offsets) }
    }

    /// Commits for those who don't wait for it.
    func commitNow(
        _ offsets: [TopicPartition: CommittedOffset],
        through connections: ClusterClient? = nil,
        timeout: Duration? = nil
    ) async {
        do throws(KafkaError) {
            try await commit(offsets, through: connections ?? coordination, timeout: timeout)
        } catch {
            logger.warning("offset commit failed", metadata: ["reason": "\(error)"])
        }
    }

    /// Commits, before partitions go, what is to be committed of them without anybody waiting, and automatically what was worked on. Later it could
    /// set back what their next owner has committed.
    ///
    /// - Parameter keys: nil stands for all.
    func commitProcessed(
        _ keys: Set<TopicPartition>?,
        through connections: ClusterClient? = nil,
        timeout: Duration? = nil
    ) async {
        let isAutomatic = configuration.autoCommit && configuration.groupId != nil
        let offsets = state.withLock { state in
            let done = isAutomatic ? state.engine.uncommitted(keys) : [:]
            return state.takeCommits(of: keys).merging(done.mapValues { CommittedOffset($0) }) { wanted, done in
                wanted.offset == done.offset ? wanted : done
            }
        }
        if !offsets.isEmpty { await commitNow(offsets, through: connections, timeout: timeout) }
    }

    /// Commits, before partitions go, what a listener wants to be committed of them.
    func commitRequested(
        _ keys: Set<TopicPartition>?,
        through connections: ClusterClient? = nil,
        timeout: Duration? = nil
    ) async {
        let offsets = state.withLock { $0.takeCommits(of: keys) }
        if !offsets.isEmpty { await commitNow(offsets, through: connections, timeout: timeout) }
    }

    /// Forgets what is to be committed of partitions that went to others.
    func dropCommits(of keys: Set<TopicPartition>) {
        let dropped = state.withLock { $0.takeCommits(of: keys) }
        if dropped.isEmpty { return }
        let offsets = dropped.map { "\($0.key): \($0.value.offset)" }.sorted().joined(separator: ", ")
        logger.warning("pending commits of lost partitions were dropped", metadata: ["offsets": "\(offsets)"])
    }
}

extension Consumer.State {
    /// What somebody wants to be committed of these partitions; nil stands for all.
    mutating func takeCommits(of keys: Set<TopicPartition>?) -> [TopicPartition: CommittedOffset] {
        let taken = commits.filter { keys?.contains($0.key) ?? true }
        for key in taken.keys { commits[key] = nil }
        return taken
    }
}

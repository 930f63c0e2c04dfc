@_spi(Sabotage) import KafkaProtocol

extension GroupShard {
    /// Stores offsets; the code of each.
    mutating func commit(_ commit: GroupCommit, at moment: Moment, _ decision: inout Decision) -> [ErrorCode] {
        let problem = commitProblem(commit)
        if problem != .none { return commit.offsets.map { _ in problem } }
        keepAlive(commit.group, commit.memberId, at: moment)
        return commit.offsets.map { entry in
            // As Kafka counts: UTF-16 units, whatever the name of the setting says.
            guard entry.metadata.utf16.count <= config.offsetMetadataMaxBytes else { return .offsetMetadataTooLarge }
            let offset = CommittedOffset(
                offset: entry.offset,
                leaderEpoch: entry.leaderEpoch,
                metadata: entry.metadata,
                commitTimestamp: moment.wall.milliseconds,
                expireTimestamp: commit.retention.map { Self.sum(moment.wall.milliseconds, $0) } ?? -1,
                topicId: entry.topicId
            )
            guard let record = try? offset.record(group: commit.group, entry.partition) else { return .invalidRequest }
            decision.records.append(record)
            return .none
        }
    }

    /// Stores offsets that count once the transaction is committed.
    mutating func commit(
        _ commit: GroupCommit,
        in producer: TransactionalProducer,
        _ ticket: Int64,
        at moment: Moment,
        _ decision: inout Decision
    ) -> [ErrorCode] {
        guard tickets.isValid(ticket, of: producer) else {
            // It ended between the coordinator's word and now: nobody would ever end what is written.
            return commit.offsets.map { _ in .invalidTxnState }
        }
        let codes = self.commit(commit, at: moment, &decision)
        if !decision.records.isEmpty { decision.producer = producer }
        return codes
    }

    /// A client may ask for a retention without end.
    private static func sum(_ wall: Int64, _ retention: Int64) -> Int64 {
        let (result, overflow) = wall.addingReportingOverflow(retention)
        return overflow ? Int64.max : result
    }

    /// Whether a commit of this member is in order; NONE when it is.
    private func commitProblem(_ commit: GroupCommit) -> ErrorCode {
        let id = commit.group
        let isOfNoGeneration = commit.generation < 0
        if let group = modern[id], isModern(id), groups[id] == nil {
            // Without a member it is an administrator's commit, allowed while nobody is in the group.
            guard isOfNoGeneration else { return commit.version >= 9 ? .unknownMemberId : .illegalGeneration }
            return group.hasMembers ? .unknownMemberId : .none
        }
        guard let group = groups[id] else {
            if isOfNoGeneration { return .none }
            // A group that only ever had offsets is known, its members are not.
            if hasOffsets(id) { return .unknownMemberId }
            return commit.version >= 9 ? .groupIdNotFound : .illegalGeneration
        }
        if group.state == .dead { return .coordinatorNotAvailable }
        if isOfNoGeneration, group.state == .empty { return .none }
        if isOfNoGeneration, commit.memberId.isEmpty, commit.instanceId == nil {
            return commit.isTransactional ? .none : .unknownMemberId
        }
        if let problem = memberProblem(group, commit.memberId, commit.instanceId, commit.generation) {
            return Sabotage.zombieCommitAccepted.isOn ? .none : problem
        }
        let isRebalancing = group.state == .completingRebalance && !commit.isTransactional
        return isRebalancing ? .rebalanceInProgress : .none
    }
}

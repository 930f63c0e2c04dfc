@_spi(Sabotage) import KafkaProtocol

/// What a follower does with its leader's answers.
extension Replica {
    /// Whether an answer is to the question that this follower has open: only then its records may be appended.
    package func accepts(epoch: LeaderEpoch, offset: Int64) -> Bool {
        switch role {
        case .leader: false
        case .follower(let follower):
            epoch == follower.epoch && offset == log.end && !follower.isChangingLog
        case .offline: false
        }
    }

    /// Records of the leader's answer are in the log.
    package mutating func appendedFromLeader(end: Int64, lastEpoch: LeaderEpoch) -> ReplicaEffects {
        precondition(followed != nil, "only a follower appends what a leader sends")
        precondition(end > log.end, "an append ends at \(end), the log at \(log.end) already")
        precondition(lastEpoch >= log.lastEpoch ?? -1, "epoch \(lastEpoch) follows \(log.lastEpoch ?? -1)")
        log.end = end
        log.lastEpoch = lastEpoch
        var effects = ReplicaEffects()
        effects.flushes = settings.syncsFirst
        effects.fetch = fetchPosition
        return effects
    }

    /// The leader has answered from its log's start, before its records are appended. A leader that has deleted all that this log holds does
    /// not know any more whether it was the same: what it has not may have been left by another leader, and the state of producers with it. Such a
    /// log begins anew, unless its last record is of the leader's own epoch.
    ///
    /// - Returns: nil when the log goes on as it is.
    package mutating func leaderBegins(epoch: LeaderEpoch, at leaderStart: Int64) -> ReplicaEffects? {
        guard case .follower(var follower) = role, epoch == follower.epoch, !follower.isChangingLog,
            !follower.isChecked, !Sabotage.deletedTailKept.isOn
        else { return nil }
        defer { role = .follower(follower) }
        follower.isChecked = true
        if leaderStart < log.end || log.start == log.end || log.lastEpoch == epoch { return nil }
        var effects = ReplicaEffects()
        beginAnew(at: leaderStart, leaderStart: leaderStart, leaderEnd: leaderStart, &follower, &effects)
        return effects
    }

    private func beginAnew(
        at start: Int64,
        leaderStart: Int64,
        leaderEnd: Int64,
        _ follower: inout FollowerRole,
        _ effects: inout ReplicaEffects
    ) {
        follower.isChangingLog = true
        effects.decisions.append(
            .beginsAnew(at: start, from: log.end, leaderStart: leaderStart, leaderEnd: leaderEnd)
        )
        effects.logChange = .restart(at: start)
    }

    /// The leader's answer says where it is, or where this log leaves its own.
    package mutating func leaderAnswered(_ answer: LeaderAnswer) -> ReplicaEffects {
        var effects = ReplicaEffects()
        switch role {
        case .leader: effects.decisions.append(.ignored(.leaderAnswerOfEpoch(answer.epoch)))
        case .follower(var follower):
            if answer.epoch != follower.epoch || follower.isChangingLog {
                effects.decisions.append(.ignored(.leaderAnswerOfEpoch(answer.epoch)))
            } else if let diverging = answer.diverging {
                cut(at: diverging, local: answer.local, &follower, &effects)
            } else {
                follow(answer, &follower, &effects)
            }
            role = .follower(follower)
        case .offline: effects.decisions.append(.ignored(.leaderAnswerOfEpoch(answer.epoch)))
        }
        return effects
    }

    private mutating func follow(
        _ answer: LeaderAnswer,
        _ follower: inout FollowerRole,
        _ effects: inout ReplicaEffects
    ) {
        let mark = fault == .copiesWatermark ? answer.highWatermark : min(answer.highWatermark, log.end)
        follower.hasWatermark = true
        if mark > highWatermark {
            highWatermark = mark
            effects.hasMovedWatermark = true
        }
        // Never beyond what is known to be committed: who says otherwise is not believed.
        let start = min(answer.logStart, highWatermark)
        if start > durableStart, !Sabotage.logStartNotPropagated.isOn {
            effects.logChange = .deletePrefix(before: start)
        }
    }

    private func cut(
        at diverging: EpochEnd,
        local: EpochEnd?,
        _ follower: inout FollowerRole,
        _ effects: inout ReplicaEffects
    ) {
        let target = max(FollowerRole.cut(at: diverging, local: local, end: log.end), log.start)
        if target <= highWatermark, target < log.end, follower.hasWatermark {
            effects.decisions.append(
                .ignored(.divergenceBelowWatermark(offset: target, highWatermark: highWatermark))
            )
            return
        }
        follower.isChangingLog = true
        effects.decisions.append(.truncates(to: target, from: log.end, leader: diverging, local: local))
        effects.logChange = .truncate(to: target)
    }

    /// The leader has nothing at the offset that was asked for: it begins later or ends earlier.
    package mutating func leaderHasNot(epoch: LeaderEpoch, leaderStart: Int64, leaderEnd: Int64) -> ReplicaEffects {
        var effects = ReplicaEffects()
        switch role {
        case .leader: break
        case .follower(var follower):
            if epoch != follower.epoch || follower.isChangingLog {
                effects.decisions.append(.ignored(.leaderAnswerOfEpoch(epoch)))
            } else if log.end < leaderStart || leaderEnd < log.start {
                let start = log.end < leaderStart ? leaderStart : leaderEnd
                beginAnew(at: start, leaderStart: leaderStart, leaderEnd: leaderEnd, &follower, &effects)
            } else if log.end > leaderEnd {
                let end = EpochEnd(epoch: epoch, offset: leaderEnd)
                cut(at: end, local: EpochEnd(epoch: epoch, offset: log.end), &follower, &effects)
            }
            role = .follower(follower)
        case .offline: break
        }
        if effects.logChange == nil, effects.decisions.isEmpty { effects.fetch = fetchPosition }
        return effects
    }

    /// The log has been cut, or begun anew, as was asked.
    package mutating func truncated(_ position: LogPosition) -> ReplicaEffects {
        var effects = ReplicaEffects()
        switch role {
        case .leader: preconditionFailure("a leader's log is never cut")
        case .follower(var follower):
            // Cut by a leader that knew less, after an unclean election: what was committed before is not there any more.
            let mark = max(position.start, min(highWatermark, position.end))
            precondition(
                mark >= highWatermark || !follower.hasWatermark,
                "a cut below the high watermark of its own epoch"
            )
            highWatermark = mark
            follower.isChangingLog = false
            (log, durableStart) = (position, position.start)
            role = .follower(follower)
        case .offline:
            (log, durableStart) = (position, position.start)
            highWatermark = max(position.start, min(highWatermark, position.end))
        }
        effects.wakesReaders = true
        effects.fetch = fetchPosition
        return effects
    }
}

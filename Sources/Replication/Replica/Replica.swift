@_spi(Sabotage) import KafkaProtocol

/// A replica of a partition: leader, follower, or offline.
///
/// Whoever owns it also owns the log and tells of every change of it; time comes in with the events, and what has to happen goes out as
/// effects. Nothing is done for a partition where nothing changes: see `needsTicks`.
///
/// Invariants: the high watermark is never beyond the log's end and never moves back in an epoch, but for a follower's first cut; epochs
/// never fall; each token is answered once.
package struct Replica: ~Copyable {
    enum Role {
        case leader(LeaderRole)
        case follower(FollowerRole)
        case offline(OfflineRole)
    }

    package let nodeId: NodeId
    package internal(set) var settings: ReplicaSettings
    package internal(set) var log: LogPosition
    /// Where the log begins after a crash, too: that far the leader may call records deleted.
    package internal(set) var durableStart: Int64
    /// Records below are on every replica in sync: they can be read, and are in the log of every later leader.
    package internal(set) var highWatermark: Int64
    var role: Role
    var nextToken: AnswerToken = 0
    var nextRequest: UInt64 = 0

    #if DEBUG
        /// A fault that a test puts back, or the bug bank.
        package var fault: ReplicaFault? = ReplicaFault.putBack
    #else
        var fault: ReplicaFault? { nil }
    #endif

    /// - Parameter highWatermark: as the checkpoint has it; it may lag behind, and never leads.
    package init(nodeId: NodeId, log: LogPosition, highWatermark: Int64, settings: ReplicaSettings) {
        self.nodeId = nodeId
        self.log = log
        durableStart = log.start
        self.settings = settings
        self.highWatermark = max(log.start, min(highWatermark, log.end))
        role = .offline(OfflineRole(reason: .noLeader, epoch: -1, partitionEpoch: -1))
    }

    // MARK: What it is

    package var epoch: LeaderEpoch {
        switch role {
        case .leader(let leader): leader.epoch
        case .follower(let follower): follower.epoch
        case .offline(let offline): offline.epoch
        }
    }

    package var partitionEpoch: Int32 {
        switch role {
        case .leader(let leader): leader.partitionEpoch
        case .follower(let follower): follower.partitionEpoch
        case .offline(let offline): offline.partitionEpoch
        }
    }

    package var isLeader: Bool {
        switch role {
        case .leader: true
        case .follower: false
        case .offline: false
        }
    }

    /// Who this replica follows; nil when it does not.
    package var followed: NodeId? {
        switch role {
        case .leader: nil
        case .follower(let follower): follower.leader
        case .offline: nil
        }
    }

    package var offlineReason: OfflineReason? {
        switch role {
        case .leader: nil
        case .follower: nil
        case .offline(let offline): offline.reason
        }
    }

    /// Why it does not do what only a leader does; nil when it leads.
    package var leaderRefusal: ErrorCode? {
        switch role {
        case .leader: nil
        case .follower: .notLeaderOrFollower
        case .offline(let offline): offline.reason.code
        }
    }

    /// The in-sync set as the controller has it, for a leader.
    package var isr: [NodeId] {
        switch role {
        case .leader(let leader): leader.isr
        case .follower: []
        case .offline: []
        }
    }

    /// The in-sync set with those who are being taken in.
    package var maximalIsr: [NodeId] {
        switch role {
        case .leader(let leader): leader.maximalIsr
        case .follower: []
        case .offline: []
        }
    }

    /// What the leader knows of its followers.
    package var followers: [FollowerProgress] {
        switch role {
        case .leader(let leader): leader.followers
        case .follower: []
        case .offline: []
        }
    }

    package var waitingAnswers: Int {
        switch role {
        case .leader(let leader): leader.waiting.count
        case .follower: 0
        case .offline: 0
        }
    }

    /// Whether time alone may change something here. Only such partitions need a tick.
    package var needsTicks: Bool {
        switch role {
        case .leader(let leader):
            leader.proposal?.isToRepeat ?? false
                || leader.followers.contains { follower in
                    follower.behindSince != nil
                        && (leader.isr.contains(follower.member.id) || follower.end >= 0 && follower.isEligible)
                }
        case .follower: false
        case .offline: false
        }
    }

    /// Whether the log is about to be changed as was asked in an epoch; later ones have asked for nothing of the kind.
    package func isChangingLog(in epoch: LeaderEpoch) -> Bool {
        switch role {
        case .leader: false
        case .follower(let follower): follower.isChangingLog && follower.epoch == epoch
        case .offline: false
        }
    }

    /// Whether the controller has to be asked once more for an in-sync set.
    package var hasRequestToRepeat: Bool {
        switch role {
        case .leader(let leader): leader.proposal?.isToRepeat ?? false
        case .follower: false
        case .offline: false
        }
    }

    /// Whether a follower is in sync, or is being taken in.
    package func isInSync(_ follower: NodeId) -> Bool {
        switch role {
        case .leader(let leader): leader.isInMaximalIsr(follower)
        case .follower: false
        case .offline: false
        }
    }

    /// Records below have been deleted on all replicas in sync: no later leader has them.
    package var lowWatermark: Int64 {
        switch role {
        case .leader(let leader):
            leader.followers.reduce(log.start) { low, follower in
                leader.isInMaximalIsr(follower.member.id) ? min(low, follower.logStart) : low
            }
        case .follower: log.start
        case .offline: log.start
        }
    }

    /// Of a leader: fewer are in sync than there are replicas.
    package var isUnderReplicated: Bool {
        switch role {
        case .leader(let leader): leader.isr.count < leader.followers.count + 1
        case .follower: false
        case .offline: false
        }
    }

    /// Of a leader: fewer are in sync than `min.insync.replicas` asks for.
    package var isUnderMinIsr: Bool {
        switch role {
        case .leader(let leader): leader.isr.count < leader.minimum
        case .follower: false
        case .offline: false
        }
    }

    /// Where this follower goes on fetching; nil while it must not: what it has is not where it has to be.
    package var fetchPosition: FetchPosition? {
        switch role {
        case .leader: return nil
        case .follower(let follower):
            if follower.isChangingLog { return nil }
            // The offset acknowledges all below it.
            let isCounted = fault == .countsUnsynced || Sabotage.followerCountsUnsynced.isOn
            if settings.syncsFirst, log.durableEnd < log.end, !isCounted { return nil }
            return FetchPosition(
                leader: follower.leader,
                leaderEpoch: follower.epoch,
                offset: log.end,
                lastFetchedEpoch: fault == .forgetsLastEpoch ? nil : log.lastEpoch,
                logStart: min(durableStart, log.start)
            )
        case .offline: return nil
        }
    }

    // MARK: Appends

    /// Why an append with these conditions is refused before it is made.
    package func refusal(ofAppend needs: AnswerConditions) -> AppendRefusal? {
        switch role {
        case .leader(let leader):
            let counts = needs.contains(.replicated) || settings.refusesEveryWrite
            guard counts, leader.isr.count < leader.minimum else { return nil }
            return .notEnoughReplicas(inSync: leader.isr.count, minimum: leader.minimum)
        case .follower: return .notServed(.notLeaderOrFollower)
        case .offline(let offline): return .notServed(offline.reason.code)
        }
    }

    /// The leader's log has grown by an append of its own.
    package mutating func appended(end: Int64, needs: AnswerConditions, now: MonotonicTime) -> AppendEffects {
        precondition(end > log.end, "an append ends at \(end), the log at \(log.end) already")
        log.end = end
        var effects = AppendEffects(answer: .now(.none), flushes: settings.syncsFirst)
        switch role {
        case .leader(let leader):
            log.lastEpoch = leader.epoch
            leader.logGrew(now: now)
            // Answers that wait have smaller offsets: they went out when the watermark got there.
            if !settings.syncsFirst || fault == .countsUnsynced { effects.hasMovedWatermark = move(leader) }
            effects.answer = answerTime(end, needs, leader)
        case .follower: preconditionFailure("a follower takes no appends of its own")
        case .offline: preconditionFailure("nothing is appended offline")
        }
        return effects
    }

    /// A batch that is in the log already has come again: its answer waits as the first one does.
    package mutating func repeated(end: Int64, needs: AnswerConditions) -> AnswerTime {
        precondition(end <= log.end, "a batch that is there ends at \(end), the log at \(log.end)")
        switch role {
        case .leader(let leader):
            let time = answerTime(end, needs, leader)
            return time
        case .follower: return .now(.notLeaderOrFollower)
        case .offline(let offline): return .now(offline.reason.code)
        }
    }

    private mutating func answerTime(_ end: Int64, _ needs: AnswerConditions, _ leader: LeaderRole) -> AnswerTime {
        if Sabotage.answeredByOwnAppend.isOn { return .now(.none) }
        let isSynced = !needs.contains(.synced) || log.durableEnd >= end
        let isReplicated = !needs.contains(.replicated) || highWatermark >= end
        if isSynced, isReplicated { return .now(needs.contains(.replicated) ? code(leader) : .none) }
        let token = nextToken
        nextToken += 1
        leader.waiting.add(token, end: end, needs: needs)
        return .later(token)
    }

    /// What those are told who waited for replicas.
    private func code(_ leader: LeaderRole) -> ErrorCode {
        leader.isr.count < leader.minimum ? .notEnoughReplicasAfterAppend : .none
    }

    /// The log is on the disk up to an offset.
    package mutating func durable(upTo end: Int64) -> ReplicaEffects {
        var effects = ReplicaEffects()
        log.durableEnd = max(log.durableEnd, min(end, log.end))
        switch role {
        case .leader(let leader):
            settle(leader, &effects)
        case .follower: if settings.syncsFirst { effects.fetch = fetchPosition }
        case .offline: break
        }
        return effects
    }

    /// The log begins later than before: by retention, or because records were deleted.
    package mutating func logStartMoved(to start: Int64) {
        precondition(start <= log.end, "a log start of \(start) is behind the end \(log.end)")
        log.start = max(log.start, start)
    }

    /// A checkpoint on the disk has where the log begins.
    package mutating func logStartIsDurable(_ start: Int64) { durableStart = max(durableStart, min(start, log.start)) }

    // MARK: The high watermark

    /// Moves the watermark to the smallest log end over the maximal in-sync set. False where it stays.
    func watermark(_ leader: LeaderRole) -> Int64 {
        if leader.isr.count < leader.minimum, fault != .ignoresMinimum { return highWatermark }
        let own = settings.syncsFirst && fault != .countsUnsynced ? log.durableEnd : log.end
        return max(highWatermark, min(own, leader.othersEnd))
    }

    private mutating func move(_ leader: LeaderRole) -> Bool {
        let mark = watermark(leader)
        if mark == highWatermark { return false }
        precondition(mark > highWatermark, "the high watermark goes back from \(highWatermark) to \(mark)")
        precondition(mark <= log.end, "the high watermark \(mark) is beyond the log's end \(log.end)")
        highWatermark = mark
        return true
    }

    /// Moves the watermark and sends the answers that are due.
    mutating func settle(_ leader: LeaderRole, _ effects: inout ReplicaEffects) {
        if move(leader) { effects.hasMovedWatermark = true }
        if leader.waiting.isEmpty { return }
        leader.waiting.release(
            durableEnd: log.durableEnd,
            highWatermark: highWatermark,
            code: code(leader),
            into: &effects.answers
        )
    }
}

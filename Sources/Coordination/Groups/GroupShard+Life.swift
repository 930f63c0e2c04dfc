import KafkaProtocol
import NIOCore

/// How members stay, go and are given up.
extension GroupShard {
    // MARK: Heartbeat and LeaveGroup

    public func heartbeat(_ request: HeartbeatRequest, now: Int64) -> ErrorCode {
        if request.groupId.isEmpty { return .invalidGroupId }
        guard let group = groups[request.groupId], group.state != .empty, group.state != .dead else {
            return .unknownMemberId
        }
        if let problem = memberProblem(group, request.memberId, request.groupInstanceId, request.generationId) {
            return problem
        }
        keepAlive(request.groupId, request.memberId, now: now)
        return group.state == .preparingRebalance ? .rebalanceInProgress : .none
    }

    func restartSession(_ group: inout ClassicGroup, _ memberId: String, now: Int64) {
        guard let timeout = group.members[memberId]?.sessionTimeout else { return }
        group.members[memberId]?.deadline = now + timeout
    }

    func keepAlive(_ groupId: String, _ memberId: String, now: Int64) {
        guard let member = groups[groupId]?.members[memberId], member.joinToken == nil, member.syncToken == nil else {
            return
        }
        groups.extend(groupId, member: memberId, to: now + member.sessionTimeout)
    }

    public func leave(_ request: LeaveGroupRequest, version: Int16, now: Int64, wall: Int64) -> (
        LeaveGroupResponse, GroupEffects
    ) {
        var response = LeaveGroupResponse()
        var effects = GroupEffects()
        guard !request.groupId.isEmpty else {
            response.errorCode = .invalidGroupId
            return (response, effects)
        }
        var identities = request.members
        if version < 3 {
            var only = LeaveGroupRequest.MemberIdentity()
            only.memberId = request.memberId
            identities = [only]
        }
        for identity in identities {
            var row = LeaveGroupResponse.MemberResponse()
            row.memberId = identity.memberId
            row.groupInstanceId = identity.groupInstanceId
            row.errorCode = leave(request.groupId, identity, now: now, wall: wall, &effects)
            response.members.append(row)
        }
        if version < 3 {
            response.errorCode = response.members.first?.errorCode ?? .none
            response.members = []
        }
        return (response, effects)
    }

    func leave(
        _ groupId: String,
        _ identity: LeaveGroupRequest.MemberIdentity,
        now: Int64,
        wall: Int64,
        _ effects: inout GroupEffects
    ) -> ErrorCode {
        guard var group = groups[groupId] else { return .unknownMemberId }
        defer { groups[groupId] = group }
        if group.pendingMembers.removeValue(forKey: identity.memberId) != nil {
            completeJoinIfReady(&group, now: now, wall: wall, &effects)
            return .none
        }
        var memberId = identity.memberId
        if let instance = identity.groupInstanceId {
            guard let current = group.staticMembers[instance] else { return .unknownMemberId }
            if memberId.isEmpty { memberId = current }
            if memberId != current { return .fencedInstanceId }
        }
        guard group.members[memberId] != nil else { return .unknownMemberId }
        remove(&group, memberId, .memberLeft(memberId, identity.reason ?? ""), now: now, wall: wall, &effects)
        return .none
    }

    func remove(
        _ group: inout ClassicGroup,
        _ memberId: String,
        _ reason: GroupReason,
        now: Int64,
        wall: Int64,
        _ effects: inout GroupEffects
    ) {
        if let token = group.members[memberId]?.joinToken {
            effects.replies.append((token, Self.joinError(.unknownMemberId, memberId: memberId)))
        }
        if let token = group.members[memberId]?.syncToken {
            effects.replies.append((token, Self.syncError(.unknownMemberId)))
        }
        group.remove(memberId)
        switch group.state {
        case .stable, .completingRebalance:
            prepareRebalance(&group, reason, now: now, wall: wall, &effects)
            completeJoinIfReady(&group, now: now, wall: wall, &effects)
        case .preparingRebalance:
            effects.reasons.append((group.id, reason))
            completeJoinIfReady(&group, now: now, wall: wall, &effects)
        case .empty, .dead: break
        }
    }

    // MARK: Time

    /// Ends what has run out of time.
    public func tick(now: Int64, wall: Int64) -> GroupEffects {
        var effects = GroupEffects()
        for id in groups.due(now: now) {
            guard var group = groups[id] else { continue }
            group.pendingMembers = group.pendingMembers.filter { $0.value > now }
            if now >= group.syncDeadline { dropUnsynced(&group, now: now, wall: wall, &effects) }
            for member in group.orderedMembers where now >= member.deadline {
                let reason = GroupReason.sessionExpired(member.id, afterMillis: member.sessionTimeout)
                remove(&group, member.id, reason, now: now, wall: wall, &effects)
            }
            completeJoinIfReady(&group, now: now, wall: wall, &effects)
            groups[id] = group
        }
        return effects
    }

    func dropUnsynced(_ group: inout ClassicGroup, now: Int64, wall: Int64, _ effects: inout GroupEffects) {
        group.syncDeadline = .max
        guard group.state == .completingRebalance else { return }
        let silent = group.orderedMembers.filter { $0.syncToken == nil }
        if silent.isEmpty { return }
        for member in silent { group.remove(member.id) }
        prepareRebalance(
            &group,
            .didNotSync(silent.map(\.id), afterMillis: group.maxRebalanceTimeout),
            now: now,
            wall: wall,
            &effects
        )
    }

    /// The records of `effects` could not be written: those who waited for them are told, and the group starts over.
    public func appendFailed(_ effects: GroupEffects, code: ErrorCode, now: Int64, wall: Int64) -> GroupEffects {
        var result = GroupEffects()
        for (token, reply) in effects.committedReplies {
            switch reply {
            case .join(let response): result.replies.append((token, Self.joinError(code, memberId: response.memberId)))
            case .sync: result.replies.append((token, Self.syncError(code)))
            }
        }
        for id in effects.affectedGroups {
            guard var group = groups[id], group.state == .stable else { continue }
            for member in group.order { group.members[member]?.assignment = ByteBuffer() }
            prepareRebalance(&group, .memberRejoined("after a failed write"), now: now, wall: wall, &result)
            groups[id] = group
        }
        return result
    }

    /// Answers all who wait, because this broker no longer coordinates these groups.
    public func resign(code: ErrorCode) -> GroupEffects {
        var effects = GroupEffects()
        for group in groups.values {
            for member in group.orderedMembers {
                if let token = member.joinToken {
                    effects.replies.append((token, Self.joinError(code, memberId: member.id)))
                }
                if let token = member.syncToken { effects.replies.append((token, Self.syncError(code))) }
            }
        }
        groups = GroupTable()
        return effects
    }
}

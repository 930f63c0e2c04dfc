import KafkaProtocol
import NIOCore

/// How members stay, go and are given up.
extension GroupShard {
    // MARK: Heartbeat and LeaveGroup

    mutating func heartbeat(_ request: HeartbeatRequest, at moment: Moment) -> ErrorCode {
        if request.groupId.isEmpty { return .invalidGroupId }
        guard let group = groups[request.groupId], group.state != .empty, group.state != .dead else {
            return .unknownMemberId
        }
        if let problem = memberProblem(group, request.memberId, request.groupInstanceId, request.generationId) {
            return problem
        }
        let isRebalancing = group.state == .preparingRebalance
        keepAlive(request.groupId, request.memberId, at: moment)
        return isRebalancing ? .rebalanceInProgress : .none
    }

    mutating func keepAlive(_ groupId: String, _ memberId: String, at moment: Moment) {
        guard let member = groups[groupId]?.members[memberId], member.joinToken == nil, member.syncToken == nil else {
            return
        }
        groups.extend(groupId, member: memberId, to: moment.now.adding(milliseconds: member.sessionTimeout))
    }

    mutating func leave(
        _ request: LeaveGroupRequest,
        version: Int16,
        at moment: Moment,
        _ decision: inout Decision
    ) -> LeaveGroupResponse {
        var response = LeaveGroupResponse()
        guard !request.groupId.isEmpty else {
            response.errorCode = .invalidGroupId
            return response
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
            row.errorCode = leave(request.groupId, identity, at: moment, &decision)
            response.members.append(row)
        }
        if version < 3 {
            response.errorCode = response.members.first?.errorCode ?? .none
            response.members = []
        }
        return response
    }

    private mutating func leave(
        _ groupId: String,
        _ identity: LeaveGroupRequest.MemberIdentity,
        at moment: Moment,
        _ decision: inout Decision
    ) -> ErrorCode {
        guard var group = groups[groupId] else { return .unknownMemberId }
        defer { groups[groupId] = group }
        if group.pendingMembers.removeValue(forKey: identity.memberId) != nil {
            completeJoinIfReady(&group, at: moment, &decision)
            return .none
        }
        var memberId = identity.memberId
        if let instance = identity.groupInstanceId {
            guard let current = group.staticMembers[instance] else { return .unknownMemberId }
            if memberId.isEmpty { memberId = current }
            if memberId != current { return .fencedInstanceId }
        }
        guard group.members[memberId] != nil else { return .unknownMemberId }
        remove(&group, memberId, .memberLeft(memberId, identity.reason ?? ""), at: moment, &decision)
        return .none
    }

    private func remove(
        _ group: inout ClassicGroup,
        _ memberId: String,
        _ reason: GroupReason,
        at moment: Moment,
        _ decision: inout Decision
    ) {
        if let token = group.members[memberId]?.joinToken {
            decision.answer(token, Self.joinError(.unknownMemberId, memberId: memberId))
        }
        if let token = group.members[memberId]?.syncToken {
            decision.answer(token, Self.syncError(.unknownMemberId))
        }
        group.remove(memberId)
        switch group.state {
        case .stable, .completingRebalance:
            prepareRebalance(&group, reason, at: moment, &decision)
            completeJoinIfReady(&group, at: moment, &decision)
        case .preparingRebalance:
            explain(group, reason, &decision)
            completeJoinIfReady(&group, at: moment, &decision)
        case .empty, .dead: break
        }
    }

    // MARK: Time

    package mutating func tick(at moment: Moment) -> Decision {
        var decision = Decision()
        for id in groups.due(moment.now) {
            guard var group = groups[id] else { continue }
            group.pendingMembers = group.pendingMembers.filter { $0.value > moment.now }
            if moment.now >= group.syncDeadline { dropUnsynced(&group, at: moment, &decision) }
            for member in group.orderedMembers where moment.now >= member.deadline {
                let reason = GroupReason.sessionExpired(member.id, afterMillis: member.sessionTimeout)
                remove(&group, member.id, reason, at: moment, &decision)
            }
            completeJoinIfReady(&group, at: moment, &decision)
            groups[id] = group
        }
        return decision
    }

    private func dropUnsynced(_ group: inout ClassicGroup, at moment: Moment, _ decision: inout Decision) {
        group.syncDeadline = .never
        guard group.state == .completingRebalance else { return }
        let silent = group.orderedMembers.filter { $0.syncToken == nil }
        if silent.isEmpty { return }
        for member in silent { group.remove(member.id) }
        let reason = GroupReason.didNotSync(silent.map(\.id), afterMillis: group.maxRebalanceTimeout)
        prepareRebalance(&group, reason, at: moment, &decision)
    }
}

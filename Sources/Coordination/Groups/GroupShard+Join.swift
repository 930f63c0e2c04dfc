import KafkaProtocol
import NIOCore

/// How members come.
extension GroupShard {
    mutating func join(
        _ request: JoinGroupRequest,
        version: Int16,
        _ draft: ClassicMember,
        newId: String,
        at moment: Moment,
        _ decision: inout Decision
    ) {
        if let code = joinProblem(request, draft) {
            return decision.answer(draft.joinToken, Self.joinError(code, memberId: request.memberId))
        }
        var group = groups[request.groupId] ?? ClassicGroup(id: request.groupId)
        if group.members.isEmpty, group.state == .empty { group.protocolType = request.protocolType }
        if let code = admit(request, group, draft.protocols) {
            return decision.answer(draft.joinToken, Self.joinError(code, memberId: request.memberId))
        }
        // An empty group of a newer protocol gives its name to a classic one.
        decision.records += modernTombstones(request.groupId)
        if request.memberId.isEmpty {
            var member = draft
            member.id = newId
            joinNew(&group, member, version: version, at: moment, &decision)
        } else {
            joinKnown(&group, draft, at: moment, &decision)
        }
        completeJoinIfReady(&group, at: moment, &decision)
        groups[request.groupId] = group
    }

    private func joinProblem(_ request: JoinGroupRequest, _ draft: ClassicMember) -> ErrorCode? {
        if request.groupId.isEmpty { return .invalidGroupId }
        let timeout = Int64(request.sessionTimeoutMs)
        if timeout < config.minSessionTimeout || timeout > config.maxSessionTimeout { return .invalidSessionTimeout }
        if request.protocols.isEmpty || request.protocolType.isEmpty { return .inconsistentGroupProtocol }
        let size = request.protocols.reduce(0) { $0 + $1.name.utf8.count + $1.metadata.readableBytes }
        if size > config.maxMetadataBytes || request.protocols.count > 100 { return .invalidRequest }
        // The group's record has two bytes for the length of each text.
        let texts = [request.groupId, request.protocolType, draft.clientId, draft.clientHost, draft.instanceId ?? ""]
        let longest = (texts + request.protocols.map(\.name)).map(\.utf8.count).max() ?? 0
        if longest > Int(Int16.max) { return .invalidRequest }
        if groups[request.groupId] == nil, !request.memberId.isEmpty { return .unknownMemberId }
        if modern[request.groupId]?.hasMembers == true { return .inconsistentGroupProtocol }
        return nil
    }

    private func admit(_ request: JoinGroupRequest, _ group: ClassicGroup, _ protocols: [ClassicMember.Candidate])
        -> ErrorCode?
    {
        if group.state == .dead { return .coordinatorNotAvailable }
        if !group.supports(type: request.protocolType, protocols: protocols) { return .inconsistentGroupProtocol }
        let isKnown =
            group.members[request.memberId] != nil
            || request.groupInstanceId.map { group.staticMembers[$0] != nil } ?? false
        let isPending = group.pendingMembers[request.memberId] != nil
        if !isKnown, !isPending, group.members.count + group.pendingMembers.count >= config.maxSize {
            return .groupMaxSizeReached
        }
        if request.memberId.isEmpty {
            return groups.pendingCount >= config.maxPendingMembers ? .groupMaxSizeReached : nil
        }
        if let instance = request.groupInstanceId {
            guard let current = group.staticMembers[instance] else { return .unknownMemberId }
            return current == request.memberId ? nil : .fencedInstanceId
        }
        return isKnown || isPending ? nil : .unknownMemberId
    }

    private func joinNew(
        _ group: inout ClassicGroup,
        _ member: ClassicMember,
        version: Int16,
        at moment: Moment,
        _ decision: inout Decision
    ) {
        if let instance = member.instanceId {
            if let old = group.staticMembers[instance] {
                replaceStatic(&group, old: old, with: member, version: version, at: moment, &decision)
            } else {
                addMember(&group, member, at: moment, &decision)
            }
        } else if version >= 4 {
            group.pendingMembers[member.id] = moment.now.adding(milliseconds: member.sessionTimeout)
            decision.answer(member.joinToken, Self.joinError(.memberIdRequired, memberId: member.id))
        } else {
            addMember(&group, member, at: moment, &decision)
        }
    }

    private func joinKnown(
        _ group: inout ClassicGroup,
        _ draft: ClassicMember,
        at moment: Moment,
        _ decision: inout Decision
    ) {
        guard let known = group.members[draft.id] else {
            addMember(&group, draft, at: moment, &decision)  // `admit` has seen it among the pending ones
            return
        }
        var member = draft
        // A static member may join by the id alone.
        member.instanceId = known.instanceId
        member.assignment = known.assignment
        let isUnchanged = member.protocols == known.protocols
        switch group.state {
        case .preparingRebalance:
            update(&group, member, &decision)
        case .completingRebalance where isUnchanged, .stable where isUnchanged && group.leader != member.id:
            // The answer got lost: the generation is what the member asks for.
            let token = member.joinToken
            member.joinToken = nil
            member.syncToken = known.syncToken
            member.deadline = moment.now.adding(milliseconds: member.sessionTimeout)
            group.members[member.id] = member
            decision.answer(token, .join(joinResponse(group, member)))
        case .completingRebalance, .stable:
            update(&group, member, &decision)
            prepareRebalance(&group, .memberRejoined(member.id), at: moment, &decision)
        case .empty, .dead:
            decision.answer(member.joinToken, Self.joinError(.unknownMemberId, memberId: member.id))
        }
    }

    private func update(_ group: inout ClassicGroup, _ draft: ClassicMember, _ decision: inout Decision) {
        var member = draft
        if let old = group.members[member.id]?.joinToken {
            decision.answer(old, Self.joinError(.unknownMemberId, memberId: member.id))
        }
        member.syncToken = group.members[member.id]?.syncToken
        member.deadline = .never  // it waits for us: its session cannot end
        group.members[member.id] = member
    }

    private func addMember(
        _ group: inout ClassicGroup,
        _ draft: ClassicMember,
        at moment: Moment,
        _ decision: inout Decision
    ) {
        var member = draft
        // A client that never comes back for the answer is dropped after five minutes.
        member.deadline = moment.now.adding(milliseconds: 300_000)
        let wasEmpty = group.state == .empty
        let delay = config.initialRebalanceDelay
        group.add(member)
        if wasEmpty {
            group.state = .preparingRebalance
            group.stateTimestamp = moment.wall.milliseconds
            group.initialDelayEnd = moment.now.adding(milliseconds: max(member.rebalanceTimeout, delay))
            group.rebalanceDeadline = moment.now.adding(milliseconds: delay)
            explain(group, .memberJoined(member.id), &decision)
        } else if let end = group.initialDelayEnd, group.state == .preparingRebalance {
            // While new members keep coming, the first generation waits for more.
            group.rebalanceDeadline = min(end, moment.now.adding(milliseconds: delay))
            explain(group, .memberJoined(member.id), &decision)
        } else {
            prepareRebalance(&group, .memberJoined(member.id), at: moment, &decision)
        }
    }

    private func replaceStatic(
        _ group: inout ClassicGroup,
        old oldId: String,
        with draft: ClassicMember,
        version: Int16,
        at moment: Moment,
        _ decision: inout Decision
    ) {
        guard let old = group.members[oldId] else {
            return decision.answer(draft.joinToken, Self.joinError(.unknownMemberId, memberId: ""))
        }
        var member = draft
        member.assignment = old.assignment
        if let token = old.joinToken { decision.answer(token, Self.joinError(.fencedInstanceId, memberId: oldId)) }
        if let token = old.syncToken { decision.answer(token, Self.syncError(.fencedInstanceId)) }
        explain(
            group,
            .staticMemberReplaced(instance: member.instanceId ?? "", old: oldId, new: member.id),
            &decision
        )
        switch group.state {
        case .stable where member.protocols == old.protocols:
            succeed(&group, old, member, version: version, at: moment, &decision)
        case .stable, .completingRebalance:
            member.deadline = .never
            group.replace(oldId, with: member)
            prepareRebalance(&group, .memberJoined(member.id), at: moment, &decision)
        case .preparingRebalance, .empty, .dead:
            member.deadline = .never
            group.replace(oldId, with: member)
        }
    }

    /// Same subscription: the assignment stands, no rebalance. The new id must outlive this coordinator.
    private func succeed(
        _ group: inout ClassicGroup,
        _ old: ClassicMember,
        _ draft: ClassicMember,
        version: Int16,
        at moment: Moment,
        _ decision: inout Decision
    ) {
        var member = draft
        member.joinToken = nil
        member.deadline = moment.now.adding(milliseconds: member.sessionTimeout)
        var next = group
        next.replace(old.id, with: member)
        guard let records = records(next) else {
            return decision.answer(draft.joinToken, Self.joinError(.unknownServerError, memberId: ""))
        }
        decision.records += records
        group.successor = member
        var reply = joinResponse(next, member)
        let leads = group.leader == old.id
        if leads, version >= 9 {
            reply.skipAssignment = true
        } else if leads {
            // Older clients would assign again if they were told that they lead.
            reply.leader = old.id
            reply.members = []
        }
        decision.answer(draft.joinToken, .join(reply))
    }

    // MARK: Answers

    func joinResponse(_ group: ClassicGroup, _ member: ClassicMember) -> JoinGroupResponse {
        var response = JoinGroupResponse()
        response.generationId = group.generation
        response.protocolType = group.protocolType
        response.protocolName = group.protocolName
        response.leader = group.leader ?? ""
        response.memberId = member.id
        if group.leader == member.id {
            response.members = group.orderedMembers.map { other in
                var row = JoinGroupResponse.JoinGroupResponseMember()
                row.memberId = other.id
                row.groupInstanceId = other.instanceId
                row.metadata = other.metadata(group.protocolName)
                return row
            }
        }
        return response
    }

    static func joinError(_ code: ErrorCode, memberId: String) -> GroupResponse {
        var response = JoinGroupResponse()
        response.errorCode = code
        response.memberId = memberId
        response.protocolName = nil
        return .join(response)
    }

    func explain(_ group: ClassicGroup, _ reason: GroupReason, _ decision: inout Decision) {
        decision.reasons.append(ExplainedGroup(group: group.id, reason: reason))
    }
}

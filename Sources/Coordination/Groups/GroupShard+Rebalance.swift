import KafkaProtocol
import NIOCore

/// The rebalance, from the first who joins to the assignment that is stored.
extension GroupShard {
    func prepareRebalance(
        _ group: inout ClassicGroup,
        _ reason: GroupReason,
        at moment: Moment,
        _ decision: inout Decision
    ) {
        explain(group, reason, &decision)
        if group.state == .preparingRebalance { return }
        for id in group.order {
            if let token = group.members[id]?.syncToken {
                decision.answer(token, Self.syncError(.rebalanceInProgress))
                group.members[id]?.syncToken = nil
                group.startSession(id, moment.now)
            }
        }
        group.state = .preparingRebalance
        group.stateTimestamp = moment.wall.milliseconds
        group.initialDelayEnd = nil
        group.syncDeadline = .never
        group.rebalanceDeadline = moment.now.adding(milliseconds: group.maxRebalanceTimeout)
    }

    func completeJoinIfReady(_ group: inout ClassicGroup, at moment: Moment, _ decision: inout Decision) {
        guard group.state == .preparingRebalance else { return }
        let isDue = moment.now >= group.rebalanceDeadline
        if isDue || (group.initialDelayEnd == nil && group.allJoined) { completeJoin(&group, at: moment, &decision) }
    }

    private func completeJoin(_ group: inout ClassicGroup, at moment: Moment, _ decision: inout Decision) {
        let timeout = group.maxRebalanceTimeout
        let gone = group.orderedMembers.filter { $0.joinToken == nil && $0.instanceId == nil }
        if !gone.isEmpty {
            explain(group, .didNotRejoin(gone.map(\.id), afterMillis: timeout), &decision)
            for member in gone { group.remove(member.id) }
        }
        group.initialDelayEnd = nil
        group.rebalanceDeadline = .never
        if !group.members.isEmpty, group.members.values.allSatisfy({ $0.joinToken == nil }) {
            // Only static members that are away: wait for them until their sessions end.
            group.rebalanceDeadline = moment.now.adding(milliseconds: group.maxRebalanceTimeout)
            return
        }
        if let leader = group.leader, group.members[leader]?.joinToken == nil {
            group.leader = group.orderedMembers.first { $0.joinToken != nil }?.id
        }
        group.beginGeneration()
        group.stateTimestamp = moment.wall.milliseconds
        if group.members.isEmpty { return becomeEmpty(&group, &decision) }
        group.protocolName = group.electProtocol()
        group.state = .completingRebalance
        group.syncDeadline = moment.now.adding(milliseconds: group.maxRebalanceTimeout)
        explain(
            group,
            .generation(group.generation, members: group.members.count, protocolName: group.protocolName),
            &decision
        )
        for member in group.orderedMembers {
            group.members[member.id]?.joinToken = nil
            group.startSession(member.id, moment.now)
            decision.answer(member.joinToken, .join(joinResponse(group, member)))
        }
    }

    private func becomeEmpty(_ group: inout ClassicGroup, _ decision: inout Decision) {
        group.state = .empty
        group.protocolName = nil
        group.leader = nil
        group.syncDeadline = .never
        explain(group, .generation(group.generation, members: 0, protocolName: nil), &decision)
        decision.records += records(group) ?? []
    }

    // MARK: SyncGroup

    mutating func sync(
        _ request: SyncGroupRequest,
        token: CoordinatorToken?,
        at moment: Moment,
        _ decision: inout Decision
    ) {
        guard var group = groups[request.groupId] else {
            let code: ErrorCode = request.groupId.isEmpty ? .invalidGroupId : .unknownMemberId
            return decision.answer(token, Self.syncError(code))
        }
        if let code = memberProblem(group, request.memberId, request.groupInstanceId, request.generationId)
            ?? syncProblem(group, request)
        {
            return decision.answer(token, Self.syncError(code))
        }
        switch group.state {
        case .empty, .dead: decision.answer(token, Self.syncError(.unknownMemberId))
        case .preparingRebalance: decision.answer(token, Self.syncError(.rebalanceInProgress))
        case .stable:
            group.startSession(request.memberId, moment.now)
            decision.answer(token, syncReply(group, group.members[request.memberId]?.assignment))
        case .completingRebalance:
            if let old = group.members[request.memberId]?.syncToken {
                decision.answer(old, Self.syncError(.rebalanceInProgress))
            }
            group.members[request.memberId]?.syncToken = token
            group.members[request.memberId]?.deadline = .never
            if group.leader == request.memberId { assign(&group, request, at: moment, &decision) }
        }
        groups[request.groupId] = group
    }

    private func syncProblem(_ group: ClassicGroup, _ request: SyncGroupRequest) -> ErrorCode? {
        if let type = request.protocolType, type != group.protocolType { return .inconsistentGroupProtocol }
        if let name = request.protocolName, name != group.protocolName { return .inconsistentGroupProtocol }
        let size = request.assignments.reduce(0) { $0 + $1.assignment.readableBytes }
        return size > config.maxMetadataBytes * 16 ? .invalidRequest : nil
    }

    /// The leader has decided: the group is stable when the record says so.
    private func assign(
        _ group: inout ClassicGroup,
        _ request: SyncGroupRequest,
        at moment: Moment,
        _ decision: inout Decision
    ) {
        var assignments: [String: ByteBuffer] = [:]
        for id in group.order { assignments[id] = ByteBuffer() }
        for entry in request.assignments where assignments[entry.memberId] != nil {
            assignments[entry.memberId] = entry.assignment
        }
        let records = records(group, assignments: assignments)
        decision.records += records ?? []
        for id in group.order {
            if let token = group.members[id]?.syncToken {
                let reply = records == nil ? Self.syncError(.unknownServerError) : syncReply(group, assignments[id])
                decision.answer(token, reply)
            }
            group.members[id]?.syncToken = nil
            group.startSession(id, moment.now)
        }
    }

    private func syncReply(_ group: ClassicGroup, _ assignment: ByteBuffer?) -> GroupResponse {
        var response = SyncGroupResponse()
        response.protocolType = group.protocolType
        response.protocolName = group.protocolName
        response.assignment = assignment ?? ByteBuffer()
        return .sync(response)
    }

    static func syncError(_ code: ErrorCode) -> GroupResponse {
        var response = SyncGroupResponse()
        response.errorCode = code
        return .sync(response)
    }

    func memberProblem(_ group: ClassicGroup, _ memberId: String, _ instanceId: String?, _ generation: Int32)
        -> ErrorCode?
    {
        if let instanceId {
            guard let current = group.staticMembers[instanceId] else { return .unknownMemberId }
            if current != memberId { return .fencedInstanceId }
        } else if group.members[memberId] == nil {
            return .unknownMemberId
        }
        return generation == group.generation ? nil : .illegalGeneration
    }
}

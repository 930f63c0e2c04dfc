import KafkaProtocol
import NIOCore

/// The groups of one partition of `__consumer_offsets`: a state machine. Time, random ids and storage come in, effects go out.
///
/// `now` is monotonic milliseconds, `wall` milliseconds since 1970.
public final class GroupShard {
    public var config: GroupConfig
    var groups = GroupTable()
    var offsets = NameTable<[TopicPartition: CommittedOffset]>()
    /// Offsets of transactions that have not ended, by producer id.
    var transactional: [Int64: NameTable<[TopicPartition: CommittedOffset]>] = [:]
    /// Groups of newer protocols: their type and the keys of their records.
    var modern = NameTable<ModernGroup>()

    struct ModernGroup: Sendable {
        var type = "consumer"
        var epoch: Int32 = 0
        var members: Set<String> = []
        var keys: Set<ByteBuffer> = []
    }

    public init(config: GroupConfig) { self.config = config }

    public var groupCount: Int {
        let withOffsetsOnly = offsets.keys.count { groups[$0] == nil }
        return groups.keys.count + withOffsetsOnly + modern.keys.count { groups[$0] == nil && offsets[$0] == nil }
    }

    /// When `tick` may have something to do next, never later than it has; monotonic milliseconds, `.max` for never.
    public var nextDeadline: Int64 { groups.earliest }

    // MARK: JoinGroup

    /// Answers through `token`, now or when the rebalance is over.
    ///
    /// - Parameter newMemberId: used when the member has none yet.
    public func join(
        _ request: JoinGroupRequest,
        version: Int16,
        client: GroupClient,
        newMemberId: String,
        token: ReplyToken,
        now: Int64,
        wall: Int64
    ) -> GroupEffects {
        var effects = GroupEffects()
        if let code = joinProblem(request) {
            effects.replies = [(token, Self.joinError(code, memberId: request.memberId))]
            return effects
        }
        if let old = modern[request.groupId] {
            guard old.members.isEmpty else {
                effects.replies = [(token, Self.joinError(.inconsistentGroupProtocol, memberId: request.memberId))]
                return effects
            }
            // An empty group of the newer protocol gives its name to a classic one.
            effects.records += old.keys.sorted { $0.readableBytesView.lexicographicallyPrecedes($1.readableBytesView) }
                .map { CoordinatorRecord(key: $0, value: nil) }
            modern[request.groupId] = nil
        }
        var group = groups[request.groupId] ?? ClassicGroup(id: request.groupId)
        if group.members.isEmpty, group.state == .empty { group.protocolType = request.protocolType }
        let protocols = request.protocols.map { ClassicMember.Candidate(name: $0.name, metadata: $0.metadata) }
        if let code = admit(request, group, protocols) {
            effects.replies = [(token, Self.joinError(code, memberId: request.memberId))]
            return effects
        }
        let rebalanceTimeout = Int64(
            request.rebalanceTimeoutMs < 0 ? request.sessionTimeoutMs : request.rebalanceTimeoutMs
        )
        var member = ClassicMember(
            id: request.memberId,
            instanceId: request.groupInstanceId,
            clientId: client.clientId,
            clientHost: client.host,
            rebalanceTimeout: rebalanceTimeout,
            sessionTimeout: Int64(request.sessionTimeoutMs),
            protocols: protocols
        )
        member.joinToken = token
        if request.memberId.isEmpty {
            joinNew(&group, member, version: version, newMemberId: newMemberId, now: now, wall: wall, &effects)
        } else {
            joinKnown(&group, member, now: now, wall: wall, &effects)
        }
        completeJoinIfReady(&group, now: now, wall: wall, &effects)
        groups[request.groupId] = group
        return effects
    }

    func joinProblem(_ request: JoinGroupRequest) -> ErrorCode? {
        if request.groupId.isEmpty { return .invalidGroupId }
        let timeout = Int64(request.sessionTimeoutMs)
        if timeout < config.minSessionTimeout || timeout > config.maxSessionTimeout { return .invalidSessionTimeout }
        if request.protocols.isEmpty || request.protocolType.isEmpty { return .inconsistentGroupProtocol }
        let size = request.protocols.reduce(0) { $0 + $1.name.utf8.count + $1.metadata.readableBytes }
        if size > config.maxMetadataBytes || request.protocols.count > 100 { return .invalidRequest }
        if groups[request.groupId] == nil, !request.memberId.isEmpty { return .unknownMemberId }
        return nil
    }

    func admit(_ request: JoinGroupRequest, _ group: ClassicGroup, _ protocols: [ClassicMember.Candidate])
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

    func joinNew(
        _ group: inout ClassicGroup,
        _ draft: ClassicMember,
        version: Int16,
        newMemberId: String,
        now: Int64,
        wall: Int64,
        _ effects: inout GroupEffects
    ) {
        var member = draft
        member.id = newMemberId
        guard let token = member.joinToken else { return }
        if let instance = member.instanceId {
            if let old = group.staticMembers[instance] {
                replaceStatic(&group, old: old, with: member, version: version, now: now, wall: wall, &effects)
            } else {
                addMember(&group, member, now: now, wall: wall, &effects)
            }
        } else if version >= 4 {
            group.pendingMembers[newMemberId] = now + member.sessionTimeout
            effects.replies.append((token, Self.joinError(.memberIdRequired, memberId: newMemberId)))
        } else {
            addMember(&group, member, now: now, wall: wall, &effects)
        }
    }

    func joinKnown(
        _ group: inout ClassicGroup,
        _ draft: ClassicMember,
        now: Int64,
        wall: Int64,
        _ effects: inout GroupEffects
    ) {
        guard let known = group.members[draft.id] else {
            addMember(&group, draft, now: now, wall: wall, &effects)  // `admit` has seen it among the pending ones
            return
        }
        var member = draft
        member.assignment = known.assignment
        let isUnchanged = member.protocols == known.protocols
        switch group.state {
        case .preparingRebalance:
            update(&group, member, now: now, &effects)
        case .completingRebalance where isUnchanged, .stable where isUnchanged && group.leader != member.id:
            // The answer got lost: the generation is what the member asks for.
            let token = member.joinToken
            member.joinToken = nil
            member.syncToken = known.syncToken
            member.deadline = now + member.sessionTimeout
            group.members[member.id] = member
            if let token { effects.replies.append((token, joinReply(group, member))) }
        case .completingRebalance, .stable:
            update(&group, member, now: now, &effects)
            prepareRebalance(&group, .memberRejoined(member.id), now: now, wall: wall, &effects)
        case .empty, .dead:
            if let token = member.joinToken {
                effects.replies.append((token, Self.joinError(.unknownMemberId, memberId: member.id)))
            }
        }
    }

    func update(_ group: inout ClassicGroup, _ member: ClassicMember, now: Int64, _ effects: inout GroupEffects) {
        var member = member
        if let old = group.members[member.id]?.joinToken, old != member.joinToken {
            effects.replies.append((old, Self.joinError(.unknownMemberId, memberId: member.id)))
        }
        member.syncToken = group.members[member.id]?.syncToken
        member.deadline = .max  // it waits for us: its session cannot end
        group.members[member.id] = member
    }

    func addMember(
        _ group: inout ClassicGroup,
        _ draft: ClassicMember,
        now: Int64,
        wall: Int64,
        _ effects: inout GroupEffects
    ) {
        var member = draft
        member.deadline = now + 300_000  // a client that never comes back for the answer is dropped after five minutes
        let wasEmpty = group.state == .empty
        group.add(member)
        if wasEmpty {
            group.state = .preparingRebalance
            group.stateTimestamp = wall
            let delay = config.initialRebalanceDelay
            group.initialDelayEnd = now + max(member.rebalanceTimeout, delay)
            group.rebalanceDeadline = now + delay
            effects.reasons.append((group.id, .memberJoined(member.id)))
        } else if let end = group.initialDelayEnd, group.state == .preparingRebalance {
            // While new members keep coming, the first generation waits for more.
            group.rebalanceDeadline = min(end, now + config.initialRebalanceDelay)
            effects.reasons.append((group.id, .memberJoined(member.id)))
        } else {
            prepareRebalance(&group, .memberJoined(member.id), now: now, wall: wall, &effects)
        }
    }

    func replaceStatic(
        _ group: inout ClassicGroup,
        old oldId: String,
        with draft: ClassicMember,
        version: Int16,
        now: Int64,
        wall: Int64,
        _ effects: inout GroupEffects
    ) {
        guard let old = group.members[oldId] else { return }
        var member = draft
        member.assignment = old.assignment
        if let token = old.joinToken {
            effects.replies.append((token, Self.joinError(.fencedInstanceId, memberId: oldId)))
        }
        if let token = old.syncToken { effects.replies.append((token, Self.syncError(.fencedInstanceId))) }
        let wasLeader = group.leader == oldId
        let position = group.order.firstIndex(of: oldId) ?? group.order.count
        group.members[oldId] = nil
        group.order[position] = member.id
        group.members[member.id] = member
        if let instance = member.instanceId { group.staticMembers[instance] = member.id }
        if wasLeader { group.leader = member.id }
        effects.reasons.append(
            (group.id, .staticMemberReplaced(instance: member.instanceId ?? "", old: oldId, new: member.id))
        )
        switch group.state {
        case .stable where member.protocols == old.protocols:
            // Same subscription: the assignment stands, no rebalance. The new id must outlive this coordinator.
            let token = member.joinToken
            member.joinToken = nil
            member.deadline = now + member.sessionTimeout
            group.members[member.id] = member
            if let record = try? group.record() { effects.records.append(record) }
            effects.affectedGroups.append(group.id)
            if let token {
                var reply = joinResponse(group, member)
                if wasLeader, version >= 9 {
                    reply.skipAssignment = true
                } else if wasLeader {
                    // Older clients would assign again if they were told that they lead.
                    reply.leader = oldId
                    reply.members = []
                }
                effects.committedReplies.append((token, .join(reply)))
            }
        case .stable, .completingRebalance:
            group.members[member.id]?.deadline = .max
            prepareRebalance(&group, .memberJoined(member.id), now: now, wall: wall, &effects)
        case .preparingRebalance, .empty, .dead:
            group.members[member.id]?.deadline = .max
        }
    }

    // MARK: The rebalance

    func prepareRebalance(
        _ group: inout ClassicGroup,
        _ reason: GroupReason,
        now: Int64,
        wall: Int64,
        _ effects: inout GroupEffects
    ) {
        effects.reasons.append((group.id, reason))
        if group.state == .preparingRebalance { return }
        for id in group.order {
            if let token = group.members[id]?.syncToken {
                effects.replies.append((token, Self.syncError(.rebalanceInProgress)))
                group.members[id]?.syncToken = nil
                restartSession(&group, id, now: now)
            }
        }
        group.state = .preparingRebalance
        group.stateTimestamp = wall
        group.initialDelayEnd = nil
        group.syncDeadline = .max
        group.rebalanceDeadline = now + group.maxRebalanceTimeout
    }

    func completeJoinIfReady(
        _ group: inout ClassicGroup,
        now: Int64,
        wall: Int64,
        _ effects: inout GroupEffects
    ) {
        guard group.state == .preparingRebalance else { return }
        if group.initialDelayEnd == nil, group.allJoined || now >= group.rebalanceDeadline {
            completeJoin(&group, now: now, wall: wall, &effects)
        } else if group.initialDelayEnd != nil, now >= group.rebalanceDeadline {
            completeJoin(&group, now: now, wall: wall, &effects)
        }
    }

    func completeJoin(_ group: inout ClassicGroup, now: Int64, wall: Int64, _ effects: inout GroupEffects) {
        let missing = group.orderedMembers.filter { $0.joinToken == nil }
        let gone = missing.filter { $0.instanceId == nil }
        if !gone.isEmpty {
            effects.reasons.append((group.id, .didNotRejoin(gone.map(\.id), afterMillis: group.maxRebalanceTimeout)))
            for member in gone { group.remove(member.id) }
        }
        group.initialDelayEnd = nil
        group.rebalanceDeadline = .max
        if !group.members.isEmpty, group.members.values.allSatisfy({ $0.joinToken == nil }) {
            // Only static members that are away: wait for them until their sessions end.
            group.rebalanceDeadline = now + group.maxRebalanceTimeout
            return
        }
        if let leader = group.leader, group.members[leader]?.joinToken == nil {
            group.leader = group.orderedMembers.first { $0.joinToken != nil }?.id
        }
        group.generation = group.generation == .max ? 1 : group.generation + 1
        group.stateTimestamp = wall
        if group.members.isEmpty { return becomeEmpty(&group, &effects) }
        group.protocolName = group.electProtocol()
        group.state = .completingRebalance
        group.syncDeadline = now + group.maxRebalanceTimeout
        effects.reasons.append(
            (group.id, .generation(group.generation, members: group.members.count, protocolName: group.protocolName))
        )
        for member in group.orderedMembers {
            group.members[member.id]?.joinToken = nil
            group.members[member.id]?.deadline = now + member.sessionTimeout
            if let token = member.joinToken { effects.replies.append((token, joinReply(group, member))) }
        }
    }

    func becomeEmpty(_ group: inout ClassicGroup, _ effects: inout GroupEffects) {
        group.state = .empty
        group.protocolName = nil
        group.leader = nil
        group.syncDeadline = .max
        effects.reasons.append((group.id, .generation(group.generation, members: 0, protocolName: nil)))
        if let record = try? group.record() { effects.records.append(record) }
        effects.affectedGroups.append(group.id)
    }

    func joinReply(_ group: ClassicGroup, _ member: ClassicMember) -> GroupReply {
        .join(joinResponse(group, member))
    }

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

    static func joinError(_ code: ErrorCode, memberId: String) -> GroupReply {
        var response = JoinGroupResponse()
        response.errorCode = code
        response.memberId = memberId
        response.protocolName = nil
        return .join(response)
    }

    static func syncError(_ code: ErrorCode) -> GroupReply {
        var response = SyncGroupResponse()
        response.errorCode = code
        return .sync(response)
    }

    // MARK: SyncGroup

    public func sync(_ request: SyncGroupRequest, token: ReplyToken, now: Int64) -> GroupEffects {
        var effects = GroupEffects()
        guard var group = groups[request.groupId] else {
            let code: ErrorCode = request.groupId.isEmpty ? .invalidGroupId : .unknownMemberId
            effects.replies = [(token, Self.syncError(code))]
            return effects
        }
        if let code = memberProblem(group, request.memberId, request.groupInstanceId, request.generationId)
            ?? syncProblem(group, request)
        {
            effects.replies = [(token, Self.syncError(code))]
            return effects
        }
        switch group.state {
        case .empty, .dead: effects.replies = [(token, Self.syncError(.unknownMemberId))]
        case .preparingRebalance: effects.replies = [(token, Self.syncError(.rebalanceInProgress))]
        case .stable:
            restartSession(&group, request.memberId, now: now)
            effects.replies = [(token, syncReply(group, request.memberId))]
        case .completingRebalance:
            if let old = group.members[request.memberId]?.syncToken {
                effects.replies.append((old, Self.syncError(.rebalanceInProgress)))
            }
            group.members[request.memberId]?.syncToken = token
            group.members[request.memberId]?.deadline = .max
            if group.leader == request.memberId { assign(&group, request, now: now, &effects) }
        }
        groups[request.groupId] = group
        return effects
    }

    func syncProblem(_ group: ClassicGroup, _ request: SyncGroupRequest) -> ErrorCode? {
        if let type = request.protocolType, type != group.protocolType { return .inconsistentGroupProtocol }
        if let name = request.protocolName, name != group.protocolName { return .inconsistentGroupProtocol }
        let size = request.assignments.reduce(0) { $0 + $1.assignment.readableBytes }
        return size > config.maxMetadataBytes * 16 ? .invalidRequest : nil
    }

    func assign(
        _ group: inout ClassicGroup,
        _ request: SyncGroupRequest,
        now: Int64,
        _ effects: inout GroupEffects
    ) {
        var assignments: [String: ByteBuffer] = [:]
        for entry in request.assignments where group.members[entry.memberId] != nil {
            assignments[entry.memberId] = entry.assignment
        }
        for id in group.order { group.members[id]?.assignment = assignments[id] ?? ByteBuffer() }
        group.state = .stable
        group.syncDeadline = .max
        if let record = try? group.record() { effects.records.append(record) }
        effects.affectedGroups.append(group.id)
        for id in group.order {
            guard let member = group.members[id] else { continue }
            if let token = member.syncToken { effects.committedReplies.append((token, syncReply(group, id))) }
            group.members[id]?.syncToken = nil
            group.members[id]?.deadline = now + member.sessionTimeout
        }
    }

    func syncReply(_ group: ClassicGroup, _ memberId: String) -> GroupReply {
        var response = SyncGroupResponse()
        response.protocolType = group.protocolType
        response.protocolName = group.protocolName
        response.assignment = group.members[memberId]?.assignment ?? ByteBuffer()
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

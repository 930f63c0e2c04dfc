import KafkaConnection
import KafkaProtocol
import NIOCore

/// A consumer's part in a group of the classic protocol, without IO: what to send next, what an answer means, which partitions come and go.
/// Times are milliseconds of a clock that never goes back.
///
/// Two sides drive it. Whoever runs the membership asks for an `action`, does it and tells what came of it. The consumer tells when it asks for
/// records, and carries out each `change` of its partitions then: so nothing is taken from under the records that it is working on.
struct GroupMembership {
    struct Settings: Sendable {
        var groupId: String
        var instanceId: String?
        var assignors: [any PartitionAssignor] = []
        var sessionMillis: Int64 = 45_000
        var heartbeatMillis: Int64 = 3000
        var maxPollMillis: Int64 = 300_000
        /// How often it is looked whether topics or partitions came.
        var watchMillis: Int64 = 300_000
        var retryMillis: Int64 = 100
        var retryMaxMillis: Int64 = 1000
        var rackId: String?

        /// Members keep what they have during a rebalance only when every assignor bears that.
        var isCooperative: Bool { assignors.allSatisfy(\.isCooperative) }
    }

    /// Which topics are read.
    enum Subscription: Sendable {
        case topics(Set<String>)
        /// Those that it picks of all.
        case matching(@Sendable ([String]) -> Set<String>)
    }

    /// What whoever runs it has to do.
    enum Action: Equatable {
        /// Ask which partitions topics have; nil is all topics.
        case describe([String]?)
        case join
        case sync([String: ByteBuffer])
        case heartbeat
        case leave
        case wait(untilMillis: Int64)
    }

    /// What the consumer has to do before it gets more records.
    enum Change: Equatable {
        case assign(Set<TopicPartition>)
        /// They go to others; what was read can still be committed.
        case revoke(Set<TopicPartition>)
        /// They went to others already.
        case lose(Set<TopicPartition>)
    }

    private enum Phase: Equatable {
        /// Waits until the consumer asks for records.
        case idle
        case resolvingTopics, joining, assigning, stable
        case syncing([String: ByteBuffer])
        /// Waits for the consumer: to give up its partitions before it joins, or to take those that it got.
        case preparing, reconciling
        case ended
    }

    let settings: Settings
    private(set) var memberId = ""
    private(set) var generation: Int32 = -1
    private(set) var isLeader = false
    private(set) var owned: Set<TopicPartition> = []
    /// Why it is no member any more, and won't be.
    private(set) var failure: KafkaError?
    private var subscription: Subscription
    /// The topics that are subscribed to, those that match among them.
    private var topics: Set<String> = []
    private var phase = Phase.idle
    private var protocolName = ""
    private var members: [GroupMember] = []
    /// The partitions of the group's topics when the leader last looked.
    private var counts: [String: Int32]?
    private var changes: [Change] = []
    private var isChanging = false
    private var mustRejoin = false
    private var reason = ""
    /// The last assignment and its generation, which outlive giving the partitions up: sticky assignors want to know.
    private var previous: (partitions: Set<TopicPartition>, generation: Int32) = ([], -1)
    private var isPolling = false
    private var lastPoll: Int64 = 0
    private var nextHeartbeat: Int64 = .max
    private var nextWatch: Int64 = .max
    private var retryAt: Int64 = 0
    private var pause: Int64 = 0

    init(_ settings: Settings, _ subscription: Subscription) {
        self.settings = settings
        self.subscription = subscription
        if case .topics(let names) = subscription { topics = names }
    }

    var isMember: Bool { !memberId.isEmpty && generation >= 0 }

    // MARK: The consumer's side

    /// Other topics from now on.
    mutating func subscribe(_ new: Subscription, nowMillis: Int64) {
        subscription = new
        if case .topics(let names) = new {
            if names == topics { return }
            topics = names
        }
        switch phase {
        case .idle, .ended: break
        case .resolvingTopics, .joining: if case .matching = new { phase = .resolvingTopics } else { phase = .joining }
        default: if case .matching = new { nextWatch = nowMillis } else { rejoin("the subscription changed") }
        }
    }

    /// The consumer waits for records from now on, or works on those it got.
    mutating func polls(_ isPolling: Bool, nowMillis: Int64) {
        self.isPolling = isPolling
        lastPoll = nowMillis
        if isPolling, phase == .idle { phase = isPatternUnknown ? .resolvingTopics : .joining }
    }

    private var isPatternUnknown: Bool {
        if case .matching = subscription, counts == nil { return true }
        return false
    }

    /// The next change of partitions; `finishChange` has to follow.
    mutating func beginChange() -> Change? {
        guard !isChanging, var change = changes.first else { return nil }
        // What is lost is what there is by now.
        if case .lose = change { change = .lose(owned) }
        changes[0] = change
        isChanging = true
        return change
    }

    /// - Parameter isDone: false leaves the change to be begun again.
    mutating func finishChange(isDone: Bool) {
        guard isChanging, let change = changes.first else { return }
        isChanging = false
        guard isDone else { return }
        changes.removeFirst()
        switch change {
        case .assign(let keys): owned.formUnion(keys)
        case .revoke(let keys), .lose(let keys): owned.subtract(keys)
        }
        if changes.isEmpty { reconciled() }
    }

    private mutating func reconciled() {
        switch phase {
        case .preparing: phase = isPatternUnknown ? .resolvingTopics : .joining
        case .reconciling:
            phase = .stable
            if mustRejoin { rejoin(reason) }
        default: break
        }
    }

    // MARK: The running side

    /// What to do now.
    mutating func action(nowMillis: Int64) -> Action {
        let pollDeadline = isPolling || memberId.isEmpty || phase == .ended ? .max : lastPoll + settings.maxPollMillis
        if nowMillis >= pollDeadline { return .leave }
        if nowMillis < retryAt { return .wait(untilMillis: retryAt) }
        switch phase {
        case .idle, .ended: return .wait(untilMillis: pollDeadline)
        case .resolvingTopics: return .describe(nil)
        case .joining: return .join
        case .assigning: return .describe(Set(members.flatMap(\.topics)).sorted())
        case .syncing(let assignments): return .sync(assignments)
        case .preparing, .reconciling, .stable:
            if nowMillis >= nextHeartbeat, isMember { return .heartbeat }
            if phase == .stable, nowMillis >= nextWatch { return .describe(watched) }
            let heartbeat = isMember ? nextHeartbeat : .max
            return .wait(untilMillis: min(heartbeat, phase == .stable ? nextWatch : .max, pollDeadline))
        }
    }

    private var watched: [String]? {
        if case .matching = subscription { return nil }
        return (isLeader ? Set(members.flatMap(\.topics)) : topics).sorted()
    }

    /// Which partitions topics have that were asked for; those that don't exist are left out.
    mutating func described(_ partitions: [String: Int32], nowMillis: Int64) {
        pause = 0
        var changed = false
        if case .matching(let matches) = subscription {
            let found = matches(Array(partitions.keys))
            changed = found != topics
            topics = found
        }
        switch phase {
        case .resolvingTopics:
            counts = partitions
            phase = .joining
        case .assigning:
            let wanted = Set(members.flatMap(\.topics))
            counts = partitions.filter { wanted.contains($0.key) }
            computeAssignment()
        case .stable:
            let wanted = isLeader ? Set(members.flatMap(\.topics)) : []
            let now = partitions.filter { wanted.contains($0.key) }
            if isLeader, let counts, counts != now { changed = true }
            counts = now
            watch(nowMillis)
            if changed { rejoin("topics or partitions changed") }
        default: break
        }
    }

    /// Only the leader looks for partitions, and whoever reads what matches for topics; more often while there is nothing to read.
    private mutating func watch(_ nowMillis: Int64) {
        var interval = settings.watchMillis
        if case .topics = subscription {
            if !isLeader { interval = .max }
            if let counts, members.contains(where: { $0.topics.contains { counts[$0] == nil } }) {
                interval = min(interval, Self.missingTopicsMillis)
            }
        } else if topics.isEmpty {
            interval = min(interval, Self.missingTopicsMillis)
        }
        nextWatch = interval == .max ? .max : nowMillis + interval
    }

    private static let missingTopicsMillis: Int64 = 5000

    private mutating func computeAssignment() {
        guard let assignor = settings.assignors.first(where: { $0.name == protocolName }) else { return }
        let shares = assignor.assign(partitions: counts ?? [:], members: members)
        var assignments: [String: ByteBuffer] = [:]
        for member in members { assignments[member.id] = GroupMessages.assignment(shares[member.id] ?? []) }
        phase = .syncing(assignments)
    }

    mutating func joined(_ response: JoinGroupResponse, nowMillis: Int64) {
        guard phase == .joining else { return }
        guard response.errorCode == .none else {
            if response.errorCode == .memberIdRequired {
                memberId = response.memberId
            } else {
                refused(response.errorCode, nowMillis)
            }
            return
        }
        pause = 0
        mustRejoin = false
        memberId = response.memberId
        generation = response.generationId
        protocolName = response.protocolName ?? ""
        isLeader = response.leader == memberId
        nextHeartbeat = nowMillis + settings.heartbeatMillis
        guard settings.assignors.contains(where: { $0.name == protocolName }) else {
            return end(
                KafkaError(
                    .malformed,
                    "the group chose the protocol '\(protocolName)', which this member does not support"
                )
            )
        }
        members = isLeader ? response.members.map(GroupMessages.member) : []
        counts = nil
        phase = isLeader && !response.skipAssignment ? .assigning : .syncing([:])
    }

    mutating func synced(_ response: SyncGroupResponse, nowMillis: Int64) {
        guard case .syncing = phase else { return }
        guard response.errorCode == .none else { return refused(response.errorCode, nowMillis) }
        guard let assignment = GroupMessages.partitions(response.assignment) else {
            return end(KafkaError(.malformed, "the group leader's assignment cannot be decoded"))
        }
        pause = 0
        nextHeartbeat = nowMillis + settings.heartbeatMillis
        watch(nowMillis)
        let given = Set(assignment)
        previous = (given, generation)
        let revoked = owned.subtracting(given), added = given.subtracting(owned)
        if !revoked.isEmpty {
            changes.append(.revoke(revoked))
            mustRejoin = true
            reason = "partitions were given up"
        }
        if !added.isEmpty { changes.append(.assign(added)) }
        phase = .reconciling
        if changes.isEmpty { reconciled() }
    }

    mutating func heartbeatAnswered(_ code: ErrorCode, nowMillis: Int64) {
        nextHeartbeat = nowMillis + settings.heartbeatMillis
        switch code {
        case .none: pause = 0
        case .rebalanceInProgress: rejoin("the group rebalances")
        default: refused(code, nowMillis)
        }
    }

    /// What a commit's answer says about the membership.
    mutating func commitRefused(_ code: ErrorCode, nowMillis: Int64) {
        switch code {
        case .rebalanceInProgress: if phase == .stable { rejoin("the group rebalances") }
        case .unknownMemberId, .illegalGeneration, .fencedInstanceId: refused(code, nowMillis)
        default: break
        }
    }

    /// A request did not get through.
    mutating func failed(_ error: KafkaError, nowMillis: Int64) {
        guard error.isRetriable else { return end(error) }
        pause = min(max(pause * 2, settings.retryMillis), settings.retryMaxMillis)
        retryAt = nowMillis + pause
        if case .syncing = phase { phase = .joining }
    }

    /// The member has left because it exceeded max.poll.interval.ms.
    mutating func left() {
        forget(memberToo: true)
        if case .ended = phase { return }
        phase = changes.isEmpty ? .idle : .preparing
    }

    // MARK: Inside

    private mutating func refused(_ code: ErrorCode, _ nowMillis: Int64) {
        switch code {
        case .unknownMemberId, .illegalGeneration:
            forget(memberToo: code == .unknownMemberId)
            retryAt = nowMillis + settings.retryMillis
            phase = changes.isEmpty ? .joining : .preparing
        case .fencedInstanceId:
            forget(memberToo: true)
            let name = settings.instanceId ?? ""
            end(.refused(code, "consumer fenced: another one uses group.instance.id '\(name)'"))
        case .rebalanceInProgress:
            // In answer to joining itself, too: not again at once.
            retryAt = nowMillis + settings.retryMillis
            if case .syncing = phase { phase = .joining }
        case _ where code.isRetriable: failed(.refused(code), nowMillis: nowMillis)
        default: end(.refused(code))
        }
    }

    private mutating func forget(memberToo: Bool) {
        if memberToo { memberId = "" }
        generation = -1
        isLeader = false
        mustRejoin = false
        changes = isChanging ? [changes[0]] : []
        if !owned.isEmpty || isChanging { changes.append(.lose(owned)) }
    }

    private mutating func end(_ error: KafkaError) {
        failure = error
        phase = .ended
    }

    private mutating func rejoin(_ why: String) {
        reason = why
        switch phase {
        case .stable:
            mustRejoin = false
            phase = .joining
            if !settings.isCooperative, !owned.isEmpty {
                changes = [.revoke(owned)]
                phase = .preparing
            }
        case .reconciling: mustRejoin = true
        default: break
        }
    }

    // MARK: Requests

    func join(version: Int16) -> JoinGroupRequest {
        var request = JoinGroupRequest()
        request.groupId = settings.groupId
        request.sessionTimeoutMs = Int32(clamping: settings.sessionMillis)
        if version >= 1 { request.rebalanceTimeoutMs = Int32(clamping: settings.maxPollMillis) }
        request.memberId = memberId
        if version >= 5 { request.groupInstanceId = settings.instanceId }
        if version >= 8 { request.reason = reason }
        request.protocolType = "consumer"
        request.protocols = settings.assignors.map { assignor in
            var entry = JoinGroupRequest.JoinGroupRequestProtocol()
            entry.name = assignor.name
            entry.metadata = GroupMessages.subscription(
                topics.sorted(),
                owned: owned.sorted(),
                generation: generation,
                rackId: settings.rackId,
                userData: assignor.userData(owned: previous.partitions.sorted(), generation: previous.generation)
            )
            return entry
        }
        return request
    }

    func sync(_ assignments: [String: ByteBuffer], version: Int16) -> SyncGroupRequest {
        var request = SyncGroupRequest()
        request.groupId = settings.groupId
        request.generationId = generation
        request.memberId = memberId
        if version >= 3 { request.groupInstanceId = settings.instanceId }
        if version >= 5 {
            request.protocolType = "consumer"
            request.protocolName = protocolName
        }
        request.assignments = assignments.sorted { $0.key < $1.key }.map { id, bytes in
            var entry = SyncGroupRequest.SyncGroupRequestAssignment()
            entry.memberId = id
            entry.assignment = bytes
            return entry
        }
        return request
    }

    func heartbeat(version: Int16) -> HeartbeatRequest {
        var request = HeartbeatRequest()
        request.groupId = settings.groupId
        request.generationId = generation
        request.memberId = memberId
        if version >= 3 { request.groupInstanceId = settings.instanceId }
        return request
    }

    func leave(_ reason: String, version: Int16) -> LeaveGroupRequest {
        var request = LeaveGroupRequest()
        request.groupId = settings.groupId
        guard version >= 3 else {
            request.memberId = memberId
            return request
        }
        var member = LeaveGroupRequest.MemberIdentity()
        member.memberId = memberId
        member.groupInstanceId = settings.instanceId
        if version >= 5 { member.reason = reason }
        request.members = [member]
        return request
    }
}

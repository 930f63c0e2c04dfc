import KafkaProtocol
import NIOCore

/// The states of a group of the classic protocol, by the names that clients see.
enum ClassicGroupState: String, Sendable {
    case empty = "Empty"
    case preparingRebalance = "PreparingRebalance"
    case completingRebalance = "CompletingRebalance"
    case stable = "Stable"
    case dead = "Dead"
}

/// A group of the classic protocol, or of none: then it only has offsets.
///
/// What a group is between two records, the rebalance that is going on, is volatile: who has joined, the generation that they will be,
/// who waits and for how long. Its outcome is what the record says, and comes by `adopt`.
struct ClassicGroup: Sendable {
    let id: String
    var state = ClassicGroupState.empty
    var generation: Int32 = 0
    /// The last that members were told of. Not that of the record: an outcome that could not be written has used up its number.
    private var lastGeneration: Int32 = 0
    var protocolType: String?
    var protocolName: String?
    var leader: String?
    /// By member id; `order` tells who came first.
    var members: [String: ClassicMember] = [:]
    var order: [String] = []
    var staticMembers = NameTable<String>()
    /// A static member that takes the place of its former self once that is written.
    var successor: ClassicMember?
    /// Member ids that were given out and must be used before their deadline.
    var pendingMembers: [String: MonotonicTime] = [:]
    /// When the rebalance ends without those who are missing.
    var rebalanceDeadline = MonotonicTime.never
    /// While the first members gather: when the waiting ends at the latest.
    var initialDelayEnd: MonotonicTime?
    /// When members that have not synced are dropped.
    var syncDeadline = MonotonicTime.never
    /// Milliseconds since 1970 of the last change of state; for the expiry of offsets.
    var stateTimestamp: Int64 = -1

    init(id: String) { self.id = id }

    /// When something ends by itself next.
    var deadline: MonotonicTime {
        var next = min(rebalanceDeadline, syncDeadline)
        for member in members.values { next = min(next, member.deadline) }
        for deadline in pendingMembers.values { next = min(next, deadline) }
        return next
    }
    var allJoined: Bool { pendingMembers.isEmpty && members.values.allSatisfy { $0.joinToken != nil } }

    var maxRebalanceTimeout: Int64 { members.values.map(\.rebalanceTimeout).max() ?? 0 }

    /// Members in the order in which they joined.
    var orderedMembers: [ClassicMember] { order.compactMap { members[$0] } }

    /// Protocols that every member offers.
    var commonProtocols: Set<String> {
        var common: Set<String>?
        for member in members.values {
            let names = Set(member.protocols.map(\.name))
            common = common?.intersection(names) ?? names
        }
        return common ?? []
    }

    func supports(type: String, protocols: [ClassicMember.Candidate]) -> Bool {
        if members.isEmpty { return !type.isEmpty && !protocols.isEmpty }
        let common = commonProtocols
        return type == protocolType && protocols.contains { common.contains($0.name) }
    }

    /// The protocol that most members like best among those that all know.
    func electProtocol() -> String? {
        let common = commonProtocols
        var votes: [String: Int] = [:]
        for member in members.values {
            if let favourite = member.protocols.first(where: { common.contains($0.name) }) {
                votes[favourite.name, default: 0] += 1
            }
        }
        // Ties go to the first by name, so that the same members always choose the same.
        return votes.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
    }

    mutating func beginGeneration() {
        let last = max(generation, lastGeneration)
        generation = last == .max ? 1 : last + 1
        lastGeneration = generation
    }

    mutating func add(_ member: ClassicMember) {
        if members.isEmpty { protocolType = protocolType ?? "" }
        if members[member.id] == nil { order.append(member.id) }
        members[member.id] = member
        if let instance = member.instanceId { staticMembers[instance] = member.id }
        if leader == nil { leader = member.id }
        pendingMembers[member.id] = nil
    }

    mutating func remove(_ memberId: String) {
        guard let member = members.removeValue(forKey: memberId) else { return }
        order.removeAll { $0 == memberId }
        if let instance = member.instanceId, staticMembers[instance] == memberId { staticMembers[instance] = nil }
        if leader == memberId { leader = order.first }
    }

    /// Topics that the members subscribe to; nil when that cannot be told.
    var subscribedTopics: Set<String>? {
        guard protocolType == "consumer" else { return nil }
        var topics: Set<String> = []
        for member in members.values {
            for candidate in member.protocols where protocolName == nil || candidate.name == protocolName {
                var bytes = candidate.metadata
                guard let version: Int16 = bytes.readInteger() else { return nil }
                var reader = WireReader(bytes)
                guard
                    let subscription = try? ConsumerProtocolSubscription.decode(
                        &reader,
                        version: min(max(version, 0), 3)
                    )
                else { return nil }
                topics.formUnion(subscription.topics)
            }
        }
        return topics
    }

    /// The group's record, with the members' assignments.
    func record(assignments: [String: ByteBuffer]? = nil) throws(WireError) -> CoordinatorRecord {
        var key = GroupMetadataKey()
        key.group = id
        var value = GroupMetadataValue()
        value.protocolType = protocolType ?? ""
        value.generation = generation
        value.protocol = members.isEmpty ? nil : protocolName
        value.leader = members.isEmpty ? nil : leader
        value.currentStateTimestamp = stateTimestamp
        value.members = orderedMembers.map { member in
            var row = GroupMetadataValue.MemberMetadata()
            row.memberId = member.id
            row.groupInstanceId = member.instanceId
            row.clientId = member.clientId
            row.clientHost = member.clientHost
            row.rebalanceTimeout = Int32(clamping: member.rebalanceTimeout)
            row.sessionTimeout = Int32(clamping: member.sessionTimeout)
            row.subscription = member.metadata(protocolName)
            row.assignment = assignments?[member.id] ?? member.assignment
            return row
        }
        return try CoordinatorRecord(key, value, version: 3)
    }

    /// Becomes what the record says. Members that it names keep what is volatile of them.
    mutating func adopt(_ value: GroupMetadataValue) {
        generation = value.generation
        protocolType = value.protocolType.isEmpty ? nil : value.protocolType
        protocolName = value.protocol
        stateTimestamp = value.currentStateTimestamp
        var known = members
        if let successor { known[successor.id] = successor }
        successor = nil
        members = [:]
        order = []
        staticMembers = NameTable()
        leader = nil
        for row in value.members {
            var member = known[row.memberId] ?? ClassicMember(row, protocolName: value.protocol)
            member.assignment = row.assignment
            add(member)
        }
        leader = value.leader ?? order.first
        state = members.isEmpty ? .empty : .stable
        initialDelayEnd = nil
        rebalanceDeadline = .never
        syncDeadline = .never
    }

    /// Everyone's session begins anew.
    mutating func startSessions(_ now: MonotonicTime) {
        for id in order { startSession(id, now) }
    }

    mutating func startSession(_ memberId: String, _ now: MonotonicTime) {
        guard let timeout = members[memberId]?.sessionTimeout else { return }
        members[memberId]?.deadline = now.adding(milliseconds: timeout)
    }

    /// A static member comes back under another id, in the place of its former self.
    mutating func replace(_ oldId: String, with member: ClassicMember) {
        let position = order.firstIndex(of: oldId) ?? order.count
        members[oldId] = nil
        if position < order.count { order[position] = member.id } else { order.append(member.id) }
        members[member.id] = member
        if let instance = member.instanceId { staticMembers[instance] = member.id }
        if leader == oldId { leader = member.id }
    }
}

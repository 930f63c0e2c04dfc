import KafkaProtocol
import NIOCore

/// The states of a group of the classic protocol, by the names that clients see.
public enum ClassicGroupState: String, Sendable {
    case empty = "Empty"
    case preparingRebalance = "PreparingRebalance"
    case completingRebalance = "CompletingRebalance"
    case stable = "Stable"
    case dead = "Dead"
}

/// Who waits for an answer: the shell's number for it.
public typealias ReplyToken = UInt64

/// A member of a group of the classic protocol.
struct ClassicMember: Equatable, Sendable {
    var id: String
    var instanceId: String?
    var clientId: String
    var clientHost: String
    var rebalanceTimeout: Int64
    var sessionTimeout: Int64
    var protocols: [Candidate]
    var assignment = ByteBuffer()
    /// The JoinGroup that waits for the rebalance.
    var joinToken: ReplyToken?
    /// The SyncGroup that waits for the leader's assignment.
    var syncToken: ReplyToken?
    /// Monotonic milliseconds at which the member counts as gone.
    var deadline: Int64 = .max

    struct Candidate: Equatable, Sendable {
        var name: String
        var metadata: ByteBuffer
    }

    func metadata(_ name: String?) -> ByteBuffer { protocols.first { $0.name == name }?.metadata ?? ByteBuffer() }
}

/// A group of the classic protocol, or of none: then it only has offsets.
struct ClassicGroup: Sendable {
    let id: String
    var state = ClassicGroupState.empty
    var generation: Int32 = 0
    var protocolType: String?
    var protocolName: String?
    var leader: String?
    /// By member id; `order` tells who came first.
    var members: [String: ClassicMember] = [:]
    var order: [String] = []
    var staticMembers = NameTable<String>()
    /// Member ids that were given out and must be used before their deadline.
    var pendingMembers: [String: Int64] = [:]
    /// Monotonic milliseconds at which the rebalance ends without those who are missing.
    var rebalanceDeadline: Int64 = .max
    /// While the first members gather: when the waiting ends at the latest.
    var initialDelayEnd: Int64?
    /// When members that have not synced are dropped.
    var syncDeadline: Int64 = .max
    /// Milliseconds since 1970 of the last change of state; for the expiry of offsets.
    var stateTimestamp: Int64 = -1

    init(id: String) { self.id = id }

    /// When something ends by itself next; monotonic milliseconds, `.max` for never.
    var deadline: Int64 {
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

    /// The group as its record has it; sessions begin anew at `now`.
    init(_ value: GroupMetadataValue, id: String, now: Int64) {
        self.id = id
        generation = value.generation
        protocolType = value.protocolType.isEmpty ? nil : value.protocolType
        protocolName = value.protocol
        leader = value.leader
        stateTimestamp = value.currentStateTimestamp
        for row in value.members {
            var member = ClassicMember(
                id: row.memberId,
                instanceId: row.groupInstanceId,
                clientId: row.clientId,
                clientHost: row.clientHost,
                rebalanceTimeout: Int64(row.rebalanceTimeout < 0 ? row.sessionTimeout : row.rebalanceTimeout),
                sessionTimeout: Int64(row.sessionTimeout),
                protocols: [ClassicMember.Candidate(name: value.protocol ?? "", metadata: row.subscription)]
            )
            member.assignment = row.assignment
            member.deadline = now + Int64(row.sessionTimeout)
            add(member)
        }
        leader = value.leader ?? order.first
        state = members.isEmpty ? .empty : .stable
    }
}

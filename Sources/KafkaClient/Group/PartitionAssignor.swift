import NIOCore

/// A member of a group as its leader sees it.
public struct GroupMember: Equatable, Sendable {
    public var id: String
    /// `group.instance.id`; nil when membership is not static.
    public var instanceId: String?
    public var topics: [String]
    /// The partitions that it owns, and since which generation; -1 when it does not say.
    public var owned: [TopicPartition]
    public var generation: Int32
    /// The user data of its assignor.
    public var userData: ByteBuffer?

    public init(
        id: String,
        instanceId: String? = nil,
        topics: [String],
        owned: [TopicPartition] = [],
        generation: Int32 = -1,
        userData: ByteBuffer? = nil
    ) {
        self.id = id
        self.instanceId = instanceId
        self.topics = topics
        self.owned = owned
        self.generation = generation
        self.userData = userData
    }

    /// Static members come in the same order however often they restart (KIP-345).
    static func order(_ left: GroupMember, _ right: GroupMember) -> Bool {
        switch (left.instanceId, right.instanceId) {
        case (let left?, let right?): left < right
        case (nil, nil): left.id < right.id
        case (_?, nil): true
        case (nil, _?): false
        }
    }
}

/// Assigns partitions to the members of a group; runs in the group leader. All members need an assignor of the same name.
public protocol PartitionAssignor: Sendable {
    /// The name by which members agree.
    var name: String { get }
    /// Whether members keep their partitions during a rebalance, and only those that are assigned to others are revoked (KIP-429).
    var isCooperative: Bool { get }
    /// The user data that a member sends to the group leader's assignor.
    func userData(owned: [TopicPartition], generation: Int32) -> ByteBuffer?
    /// - Parameter partitions: how many partitions each topic has that exists and that a member wants.
    /// - Returns: partitions by member id; a member without an entry gets none.
    func assign(partitions: [String: Int32], members: [GroupMember]) -> [String: [TopicPartition]]
}

extension PartitionAssignor {
    public var isCooperative: Bool { false }
    public func userData(owned: [TopicPartition], generation: Int32) -> ByteBuffer? { nil }
}

/// `range`: of each topic, each member gets partitions that follow each other; partitions of the same number in topics with as many go to the
/// same member.
public struct RangeAssignor: PartitionAssignor {
    public let name = "range"

    public init() {}

    public func assign(partitions: [String: Int32], members: [GroupMember]) -> [String: [TopicPartition]] {
        let members = members.sorted(by: GroupMember.order)
        var result: [String: [TopicPartition]] = [:]
        for (topic, count) in partitions.sorted(by: { $0.key < $1.key }) {
            let subscribers = members.filter { $0.topics.contains(topic) }
            if subscribers.isEmpty { continue }
            let (each, more) = count.quotientAndRemainder(dividingBy: Int32(subscribers.count))
            var next: Int32 = 0
            for (index, member) in subscribers.enumerated() {
                let share = each + (index < Int(more) ? 1 : 0)
                result[member.id, default: []] += (next..<next + share).map { TopicPartition(topic, $0) }
                next += share
            }
        }
        return result
    }
}

/// `roundrobin`: all partitions in order, one to each member in turn.
public struct RoundRobinAssignor: PartitionAssignor {
    public let name = "roundrobin"

    public init() {}

    public func assign(partitions: [String: Int32], members: [GroupMember]) -> [String: [TopicPartition]] {
        let members = members.sorted(by: GroupMember.order)
        var result: [String: [TopicPartition]] = [:]
        var turn = 0
        for (topic, count) in partitions.sorted(by: { $0.key < $1.key })
        where members.contains(where: { $0.topics.contains(topic) }) {
            for partition in 0..<count {
                while !members[turn % members.count].topics.contains(topic) { turn += 1 }
                result[members[turn % members.count].id, default: []].append(TopicPartition(topic, partition))
                turn += 1
            }
        }
        return result
    }
}

extension PartitionAssignor where Self == RangeAssignor {
    public static var range: RangeAssignor { RangeAssignor() }
}

extension PartitionAssignor where Self == RoundRobinAssignor {
    public static var roundRobin: RoundRobinAssignor { RoundRobinAssignor() }
}

extension PartitionAssignor where Self == StickyAssignor {
    public static var sticky: StickyAssignor { StickyAssignor(isCooperative: false) }
    public static var cooperativeSticky: StickyAssignor { StickyAssignor(isCooperative: true) }
}

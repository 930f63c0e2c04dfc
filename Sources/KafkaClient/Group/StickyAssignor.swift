import KafkaProtocol
import NIOCore

/// `sticky` and `cooperative-sticky`: shares as even as the subscriptions allow, and as few partitions as possible change hands (KIP-54,
/// KIP-429).
public struct StickyAssignor: PartitionAssignor {
    public let isCooperative: Bool
    public var name: String { isCooperative ? "cooperative-sticky" : "sticky" }

    public init(isCooperative: Bool) { self.isCooperative = isCooperative }

    // MARK: What members tell

    public func userData(owned: [TopicPartition], generation: Int32) -> ByteBuffer? {
        // The cooperative kind tells what it owns in the subscription itself.
        var writer = ByteBuffer()
        if !isCooperative {
            let topics = byTopic(owned.sorted())
            writer.writeInteger(Int32(topics.count))
            for (topic, indexes) in topics {
                writer.writeInteger(Int16(clamping: topic.utf8.count))
                writer.writeString(topic)
                writer.writeInteger(Int32(indexes.count))
                for index in indexes { writer.writeInteger(index) }
            }
        }
        writer.writeInteger(generation)
        return writer
    }

    /// What a member had, and when. A claim that can't be read is none.
    private func claim(_ member: GroupMember) -> (owned: [TopicPartition], generation: Int32) {
        if isCooperative {
            let told: Int32? = member.userData.flatMap {
                $0.readableBytes == 4 ? $0.getInteger(at: $0.readerIndex) : nil
            }
            return (member.owned, member.generation >= 0 ? member.generation : told ?? -1)
        }
        guard var data = member.userData, let topics: Int32 = data.readInteger(), topics >= 0 else { return ([], -1) }
        var owned: [TopicPartition] = []
        for _ in 0..<topics {
            guard let length: Int16 = data.readInteger(), let topic = data.readString(length: Int(max(0, length))),
                let count: Int32 = data.readInteger(), count >= 0, count <= data.readableBytes / 4
            else { return ([], -1) }
            for _ in 0..<count { owned.append(TopicPartition(topic, data.readInteger() ?? 0)) }
        }
        return (owned, data.readInteger() ?? -1)
    }

    // MARK: Dividing

    public func assign(partitions: [String: Int32], members: [GroupMember]) -> [String: [TopicPartition]] {
        let members = members.sorted(by: GroupMember.order)
        var division = Division(partitions, members)
        let owners = owners(partitions, members)
        for (key, owner) in owners.sorted(by: { $0.key < $1.key }) { division.give(key, to: owner) }
        division.removeSurplus()
        division.assignRest()
        division.balance()
        var result: [String: [TopicPartition]] = [:]
        for (index, member) in members.enumerated() { result[member.id] = division.shares[index].sorted() }
        if isCooperative { withhold(members, &result) }
        return result
    }

    /// Who has which partition now: the claim of the latest generation counts; of two of the same neither does.
    private func owners(_ partitions: [String: Int32], _ members: [GroupMember]) -> [TopicPartition: Int] {
        var best: [TopicPartition: (member: Int?, generation: Int32)] = [:]
        for (index, member) in members.enumerated() {
            let (owned, generation) = claim(member)
            for key in Set(owned) where member.topics.contains(key.topic) {
                guard let count = partitions[key.topic], (0..<count).contains(key.partition) else { continue }
                if let other = best[key], other.generation >= generation {
                    if other.generation == generation { best[key] = (nil, generation) }
                } else {
                    best[key] = (index, generation)
                }
            }
        }
        return best.compactMapValues(\.member)
    }

    /// A partition that somebody still has is given to another only in the next round, when it was given up.
    private func withhold(_ members: [GroupMember], _ result: inout [String: [TopicPartition]]) {
        var toBeGivenUp: Set<TopicPartition> = []
        for member in members { toBeGivenUp.formUnion(Set(member.owned).subtracting(result[member.id] ?? [])) }
        if toBeGivenUp.isEmpty { return }
        for member in members {
            let owned = Set(member.owned)
            result[member.id]?.removeAll { toBeGivenUp.contains($0) && !owned.contains($0) }
        }
    }
}

/// Partitions being divided among members, who are named by their index.
private struct Division {
    private(set) var shares: [[TopicPartition]]
    /// Members who want a topic.
    private let subscribers: [String: [Int]]
    private var free: Set<TopicPartition> = []

    init(_ partitions: [String: Int32], _ members: [GroupMember]) {
        shares = Array(repeating: [], count: members.count)
        var subscribers: [String: [Int]] = [:]
        for (index, member) in members.enumerated() {
            for topic in Set(member.topics) where partitions[topic] != nil {
                subscribers[topic, default: []].append(index)
            }
        }
        self.subscribers = subscribers
        for (topic, count) in partitions where subscribers[topic] != nil {
            for partition in 0..<count { free.insert(TopicPartition(topic, partition)) }
        }
    }

    mutating func give(_ key: TopicPartition, to member: Int) {
        if free.remove(key) != nil { shares[member].append(key) }
    }

    /// Where all want the same, nobody keeps more than an even share; those who have most keep the odd ones.
    mutating func removeSurplus() {
        guard let first = subscribers.values.first, subscribers.values.allSatisfy({ $0 == first }) else { return }
        let total = free.count + shares.reduce(0) { $0 + $1.count }
        let (each, more) = total.quotientAndRemainder(dividingBy: first.count)
        var larger = more
        for member in first.sorted(by: { (-shares[$0].count, $0) < (-shares[$1].count, $1) }) {
            let keeps = larger > 0 && shares[member].count > each ? each + 1 : each
            if keeps > each { larger -= 1 }
            while shares[member].count > keeps, let surplus = shares[member].popLast() { free.insert(surplus) }
        }
    }

    /// Those that few can take go first, each to the one who has least.
    mutating func assignRest() {
        let rest = free.sorted { left, right in
            let few = (subscribers[left.topic]?.count ?? 0, subscribers[right.topic]?.count ?? 0)
            return few.0 != few.1 ? few.0 < few.1 : (left.partition, left.topic) < (right.partition, right.topic)
        }
        for key in rest {
            guard let taker = leastLoaded(subscribers[key.topic] ?? []) else { continue }
            give(key, to: taker)
        }
    }

    private func leastLoaded(_ members: [Int]) -> Int? {
        members.min { (shares[$0].count, $0) < (shares[$1].count, $1) }
    }

    /// Moves a partition as long as that makes two shares more even; each move lowers the sum of squares, so it ends.
    mutating func balance() {
        var isEven = false
        while !isEven {
            isEven = true
            for member in shares.indices.sorted(by: { shares[$0].count > shares[$1].count }) {
                for (index, key) in shares[member].enumerated().reversed() {
                    guard let taker = leastLoaded(subscribers[key.topic] ?? []),
                        shares[taker].count + 1 < shares[member].count
                    else { continue }
                    shares[member].remove(at: index)
                    shares[taker].append(key)
                    isEven = false
                }
            }
        }
    }
}

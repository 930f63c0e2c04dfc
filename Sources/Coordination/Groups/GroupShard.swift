@_spi(Sabotage) import KafkaProtocol
import NIOCore

/// The groups of one partition of `__consumer_offsets`, with their offsets.
///
/// Replicated: committed offsets, offsets of open transactions, the records of classic groups and those of newer protocols. Volatile: the
/// groups as their members see them while they rebalance.
package struct GroupShard: CoordinatorShard {
    package typealias Response = GroupResponse
    package typealias Reason = ExplainedGroup
    package typealias Decision = CoordinatorDecision<GroupShard>

    package enum Change: Sendable {
        case offset(group: String, TopicPartition)
        case pending(producerId: Int64, GroupPartition)
        /// A transaction ended: which offsets were pending, and which of them count now.
        case ended(producerId: Int64, [GroupPartition], counting: [GroupPartition])
        case group(String)
        case modern(group: String, key: ByteBuffer)
    }

    let config: GroupConfig

    // MARK: Replicated

    var offsets = NameTable<VersionedTable<TopicPartition, StoredOffset>>()
    /// Offsets of transactions that have not ended, by producer id.
    var pending: [Int64: VersionedTable<GroupPartition, StoredOffset>] = [:]
    /// The last record of each classic group.
    var stored = VersionedTable<ExactText, GroupMetadataValue>()
    /// Groups of newer protocols: the keys of their records.
    var modern = NameTable<ModernGroup>()

    // MARK: Volatile

    var groups = GroupTable()
    var tickets = TransactionTickets()
    /// Groups whose records were undone, until `fellBack` has looked at them.
    var undone: [String] = []

    package init(_ config: GroupConfig) { self.config = config }

    package var nextDeadline: MonotonicTime { groups.earliest }

    package var reader: GroupReader { GroupReader(shard: self) }

    package static func size(of record: CoordinatorRecord) -> Int {
        // Lengths, deltas and attributes as they are in a batch, at their longest.
        record.key.readableBytes + (record.value?.readableBytes ?? 0) + 32
    }

    // MARK: Deciding

    package mutating func handle(
        _ request: GroupRequest,
        from token: CoordinatorToken?,
        at moment: Moment,
        using random: inout some RandomNumberGenerator
    ) -> Decision {
        var decision = Decision()
        switch request {
        case .join(let request, let version, let client):
            let member = ClassicMember(request, client, token: token)
            let newId = request.memberId.isEmpty ? Self.newMemberId(request, client, using: &random) : ""
            join(request, version: version, member, newId: newId, at: moment, &decision)
        case .sync(let request): sync(request, token: token, at: moment, &decision)
        case .heartbeat(let request): decision.answer(token, .heartbeat(heartbeat(request, at: moment)))
        case .leave(let request, let version):
            let response = leave(request, version: version, at: moment, &decision)
            decision.answer(token, .leave(response))
        case .commit(let commit): decision.answer(token, .commit(self.commit(commit, at: moment, &decision)))
        case .ticket(let producer): decision.answer(token, .ticket(tickets.issue(to: producer, at: moment.now)))
        case .dropTicket(let producer, let ticket): tickets.drop(ticket, of: producer)
        case .commitInTransaction(let commit, let producer, let ticket):
            decision.answer(token, .commit(self.commit(commit, in: producer, ticket, at: moment, &decision)))
        case .deleteOffsets(let group, let partitions):
            let (code, results) = deleteOffsets(group, partitions, &decision)
            decision.answer(token, .deleteOffsets(code, results))
        case .delete(let group): decision.answer(token, .delete(delete(group, &decision)))
        case .expire(let time): expire(at: time, &decision)
        case .forget(let topics): forget(topics: topics, &decision)
        }
        return decision
    }

    private static func newMemberId(
        _ request: JoinGroupRequest,
        _ client: GroupClient,
        using random: inout some RandomNumberGenerator
    ) -> String {
        if Sabotage.sameMemberId.isOn { return "member" }
        // A client may have a name as long as any text can be, to which nothing could be added.
        let name = (request.groupInstanceId ?? client.clientId).unicodeScalars.prefix(1000)
        return "\(String(String.UnicodeScalarView(name)))-\(KafkaUUID.random(using: &random))"
    }

    // MARK: What there is of a group

    func hasOffsets(_ group: String) -> Bool { offsets[group].map { !$0.isEmpty } ?? false }
    func isModern(_ group: String) -> Bool { modern[group].map { !$0.records.isEmpty } ?? false }

    /// The records of a group's state, as it is given; those of an empty group of a newer protocol that had the name go.
    func records(_ group: ClassicGroup, assignments: [String: ByteBuffer]? = nil) -> [CoordinatorRecord]? {
        guard let record = try? group.record(assignments: assignments) else { return nil }
        return modernTombstones(group.id) + [record]
    }

    func modernTombstones(_ group: String) -> [CoordinatorRecord] {
        guard let modern = modern[group] else { return [] }
        return modern.records.keys.sorted { $0.readableBytesView.lexicographicallyPrecedes($1.readableBytesView) }
            .map { CoordinatorRecord(key: $0, value: nil) }
    }
}

/// A partition of a group's offsets.
package struct GroupPartition: Hashable, Sendable {
    let group: ExactText
    let partition: TopicPartition

    init(_ group: String, _ partition: TopicPartition) {
        self.group = ExactText(group)
        self.partition = partition
    }

    static func precedes(_ left: GroupPartition, _ right: GroupPartition) -> Bool {
        if left.group != right.group {
            return left.group.text.utf8.lexicographicallyPrecedes(right.group.text.utf8)
        }
        return left.partition < right.partition
    }
}

/// A group of KIP-848, KIP-932 or KIP-1071, which this build only keeps, so that it is seen and can be deleted.
struct ModernGroup {
    private static let memberTypes: Set<Int16> = [5, 10, 19]

    /// The keys of its records.
    var records = VersionedTable<ByteBuffer, Bool>()

    static func hasMembers(_ keys: some Sequence<ByteBuffer>) -> Bool {
        keys.contains { memberTypes.contains(CoordinatorRecord(key: $0, value: nil).recordType ?? -1) }
    }

    static func type(_ keys: some Sequence<ByteBuffer>) -> String {
        for key in keys {
            switch CoordinatorRecord(key: key, value: nil).recordType {
            case 11: return "share"
            case 17: return "streams"
            default: continue
            }
        }
        return "consumer"
    }

    var hasMembers: Bool { Self.hasMembers(records.keys) }
}

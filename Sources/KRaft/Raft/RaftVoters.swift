@_spi(Sabotage) import KafkaProtocol

/// A replica of the quorum's log: a node, and the log directory that holds its vote and its records.
package struct ReplicaKey: Hashable, Sendable, Comparable, CustomStringConvertible {
    package var id: NodeId
    /// Zero where nobody has told it: with `kraft.version` 0 and old peers.
    package var directoryId: KafkaUUID

    package init(_ id: NodeId, _ directoryId: KafkaUUID = .zero) {
        self.id = id
        self.directoryId = directoryId
    }

    /// The same replica as far as both say: an unknown directory is any.
    package func matches(_ other: ReplicaKey) -> Bool {
        if id == other.id, Sabotage.replacedDiskVotes.isOn { return true }
        return id == other.id
            && (directoryId == other.directoryId || directoryId == .zero || other.directoryId == .zero)
    }

    package var description: String { directoryId == .zero ? "\(id)" : "\(id)/\(directoryId)" }

    package static func < (left: ReplicaKey, right: ReplicaKey) -> Bool {
        (left.id, left.directoryId.high, left.directoryId.low)
            < (right.id, right.directoryId.high, right.directoryId.low)
    }
}

/// A replica that votes.
package struct RaftVoter: Hashable, Sendable {
    package var key: ReplicaKey
    package var endpoints: [VoterEndpoint]
    /// The versions of `kraft.version` that it serves.
    package var minKRaftVersion: Int16
    package var maxKRaftVersion: Int16

    package init(
        _ key: ReplicaKey,
        endpoints: [VoterEndpoint] = [],
        minKRaftVersion: Int16 = 0,
        maxKRaftVersion: Int16 = QuorumVoters.newestVersion
    ) {
        self.key = key
        self.endpoints = endpoints
        self.minKRaftVersion = minKRaftVersion
        self.maxKRaftVersion = maxKRaftVersion
    }

    package func serves(kraftVersion: Int16) -> Bool {
        minKRaftVersion <= kraftVersion && kraftVersion <= maxKRaftVersion
    }
}

/// Who votes, ascending by id; an id occurs once.
package struct RaftVoterSet: Hashable, Sendable, CustomStringConvertible {
    package private(set) var voters: [RaftVoter]

    /// Of several voters with one id the first one stays.
    package init(_ voters: [RaftVoter] = []) {
        var seen: Set<NodeId> = []
        self.voters = voters.filter { seen.insert($0.key.id).inserted }.sorted { $0.key < $1.key }
    }

    package var majority: Int { voters.count / 2 + 1 }
    package var keys: [ReplicaKey] { voters.map(\.key) }
    package var description: String { "[\(keys.map(\.description).joined(separator: ","))]" }

    package func voter(_ id: NodeId) -> RaftVoter? { voters.first { $0.key.id == id } }
    package func contains(_ key: ReplicaKey) -> Bool { voter(key.id)?.key.matches(key) ?? false }
    package func isOnly(_ key: ReplicaKey) -> Bool { voters.count == 1 && contains(key) }

    package func adding(_ voter: RaftVoter) -> RaftVoterSet { RaftVoterSet(voters + [voter]) }
    package func removing(_ key: ReplicaKey) -> RaftVoterSet { RaftVoterSet(voters.filter { !$0.key.matches(key) }) }
    /// With what the voter says of itself now.
    package func updating(_ voter: RaftVoter) -> RaftVoterSet {
        RaftVoterSet(voters.map { $0.key.id == voter.key.id ? voter : $0 })
    }

    /// The largest value that a majority has at least; nil for an empty set.
    func reachedByMajority<Value: Comparable>(_ value: (ReplicaKey) -> Value) -> Value? {
        guard !voters.isEmpty else { return nil }
        return voters.map { value($0.key) }.sorted(by: >)[majority - 1]
    }
}

/// The voters by what the log says at each offset (KIP-853). A set counts from the moment that it is appended, committed or not; when
/// it is truncated the one before it counts again.
package struct VoterHistory: Equatable, Sendable {
    struct Entry<Value: Equatable & Sendable>: Equatable, Sendable {
        var offset: Int64
        var value: Value
    }

    /// The offset of what only formatting says: the first leader writes it to the log.
    package static let unwritten: Int64 = -1

    /// Counts as long as `kraft.version` is 0.
    package let configured: RaftVoterSet
    private(set) var versions: [Entry<Int16>] = []
    private(set) var sets: [Entry<RaftVoterSet>] = []

    package init(configured: RaftVoterSet) { self.configured = configured }

    package var kraftVersion: Int16 { versions.last?.value ?? 0 }
    package var current: RaftVoterSet { kraftVersion > 0 ? sets.last?.value ?? configured : configured }
    /// Where the log says who votes; nil when it doesn't.
    package var lastChange: Int64? { kraftVersion > 0 ? sets.last?.offset : nil }
    /// The next leader has to write the voters to the log.
    package var isUnwritten: Bool { lastChange == Self.unwritten }

    /// The newest record takes that replica out, and isn't committed.
    func isLeaving(_ key: ReplicaKey, committed: Int64) -> Bool {
        guard kraftVersion > 0, let last = sets.last, last.offset >= committed, !last.value.contains(key) else {
            return false
        }
        return sets.dropLast().last?.value.contains(key) ?? false
    }

    /// Takes in what the log says at an offset, at or above all before it.
    package mutating func append(_ control: RaftControl, at offset: Int64) {
        switch control {
        case .leaderChange: break
        case .kraftVersion(let version): versions.append(Entry(offset: offset, value: version))
        case .voters(let set): sets.append(Entry(offset: offset, value: set))
        }
    }

    mutating func truncate(to offset: Int64) {
        versions.removeAll { $0.offset >= offset }
        sets.removeAll { $0.offset >= offset }
    }

    /// Forgets what was replaced below an offset that nobody goes back behind.
    mutating func forget(before offset: Int64) {
        if let last = versions.lastIndex(where: { $0.offset < offset }) { versions.removeFirst(last) }
        if let last = sets.lastIndex(where: { $0.offset < offset }) { sets.removeFirst(last) }
    }

    /// A snapshot that ends at `offset` takes the place of the log.
    mutating func restart(at offset: Int64, kraftVersion: Int16, voters: RaftVoterSet?) {
        versions = kraftVersion > 0 ? [Entry(offset: offset - 1, value: kraftVersion)] : []
        sets = voters.map { [Entry(offset: offset - 1, value: $0)] } ?? []
    }

    /// What a snapshot that ends at `offset` has to say.
    package func content(at offset: Int64) -> (kraftVersion: Int16, voters: RaftVoterSet?) {
        let version = versions.last { $0.offset < offset }?.value ?? 0
        return (version, version > 0 ? sets.last { $0.offset < offset }?.value : nil)
    }
}

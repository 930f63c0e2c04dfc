import KafkaProtocol

/// The groups of a shard by id, with what would otherwise be looked for in all of them after each request.
struct GroupTable {
    private var all = NameTable<ClassicGroup>()
    /// Members of all groups that have an id but have not joined with it.
    private(set) var pendingCount = 0
    /// No deadline of any group lies before this. It may be earlier than the first one: deadlines that moved away are not noticed.
    private(set) var earliest = MonotonicTime.never

    subscript(id: String) -> ClassicGroup? {
        get { all[id] }
        set {
            pendingCount += (newValue?.pendingMembers.count ?? 0) - (all[id]?.pendingMembers.count ?? 0)
            if let newValue { earliest = min(earliest, newValue.deadline) }
            all[id] = newValue
        }
    }

    /// In the order of their ids.
    var sortedKeys: [String] { all.sortedKeys }
    var values: some Collection<ClassicGroup> { all.values }

    /// Moves the deadline of a member away, in place: heartbeats are the most frequent request of all.
    mutating func extend(_ id: String, member: String, to deadline: MonotonicTime) {
        all[id]?.members[member]?.deadline = deadline
    }

    /// The groups with something to do at `now`, in the order of their ids; from here on `earliest` is exact but for these.
    mutating func due(_ now: MonotonicTime) -> [String] {
        var due: [String] = []
        earliest = .never
        for (id, group) in all {
            let deadline = group.deadline
            if deadline <= now { due.append(id) } else { earliest = min(earliest, deadline) }
        }
        return due.sorted(by: NameTable<ClassicGroup>.precedes)
    }
}

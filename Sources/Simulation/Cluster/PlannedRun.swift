/// One run of the simulator: with equal ones everything happens equally.
package struct PlannedRun: Equatable, Sendable {
    package var seed: UInt64
    package var seconds: Int64
    /// The defect of the bug bank whose faults and clients it has; nil for all faults.
    package var aim: String?
    /// Whether there are compacted topics; an aim has its own mind.
    package var isCompacting: Bool
    /// Brokers, and whether the controllers are nodes beside them; an aim has its own mind.
    package var nodes = 1
    package var isApart = false
    /// Whether each node of a cluster has several log directories.
    package var hasSeveralDisks = false
    /// The log names the voters of its metadata, which come and go.
    package var changesVoters = false
    /// Producers use transactions.
    package var isTransacting = false

    package init(seed: UInt64, seconds: Int64, aim: String? = nil, isCompacting: Bool = false) {
        (self.seed, self.seconds, self.aim, self.isCompacting) = (seed, seconds, aim, isCompacting)
    }

    /// What kind of run it is, as lists have it.
    package var kind: String {
        if let aim { return aim }
        let place = isApart ? Self.apart : hasSeveralDisks ? Self.disks : Self.together
        let suffix =
            (changesVoters ? Self.voters : "") + (isTransacting ? "-\(Self.transactions)" : "")
            + (isCompacting ? "-\(Self.compacted)" : "")
        if nodes > 1 { return "\(nodes)\(place)\(suffix)" }
        if isTransacting { return Self.transactions }
        return isCompacting ? Self.compacted : "-"
    }

    private static let compacted = "compacted"
    private static let transactions = "transactions"
    private static let (together, apart, disks, voters) = ("-nodes", "-brokers", "-disks", "-voters")

    package struct ListError: Error, Equatable, CustomStringConvertible {
        package var line: Int
        package var description: String {
            "line \(line) is not: seed, seconds, compacted, transactions, N-nodes, N-brokers, N-disks, these with -voters, -transactions or -compacted, an aim or -, what it found"
        }
    }

    /// Reads a list of runs that found something once. A line has the seed, the seconds, its kind, and what was found; those that are
    /// empty or begin with `#` are for readers. The kind is the aim, `compacted` for all faults on compacted topics too, `transactions` for producers with transactions, `3-nodes` for clusters of so many,
    /// `3-brokers` for such with controllers beside them, `3-disks` for such whose nodes have several log directories, with `-voters` behind if the voters
    /// come and go, with `-transactions` if there are those, with `-compacted` if there are compacted topics too, or `-`.
    package static func list(_ text: String) throws(ListError) -> [PlannedRun] {
        var runs: [PlannedRun] = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let words = line.split(separator: " ", maxSplits: 3).map(String.init)
            guard let first = words.first, !first.hasPrefix("#") else { continue }
            guard words.count == 4, let seed = UInt64(first), let seconds = Int64(words[1]), isPossible(seconds),
                let run = PlannedRun(seed: seed, seconds: seconds, kind: words[2])
            else { throw ListError(line: index + 1) }
            runs.append(run)
        }
        return runs
    }

    private init?(seed: UInt64, seconds: Int64, kind: String) {
        switch kind {
        case "-": self.init(seed: seed, seconds: seconds)
        case Self.compacted: self.init(seed: seed, seconds: seconds, isCompacting: true)
        case Self.transactions:
            self.init(seed: seed, seconds: seconds)
            isTransacting = true
        case let kind where BugBank.aimNames.contains(kind): self.init(seed: seed, seconds: seconds, aim: kind)
        default:
            guard let count = Int(kind.prefix { $0.isNumber }), (3...9).contains(count) else { return nil }
            self.init(seed: seed, seconds: seconds)
            nodes = count
            (isApart, hasSeveralDisks) = (kind.contains(Self.apart), kind.contains(Self.disks))
            (changesVoters, isCompacting) = (kind.contains(Self.voters), kind.hasSuffix(Self.compacted))
            isTransacting = kind.contains(Self.transactions)
            if kind != self.kind { return nil }
        }
    }

    package static func isPossible(_ seconds: Int64) -> Bool { (1...1_000_000).contains(seconds) }
}

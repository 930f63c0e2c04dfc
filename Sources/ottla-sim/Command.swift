import Simulation

/// What the command line asks for.
struct Command {
    var seeds: ClosedRange<UInt64> = 1...1
    var seconds: Int64 = 120
    /// Which seeds of the range this process has; nil for all.
    var share: (Int, of: Int)?
    var isVerbose = false
    /// Defects to be put back, each of which is to be found.
    var bugs: [String] = []
    /// The runs that are to find this defect, without it.
    var aim: String?
    /// A list of runs that found something once.
    var kept: String?
    var listsBugs = false
    /// Whether runs have compacted topics; nil for those of even seeds, of clusters for each fourth seed.
    var isCompacting: Bool?
    /// Of the cluster.
    var nodes = 1
    var isApart = false
    var hasSeveralDisks = false
    var changesVoters = false
    var isTransacting = false
    /// A pipe to who started this process.
    var tells: Int32?
    let arguments: [String]

    /// Nil for what is not understood.
    init?(_ arguments: [String]) {
        self.arguments = arguments
        var rest = arguments[...]
        var hasSeeds = false
        var hasSeconds = false
        while let option = rest.popFirst() {
            if takesFlag(option) { continue }
            guard let value = rest.popFirst() else { return nil }
            switch option {
            case "--seed":
                guard let seed = UInt64(value) else { return nil }
                (seeds, hasSeeds) = (seed...seed, true)
            case "--seeds":
                guard let range = Self.range(value) else { return nil }
                (seeds, hasSeeds) = (range, true)
            case "--seconds":
                guard let count = Int64(value), PlannedRun.isPossible(count) else { return nil }
                (seconds, hasSeconds) = (count, true)
            case "--share":
                let parts = value.split(separator: "/").compactMap { Int($0) }
                guard parts.count == 2, parts[0] >= 0, parts[1] > parts[0] else { return nil }
                share = (parts[0], parts[1])
            case "--bug":
                bugs = value == "all" ? BugBank.names : value.split(separator: ",").map(String.init)
                guard !bugs.isEmpty, bugs.allSatisfy(BugBank.names.contains) else { return nil }
            case "--aim":
                guard BugBank.aimNames.contains(value) else { return nil }
                aim = value
            case "--nodes":
                guard let count = Int(value), count == 1 || (3...9).contains(count) else { return nil }
                nodes = count
            case "--kept": kept = value
            case "--tell":
                guard let file = Int32(value) else { return nil }
                tells = file
            default: return nil
            }
        }
        if isApart || hasSeveralDisks || changesVoters, nodes == 1 { return nil }
        if isApart || changesVoters || isTransacting, hasSeveralDisks { return nil }
        if kept != nil {
            if hasSeeds || !bugs.isEmpty || aim != nil || isCompacting != nil || nodes > 1 || isApart { return nil }
            if !hasSeconds { seconds = .max }
            return
        }
        if !hasSeeds, bugs.isEmpty, !listsBugs { return nil }
        if !bugs.isEmpty, !hasSeeds { seeds = BugBank.seeds }
        if !hasSeconds, !bugs.isEmpty || aim != nil { seconds = BugBank.seconds }
    }

    /// - Returns: whether the option is one without a value.
    private mutating func takesFlag(_ option: String) -> Bool {
        switch option {
        case "--verbose": isVerbose = true
        case "--compacted", "--plain": isCompacting = option == "--compacted"
        case "--apart": isApart = true
        case "--disks": hasSeveralDisks = true
        case "--voters": changesVoters = true
        case "--transactions": isTransacting = true
        case "--bugs": listsBugs = true
        default: return false
        }
        return true
    }

    /// The runs, those of a list none longer than was said.
    func runs() throws -> AnyCollection<PlannedRun> {
        let limit = seconds
        if let kept {
            let runs = try PlannedRun.list(try TextFile.read(kept))
            return AnyCollection(
                runs.map { run in
                    var run = run
                    run.seconds = min(run.seconds, limit)
                    return run
                }
            )
        }
        let (name, isCompacting, nodes, isApart) = (bugs.first ?? aim, isCompacting, nodes, isApart)
        let hasSeveralDisks = hasSeveralDisks
        let changesVoters = changesVoters
        let isTransacting = isTransacting
        return AnyCollection(
            seeds.lazy.map { seed in
                let compacts = isCompacting ?? (!isTransacting && seed.isMultiple(of: nodes == 1 ? 2 : 4))
                var run = PlannedRun(seed: seed, seconds: limit, aim: name, isCompacting: name == nil && compacts)
                if name == nil {
                    run.isTransacting = isTransacting
                    (run.nodes, run.isApart) = (nodes, isApart)
                    (run.hasSeveralDisks, run.changesVoters) = (hasSeveralDisks, changesVoters)
                }
                return run
            }
        )
    }

    private static func range(_ text: String) -> ClosedRange<UInt64>? {
        let ends = text.split(separator: ".", omittingEmptySubsequences: true).compactMap { UInt64($0) }
        guard ends.count == 2, ends[0] <= ends[1], ends[1] < UInt64(Int64.max) else { return nil }
        return ends[0]...ends[1]
    }
}

import Simulation

/// How many seeds were in each rare state.
struct RareStateCounts {
    private var counts = [Int](repeating: 0, count: RareState.allCases.count)
    private var seeds = 0

    /// - Parameter line: of one seed, as `RareState.numbers` has it.
    mutating func add(_ line: Substring) {
        seeds += 1
        for word in line.split(separator: " ") {
            if let number = Int(word), counts.indices.contains(number) { counts[number] += 1 }
        }
    }

    /// A line for each state, those that were never reached last.
    var lines: [String] {
        let rows = zip(RareState.allCases, counts)
        let reached = rows.filter { $0.1 > 0 }.map { "  \($0.1) of \(seeds) seeds: \($0.0.rawValue)" }
        let missed = rows.filter { $0.1 == 0 }.map { "  NEVER: \($0.0.rawValue)" }
        return ["\(reached.count) of \(counts.count) rare states were reached"] + reached + missed
    }
}

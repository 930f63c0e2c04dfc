/// One run of the simulator: with equal ones everything happens equally.
package struct PlannedRun: Equatable, Sendable {
    package var seed: UInt64
    package var seconds: Int64
    /// The defect of the bug bank whose faults and clients it has; nil for all faults.
    package var aim: String?

    package init(seed: UInt64, seconds: Int64, aim: String? = nil) {
        (self.seed, self.seconds, self.aim) = (seed, seconds, aim)
    }

    package struct ListError: Error, Equatable, CustomStringConvertible {
        package var line: Int
        package var description: String { "line \(line) is not: seed, seconds, aim or -, what it found" }
    }

    /// Reads a list of runs that found something once. A line has the seed, the seconds, the aim or `-`, and what was found; those that are
    /// empty or begin with `#` are for readers.
    package static func list(_ text: String) throws(ListError) -> [PlannedRun] {
        var runs: [PlannedRun] = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let words = line.split(separator: " ", maxSplits: 3)
            guard let first = words.first, !first.hasPrefix("#") else { continue }
            guard words.count == 4, let seed = UInt64(first), let seconds = Int64(words[1]), isPossible(seconds),
                words[2] == "-" || BugBank.aimNames.contains(String(words[2]))
            else { throw ListError(line: index + 1) }
            runs.append(PlannedRun(seed: seed, seconds: seconds, aim: words[2] == "-" ? nil : String(words[2])))
        }
        return runs
    }

    package static func isPossible(_ seconds: Int64) -> Bool { (1...1_000_000).contains(seconds) }
}

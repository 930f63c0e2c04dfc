import CTripwire
import Glibc
import Simulation
import Synchronization

/// `ottla-sim`: whole nodes and clients in one thread, from seeds.
@main
enum OttlaSim {
    private static let usage = """
        usage: ottla-sim --seed N [--seconds S]        one run, with its timeline
               ottla-sim --seeds A..B [--seconds S]    searches, on all cores
               ottla-sim --bug NAME,... [--seeds A..B] puts each of these defects back, and searches until it is found
               ottla-sim --bug NAME --seed N           one run with this defect, with its timeline
               ottla-sim --aim NAME --seeds A..B       the same runs without the defect
               ottla-sim --bugs                        lists the defects; --bug all stands for them
        Runs last 120 virtual seconds if not said otherwise, with about 50 operations of clients a second and a fault every
        10 seconds; then all faults end, and everything is checked. The same seed gives the same hash. A search shows the runs that
        violate something; with --verbose all. Runs that look for a defect last 30 seconds, with the faults and clients that show it; release
        builds have no defects to be put back.

        Faults: processes that are killed, stopped, paused; power cuts that take or tear what was not synced; wires that are cut in one
        direction or both, slow, or reset connections, or forget them; readers that are slow; wall clocks that jump; disks that are full, slow,
        or hang, that fail reads, writes and syncs, write half, to another place, or not at all although they say so, whose files
        change by a bit, are cut off, emptied or missing, and that are replaced by an older copy of themselves.

        Checks: I1 what was acknowledged is there, I2 an offset has one value, I3 no gaps, and an order that was seen from outside,
        I4 idempotent producers' records are there once and in order, I5 nothing that was not sent, I6 what was readable
        stays, I7 logs lose old or unwanted records only; G1 one owner of a partition in a generation, G2 and G3 commits are
        as answered, G4 rebalances end; M1 topics are as answered, M5 one vote and one leader in an epoch; R2 nothing stays open
        after clients have gone; L2 all works again after the faults.
        Exit codes: 0 nothing was violated, or all defects were found, 1 if not, 64 the command line is invalid.

        """

    static func main() {
        // The order of dictionaries has to be the same in each process.
        if getenv("SWIFT_DETERMINISTIC_HASHING") == nil {
            setenv("SWIFT_DETERMINISTIC_HASHING", "1", 1)
            execv("/proc/self/exe", CommandLine.unsafeArgv)
        }
        GlobalExecutor.install()
        guard let command = Command(Array(CommandLine.arguments.dropFirst())) else {
            write(usage, to: STDERR_FILENO)
            exit(64)
        }
        if command.listsBugs {
            for name in BugBank.names { say(name) }
            exit(0)
        }
        if !command.bugs.isEmpty, command.seeds.count > 1, command.share == nil {
            exit(Bank(command, say: say).isFound() ? 0 : 1)
        }
        if let bug = command.bugs.first, !BugBank.putBack(bug) { exit(64) }
        switch command.seeds.count {
        case 1: exit(runOne(command) ? 0 : 1)
        case _ where command.share == nil: exit(searchOnAllCores(command) ? 0 : 1)
        default: exit(search(command) ? 0 : 1)
        }
    }

    private static func say(_ line: String) { write(line + "\n", to: STDOUT_FILENO) }

    private static func write(_ text: String, to file: Int32) {
        let bytes = Array(text.utf8)
        _ = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
    }

    private static func perform(_ seed: UInt64, _ command: Command, print: ((String) -> Void)?) -> RunResult {
        let scheduler = Scheduler(seed: seed)
        GlobalExecutor.scheduler.withLock { $0 = scheduler }
        var options = RunOptions()
        options.seconds = command.seconds
        options.bug = command.bugs.first ?? command.aim
        options.endsWhenViolated = !command.bugs.isEmpty && command.seeds.count > 1
        ottla_set_tripwires(1)
        defer {
            ottla_set_tripwires(0)
            GlobalExecutor.scheduler.withLock { $0 = nil }
        }
        return Run(seed: seed, options, scheduler: scheduler, print: print).run()
    }

    /// - Returns: whether nothing was violated.
    private static func runOne(_ command: Command) -> Bool {
        let result = perform(command.seeds.lowerBound, command) { say($0) }
        say(line(result))
        return result.violations.isEmpty
    }

    private static let shownViolations = 8

    private static func line(_ result: RunResult) -> String {
        let hash = String(result.hash, radix: 16)
        let counts = "sent \(result.sent), acknowledged \(result.acknowledged), read \(result.reads)"
        let foreign = result.foreignWork == 0 ? "" : ", \(result.foreignWork) times from other threads"
        let text =
            "seed \(result.seed): hash \(hash), \(result.steps) steps, \(result.virtualSeconds) s, \(counts)\(foreign)"
        let shown = result.violations.prefix(shownViolations).map { "  VIOLATED \($0)" }
        let rest = result.violations.count - shown.count
        return ([text] + shown + (rest > 0 ? ["  and \(rest) more"] : [])).joined(separator: "\n")
    }

    /// The share of one process.
    private static func search(_ command: Command) -> Bool {
        let (share, of) = command.share ?? (0, 1)
        var failures = 0
        var done = 0
        for seed in command.seeds where seed % UInt64(of) == UInt64(share) {
            let result = perform(seed, command, print: nil)
            done += 1
            if !result.violations.isEmpty {
                failures += 1
                say(line(result))
                // One is enough to know that a defect is found.
                if !command.bugs.isEmpty { return false }
            } else if command.isVerbose {
                say(line(result))
            } else if done % 20 == 0 {
                say("\(done) seeds done by process \(share), \(failures) failed")
            }
        }
        return failures == 0
    }

    private static func searchOnAllCores(_ command: Command) -> Bool {
        let cores = Children.cores
        let children = (0..<cores).compactMap { share in
            Children.start(command.arguments + ["--share", "\(share)/\(cores)"])
        }
        var isClean = children.count == cores
        for _ in children {
            guard case (_, .code(0))? = Children.waitForOne() else {
                isClean = false
                continue
            }
        }
        say(isClean ? "all \(command.seeds.count) seeds are clean" : "some seeds are not clean")
        return isClean
    }
}

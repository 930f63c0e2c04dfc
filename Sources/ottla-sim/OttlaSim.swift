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
               ottla-sim --kept FILE [--seconds S]     the runs of a list of those that found something, S seconds at most
               ottla-sim --bug NAME,... [--seeds A..B] puts each of these defects back, and searches until it is found
               ottla-sim --bug NAME --seed N           one run with this defect, with its timeline
               ottla-sim --aim NAME --seeds A..B       the same runs without the defect
               ottla-sim --seeds A..B --compacted      all runs have compacted topics, otherwise those of even seeds (of clusters: each fourth
                                                       seed); with --plain none
               ottla-sim --seeds A..B --nodes N        the same for clusters of 3 to 9 nodes, with 3 replicas
               ottla-sim --seeds A..B --nodes N --apart        with 3 controllers beside so many brokers, which
                                               stand in racks of their own; consumers read in theirs
               ottla-sim --seeds A..B --nodes N --disks        whose nodes have several log directories, which fail one at a
                                               time, and whose bytes change
               ottla-sim --seeds A..B [--nodes N] --transactions  with producers that use transactions
               ottla-sim --seeds A..B --nodes N --voters       of clusters whose log names the voters, who come and go; with --apart, too
               ottla-sim --bugs                        lists the defects; --bug all stands for them
        Runs last 120 virtual seconds if not said otherwise, with about 50 operations of clients a second and a fault every
        10 seconds; then all faults end, and everything is checked. The same seed gives the same hash. A search shows the runs that
        violate something; with --verbose all. One of clusters ends with a line for each rare state: how many seeds were in it, or
        that none ever was. Runs that look for a defect last 30 seconds, with the faults and clients that show it; release
        builds have no defects to be put back.

        Faults: processes that are killed, stopped, paused; power cuts that take or tear what was not synced; wires that are cut in one
        direction or both, slow, or reset connections, or forget them; readers that are slow; wall clocks that jump; disks that are full, slow,
        or hang, that fail reads, writes and syncs, write half, to another place, or not at all although they say so, whose files
        change by a bit, are cut off, emptied or missing, and that are replaced by an older copy of themselves. Passes of compaction are cut
        short at any operation of the disk. Between the nodes of a cluster: wires that are cut around any of them, in one direction or both, but for
        one node that reaches all; all of them are killed at once, or lose power; one disk at a time fails, is full or slow, and
        with --disks is replaced by an empty one.

        Checks: I1 what was acknowledged is there, I2 an offset has one value, I3 no gaps, and an order that was seen from outside,
        I4 idempotent producers' records are there once and in order, I5 nothing that was not sent, I6 what was readable
        stays, I7 logs lose old or unwanted records only; G1 one owner of a partition in a generation, G2 and G3 commits are
        as answered, G4 rebalances end; M1 topics are as answered, M5 one vote and one leader in an epoch; R2 nothing stays open
        after clients have gone; L2 all works again after the faults. Of clusters: I2 replicas are the same, M2 so are images of the metadata,
        M3 only the controller changes who is in sync, M4 epochs never fall, L1 writes go on as long as a majority is well. Of compacted topics: C1 the last value of each key is there, C2 what is
        left is as it was sent, C3 tombstones stay for their time, C4 afterwards each key stands once, and what is due goes,
        C5 the active segment and young records are left alone, C6 records are found by their time. Of transactions: T1 all of one or nothing,
        T2 nothing that was aborted is read, T3 who was replaced commits nothing, T4 all end in their time, T5 what is copied is there once, T6 one marker
        for each epoch of a producer.
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
        do {
            let runs = try command.runs()
            if command.share != nil { exit(search(runs, command) ? 0 : 1) }
            if let only = runs.first, runs.count == 1 { exit(runOne(only, command) ? 0 : 1) }
            exit(searchOnAllCores(runs.count, command) ? 0 : 1)
        } catch {
            write("ottla-sim: \(error)\n", to: STDERR_FILENO)
            exit(64)
        }
    }

    private static func say(_ line: String) { write(line + "\n", to: STDOUT_FILENO) }

    private static func write(_ text: String, to file: Int32) {
        let bytes = Array(text.utf8)
        _ = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
    }

    private static func perform(_ run: PlannedRun, _ command: Command, print: ((String) -> Void)?) -> RunResult {
        let scheduler = Scheduler(seed: run.seed)
        GlobalExecutor.scheduler.withLock { $0 = scheduler }
        var options = RunOptions()
        options.seconds = run.seconds
        options.bug = run.aim
        (options.nodes, options.isApart) = (run.nodes, run.isApart)
        options.hasSeveralDisks = run.hasSeveralDisks
        options.changesVoters = run.changesVoters
        options.isTransacting = run.isTransacting
        options.isCompacting = run.isCompacting
        options.endsWhenViolated = !command.bugs.isEmpty && command.seeds.count > 1
        ottla_set_tripwires(1)
        defer {
            ottla_set_tripwires(0)
            GlobalExecutor.scheduler.withLock { $0 = nil }
        }
        return Run(seed: run.seed, options, scheduler: scheduler, print: print).run()
    }

    /// - Returns: whether nothing was violated.
    private static func runOne(_ run: PlannedRun, _ command: Command) -> Bool {
        let result = perform(run, command) { say($0) }
        say(line(result, run))
        return result.violations.isEmpty
    }

    private static let shownViolations = 8

    private static func line(_ result: RunResult, _ run: PlannedRun) -> String {
        let hash = String(result.hash, radix: 16)
        let counts = "sent \(result.sent), acknowledged \(result.acknowledged), read \(result.reads)"
        let foreign = result.foreignWork == 0 ? "" : ", \(result.foreignWork) times from other threads"
        let name = "seed \(run.seed)\(run.kind == "-" ? "" : " (\(run.kind))")"
        let text = "\(name): hash \(hash), \(result.steps) steps, \(result.virtualSeconds) s, \(counts)\(foreign)"
        let shown = result.violations.prefix(shownViolations).map { "  VIOLATED \($0)" }
        let rest = result.violations.count - shown.count
        return ([text] + shown + (rest > 0 ? ["  and \(rest) more"] : [])).joined(separator: "\n")
    }

    /// The share of one process.
    private static func search(_ runs: AnyCollection<PlannedRun>, _ command: Command) -> Bool {
        let (share, of) = command.share ?? (0, 1)
        var isClean = true
        for (index, run) in runs.enumerated() where index % of == share {
            let result = perform(run, command, print: nil)
            if let file = command.tells, result.violations.isEmpty || command.bugs.isEmpty {
                write(RareState.numbers(of: result.rareStates).map { "\($0) " }.joined() + ".\n", to: file)
            }
            if !result.violations.isEmpty || command.isVerbose { say(line(result, run)) }
            if result.violations.isEmpty { continue }
            isClean = false
            // One is enough to know that a defect is found.
            if !command.bugs.isEmpty { break }
        }
        return isClean
    }

    /// Simulated processes that were killed stay in the memory of the one that simulates them, so that none does more.
    private static let runsOfAProcess = 50

    private static func searchOnAllCores(_ count: Int, _ command: Command) -> Bool {
        let shares = max(Child.cores, (count + runsOfAProcess - 1) / runsOfAProcess)
        var waiting = 0..<shares
        var running: [pid_t: (share: Int, child: Child)] = [:]
        var done = 0
        var reached = RareStateCounts()
        var isClean = true
        repeat {
            while running.count < Child.cores, let share = waiting.popFirst() {
                let child = Child(command.arguments + ["--share", "\(share)/\(shares)"])
                if let child { running[child.id] = (share, child) } else { isClean = false }
            }
            guard let (id, end) = Child.waitForOne(), let (share, child) = running.removeValue(forKey: id) else {
                break
            }
            for line in child.told() { reached.add(line) }
            switch end {
            case .code(0): break
            case .code: isClean = false
            case .signal(let signal):
                isClean = false
                say("share \(share)/\(shares) ended with signal \(signal)")
            }
            done += (count - share + shares - 1) / shares
            if done < count { say("\(done) of \(count) seeds done") }
        } while !running.isEmpty || !waiting.isEmpty
        if command.nodes > 1 { for line in reached.lines { say(line) } }
        say(isClean ? "all \(count) seeds are clean" : "some seeds are not clean")
        return isClean
    }
}

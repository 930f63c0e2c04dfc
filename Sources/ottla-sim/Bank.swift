import Glibc
import Simulation

/// Looks for each of some defects, in processes of their own: some end it.
struct Bank {
    private let command: Command
    private let say: (String) -> Void

    init(_ command: Command, say: @escaping (String) -> Void) {
        self.command = command
        self.say = say
    }

    /// Whether all were found.
    func isFound() -> Bool {
        // What a defect ends has no need to tell where.
        setenv("SWIFT_BACKTRACE", "enable=no", 1)
        var waiting = command.bugs[...]
        var running: [pid_t: (bug: String, child: Child)] = [:]
        var missed: [String] = []
        repeat {
            while running.count < Child.cores, let bug = waiting.popFirst() {
                if let child = Child(arguments(bug)) { running[child.id] = (bug, child) } else { missed.append(bug) }
            }
            guard let (id, end) = Child.waitForOne(), let (bug, child) = running.removeValue(forKey: id) else { break }
            let clean = child.told().count
            switch end {
            case .code(1): say("found: \(bug), by seed \(clean + 1) of those tried")
            case .signal(let signal): say("found: \(bug), by seed \(clean + 1) of those tried (signal \(signal))")
            case .code:
                say("NOT FOUND: \(bug), by \(clean) seeds")
                missed.append(bug)
            }
        } while !running.isEmpty || !waiting.isEmpty
        say("\(command.bugs.count - missed.count) of \(command.bugs.count) defects were found")
        return missed.isEmpty
    }

    private func arguments(_ bug: String) -> [String] {
        let range = "\(command.seeds.lowerBound)..\(command.seeds.upperBound)"
        return ["--bug", bug, "--seeds", range, "--seconds", "\(command.seconds)", "--share", "0/1"]
    }
}

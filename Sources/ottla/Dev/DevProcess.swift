import Glibc
import NIOCore

/// A process of this program that was started here: `ottla serve` with a node's configuration.
struct DevProcess: Sendable {
    let pid: pid_t

    /// POSIX_SPAWN_SETSID of spawn.h, which only C programs that ask for GNU's extensions see.
    private static let newSession: Int32 = 0x80

    /// How a process has ended.
    enum End: Equatable, Sendable {
        case code(Int32)
        case signal(Int32)

        var text: String {
            switch self {
            case .code(let code): "exited with code \(code)"
            case .signal(let number): "killed by signal \(number)"
            }
        }
    }

    /// Starts the node in a session of its own: the terminal's ctrl-C reaches this process alone, which stops the nodes in order.
    ///
    /// - Throws: `InputFailure` when there is no process to be had.
    init(serving node: DevNode) throws(InputFailure) {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, node.log, O_WRONLY | O_CREAT | O_APPEND, 0o644)
        posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(
            &attributes,
            Int16(Int32(POSIX_SPAWN_SETSIGMASK) | Int32(POSIX_SPAWN_SETSIGDEF) | Self.newSession)
        )
        let program = "/proc/self/exe"
        let words: [String] = ["ottla", "serve", "--config", node.config]
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
        defer { for argument in arguments { free(argument) } }
        arguments.append(nil)
        var pid: pid_t = 0
        let code = posix_spawn(&pid, program, &actions, &attributes, arguments, environ)
        if code != 0 { throw InputFailure("the program itself, to start node \(node.id)", errno: code) }
        self.pid = pid
    }

    func send(_ signal: Int32) { _ = kill(pid, signal) }

    /// How it has ended; nil while it runs.
    func end() -> End? {
        var status: Int32 = 0
        guard waitpid(pid, &status, WNOHANG) == pid else { return nil }
        let signal = status & 0x7f
        return signal == 0 ? .code((status >> 8) & 0xff) : .signal(signal)
    }
}

/// What a process uses, as the system counts it.
struct ProcessUsage: Equatable, Sendable {
    var cpuMillis: Int64
    var residentBytes: Int64

    /// nil when the process is gone.
    init?(_ pid: pid_t) {
        guard let stat = try? smallFile("/proc/\(pid)/stat"), let memory = try? smallFile("/proc/\(pid)/statm") else {
            return nil
        }
        // Behind the name, which may hold anything but ends with the last bracket.
        let fields = String(buffer: stat).split(separator: ")").last?.split(separator: " ") ?? []
        let pages = String(buffer: memory).split(separator: " ")
        guard fields.count > 12, let user = Int64(fields[11]), let system = Int64(fields[12]), pages.count > 1,
            let resident = Int64(pages[1])
        else { return nil }
        let ticks = max(1, Int64(sysconf(Int32(_SC_CLK_TCK))))
        cpuMillis = (user + system) * 1000 / ticks
        residentBytes = resident * Int64(sysconf(Int32(_SC_PAGESIZE)))
    }
}

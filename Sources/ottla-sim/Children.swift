import Glibc

/// Processes that run this program with other arguments.
enum Children {
    static var cores: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

    static func start(_ arguments: [String]) -> pid_t? {
        var words = (["ottla-sim"] + arguments).map { strdup($0) }
        defer { for word in words { free(word) } }
        words.append(nil)
        var child: pid_t = 0
        return posix_spawn(&child, "/proc/self/exe", nil, nil, words, environ) == 0 ? child : nil
    }

    /// How a process ended.
    enum End {
        case code(Int32)
        case signal(Int32)
    }

    /// Waits for any of them.
    static func waitForOne() -> (pid_t, End)? {
        var status: Int32 = 0
        let child = waitpid(-1, &status, 0)
        if child < 0 { return nil }
        let signal = status & 0x7f
        return (child, signal == 0 ? .code(status >> 8 & 0xff) : .signal(signal))
    }
}

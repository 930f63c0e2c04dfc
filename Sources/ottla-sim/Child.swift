import Glibc

/// A process that runs this program with other arguments.
struct Child {
    let id: pid_t
    /// Where it tells what its seeds came to, a line for each.
    private let report: Int32

    /// nil when there can be none.
    init?(_ arguments: [String]) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        // Those that are started after it have no other use for its end than to keep it open.
        defer { close(ends[1]) }
        _ = fcntl(ends[0], F_SETFD, FD_CLOEXEC)
        var words = (["ottla-sim"] + arguments + ["--tell", "\(ends[1])"]).map { strdup($0) }
        defer { for word in words { free(word) } }
        words.append(nil)
        var child: pid_t = 0
        guard posix_spawn(&child, "/proc/self/exe", nil, nil, words, environ) == 0 else {
            close(ends[0])
            return nil
        }
        (id, report) = (child, ends[0])
    }

    /// What it told; once, when it has ended. Whatever it has to tell fits into a pipe.
    func told() -> [Substring] {
        defer { close(report) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(report, &part, part.count)
            if count <= 0 { return String(decoding: bytes, as: UTF8.self).split(separator: "\n") }
            bytes += part.prefix(count)
        }
    }

    static var cores: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

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

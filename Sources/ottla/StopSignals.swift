import CProcess
import Glibc

/// The signals of a node. They are taken by the thread that waits, not by whichever is running, so they have to be blocked before
/// there is a second thread.
struct StopSignals {
    /// None of these is a reason to end: peers and readers that are gone, logrotate's signals, a terminal that background processes
    /// may not write to, a limit on the size of files (the write fails), children of others that a container's first process gets.
    private static let ignored = [SIGPIPE, SIGUSR1, SIGUSR2, SIGTTOU, SIGXFSZ, SIGCHLD]

    private var set = sigset_t()

    init() {
        ottla_stop_signals(&set)
        pthread_sigmask(SIG_BLOCK, &set, nil)
        for number in Self.ignored { signal(number, SIG_IGN) }
    }

    /// Blocks until one comes. From then on another one ends the process at once, also when it is a container's first.
    mutating func wait() -> Int32 {
        var received: Int32 = 0
        sigwait(&set, &received)
        for number in 1..<Int32(64) where sigismember(&set, number) == 1 {
            signal(number) { another in _exit(128 + another) }
        }
        pthread_sigmask(SIG_UNBLOCK, &set, nil)
        return received
    }
}

import Glibc
import Synchronization

/// A few threads for a piece of work that blocks, joined before it returns.
enum Workers {
    private final class Job: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    /// Blocks the calling thread.
    static func pause(millis: Int) { usleep(UInt32(millis * 1000)) }

    /// Runs `body` on `count` threads at once and returns when all are done.
    static func run(_ count: Int, _ body: @escaping @Sendable () -> Void) {
        var threads: [pthread_t] = []
        for _ in 1..<max(1, count) {
            var thread = pthread_t()
            let job = Unmanaged.passRetained(Job(body))
            let status = pthread_create(
                &thread,
                nil,
                { argument in
                    // Retained above for exactly this call; `argument` is what was passed, never nil.
                    if let argument { Unmanaged<Job>.fromOpaque(argument).takeRetainedValue().body() }
                    return nil
                },
                job.toOpaque()
            )
            if status == 0 { threads.append(thread) } else { job.release() }
        }
        body()
        for thread in threads { pthread_join(thread, nil) }
    }
}

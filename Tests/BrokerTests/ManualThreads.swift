import KafkaProtocol
import NIOCore
import NIOEmbedded
import Synchronization
import TestSupport
import World

/// Work that runs when a test says so, on its thread.
final class ManualThreads: Threads {
    private final class Queue: Worker {
        private let waiting = Mutex<[@Sendable () -> Void]>([])

        func submit(_ body: @escaping @Sendable () -> Void) -> Bool {
            waiting.withLock { $0.append(body) }
            return true
        }

        func stop(then done: @escaping @Sendable () -> Void) { _ = submit(done) }

        func next() -> (@Sendable () -> Void)? { waiting.withLock { $0.isEmpty ? nil : $0.removeFirst() } }
    }

    private let queue = Queue()

    var shared: any Worker { queue }
    func makeWorker(_ name: String, threads: Int) -> any Worker { queue }
    func run(_ count: Int, _ body: @escaping @Sendable () -> Void) { for _ in 0..<count { body() } }

    /// Runs all that was submitted, and what comes of it.
    func runAll() { while let body = queue.next() { body() } }
}

extension World {
    /// A world whose threads and clock a test moves.
    static func manual(_ files: MemoryFileSystem, _ threads: ManualThreads, _ ticks: VirtualTicks) -> World {
        .manual(
            files,
            threads,
            VirtualClock(ticks, wall: WallTime(milliseconds: 1_700_000_000_000), sleep: { _ in })
        )
    }

    static func manual(_ files: MemoryFileSystem, _ threads: ManualThreads, _ clock: VirtualClock) -> World {
        let draws = Mutex(SeededGenerator(seed: 4))
        return World(
            time: WorldTime(clock),
            random: WorldRandom { draws.withLock { $0.next() } },
            files: files,
            network: World.real().network,
            threads: threads,
            raiseOpenFileLimit: { 1000 }
        )
    }
}

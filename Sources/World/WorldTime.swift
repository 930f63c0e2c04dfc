import CPlatform
import Glibc
import KafkaProtocol
import Synchronization

/// The clocks of a world. Read on every request, so it is a structure whose reads are compiled into the caller.
package struct WorldTime: Sendable {
    /// Nil reads the machine's clocks.
    @usableFromInline let virtual: VirtualClock?

    package static let real = WorldTime(nil)

    package init(_ virtual: VirtualClock?) { self.virtual = virtual }

    /// For timeouts.
    @inlinable package var now: MonotonicTime {
        if let virtual { return virtual.now }
        return MonotonicTime(nanoseconds: ottla_monotonic_nanos())
    }

    /// For the timestamps of records, and retention.
    @inlinable package var wall: WallTime {
        if let virtual { return virtual.wall }
        return WallTime(milliseconds: ottla_wall_millis())
    }

    /// - Throws: when the task is cancelled.
    package func sleep(for duration: Duration) async throws {
        if let virtual { return try await virtual.sleep(duration) }
        try await Task.sleep(for: duration)
    }

    /// Blocks the calling thread; for work that blocks anyway.
    package func pause(milliseconds: Int64) {
        if let virtual { return virtual.advance(nanoseconds: milliseconds * 1_000_000) }
        usleep(UInt32(clamping: milliseconds * 1000))
    }

    /// Blocks the calling thread, which holds no lock: in a simulated world others may go on meanwhile.
    ///
    /// - Returns: false when it makes no sense to wait any more.
    package func rest(milliseconds: Int64) -> Bool {
        if let rest = virtual?.rest?(milliseconds * 1_000_000) { return rest }
        pause(milliseconds: milliseconds)
        return true
    }
}

/// The nanoseconds that all clocks of one simulated world share.
package final class VirtualTicks: Sendable {
    private let nanoseconds: Atomic<Int64>

    package init(nanoseconds: Int64) { self.nanoseconds = Atomic(nanoseconds) }

    package var now: Int64 { nanoseconds.load(ordering: .relaxed) }

    /// Never back.
    package func advance(to time: Int64) { if time > now { nanoseconds.store(time, ordering: .relaxed) } }
}

/// The clocks of one machine in a simulated world: the monotonic one is everybody's, the one on the wall is its own.
package final class VirtualClock: Sendable {
    private let ticks: VirtualTicks
    /// The wall's nanoseconds minus the ticks.
    private let offset: Atomic<Int64>
    fileprivate let sleep: @Sendable (Duration) async throws -> Void
    fileprivate let rest: (@Sendable (Int64) -> Bool?)?

    /// - Parameters:
    ///   - sleep: returns when the time has passed; throws when the task is cancelled before.
    ///   - rest: blocks the calling thread for so many nanoseconds while others go on, and says whether it makes sense to go on; nil on
    ///     threads that cannot.
    package init(
        _ ticks: VirtualTicks,
        wall: WallTime,
        sleep: @escaping @Sendable (Duration) async throws -> Void,
        rest: (@Sendable (Int64) -> Bool?)? = nil
    ) {
        self.ticks = ticks
        offset = Atomic(wall.milliseconds * 1_000_000 - ticks.now)
        self.sleep = sleep
        self.rest = rest
    }

    package var now: MonotonicTime { MonotonicTime(nanoseconds: ticks.now) }

    package var wall: WallTime {
        WallTime(milliseconds: (ticks.now + offset.load(ordering: .relaxed)) / 1_000_000)
    }

    /// Lets time pass for the whole world, as if it all stood still meanwhile.
    package func advance(nanoseconds: Int64) { ticks.advance(to: ticks.now + max(0, nanoseconds)) }

    /// Somebody sets the clock on the wall.
    package func moveWall(milliseconds: Int64) { offset.wrappingAdd(milliseconds * 1_000_000, ordering: .relaxed) }
}

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
}

/// A clock that moves when it is told to.
package final class VirtualClock: Sendable {
    private let monotonic: Atomic<Int64>
    /// The wall's nanoseconds minus the monotonic ones.
    private let offset: Atomic<Int64>
    fileprivate let sleep: @Sendable (Duration) async throws -> Void

    /// - Parameter sleep: returns when the time has passed; throws when the task is cancelled before.
    package init(
        monotonic: MonotonicTime,
        wall: WallTime,
        sleep: @escaping @Sendable (Duration) async throws -> Void
    ) {
        self.monotonic = Atomic(monotonic.nanoseconds)
        offset = Atomic(wall.milliseconds * 1_000_000 - monotonic.nanoseconds)
        self.sleep = sleep
    }

    package var now: MonotonicTime { MonotonicTime(nanoseconds: monotonic.load(ordering: .relaxed)) }

    package var wall: WallTime {
        let nanoseconds = monotonic.load(ordering: .relaxed) + offset.load(ordering: .relaxed)
        return WallTime(milliseconds: nanoseconds / 1_000_000)
    }

    /// Moves both clocks; never back.
    package func advance(to time: MonotonicTime) {
        if time > now { monotonic.store(time.nanoseconds, ordering: .relaxed) }
    }

    package func advance(nanoseconds: Int64) { monotonic.wrappingAdd(max(0, nanoseconds), ordering: .relaxed) }

    /// Somebody sets the clock on the wall.
    package func moveWall(milliseconds: Int64) { offset.wrappingAdd(milliseconds * 1_000_000, ordering: .relaxed) }
}

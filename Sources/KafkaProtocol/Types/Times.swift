/// A point of the clock that only moves forward; for timeouts and sessions. It means nothing outside of this process.
public struct MonotonicTime: Hashable, Sendable, Comparable {
    /// Nanoseconds since a point that the process knows.
    public var nanoseconds: Int64

    @inlinable public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    /// Saturates where the clock ends.
    public init(milliseconds: Int64) {
        let (product, overflows) = milliseconds.multipliedReportingOverflow(by: 1_000_000)
        nanoseconds = overflows ? (milliseconds > 0 ? .max : .min) : product
    }

    /// Never reached: a deadline that is not set.
    public static let never = MonotonicTime(nanoseconds: .max)

    @inlinable public var milliseconds: Int64 { nanoseconds / 1_000_000 }

    /// This point moved by milliseconds; `never` where the clock ends, and from `never`.
    public func adding(milliseconds: Int64) -> MonotonicTime {
        if self == .never { return self }
        let span = MonotonicTime(milliseconds: milliseconds).nanoseconds
        let (sum, overflows) = nanoseconds.addingReportingOverflow(span)
        return overflows
            ? (milliseconds > 0 ? .never : MonotonicTime(nanoseconds: .min)) : MonotonicTime(nanoseconds: sum)
    }

    /// Milliseconds from `earlier` to this point.
    public func milliseconds(since earlier: MonotonicTime) -> Int64 {
        let (difference, overflows) = nanoseconds.subtractingReportingOverflow(earlier.nanoseconds)
        return (overflows ? (self > earlier ? .max : .min) : difference) / 1_000_000
    }

    @inlinable public static func < (left: MonotonicTime, right: MonotonicTime) -> Bool {
        left.nanoseconds < right.nanoseconds
    }
}

/// A point of the clock on the wall, which jumps; for the timestamps of records, retention and expiry. Never for timeouts.
public struct WallTime: Hashable, Sendable, Comparable {
    /// Milliseconds since 1970.
    public var milliseconds: Int64

    @inlinable public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    public static func < (left: WallTime, right: WallTime) -> Bool { left.milliseconds < right.milliseconds }
}

import CPlatform

/// Time for the shell: state machines get it as arguments.
enum Clock {
    /// Milliseconds that only move forward; for timeouts.
    static var monotonicMillis: Int64 { ottla_monotonic_nanos() / 1_000_000 }
    static var monotonicNanos: Int64 { ottla_monotonic_nanos() }
    /// Milliseconds since 1970; for records and retention.
    static var wallMillis: Int64 { ottla_wall_millis() }
}

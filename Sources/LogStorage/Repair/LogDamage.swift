/// Bytes of a segment that are not the batches that were written there.
package struct LogDamage: Equatable, Sendable, CustomStringConvertible {
    /// The log file that they lie in, and where.
    package var path: String
    package var bytes: Range<Int64>
    /// What the log lacks because of them; empty where only bytes are too many.
    package var offsets: Range<Int64>
    package var reason: String

    package var description: String {
        let place = bytes.isEmpty ? "byte \(bytes.lowerBound)" : "bytes \(bytes.lowerBound) to \(bytes.upperBound - 1)"
        return "\(path), \(place): \(reason)"
    }
}

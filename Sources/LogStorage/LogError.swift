import KafkaRecords
import World

/// What a log refuses or cannot do.
package enum LogError: Error, Equatable, Sendable {
    case storage(StorageError)
    /// An offset outside of the log.
    case outOfRange(offset: Int64, start: Int64, end: Int64)
    /// Bytes that are not what was written.
    case corrupt(path: String, position: Int64, reason: String)
    /// The log does not take this batch: the producer's mistake, or the rules of the topic.
    case refused(RecordError)
}

extension LogError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .storage(let error): error.description
        case .outOfRange(let offset, let start, let end): "offset \(offset) is outside of \(start) to \(end)"
        case .corrupt(let path, let position, let reason): "\(path) is damaged at byte \(position): \(reason)"
        case .refused(let error): error.description
        }
    }
}

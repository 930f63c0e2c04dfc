import KafkaProtocol

/// Why records are refused or cannot be read: the code for the client and a sentence for the log.
public struct RecordError: Error, Equatable, Sendable, CustomStringConvertible {
    public var code: ErrorCode
    public var reason: String

    public init(_ code: ErrorCode, _ reason: String) {
        self.code = code
        self.reason = reason
    }

    public static func corrupt(_ reason: String) -> RecordError { RecordError(.corruptMessage, reason) }
    public static func invalid(_ reason: String) -> RecordError { RecordError(.invalidRecord, reason) }

    public var description: String { "\(code): \(reason)" }
}

import KafkaProtocol

/// Why records are refused or cannot be read: the code for the client and a sentence for the log.
public struct RecordError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Records that are named at most. Producers put fewer into a batch; without a bound, a few bytes that inflate to millions of records
    /// would become an answer of gigabytes, and even so only as many are named as the batch has bytes, and a few.
    public static let namedLimit = 1 << 16

    public var code: ErrorCode
    public var reason: String
    /// The records that are to blame; empty when the batch as a whole is.
    public var records: [RecordProblem] = []

    public init(_ code: ErrorCode, _ reason: String) {
        self.code = code
        self.reason = reason
    }

    public static func corrupt(_ reason: String) -> RecordError { RecordError(.corruptMessage, reason) }
    public static func invalid(_ reason: String) -> RecordError { RecordError(.invalidRecord, reason) }

    public var description: String { "\(code): \(reason)" }
}

/// What is wrong with one record of a batch (KIP-467).
public struct RecordProblem: Equatable, Sendable {
    /// Its place in the batch, from 0.
    public var index: Int32
    public var reason: String

    public init(index: Int32, reason: String) {
        self.index = index
        self.reason = reason
    }
}

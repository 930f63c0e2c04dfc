import KafkaProtocol

/// Why records are refused or cannot be read: the code for the client and a sentence for the log.
package struct RecordError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Records that are named at most. Producers put fewer into a batch; without a bound, a few bytes that inflate to millions of records
    /// would become an answer of gigabytes, and even so only as many are named as the batch has bytes, and a few.
    package static let namedLimit = 1 << 16

    package var code: ErrorCode
    package var reason: String
    /// The records that are to blame; empty when the batch as a whole is.
    package var records: [RecordProblem] = []

    package init(_ code: ErrorCode, _ reason: String) {
        self.code = code
        self.reason = reason
    }

    package static func corrupt(_ reason: String) -> RecordError { RecordError(.corruptMessage, reason) }
    package static func invalid(_ reason: String) -> RecordError { RecordError(.invalidRecord, reason) }

    package var description: String { "\(code): \(reason)" }
}

/// What is wrong with one record of a batch (KIP-467).
package struct RecordProblem: Equatable, Sendable {
    /// Its place in the batch, from 0.
    package var index: Int32
    package var reason: String

    package init(index: Int32, reason: String) {
        self.index = index
        self.reason = reason
    }
}

import KafkaProtocol

/// Why an operation of a client failed.
public struct KafkaError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The kind of failure, for programs to decide by.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Base: String {
            case unreachable, connectionLost, timedOut, refused, unauthenticated, unsupported, malformed, invalid
            case closed, cancelled, aborted, fenced, batchRefused
        }
        private let base: Base

        /// No broker could be reached at the addresses given.
        public static let unreachable = Code(base: .unreachable)
        /// The connection was closed before the response came; whether the request took effect is unknown.
        public static let connectionLost = Code(base: .connectionLost)
        /// No response in time; whether the request took effect is unknown.
        public static let timedOut = Code(base: .timedOut)
        /// The cluster answered with an error: `serverCode`.
        public static let refused = Code(base: .refused)
        /// TLS or SASL failed: the broker's certificate is not trusted, or the broker rejected the client's credentials.
        public static let unauthenticated = Code(base: .unauthenticated)
        /// The broker supports no version of the API that this client speaks.
        public static let unsupported = Code(base: .unsupported)
        /// The broker's response violates the protocol.
        public static let malformed = Code(base: .malformed)
        /// An argument or a configuration value is invalid.
        public static let invalid = Code(base: .invalid)
        /// The client was closed.
        public static let closed = Code(base: .closed)
        /// The transaction failed or was aborted: none of its records count. After `abortTransaction` another can begin.
        public static let aborted = Code(base: .aborted)
        /// Producer fenced: another one uses the same transactional id, or the coordinator rejects this one for good. Close it.
        public static let fenced = Code(base: .fenced)
        /// The record was in a batch that the broker rejected because of other records: sent again, it may be accepted (KIP-467).
        public static let batchRefused = Code(base: .batchRefused)
        /// The task was cancelled; the request may still take effect.
        public static let cancelled = Code(base: .cancelled)

        public var description: String { base.rawValue }
    }

    public var code: Code
    /// A sentence for people.
    public var message: String
    /// Kafka's error code, when a broker answered with one: always for `.refused`, sometimes for `.unauthenticated`, `.aborted` and `.fenced`.
    public var serverCode: ErrorCode?
    /// For a batch: what is wrong with which of its records, by their places; empty when it is the batch as a whole.
    package var records: [Int32: String] = [:]

    public init(_ code: Code, _ message: String, serverCode: ErrorCode? = nil) {
        self.code = code
        self.message = message
        self.serverCode = serverCode
    }

    package static let taskCancelled = KafkaError(.cancelled, "the task was cancelled")

    /// An error that a broker answered, with what it said about it, if anything.
    package static func refused(_ serverCode: ErrorCode, _ message: String? = nil) -> KafkaError {
        let text = message.flatMap { $0.isEmpty ? nil : $0 } ?? serverCode.message
        return KafkaError(.refused, text, serverCode: serverCode)
    }

    /// The error of one record of a batch that failed.
    package func ofRecord(_ index: Int) -> KafkaError {
        if records.isEmpty { return self }
        guard let reason = records[Int32(clamping: index)] else {
            return KafkaError(.batchRefused, "the batch was rejected because of other records in it: \(message)")
        }
        return KafkaError(code, reason.isEmpty ? message : reason, serverCode: serverCode)
    }

    /// Whether the same request may succeed later.
    public var isRetriable: Bool {
        switch code {
        case .refused: serverCode?.isRetriable ?? false
        case .unreachable, .connectionLost, .timedOut: true
        default: false
        }
    }

    public var description: String {
        guard let serverCode else { return message }
        return "\(message) (\(serverCode.name))"
    }
}

extension ErrorCode {
    /// Throws what a broker answered, unless it is no error.
    package func check(_ message: String? = nil) throws(KafkaError) {
        if self != .none { throw KafkaError.refused(self, message) }
    }
}

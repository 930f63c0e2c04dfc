import KafkaProtocol

/// Why something that a client asked for did not happen.
public struct KafkaError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of failure it is; what a program decides by.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Base: String {
            case unreachable, connectionLost, timedOut, refused, unauthenticated, unsupported, malformed, invalid
            case closed, cancelled, aborted, fenced, batchRefused
        }
        private let base: Base

        /// No broker could be reached at the addresses given.
        public static let unreachable = Code(base: .unreachable)
        /// The connection ended before the answer came; whether the request was served is not known.
        public static let connectionLost = Code(base: .connectionLost)
        /// No answer in time; whether the request was served is not known.
        public static let timedOut = Code(base: .timedOut)
        /// The cluster answered with an error: `serverCode`.
        public static let refused = Code(base: .refused)
        /// The broker could not prove who it is, or did not believe who the client is: TLS or SASL failed.
        public static let unauthenticated = Code(base: .unauthenticated)
        /// The broker has no version of the API that this client speaks.
        public static let unsupported = Code(base: .unsupported)
        /// The broker sent what the protocol doesn't allow.
        public static let malformed = Code(base: .malformed)
        /// An argument or a configuration value is not possible.
        public static let invalid = Code(base: .invalid)
        /// The client was closed.
        public static let closed = Code(base: .closed)
        /// Something in a transaction failed, or it was aborted: none of it counts. After `abortTransaction` another can begin.
        public static let aborted = Code(base: .aborted)
        /// Another producer with the same transactional id took over, or the coordinator refuses this one for good: close it.
        public static let fenced = Code(base: .fenced)
        /// The record was sent together with others that the broker refuses, and with them: sent again, it may be taken (KIP-467).
        public static let batchRefused = Code(base: .batchRefused)
        /// The task was cancelled; what it asked for may happen still.
        public static let cancelled = Code(base: .cancelled)

        public var description: String { base.rawValue }
    }

    public var code: Code
    /// One sentence for a person.
    public var message: String
    /// What the cluster answered, where that is the reason: always for `.refused`, for `.unauthenticated`, `.aborted` and `.fenced` at times.
    public var serverCode: ErrorCode?
    /// For a batch: what is wrong with which of its records, by their places; empty when it is the batch as a whole.
    var records: [Int32: String] = [:]

    public init(_ code: Code, _ message: String, serverCode: ErrorCode? = nil) {
        self.code = code
        self.message = message
        self.serverCode = serverCode
    }

    static let taskCancelled = KafkaError(.cancelled, "the task was cancelled")

    /// An error that a broker answered, with what it said about it, if anything.
    static func refused(_ serverCode: ErrorCode, _ message: String? = nil) -> KafkaError {
        let text = message.flatMap { $0.isEmpty ? nil : $0 } ?? serverCode.message
        return KafkaError(.refused, text, serverCode: serverCode)
    }

    /// The error of one record of a batch that failed.
    func ofRecord(_ index: Int) -> KafkaError {
        if records.isEmpty { return self }
        guard let reason = records[Int32(clamping: index)] else {
            return KafkaError(.batchRefused, "the batch was refused for other records in it: \(message)")
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
    func check(_ message: String? = nil) throws(KafkaError) {
        if self != .none { throw KafkaError.refused(self, message) }
    }
}

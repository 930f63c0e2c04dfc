/// A Kafka error code. Codes that this library doesn't know keep their number.
public struct ErrorCode: RawRepresentable, Hashable, Sendable, Error {
    public var rawValue: Int16

    public init(rawValue: Int16) { self.rawValue = rawValue }

    /// Kafka's name of the code, `UNKNOWN_CODE_n` for a number that is not known.
    public var name: String { Self.facts[rawValue]?.name ?? "UNKNOWN_CODE_\(rawValue)" }
    /// One sentence for a person.
    public var message: String { Self.facts[rawValue]?.message ?? "An error with a code that is not known here." }
    /// Whether the same request may succeed when it is sent again.
    public var isRetriable: Bool { Self.facts[rawValue]?.isRetriable ?? false }
    /// Whether the sender's picture of the cluster is stale and should be refreshed before trying again.
    public var invalidatesMetadata: Bool { Self.facts[rawValue]?.invalidatesMetadata ?? false }
}

extension ErrorCode: CustomStringConvertible {
    public var description: String { name }
}

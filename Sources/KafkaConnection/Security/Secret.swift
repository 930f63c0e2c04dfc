/// A password or a token; its description is `[hidden]`.
public struct Secret: Hashable, Sendable, ExpressibleByStringLiteral {
    /// The secret itself. Do not log it.
    public let exposed: String

    public init(_ text: String) { exposed = text }
    public init(stringLiteral text: String) { exposed = text }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "[hidden]" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

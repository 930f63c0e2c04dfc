/// A password or a token: what prints it prints that it is hidden.
public struct Secret: Hashable, Sendable, ExpressibleByStringLiteral {
    /// The text itself. Whoever asks for it sees to it that it goes nowhere else.
    public let exposed: String

    public init(_ text: String) { exposed = text }
    public init(stringLiteral text: String) { exposed = text }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "[hidden]" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

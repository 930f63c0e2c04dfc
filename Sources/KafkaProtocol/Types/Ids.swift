/// The number of a node: a broker, a controller, or both.
public struct NodeId: RawRepresentable, Hashable, Sendable, Comparable, CustomStringConvertible,
    ExpressibleByIntegerLiteral
{
    public var rawValue: Int32

    public init(rawValue: Int32) { self.rawValue = rawValue }
    public init(_ value: Int32) { rawValue = value }
    public init(integerLiteral value: Int32) { rawValue = value }

    public var description: String { "\(rawValue)" }
    public static func < (left: NodeId, right: NodeId) -> Bool { left.rawValue < right.rawValue }
}

/// The epoch of a leadership, of a partition or of the metadata quorum: each leader has a higher one than those before.
public struct LeaderEpoch: RawRepresentable, Hashable, Sendable, Comparable, CustomStringConvertible,
    ExpressibleByIntegerLiteral
{
    public var rawValue: Int32

    public init(rawValue: Int32) { self.rawValue = rawValue }
    public init(_ value: Int32) { rawValue = value }
    public init(integerLiteral value: Int32) { rawValue = value }

    public var description: String { "\(rawValue)" }
    public static func < (left: LeaderEpoch, right: LeaderEpoch) -> Bool { left.rawValue < right.rawValue }
}

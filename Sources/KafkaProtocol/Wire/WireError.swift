/// Why bytes are not a message, or a message cannot be written in a version.
public enum WireError: Error, Equatable, Sendable {
    /// The frame ends before the value does.
    case truncated(needed: Int, remaining: Int)
    /// A length or count is negative or larger than what is left of the frame.
    case invalidLength(Int, remaining: Int)
    /// A null stands where the version doesn't allow one.
    case unexpectedNull
    /// A string is not UTF-8.
    case invalidUTF8
    /// A variable-length integer is longer than its type.
    case malformedVarint
    /// Tagged fields are not in ascending order, or one has another size than it states.
    case malformedTag(UInt32)
    /// The frame describes more objects than `WireReader.objectLimit`.
    case tooManyObjects(limit: Int)
    /// The version is outside of what the message knows.
    case unsupportedVersion(message: String, version: Int16)
    /// A field with a value other than its default doesn't exist in the version to be written.
    case notRepresentable(field: String, version: Int16)
    /// A string is longer than the 32,767 bytes that the version can express.
    case stringTooLong(bytes: Int)
}

extension WireError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .truncated(let needed, let remaining): "\(needed) more bytes expected, \(remaining) remain"
        case .invalidLength(let length, let remaining):
            "length \(length) is not possible with \(remaining) bytes remaining"
        case .unexpectedNull: "null where a value is required"
        case .invalidUTF8: "a string is not valid UTF-8"
        case .malformedVarint: "a variable-length integer is too long"
        case .malformedTag(let tag): "tagged field \(tag) is out of order or of another size than stated"
        case .tooManyObjects(let limit): "more than \(limit) objects in one frame"
        case .unsupportedVersion(let message, let version): "\(message) has no version \(version)"
        case .notRepresentable(let field, let version): "version \(version) cannot carry the field \(field)"
        case .stringTooLong(let bytes): "a string of \(bytes) bytes exceeds the limit of 32767"
        }
    }
}

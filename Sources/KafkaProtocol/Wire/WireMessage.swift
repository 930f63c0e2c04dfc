import NIOCore

/// A structure of the protocol, read and written in a given version.
public protocol WireStructure: Equatable, Sendable {
    init()
    /// Sets the fields that the version has. What cannot be read shows in the reader's `failure`.
    mutating func read(from reader: inout WireReader, version: Int16)
    func encode(into writer: inout WireWriter, version: Int16) throws(WireError)
}

extension WireStructure {
    /// - Throws: why the bytes are not such a structure.
    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.init()
        read(from: &reader, version: version)
        try reader.check()
    }
}

/// What kind of thing a message is.
public enum MessageKind: String, Sendable {
    case request, response, header, data, metadata
    case coordinatorKey = "coordinator-key"
    case coordinatorValue = "coordinator-value"
}

/// The facts of a message that hold for all its versions.
public struct MessageSchema: Sendable {
    public var name: String
    public var kind: MessageKind
    /// The API key of a request or response, the type of a record, -1 otherwise.
    public var key: Int16
    public var versions: ClosedRange<Int16>
    /// The first version with compact encodings and tagged fields.
    public var firstFlexible: Int16?

    public func isFlexible(_ version: Int16) -> Bool {
        guard let firstFlexible else { return false }
        return version >= firstFlexible
    }
}

/// A whole message: request, response, header or record.
public protocol WireMessage: WireStructure {
    static var schema: MessageSchema { get }
}

public protocol RequestMessage: WireMessage {
    associatedtype Response: ResponseMessage
}
public protocol ResponseMessage: WireMessage {
    /// Milliseconds for which the client should not send anything more on this connection; 0 also for a message without such a field.
    var throttleTimeMs: Int32 { get }
}

extension ResponseMessage {
    public var throttleTimeMs: Int32 { 0 }
}

extension WireMessage {
    /// Decodes a message, after checking that its version exists.
    public static func decode(_ reader: inout WireReader, version: Int16) throws(WireError) -> Self {
        guard schema.versions.contains(version) else {
            throw .unsupportedVersion(message: schema.name, version: version)
        }
        return try Self(from: &reader, version: version)
    }

    /// The message's bytes, without header, in a buffer of exactly their size.
    public func encoded(version: Int16) throws(WireError) -> ByteBuffer {
        guard Self.schema.versions.contains(version) else {
            throw .unsupportedVersion(message: Self.schema.name, version: version)
        }
        var counter = WireWriter.counting()
        try encode(into: &counter, version: version)
        var writer = WireWriter(capacity: counter.count)
        try encode(into: &writer, version: version)
        return writer.buffer
    }
}

/// A tagged field that the reader's schema doesn't know, kept so that it survives re-encoding.
public struct TaggedField: Equatable, Sendable {
    public var tag: UInt32
    public var content: ByteBuffer

    public init(tag: UInt32, content: ByteBuffer) {
        self.tag = tag
        self.content = content
    }
}

/// Record batches inside a message: bytes of the frame, or a promise of bytes that the transport sends from a file.
public enum WireRecords: Equatable, Sendable {
    case bytes(ByteBuffer)
    /// `count` bytes that the sender of the frame puts in this place; `id` tells it which.
    case external(id: Int, count: Int)

    public init() { self = .bytes(ByteBuffer()) }

    public var count: Int {
        switch self {
        case .bytes(let buffer): buffer.readableBytes
        case .external(_, let count): count
        }
    }

    /// The bytes, when they are here.
    public var buffer: ByteBuffer? {
        switch self {
        case .bytes(let buffer): buffer
        case .external: nil
        }
    }
}

// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct SaslAuthenticateRequest: RequestMessage {
    public static let schema = MessageSchema(name: "SaslAuthenticateRequest", kind: .request, key: 36, versions: 0...2, firstFlexible: 2)
    public typealias Response = SaslAuthenticateResponse

    public var authBytes: ByteBuffer = ByteBuffer()
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.authBytes = reader.bytes(version >= 2)
        if version >= 2 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.bytes(self.authBytes, version >= 2)
        if version >= 2 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

public struct SaslAuthenticateResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "SaslAuthenticateResponse", kind: .response, key: 36, versions: 0...2, firstFlexible: 2)

    public var errorCode: ErrorCode = .none
    public var errorMessage: String? = ""
    public var authBytes: ByteBuffer = ByteBuffer()
    public var sessionLifetimeMs: Int64 = 0
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.errorCode = ErrorCode(rawValue: reader.integer())
        self.errorMessage = reader.nullableString(version >= 2, allowed: true)
        self.authBytes = reader.bytes(version >= 2)
        if version >= 1 { self.sessionLifetimeMs = reader.integer() }
        if version >= 2 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.errorCode.rawValue)
        try writer.nullableString(self.errorMessage, version >= 2, allowed: true)
        writer.bytes(self.authBytes, version >= 2)
        if version >= 1 { writer.integer(self.sessionLifetimeMs) }
        if version >= 2 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

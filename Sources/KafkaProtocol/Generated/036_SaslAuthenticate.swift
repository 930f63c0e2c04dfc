// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct SaslAuthenticateRequest: RequestMessage {
    public static let schema = MessageSchema(name: "SaslAuthenticateRequest", kind: .request, key: 36, versions: 0...2, firstFlexible: 2)
    public typealias Response = SaslAuthenticateResponse

    public var authBytes: ByteBuffer = ByteBuffer()
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.authBytes = try reader.bytes(version >= 2)
        if version >= 2 {
            var section = try reader.beginTaggedFields()
            while let _ = try reader.nextTag(&section) {
                self.unknownTaggedFields.append(try reader.unknownTag(section))
                try reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.bytes(self.authBytes, version >= 2)
        if version >= 2 {
            try writer.taggedFields(self.unknownTaggedFields)
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

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.errorCode = ErrorCode(rawValue: try reader.integer())
        self.errorMessage = try reader.nullableString(version >= 2, allowed: true)
        self.authBytes = try reader.bytes(version >= 2)
        if version >= 1 { self.sessionLifetimeMs = try reader.integer() }
        if version >= 2 {
            var section = try reader.beginTaggedFields()
            while let _ = try reader.nextTag(&section) {
                self.unknownTaggedFields.append(try reader.unknownTag(section))
                try reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.errorCode.rawValue)
        try writer.nullableString(self.errorMessage, version >= 2, allowed: true)
        writer.bytes(self.authBytes, version >= 2)
        if version >= 1 { writer.integer(self.sessionLifetimeMs) }
        if version >= 2 {
            try writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

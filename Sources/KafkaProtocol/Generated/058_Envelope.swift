// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct EnvelopeRequest: RequestMessage {
    public static let schema = MessageSchema(name: "EnvelopeRequest", kind: .request, key: 58, versions: 0...0, firstFlexible: 0)
    public typealias Response = EnvelopeResponse

    public var requestData: ByteBuffer = ByteBuffer()
    public var requestPrincipal: ByteBuffer? = ByteBuffer()
    public var clientHostAddress: ByteBuffer = ByteBuffer()
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.requestData = try reader.bytes(true)
        self.requestPrincipal = try reader.nullableBytes(true, allowed: true)
        self.clientHostAddress = try reader.bytes(true)
        do {
            var section = try reader.beginTaggedFields()
            while let _ = try reader.nextTag(&section) {
                self.unknownTaggedFields.append(try reader.unknownTag(section))
                try reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.bytes(self.requestData, true)
        try writer.nullableBytes(self.requestPrincipal, true, allowed: true)
        writer.bytes(self.clientHostAddress, true)
        do {
            try writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

public struct EnvelopeResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "EnvelopeResponse", kind: .response, key: 58, versions: 0...0, firstFlexible: 0)

    public var responseData: ByteBuffer? = nil
    public var errorCode: ErrorCode = .none
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.responseData = try reader.nullableBytes(true, allowed: true)
        self.errorCode = ErrorCode(rawValue: try reader.integer())
        do {
            var section = try reader.beginTaggedFields()
            while let _ = try reader.nextTag(&section) {
                self.unknownTaggedFields.append(try reader.unknownTag(section))
                try reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.nullableBytes(self.responseData, true, allowed: true)
        writer.integer(self.errorCode.rawValue)
        do {
            try writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

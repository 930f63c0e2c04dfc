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

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.requestData = reader.bytes(true)
        self.requestPrincipal = reader.nullableBytes(true, allowed: true)
        self.clientHostAddress = reader.bytes(true)
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.bytes(self.requestData, true)
        try writer.nullableBytes(self.requestPrincipal, true, allowed: true)
        writer.bytes(self.clientHostAddress, true)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

public struct EnvelopeResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "EnvelopeResponse", kind: .response, key: 58, versions: 0...0, firstFlexible: 0)

    public var responseData: ByteBuffer? = nil
    public var errorCode: ErrorCode = .none
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.responseData = reader.nullableBytes(true, allowed: true)
        self.errorCode = ErrorCode(rawValue: reader.integer())
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.nullableBytes(self.responseData, true, allowed: true)
        writer.integer(self.errorCode.rawValue)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct RequestHeader: WireMessage {
    public static let schema = MessageSchema(name: "RequestHeader", kind: .header, key: -1, versions: 1...2, firstFlexible: 2)

    public var requestApiKey: Int16 = 0
    public var requestApiVersion: Int16 = 0
    public var correlationId: Int32 = 0
    public var clientId: String? = ""
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.requestApiKey = reader.integer()
        self.requestApiVersion = reader.integer()
        self.correlationId = reader.integer()
        self.clientId = reader.nullableString(false, allowed: true)
        if version >= 2 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.requestApiKey)
        writer.integer(self.requestApiVersion)
        writer.integer(self.correlationId)
        try writer.nullableString(self.clientId, false, allowed: true)
        if version >= 2 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

public struct ResponseHeader: WireMessage {
    public static let schema = MessageSchema(name: "ResponseHeader", kind: .header, key: -1, versions: 0...1, firstFlexible: 1)

    public var correlationId: Int32 = 0
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.correlationId = reader.integer()
        if version >= 1 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.correlationId)
        if version >= 1 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

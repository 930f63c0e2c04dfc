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

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.requestApiKey = try reader.integer()
        self.requestApiVersion = try reader.integer()
        self.correlationId = try reader.integer()
        self.clientId = try reader.nullableString(false, allowed: true)
        if version >= 2 {
            var section = try reader.beginTaggedFields()
            while let _ = try reader.nextTag(&section) {
                self.unknownTaggedFields.append(try reader.unknownTag(section))
                try reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.requestApiKey)
        writer.integer(self.requestApiVersion)
        writer.integer(self.correlationId)
        try writer.nullableString(self.clientId, false, allowed: true)
        if version >= 2 {
            try writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

public struct ResponseHeader: WireMessage {
    public static let schema = MessageSchema(name: "ResponseHeader", kind: .header, key: -1, versions: 0...1, firstFlexible: 1)

    public var correlationId: Int32 = 0
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.correlationId = try reader.integer()
        if version >= 1 {
            var section = try reader.beginTaggedFields()
            while let _ = try reader.nextTag(&section) {
                self.unknownTaggedFields.append(try reader.unknownTag(section))
                try reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.correlationId)
        if version >= 1 {
            try writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct UnregisterBrokerRequest: RequestMessage {
    public static let schema = MessageSchema(name: "UnregisterBrokerRequest", kind: .request, key: 64, versions: 0...0, firstFlexible: 0)
    public typealias Response = UnregisterBrokerResponse

    public var brokerId: Int32 = 0
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.brokerId = try reader.integer()
        do {
            var section = try reader.beginTaggedFields()
            while let _ = try reader.nextTag(&section) {
                self.unknownTaggedFields.append(try reader.unknownTag(section))
                try reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.brokerId)
        do {
            try writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

public struct UnregisterBrokerResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "UnregisterBrokerResponse", kind: .response, key: 64, versions: 0...0, firstFlexible: 0)

    public var throttleTimeMs: Int32 = 0
    public var errorCode: ErrorCode = .none
    public var errorMessage: String? = ""
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.throttleTimeMs = try reader.integer()
        self.errorCode = ErrorCode(rawValue: try reader.integer())
        self.errorMessage = try reader.nullableString(true, allowed: true)
        do {
            var section = try reader.beginTaggedFields()
            while let _ = try reader.nextTag(&section) {
                self.unknownTaggedFields.append(try reader.unknownTag(section))
                try reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.throttleTimeMs)
        writer.integer(self.errorCode.rawValue)
        try writer.nullableString(self.errorMessage, true, allowed: true)
        do {
            try writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

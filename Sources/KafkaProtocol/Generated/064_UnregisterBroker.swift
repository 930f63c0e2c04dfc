// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct UnregisterBrokerRequest: RequestMessage {
    public static let schema = MessageSchema(name: "UnregisterBrokerRequest", kind: .request, key: 64, versions: 0...0, firstFlexible: 0)
    public typealias Response = UnregisterBrokerResponse

    public var brokerId: Int32 = 0
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.brokerId = reader.integer()
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.brokerId)
        do {
            writer.taggedFields(self.unknownTaggedFields)
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

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.throttleTimeMs = reader.integer()
        self.errorCode = ErrorCode(rawValue: reader.integer())
        self.errorMessage = reader.nullableString(true, allowed: true)
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.throttleTimeMs)
        writer.integer(self.errorCode.rawValue)
        try writer.nullableString(self.errorMessage, true, allowed: true)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

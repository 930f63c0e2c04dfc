// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct ExpireDelegationTokenRequest: RequestMessage {
    public static let schema = MessageSchema(name: "ExpireDelegationTokenRequest", kind: .request, key: 40, versions: 1...2, firstFlexible: 2)
    public typealias Response = ExpireDelegationTokenResponse

    public var hmac: ByteBuffer = ByteBuffer()
    public var expiryTimePeriodMs: Int64 = 0
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.hmac = reader.bytes(version >= 2)
        self.expiryTimePeriodMs = reader.integer()
        if version >= 2 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.bytes(self.hmac, version >= 2)
        writer.integer(self.expiryTimePeriodMs)
        if version >= 2 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

public struct ExpireDelegationTokenResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "ExpireDelegationTokenResponse", kind: .response, key: 40, versions: 1...2, firstFlexible: 2)

    public var errorCode: ErrorCode = .none
    public var expiryTimestampMs: Int64 = 0
    public var throttleTimeMs: Int32 = 0
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.errorCode = ErrorCode(rawValue: reader.integer())
        self.expiryTimestampMs = reader.integer()
        self.throttleTimeMs = reader.integer()
        if version >= 2 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.errorCode.rawValue)
        writer.integer(self.expiryTimestampMs)
        writer.integer(self.throttleTimeMs)
        if version >= 2 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

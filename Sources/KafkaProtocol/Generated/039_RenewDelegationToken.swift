// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct RenewDelegationTokenRequest: RequestMessage {
    public static let schema = MessageSchema(name: "RenewDelegationTokenRequest", kind: .request, key: 39, versions: 1...2, firstFlexible: 2)
    public typealias Response = RenewDelegationTokenResponse

    public var hmac: ByteBuffer = ByteBuffer()
    public var renewPeriodMs: Int64 = 0
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.hmac = reader.bytes(version >= 2)
        self.renewPeriodMs = reader.integer()
        if version >= 2 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.bytes(self.hmac, version >= 2)
        writer.integer(self.renewPeriodMs)
        if version >= 2 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

public struct RenewDelegationTokenResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "RenewDelegationTokenResponse", kind: .response, key: 39, versions: 1...2, firstFlexible: 2)

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

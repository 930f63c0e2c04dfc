// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct CreateDelegationTokenRequest: RequestMessage {
    public static let schema = MessageSchema(name: "CreateDelegationTokenRequest", kind: .request, key: 38, versions: 1...3, firstFlexible: 2)
    public typealias Response = CreateDelegationTokenResponse

    public var ownerPrincipalType: String? = ""
    public var ownerPrincipalName: String? = ""
    public var renewers: [CreatableRenewers] = []
    public var maxLifetimeMs: Int64 = 0
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        if version >= 3 { self.ownerPrincipalType = reader.nullableString(true, allowed: true) }
        if version >= 3 { self.ownerPrincipalName = reader.nullableString(true, allowed: true) }
        self.renewers = reader.structures(CreatableRenewers.self, version >= 2, version)
        self.maxLifetimeMs = reader.integer()
        if version >= 2 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        if version >= 3 { try writer.nullableString(self.ownerPrincipalType, true, allowed: true) } else { if self.ownerPrincipalType != "" { throw .notRepresentable(field: "OwnerPrincipalType", version: version) } }
        if version >= 3 { try writer.nullableString(self.ownerPrincipalName, true, allowed: true) } else { if self.ownerPrincipalName != "" { throw .notRepresentable(field: "OwnerPrincipalName", version: version) } }
        try writer.structures(self.renewers, version >= 2, version)
        writer.integer(self.maxLifetimeMs)
        if version >= 2 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct CreatableRenewers: WireStructure {
        public var principalType: String = ""
        public var principalName: String = ""
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.principalType = reader.string(version >= 2)
            self.principalName = reader.string(version >= 2)
            if version >= 2 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.principalType, version >= 2)
            try writer.string(self.principalName, version >= 2)
            if version >= 2 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

public struct CreateDelegationTokenResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "CreateDelegationTokenResponse", kind: .response, key: 38, versions: 1...3, firstFlexible: 2)

    public var errorCode: ErrorCode = .none
    public var principalType: String = ""
    public var principalName: String = ""
    public var tokenRequesterPrincipalType: String = ""
    public var tokenRequesterPrincipalName: String = ""
    public var issueTimestampMs: Int64 = 0
    public var expiryTimestampMs: Int64 = 0
    public var maxTimestampMs: Int64 = 0
    public var tokenId: String = ""
    public var hmac: ByteBuffer = ByteBuffer()
    public var throttleTimeMs: Int32 = 0
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.errorCode = ErrorCode(rawValue: reader.integer())
        self.principalType = reader.string(version >= 2)
        self.principalName = reader.string(version >= 2)
        if version >= 3 { self.tokenRequesterPrincipalType = reader.string(true) }
        if version >= 3 { self.tokenRequesterPrincipalName = reader.string(true) }
        self.issueTimestampMs = reader.integer()
        self.expiryTimestampMs = reader.integer()
        self.maxTimestampMs = reader.integer()
        self.tokenId = reader.string(version >= 2)
        self.hmac = reader.bytes(version >= 2)
        self.throttleTimeMs = reader.integer()
        if version >= 2 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.errorCode.rawValue)
        try writer.string(self.principalType, version >= 2)
        try writer.string(self.principalName, version >= 2)
        if version >= 3 { try writer.string(self.tokenRequesterPrincipalType, true) } else { if self.tokenRequesterPrincipalType != "" { throw .notRepresentable(field: "TokenRequesterPrincipalType", version: version) } }
        if version >= 3 { try writer.string(self.tokenRequesterPrincipalName, true) } else { if self.tokenRequesterPrincipalName != "" { throw .notRepresentable(field: "TokenRequesterPrincipalName", version: version) } }
        writer.integer(self.issueTimestampMs)
        writer.integer(self.expiryTimestampMs)
        writer.integer(self.maxTimestampMs)
        try writer.string(self.tokenId, version >= 2)
        writer.bytes(self.hmac, version >= 2)
        writer.integer(self.throttleTimeMs)
        if version >= 2 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

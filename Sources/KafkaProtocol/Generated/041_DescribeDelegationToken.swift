// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct DescribeDelegationTokenRequest: RequestMessage {
    public static let schema = MessageSchema(name: "DescribeDelegationTokenRequest", kind: .request, key: 41, versions: 1...3, firstFlexible: 2)
    public typealias Response = DescribeDelegationTokenResponse

    public var owners: [DescribeDelegationTokenOwner]? = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.owners = reader.nullableStructures(DescribeDelegationTokenOwner.self, version >= 2, version, allowed: true)
        if version >= 2 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.nullableStructures(self.owners, version >= 2, version, allowed: true)
        if version >= 2 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct DescribeDelegationTokenOwner: WireStructure {
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

public struct DescribeDelegationTokenResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "DescribeDelegationTokenResponse", kind: .response, key: 41, versions: 1...3, firstFlexible: 2)

    public var errorCode: ErrorCode = .none
    public var tokens: [DescribedDelegationToken] = []
    public var throttleTimeMs: Int32 = 0
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.errorCode = ErrorCode(rawValue: reader.integer())
        self.tokens = reader.structures(DescribedDelegationToken.self, version >= 2, version)
        self.throttleTimeMs = reader.integer()
        if version >= 2 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.errorCode.rawValue)
        try writer.structures(self.tokens, version >= 2, version)
        writer.integer(self.throttleTimeMs)
        if version >= 2 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct DescribedDelegationTokenRenewer: WireStructure {
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

    public struct DescribedDelegationToken: WireStructure {
        public var principalType: String = ""
        public var principalName: String = ""
        public var tokenRequesterPrincipalType: String = ""
        public var tokenRequesterPrincipalName: String = ""
        public var issueTimestamp: Int64 = 0
        public var expiryTimestamp: Int64 = 0
        public var maxTimestamp: Int64 = 0
        public var tokenId: String = ""
        public var hmac: ByteBuffer = ByteBuffer()
        public var renewers: [DescribedDelegationTokenRenewer] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.principalType = reader.string(version >= 2)
            self.principalName = reader.string(version >= 2)
            if version >= 3 { self.tokenRequesterPrincipalType = reader.string(true) }
            if version >= 3 { self.tokenRequesterPrincipalName = reader.string(true) }
            self.issueTimestamp = reader.integer()
            self.expiryTimestamp = reader.integer()
            self.maxTimestamp = reader.integer()
            self.tokenId = reader.string(version >= 2)
            self.hmac = reader.bytes(version >= 2)
            self.renewers = reader.structures(DescribedDelegationTokenRenewer.self, version >= 2, version)
            if version >= 2 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.principalType, version >= 2)
            try writer.string(self.principalName, version >= 2)
            if version >= 3 { try writer.string(self.tokenRequesterPrincipalType, true) } else { if self.tokenRequesterPrincipalType != "" { throw .notRepresentable(field: "TokenRequesterPrincipalType", version: version) } }
            if version >= 3 { try writer.string(self.tokenRequesterPrincipalName, true) } else { if self.tokenRequesterPrincipalName != "" { throw .notRepresentable(field: "TokenRequesterPrincipalName", version: version) } }
            writer.integer(self.issueTimestamp)
            writer.integer(self.expiryTimestamp)
            writer.integer(self.maxTimestamp)
            try writer.string(self.tokenId, version >= 2)
            writer.bytes(self.hmac, version >= 2)
            try writer.structures(self.renewers, version >= 2, version)
            if version >= 2 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

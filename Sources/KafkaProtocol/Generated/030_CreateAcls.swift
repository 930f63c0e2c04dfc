// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct CreateAclsRequest: RequestMessage {
    public static let schema = MessageSchema(name: "CreateAclsRequest", kind: .request, key: 30, versions: 1...3, firstFlexible: 2)
    public typealias Response = CreateAclsResponse

    public var creations: [AclCreation] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.creations = reader.structures(AclCreation.self, version >= 2, version)
        if version >= 2 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.structures(self.creations, version >= 2, version)
        if version >= 2 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct AclCreation: WireStructure {
        public var resourceType: Int8 = 0
        public var resourceName: String = ""
        public var resourcePatternType: Int8 = 3
        public var principal: String = ""
        public var host: String = ""
        public var operation: Int8 = 0
        public var permissionType: Int8 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.resourceType = reader.integer()
            self.resourceName = reader.string(version >= 2)
            self.resourcePatternType = reader.integer()
            self.principal = reader.string(version >= 2)
            self.host = reader.string(version >= 2)
            self.operation = reader.integer()
            self.permissionType = reader.integer()
            if version >= 2 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.resourceType)
            try writer.string(self.resourceName, version >= 2)
            writer.integer(self.resourcePatternType)
            try writer.string(self.principal, version >= 2)
            try writer.string(self.host, version >= 2)
            writer.integer(self.operation)
            writer.integer(self.permissionType)
            if version >= 2 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

public struct CreateAclsResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "CreateAclsResponse", kind: .response, key: 30, versions: 1...3, firstFlexible: 2)

    public var throttleTimeMs: Int32 = 0
    public var results: [AclCreationResult] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.throttleTimeMs = reader.integer()
        self.results = reader.structures(AclCreationResult.self, version >= 2, version)
        if version >= 2 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.throttleTimeMs)
        try writer.structures(self.results, version >= 2, version)
        if version >= 2 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct AclCreationResult: WireStructure {
        public var errorCode: ErrorCode = .none
        public var errorMessage: String? = ""
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.errorCode = ErrorCode(rawValue: reader.integer())
            self.errorMessage = reader.nullableString(version >= 2, allowed: true)
            if version >= 2 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.errorCode.rawValue)
            try writer.nullableString(self.errorMessage, version >= 2, allowed: true)
            if version >= 2 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

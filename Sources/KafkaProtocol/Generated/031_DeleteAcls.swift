// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct DeleteAclsRequest: RequestMessage {
    public static let schema = MessageSchema(name: "DeleteAclsRequest", kind: .request, key: 31, versions: 1...3, firstFlexible: 2)
    public typealias Response = DeleteAclsResponse

    public var filters: [DeleteAclsFilter] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.filters = reader.structures(DeleteAclsFilter.self, version >= 2, version)
        if version >= 2 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.structures(self.filters, version >= 2, version)
        if version >= 2 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct DeleteAclsFilter: WireStructure {
        public var resourceTypeFilter: Int8 = 0
        public var resourceNameFilter: String? = ""
        public var patternTypeFilter: Int8 = 3
        public var principalFilter: String? = ""
        public var hostFilter: String? = ""
        public var operation: Int8 = 0
        public var permissionType: Int8 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.resourceTypeFilter = reader.integer()
            self.resourceNameFilter = reader.nullableString(version >= 2, allowed: true)
            self.patternTypeFilter = reader.integer()
            self.principalFilter = reader.nullableString(version >= 2, allowed: true)
            self.hostFilter = reader.nullableString(version >= 2, allowed: true)
            self.operation = reader.integer()
            self.permissionType = reader.integer()
            if version >= 2 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.resourceTypeFilter)
            try writer.nullableString(self.resourceNameFilter, version >= 2, allowed: true)
            writer.integer(self.patternTypeFilter)
            try writer.nullableString(self.principalFilter, version >= 2, allowed: true)
            try writer.nullableString(self.hostFilter, version >= 2, allowed: true)
            writer.integer(self.operation)
            writer.integer(self.permissionType)
            if version >= 2 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

public struct DeleteAclsResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "DeleteAclsResponse", kind: .response, key: 31, versions: 1...3, firstFlexible: 2)

    public var throttleTimeMs: Int32 = 0
    public var filterResults: [DeleteAclsFilterResult] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.throttleTimeMs = reader.integer()
        self.filterResults = reader.structures(DeleteAclsFilterResult.self, version >= 2, version)
        if version >= 2 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.throttleTimeMs)
        try writer.structures(self.filterResults, version >= 2, version)
        if version >= 2 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct DeleteAclsMatchingAcl: WireStructure {
        public var errorCode: ErrorCode = .none
        public var errorMessage: String? = ""
        public var resourceType: Int8 = 0
        public var resourceName: String = ""
        public var patternType: Int8 = 3
        public var principal: String = ""
        public var host: String = ""
        public var operation: Int8 = 0
        public var permissionType: Int8 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.errorCode = ErrorCode(rawValue: reader.integer())
            self.errorMessage = reader.nullableString(version >= 2, allowed: true)
            self.resourceType = reader.integer()
            self.resourceName = reader.string(version >= 2)
            self.patternType = reader.integer()
            self.principal = reader.string(version >= 2)
            self.host = reader.string(version >= 2)
            self.operation = reader.integer()
            self.permissionType = reader.integer()
            if version >= 2 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.errorCode.rawValue)
            try writer.nullableString(self.errorMessage, version >= 2, allowed: true)
            writer.integer(self.resourceType)
            try writer.string(self.resourceName, version >= 2)
            writer.integer(self.patternType)
            try writer.string(self.principal, version >= 2)
            try writer.string(self.host, version >= 2)
            writer.integer(self.operation)
            writer.integer(self.permissionType)
            if version >= 2 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct DeleteAclsFilterResult: WireStructure {
        public var errorCode: ErrorCode = .none
        public var errorMessage: String? = ""
        public var matchingAcls: [DeleteAclsMatchingAcl] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.errorCode = ErrorCode(rawValue: reader.integer())
            self.errorMessage = reader.nullableString(version >= 2, allowed: true)
            self.matchingAcls = reader.structures(DeleteAclsMatchingAcl.self, version >= 2, version)
            if version >= 2 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.errorCode.rawValue)
            try writer.nullableString(self.errorMessage, version >= 2, allowed: true)
            try writer.structures(self.matchingAcls, version >= 2, version)
            if version >= 2 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct DescribeGroupsRequest: RequestMessage {
    public static let schema = MessageSchema(name: "DescribeGroupsRequest", kind: .request, key: 15, versions: 0...6, firstFlexible: 5)
    public typealias Response = DescribeGroupsResponse

    public var groups: [String] = []
    public var includeAuthorizedOperations: Bool = false
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.groups = reader.strings(version >= 5)
        if version >= 3 { self.includeAuthorizedOperations = reader.bool() }
        if version >= 5 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.strings(self.groups, version >= 5)
        if version >= 3 { writer.bool(self.includeAuthorizedOperations) } else { if self.includeAuthorizedOperations != false { throw .notRepresentable(field: "IncludeAuthorizedOperations", version: version) } }
        if version >= 5 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

public struct DescribeGroupsResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "DescribeGroupsResponse", kind: .response, key: 15, versions: 0...6, firstFlexible: 5)

    public var throttleTimeMs: Int32 = 0
    public var groups: [DescribedGroup] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        if version >= 1 { self.throttleTimeMs = reader.integer() }
        self.groups = reader.structures(DescribedGroup.self, version >= 5, version)
        if version >= 5 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        if version >= 1 { writer.integer(self.throttleTimeMs) }
        try writer.structures(self.groups, version >= 5, version)
        if version >= 5 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct DescribedGroupMember: WireStructure {
        public var memberId: String = ""
        public var groupInstanceId: String? = nil
        public var clientId: String = ""
        public var clientHost: String = ""
        public var memberMetadata: ByteBuffer = ByteBuffer()
        public var memberAssignment: ByteBuffer = ByteBuffer()
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.memberId = reader.string(version >= 5)
            if version >= 4 { self.groupInstanceId = reader.nullableString(version >= 5, allowed: true) }
            self.clientId = reader.string(version >= 5)
            self.clientHost = reader.string(version >= 5)
            self.memberMetadata = reader.bytes(version >= 5)
            self.memberAssignment = reader.bytes(version >= 5)
            if version >= 5 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.memberId, version >= 5)
            if version >= 4 { try writer.nullableString(self.groupInstanceId, version >= 5, allowed: true) }
            try writer.string(self.clientId, version >= 5)
            try writer.string(self.clientHost, version >= 5)
            writer.bytes(self.memberMetadata, version >= 5)
            writer.bytes(self.memberAssignment, version >= 5)
            if version >= 5 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct DescribedGroup: WireStructure {
        public var errorCode: ErrorCode = .none
        public var errorMessage: String? = nil
        public var groupId: String = ""
        public var groupState: String = ""
        public var protocolType: String = ""
        public var protocolData: String = ""
        public var members: [DescribedGroupMember] = []
        public var authorizedOperations: Int32 = -2147483648
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.errorCode = ErrorCode(rawValue: reader.integer())
            if version >= 6 { self.errorMessage = reader.nullableString(true, allowed: true) }
            self.groupId = reader.string(version >= 5)
            self.groupState = reader.string(version >= 5)
            self.protocolType = reader.string(version >= 5)
            self.protocolData = reader.string(version >= 5)
            self.members = reader.structures(DescribedGroupMember.self, version >= 5, version)
            if version >= 3 { self.authorizedOperations = reader.integer() }
            if version >= 5 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.errorCode.rawValue)
            if version >= 6 { try writer.nullableString(self.errorMessage, true, allowed: true) } else { if self.errorMessage != nil { throw .notRepresentable(field: "ErrorMessage", version: version) } }
            try writer.string(self.groupId, version >= 5)
            try writer.string(self.groupState, version >= 5)
            try writer.string(self.protocolType, version >= 5)
            try writer.string(self.protocolData, version >= 5)
            try writer.structures(self.members, version >= 5, version)
            if version >= 3 { writer.integer(self.authorizedOperations) } else { if self.authorizedOperations != -2147483648 { throw .notRepresentable(field: "AuthorizedOperations", version: version) } }
            if version >= 5 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

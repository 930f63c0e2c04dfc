// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct JoinGroupRequest: RequestMessage {
    public static let schema = MessageSchema(name: "JoinGroupRequest", kind: .request, key: 11, versions: 0...9, firstFlexible: 6)
    public typealias Response = JoinGroupResponse

    public var groupId: String = ""
    public var sessionTimeoutMs: Int32 = 0
    public var rebalanceTimeoutMs: Int32 = -1
    public var memberId: String = ""
    public var groupInstanceId: String? = nil
    public var protocolType: String = ""
    public var protocols: [JoinGroupRequestProtocol] = []
    public var reason: String? = nil
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.groupId = reader.string(version >= 6)
        self.sessionTimeoutMs = reader.integer()
        if version >= 1 { self.rebalanceTimeoutMs = reader.integer() }
        self.memberId = reader.string(version >= 6)
        if version >= 5 { self.groupInstanceId = reader.nullableString(version >= 6, allowed: true) }
        self.protocolType = reader.string(version >= 6)
        self.protocols = reader.structures(JoinGroupRequestProtocol.self, version >= 6, version)
        if version >= 8 { self.reason = reader.nullableString(true, allowed: true) }
        if version >= 6 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.string(self.groupId, version >= 6)
        writer.integer(self.sessionTimeoutMs)
        if version >= 1 { writer.integer(self.rebalanceTimeoutMs) }
        try writer.string(self.memberId, version >= 6)
        if version >= 5 { try writer.nullableString(self.groupInstanceId, version >= 6, allowed: true) } else { if self.groupInstanceId != nil { throw .notRepresentable(field: "GroupInstanceId", version: version) } }
        try writer.string(self.protocolType, version >= 6)
        try writer.structures(self.protocols, version >= 6, version)
        if version >= 8 { try writer.nullableString(self.reason, true, allowed: true) }
        if version >= 6 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct JoinGroupRequestProtocol: WireStructure {
        public var name: String = ""
        public var metadata: ByteBuffer = ByteBuffer()
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.name = reader.string(version >= 6)
            self.metadata = reader.bytes(version >= 6)
            if version >= 6 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.name, version >= 6)
            writer.bytes(self.metadata, version >= 6)
            if version >= 6 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

public struct JoinGroupResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "JoinGroupResponse", kind: .response, key: 11, versions: 0...9, firstFlexible: 6)

    public var throttleTimeMs: Int32 = 0
    public var errorCode: ErrorCode = .none
    public var generationId: Int32 = -1
    public var protocolType: String? = nil
    public var protocolName: String? = ""
    public var leader: String = ""
    public var skipAssignment: Bool = false
    public var memberId: String = ""
    public var members: [JoinGroupResponseMember] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        if version >= 2 { self.throttleTimeMs = reader.integer() }
        self.errorCode = ErrorCode(rawValue: reader.integer())
        self.generationId = reader.integer()
        if version >= 7 { self.protocolType = reader.nullableString(true, allowed: true) }
        self.protocolName = reader.nullableString(version >= 6, allowed: version >= 7)
        self.leader = reader.string(version >= 6)
        if version >= 9 { self.skipAssignment = reader.bool() }
        self.memberId = reader.string(version >= 6)
        self.members = reader.structures(JoinGroupResponseMember.self, version >= 6, version)
        if version >= 6 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        if version >= 2 { writer.integer(self.throttleTimeMs) }
        writer.integer(self.errorCode.rawValue)
        writer.integer(self.generationId)
        if version >= 7 { try writer.nullableString(self.protocolType, true, allowed: true) }
        try writer.nullableString(self.protocolName, version >= 6, allowed: version >= 7)
        try writer.string(self.leader, version >= 6)
        if version >= 9 { writer.bool(self.skipAssignment) } else { if self.skipAssignment != false { throw .notRepresentable(field: "SkipAssignment", version: version) } }
        try writer.string(self.memberId, version >= 6)
        try writer.structures(self.members, version >= 6, version)
        if version >= 6 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct JoinGroupResponseMember: WireStructure {
        public var memberId: String = ""
        public var groupInstanceId: String? = nil
        public var metadata: ByteBuffer = ByteBuffer()
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.memberId = reader.string(version >= 6)
            if version >= 5 { self.groupInstanceId = reader.nullableString(version >= 6, allowed: true) }
            self.metadata = reader.bytes(version >= 6)
            if version >= 6 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.memberId, version >= 6)
            if version >= 5 { try writer.nullableString(self.groupInstanceId, version >= 6, allowed: true) }
            writer.bytes(self.metadata, version >= 6)
            if version >= 6 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

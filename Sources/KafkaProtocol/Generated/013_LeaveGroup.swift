// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct LeaveGroupRequest: RequestMessage {
    public static let schema = MessageSchema(name: "LeaveGroupRequest", kind: .request, key: 13, versions: 0...5, firstFlexible: 4)
    public typealias Response = LeaveGroupResponse

    public var groupId: String = ""
    public var memberId: String = ""
    public var members: [MemberIdentity] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.groupId = reader.string(version >= 4)
        if version <= 2 { self.memberId = reader.string(false) }
        if version >= 3 { self.members = reader.structures(MemberIdentity.self, version >= 4, version) }
        if version >= 4 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.string(self.groupId, version >= 4)
        if version <= 2 { try writer.string(self.memberId, false) } else { if self.memberId != "" { throw .notRepresentable(field: "MemberId", version: version) } }
        if version >= 3 { try writer.structures(self.members, version >= 4, version) } else { if !self.members.isEmpty { throw .notRepresentable(field: "Members", version: version) } }
        if version >= 4 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct MemberIdentity: WireStructure {
        public var memberId: String = ""
        public var groupInstanceId: String? = nil
        public var reason: String? = nil
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            if version >= 3 { self.memberId = reader.string(version >= 4) }
            if version >= 3 { self.groupInstanceId = reader.nullableString(version >= 4, allowed: true) }
            if version >= 5 { self.reason = reader.nullableString(true, allowed: true) }
            if version >= 4 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            if version >= 3 { try writer.string(self.memberId, version >= 4) } else { if self.memberId != "" { throw .notRepresentable(field: "MemberId", version: version) } }
            if version >= 3 { try writer.nullableString(self.groupInstanceId, version >= 4, allowed: true) } else { if self.groupInstanceId != nil { throw .notRepresentable(field: "GroupInstanceId", version: version) } }
            if version >= 5 { try writer.nullableString(self.reason, true, allowed: true) }
            if version >= 4 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

public struct LeaveGroupResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "LeaveGroupResponse", kind: .response, key: 13, versions: 0...5, firstFlexible: 4)

    public var throttleTimeMs: Int32 = 0
    public var errorCode: ErrorCode = .none
    public var members: [MemberResponse] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        if version >= 1 { self.throttleTimeMs = reader.integer() }
        self.errorCode = ErrorCode(rawValue: reader.integer())
        if version >= 3 { self.members = reader.structures(MemberResponse.self, version >= 4, version) }
        if version >= 4 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        if version >= 1 { writer.integer(self.throttleTimeMs) }
        writer.integer(self.errorCode.rawValue)
        if version >= 3 { try writer.structures(self.members, version >= 4, version) } else { if !self.members.isEmpty { throw .notRepresentable(field: "Members", version: version) } }
        if version >= 4 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct MemberResponse: WireStructure {
        public var memberId: String = ""
        public var groupInstanceId: String? = ""
        public var errorCode: ErrorCode = .none
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            if version >= 3 { self.memberId = reader.string(version >= 4) }
            if version >= 3 { self.groupInstanceId = reader.nullableString(version >= 4, allowed: true) }
            if version >= 3 { self.errorCode = ErrorCode(rawValue: reader.integer()) }
            if version >= 4 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            if version >= 3 { try writer.string(self.memberId, version >= 4) } else { if self.memberId != "" { throw .notRepresentable(field: "MemberId", version: version) } }
            if version >= 3 { try writer.nullableString(self.groupInstanceId, version >= 4, allowed: true) } else { if self.groupInstanceId != "" { throw .notRepresentable(field: "GroupInstanceId", version: version) } }
            if version >= 3 { writer.integer(self.errorCode.rawValue) } else { if self.errorCode != .none { throw .notRepresentable(field: "ErrorCode", version: version) } }
            if version >= 4 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

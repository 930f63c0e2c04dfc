// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct HeartbeatRequest: RequestMessage {
    public static let schema = MessageSchema(name: "HeartbeatRequest", kind: .request, key: 12, versions: 0...4, firstFlexible: 4)
    public typealias Response = HeartbeatResponse

    public var groupId: String = ""
    public var generationId: Int32 = 0
    public var memberId: String = ""
    public var groupInstanceId: String? = nil
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.groupId = reader.string(version >= 4)
        self.generationId = reader.integer()
        self.memberId = reader.string(version >= 4)
        if version >= 3 { self.groupInstanceId = reader.nullableString(version >= 4, allowed: true) }
        if version >= 4 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.string(self.groupId, version >= 4)
        writer.integer(self.generationId)
        try writer.string(self.memberId, version >= 4)
        if version >= 3 { try writer.nullableString(self.groupInstanceId, version >= 4, allowed: true) } else { if self.groupInstanceId != nil { throw .notRepresentable(field: "GroupInstanceId", version: version) } }
        if version >= 4 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

public struct HeartbeatResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "HeartbeatResponse", kind: .response, key: 12, versions: 0...4, firstFlexible: 4)

    public var throttleTimeMs: Int32 = 0
    public var errorCode: ErrorCode = .none
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        if version >= 1 { self.throttleTimeMs = reader.integer() }
        self.errorCode = ErrorCode(rawValue: reader.integer())
        if version >= 4 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        if version >= 1 { writer.integer(self.throttleTimeMs) }
        writer.integer(self.errorCode.rawValue)
        if version >= 4 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }
}
